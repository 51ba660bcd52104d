"""The portal's addresses, for litestar: thin handlers around `Portal`."""

from collections.abc import Callable, Coroutine
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from sacbe_portal.negotiation import wanted_form
from sacbe_portal.portal import NARROWINGS, Portal, Search
from sacbe_portal.words import LANGUAGES, words
from sacbe_terms.errors import RecordNotFound, SacbeError

HTML = "text/html"
CACHE_SECONDS = 60
"""How long a page may be shown again without asking; a change is live within a minute."""

_RECORDS = {"servicio": "service", "institucion": "institution", "evento": "event"}
"""Kinds of records by the paths of their pages."""

_SUFFIXES = ("jsonld", "ttl", "rdf")

Twin = Callable[[str, str, str], Coroutine[Any, Any, tuple[bytes, str]]]
"""Gives the data twin of a record by kind, identifier and suffix, with its media type."""


AddressOf = Callable[[Request[Any, Any, Any]], str]
"""Gives the network address that a request comes from."""


def _nowhere(_request: Request[Any, Any, Any]) -> str:
    return ""


def routes(portal: Portal, twin: Twin, *, base_path: str, address_of: AddressOf = _nowhere) -> list[HTTPRouteHandler]:
    """Give every handler of the portal, in both languages.

    `base_path` is the path of SACBE_BASE_IRI: identifiers minted under it lead to their pages.
    """
    handlers = [_asset("estilo.css", "text/css"), _asset("sacbe.svg", "image/svg+xml")]
    handlers += [_leading(base_path, record) for record in _RECORDS]
    for language in LANGUAGES:
        handlers += _pages(portal, twin, language, address_of)
    return handlers


def missing(portal: Portal, path: str) -> Response[str]:
    """Answer an address that leads nowhere, in the language of its prefix."""
    language = "en" if path == "/en" or path.startswith("/en/") else "es"
    return Response(portal.missing(language), media_type=HTML, status_code=404)


def _pages(portal: Portal, twin: Twin, language: str, address_of: AddressOf) -> list[HTTPRouteHandler]:
    root = "" if language == LANGUAGES[0] else f"/{language}"

    @get(root or "/", include_in_schema=False)
    async def home() -> Response[str]:
        return await _page(portal, language, portal.home(language))

    @get(f"{root}/buscar", include_in_schema=False)
    async def results(request: Request[Any, Any, Any]) -> Response[str]:
        asked = _search(request.query_params)
        return await _page(portal, language, portal.results(asked, language, address_of(request)))

    @get(f"{root}/servicio/{{identifier:str}}", include_in_schema=False)
    async def service(identifier: FromPath[str]) -> Response[str] | Response[bytes]:
        if named := _named_twin(identifier):
            return await _twin(portal, language, twin, "service", *named)
        return await _page(portal, language, portal.service(identifier, language))

    @get(f"{root}/institucion/{{identifier:str}}", include_in_schema=False)
    async def institution(
        identifier: FromPath[str], request: Request[Any, Any, Any]
    ) -> Response[str] | Response[bytes]:
        if named := _named_twin(identifier):
            return await _twin(portal, language, twin, "institution", *named)
        after = request.query_params.get("despues")
        return await _page(portal, language, portal.institution(identifier, language, after))

    @get(f"{root}/evento/{{identifier:str}}", include_in_schema=False)
    async def event(identifier: FromPath[str], request: Request[Any, Any, Any]) -> Response[str] | Response[bytes]:
        if named := _named_twin(identifier):
            return await _twin(portal, language, twin, "event", *named)
        after = request.query_params.get("despues")
        return await _page(portal, language, portal.event(identifier, language, after))

    @get(f"{root}/calidad", include_in_schema=False)
    async def upkeep() -> Response[str]:
        return await _page(portal, language, portal.upkeep(language))

    @get(f"{root}/demanda", include_in_schema=False)
    async def demand() -> Response[str]:
        return await _page(portal, language, portal.demand(language))

    @get(f"{root}/errores/{{code:str}}", include_in_schema=False)
    async def error(code: FromPath[str]) -> Response[str]:
        async def rendered() -> str:
            return portal.error(code, language)

        return await _page(portal, language, rendered())

    return [home, results, service, institution, event, upkeep, demand, error]


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


def _named_twin(identifier: str) -> tuple[str, str] | None:
    """Give the record and the suffix that a twin's address names; None of a page's."""
    name, dot, suffix = identifier.rpartition(".")
    return (name, suffix) if dot and suffix in _SUFFIXES else None


async def _twin(
    portal: Portal, language: str, twin: Twin, kind: str, name: str, suffix: str
) -> Response[str] | Response[bytes]:
    try:
        content, media_type = await twin(kind, name, suffix)
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
    """Lead an identifier's IRI to its page, or to the twin that is asked for (303: both are about the thing)."""

    @get(f"{base_path}{record}/{{identifier:str}}", include_in_schema=False)
    async def leading(identifier: FromPath[str], request: Request[Any, Any, Any]) -> Redirect:
        form = wanted_form(request.headers.get("accept", ""))
        path = f"/{record}/{quote(identifier, safe='')}"
        return Redirect(f"{path}.{form}" if form else path, status_code=303, headers={"vary": "Accept"})

    return leading
