"""The explorer's addresses: the page in Spanish and English, its style and its script.

The page holds no script or style of its own and loads none from elsewhere, so that it works under
`default-src 'self'`.
"""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from sacbe_graphql.explorer.operations import operations
from sacbe_graphql.explorer.words import HEADERS, SPOKEN, WORDS, in_language

CACHE_SECONDS = 60
"""How long the page may be shown again without asking."""

_templates = Environment(
    loader=PackageLoader("sacbe_graphql.explorer", ""),
    autoescape=select_autoescape(["jinja"]),
    undefined=StrictUndefined,
)


def page(language: str) -> str:
    """Give the page in `es` or `en`."""
    spanish, english = "/explore", "/en/explore"
    return _templates.get_template("explorer.html.jinja").render(
        language=language,
        other="en" if language == "es" else "es",
        twin=english if language == "es" else spanish,
        home="/" if language == "es" else "/en/",
        t=in_language(WORDS, language),
        spoken=in_language(SPOKEN, language),
        headers=HEADERS,
        operations=operations(),
    )


def routes() -> list[HTTPRouteHandler]:
    """Give the handlers of the page and of what it loads."""

    @get("/explore", include_in_schema=False, sync_to_thread=False)
    def spanish() -> Response[str]:
        return _response(page("es"), "text/html")

    @get("/en/explore", include_in_schema=False, sync_to_thread=False)
    def english() -> Response[str]:
        return _response(page("en"), "text/html")

    @get("/explore/explorer.css", include_in_schema=False, sync_to_thread=False)
    def style() -> Response[str]:
        return _response(_asset("explorer.css"), "text/css")

    @get("/explore/explorer.js", include_in_schema=False, sync_to_thread=False)
    def script() -> Response[str]:
        return _response(_asset("explorer.js"), "text/javascript")

    return [spanish, english, style, script]


def _asset(name: str) -> str:
    return files("sacbe_graphql.explorer").joinpath(name).read_text(encoding="utf-8")


def _response(content: str, media_type: str) -> Response[str]:
    return Response(content, media_type=media_type, headers={"cache-control": f"max-age={CACHE_SECONDS}"})
