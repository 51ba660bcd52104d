"""The portal's addresses, for litestar: thin handlers around `Portal`."""

from collections.abc import Callable, Coroutine
from importlib.resources import files
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from sacbe_portal.portal import NARROWINGS, Portal, Search
from sacbe_portal.words import LANGUAGES, words
from sacbe_terms.errors import RecordNotFound, SacbeError

HTML = "text/html"
CACHE_SECONDS = 60
"""How long a page may be shown again without asking; a change is live within a minute."""

_RECORDS = ("servicio", "institucion", "evento")

Twin = Callable[[str, str], Coroutine[Any, Any, tuple[bytes, str]]]
"""Gives the data twin of a service by identifier and suffix, with its media type."""


def routes(portal: Portal, twin: Twin, *, base_path: str) -> list[HTTPRouteHandler]:
    """Give every handler of the portal, in both languages.

    `base_path` is the path of SACBE_BASE_IRI: identifiers minted under it lead to their pages.
    """
    handlers = [_asset("estilo.css", "text/css"), _asset("sacbe.svg", "image/svg+xml")]
    handlers += [_leading(base_path, record) for record in _RECORDS]
    for language in LANGUAGES:
        handlers += _pages(portal, twin, language)
    return handlers


def missing(portal: Portal, path: str) -> Response[str]:
    """Answer an address that leads nowhere, in the language of its prefix."""
    language = "en" if path == "/en" or path.startswith("/en/") else "es"
    return Response(portal.missing(language), media_type=HTML, status_code=404)


def _pages(portal: Portal, twin: Twin, language: str) -> list[HTTPRouteHandler]:
    root = "" if language == LANGUAGES[0] else f"/{language}"

    @get(root or "/", include_in_schema=False)
    async def home() -> Response[str]:
        return await _page(portal, language, portal.home(language))

    @get(f"{root}/buscar", include_in_schema=False)
    async def results(request: Request[Any, Any, Any]) -> Response[str]:
        return await _page(portal, language, portal.results(_search(request.query_params), language))

    @get(f"{root}/servicio/{{identifier:str}}", include_in_schema=False)
    async def service(identifier: FromPath[str]) -> Response[str] | Response[bytes]:
        name, dot, suffix = identifier.rpartition(".")
        if dot and suffix in ("jsonld", "ttl"):
            return await _twin(portal, language, twin, name, suffix)
        return await _page(portal, language, portal.service(identifier, language))

    @get(f"{root}/institucion/{{identifier:str}}", include_in_schema=False)
    async def institution(identifier: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
        after = request.query_params.get("despues")
        return await _page(portal, language, portal.institution(identifier, language, after))

    @get(f"{root}/evento/{{identifier:str}}", include_in_schema=False)
    async def event(identifier: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
        after = request.query_params.get("despues")
        return await _page(portal, language, portal.event(identifier, language, after))

    @get(f"{root}/calidad", include_in_schema=False)
    async def upkeep() -> Response[str]:
        return await _page(portal, language, portal.upkeep(language))

    @get(f"{root}/errores/{{code:str}}", include_in_schema=False)
    async def error(code: FromPath[str]) -> Response[str]:
        async def rendered() -> str:
            return portal.error(code, language)

        return await _page(portal, language, rendered())

    return [home, results, service, institution, event, upkeep, error]


async def _page(portal: Portal, language: str, rendering: Coroutine[Any, Any, str]) -> Response[str]:
    """Answer with a page; a refusal is a page as well."""
    try:
        content, status = await rendering, 200
    except RecordNotFound:
        content, status = portal.missing(language), 404
    except SacbeError as error:
        if error.status >= 500:
            raise
        content, status = portal.notice(words(language)["trouble_title"], error.what, language), error.status
    headers = {"cache-control": f"public, max-age={CACHE_SECONDS}" if status == 200 else "no-store"}
    return Response(content, media_type=HTML, status_code=status, headers=headers)


async def _twin(portal: Portal, language: str, twin: Twin, name: str, suffix: str) -> Response[str] | Response[bytes]:
    try:
        content, media_type = await twin(name, suffix)
    except RecordNotFound:
        return Response(portal.missing(language), media_type=HTML, status_code=404)
    return Response(content, media_type=media_type, headers={"cache-control": f"public, max-age={CACHE_SECONDS}"})


def _search(parameters: Any) -> Search:
    chosen = {way.parameter: parameters[way.parameter] for way in NARROWINGS if parameters.get(way.parameter)}
    return Search(query=parameters.get("q", "").strip(), chosen=chosen, after=parameters.get("despues") or None)


def _asset(name: str, media_type: str) -> HTTPRouteHandler:
    content = files("sacbe_portal").joinpath("static", name).read_bytes()

    @get(f"/{name}", include_in_schema=False)
    async def asset() -> Response[bytes]:
        return Response(content, media_type=media_type, headers={"cache-control": "public, max-age=3600"})

    return asset


def _leading(base_path: str, record: str) -> HTTPRouteHandler:
    """Lead an identifier's IRI to its page (303: the page is about the thing, not the thing)."""

    @get(f"{base_path}{record}/{{identifier:str}}", include_in_schema=False)
    async def leading(identifier: FromPath[str]) -> Redirect:
        return Redirect(f"/{record}/{identifier}", status_code=303)

    return leading
