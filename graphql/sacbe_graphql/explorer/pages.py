"""The explorer's addresses: the page in Spanish and English, its style and the modules of its script.

The page holds no script or style of its own and loads none from elsewhere, so that it works under
`default-src 'self'`.
"""

from functools import cache
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from sacbe_graphql.explorer import assets
from sacbe_graphql.explorer.operations import operations
from sacbe_graphql.explorer.templates import TEMPLATES
from sacbe_graphql.explorer.words import HEADERS, REQUEST_FIELDS, SPOKEN, WORDS, in_language

PAGE_CACHE = "no-cache"
"""The page names the assets of one release, so a browser asks each time whether it still holds."""

ASSET_CACHE = "max-age=31536000, immutable"
"""An asset's address changes with its content."""

PATHS = {"es": "/explore", "en": "/en/explore"}


@cache
def page(language: str) -> str:
    """Give the page in `es` or `en`."""
    other = "en" if language == "es" else "es"
    return TEMPLATES.get_template("explorer.html.jinja").render(
        language=language,
        other=other,
        twin=PATHS[other],
        home="/" if language == "es" else "/en",
        reference=f"{PATHS[language]}/schema",
        assets=f"{assets.FOLDER}/{assets.version()}",
        modules=[name for name in assets.assets() if name.endswith(".js") and name != "main.js"],
        t=in_language(WORDS, language),
        spoken=msgspec.json.encode(in_language(SPOKEN, language)).decode(),
        headers=HEADERS,
        request_fields=REQUEST_FIELDS,
        operations=operations(),
    )


def routes() -> list[HTTPRouteHandler]:
    """Give the handlers of the page and of what it loads."""

    @get(PATHS["es"], include_in_schema=False, sync_to_thread=False)
    def spanish() -> Response[str]:
        return _html("es")

    @get(PATHS["en"], include_in_schema=False, sync_to_thread=False)
    def english() -> Response[str]:
        return _html("en")

    @get(f"{assets.FOLDER}/{{version:str}}/{{name:str}}", include_in_schema=False, sync_to_thread=False)
    def asset(version: FromPath[str], name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
        found = assets.assets().get(name)
        if found is None or version != assets.version():
            raise NotFoundException
        return _asset(found, is_compressed="gzip" in request.headers.get("accept-encoding", ""))

    return [spanish, english, asset]


def _html(language: str) -> Response[str]:
    return Response(page(language), media_type="text/html", headers={"cache-control": PAGE_CACHE})


def _asset(found: assets.Asset, *, is_compressed: bool) -> Response[bytes]:
    headers = {"cache-control": ASSET_CACHE, "vary": "accept-encoding"}
    if is_compressed:
        headers["content-encoding"] = "gzip"
    content = found.compressed if is_compressed else found.content
    return Response(content, media_type=found.media_type, headers=headers)
