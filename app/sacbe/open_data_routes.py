"""The addresses of open data, for litestar: thin handlers around `OpenData`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File, Redirect

from sacbe.open_data import FORMATS, Answer, OpenData
from sacbe_catalog.open_data import ckan
from sacbe_catalog.open_data.dcat import DATA_SERVICE_KIND, DATASET_KIND
from sacbe_portal.negotiation import wanted_form
from sacbe_portal.portal import Portal
from sacbe_portal.words import LANGUAGES
from sacbe_terms.errors import RecordNotFound, SacbeError

CACHE_SECONDS: Final = 60
"""How long an answer may be shown again without asking."""

PAGE_MAX: Final = 1_000_000
"""A greater page's number is no page's."""

_IRIS: Final = ("conjunto/{identifier:str}", "servicio-de-datos/{identifier:path}")

AnyRequest = Request[Any, Any, Any]


def routes(data: OpenData, portal: Portal, *, base_path: str) -> list[HTTPRouteHandler]:
    """Give every handler of open data; `base_path` is the path of SACBE_BASE_IRI."""
    pages = [_page(data, portal, language) for language in LANGUAGES]
    leading = [
        _leading(base_path, path) for path in ("conjunto/{identifier:str}", "servicio-de-datos/{identifier:path}")
    ]
    return [*pages, *leading, *_graph(data), *_downloads(data), *_feeds(data), _action(data)]


def _page(data: OpenData, portal: Portal, language: str) -> HTTPRouteHandler:
    root = "" if language == LANGUAGES[0] else f"/{language}"

    @get(f"{root}/datos", include_in_schema=False)
    async def page() -> Response[str]:
        content = portal.data(await data.publication(), language)
        return Response(content, media_type="text/html", headers={"cache-control": f"public, max-age={CACHE_SECONDS}"})

    return page


def _leading(base_path: str, path: str) -> HTTPRouteHandler:
    """Lead the IRI of a dataset or a data service to its page (303: the page is about the thing)."""

    @get(f"{base_path}{path}", include_in_schema=False)
    async def leading(identifier: FromPath[str], request: AnyRequest) -> Redirect:
        form = wanted_form(request.headers.get("accept", ""))
        address = f"/{path.split('/')[0]}/{quote(str(identifier).removeprefix('/'))}"
        return Redirect(f"{address}.{form}" if form else address, status_code=303, headers={"vary": "Accept"})

    return leading


def _graph(data: OpenData) -> list[HTTPRouteHandler]:
    @get("/catalog", include_in_schema=False)
    async def negotiated(request: AnyRequest) -> Redirect:
        form = wanted_form(request.headers.get("accept", ""))
        headers = {"vary": "Accept", "cache-control": f"public, max-age={CACHE_SECONDS}"}
        return Redirect(f"/catalog.{form}" if form else "/datos", status_code=303, headers=headers)

    def of(form: str) -> HTTPRouteHandler:
        @get(f"/catalog.{form}", include_in_schema=False)
        async def page(request: AnyRequest) -> Response[Any]:
            try:
                asked = _page_asked(request.query_params)
                return _sent(request, await data.page(form, *asked))
            except SacbeError as error:
                return _refused(error)

        return page

    return [negotiated, *map(of, FORMATS), _twin(data, "conjunto", DATASET_KIND), _twin_of_data_service(data)]


def _twin(data: OpenData, path: str, kind: str) -> HTTPRouteHandler:
    @get(f"/{path}/{{identifier:str}}", include_in_schema=False)
    async def twin(identifier: FromPath[str], request: AnyRequest) -> Response[Any]:
        return await _described(data, kind, identifier, request)

    return twin


def _twin_of_data_service(data: OpenData) -> HTTPRouteHandler:
    """Its identifier has slashes."""

    @get("/servicio-de-datos/{identifier:path}", include_in_schema=False)
    async def twin(identifier: FromPath[str], request: AnyRequest) -> Response[Any]:
        return await _described(data, DATA_SERVICE_KIND, identifier.removeprefix("/"), request)

    return twin


async def _described(data: OpenData, kind: str, identifier: str, request: AnyRequest) -> Response[Any]:
    """Answer with a twin where the address or the Accept header asks for one, else lead to the page of them all."""
    name, dot, suffix = identifier.rpartition(".")
    form = suffix if dot and suffix in FORMATS else wanted_form(request.headers.get("accept", ""))
    meant = name if dot and suffix in FORMATS else identifier
    try:
        answer = await data.described(form or "ttl", kind, meant)
    except SacbeError as error:
        return _refused(error)
    return _sent(request, answer) if form else Redirect(f"/datos#{quote(meant, safe='/')}", status_code=303)


def _downloads(data: OpenData) -> list[HTTPRouteHandler]:
    @get("/download/{name:str}", include_in_schema=False)
    async def download(name: FromPath[str], request: AnyRequest) -> Response[Any] | File:
        try:
            path = await data.file(name)
            package = await data.package()
        except SacbeError as error:
            return _refused(error)
        digests = {one.path: one.hash for one in package.resources}
        etag = f'"{digests.get(name, package.created)}"'
        if etag in request.headers.get("if-none-match", ""):
            return Response(None, status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": etag})
        types = {one.path: one.mediatype for one in package.resources}
        headers = {"cache-control": f"public, max-age={CACHE_SECONDS}", "etag": etag}
        return File(
            path,
            filename=name,
            media_type=types.get(name, "application/json"),
            headers=headers,
            content_disposition_type="attachment" if name in types else "inline",
        )

    return [download]


def _feeds(data: OpenData) -> list[HTTPRouteHandler]:
    @get("/feed.atom", include_in_schema=False)
    async def feed(request: AnyRequest) -> Response[Any]:
        return _sent(request, await data.feed())

    @get("/changes", include_in_schema=False)
    async def changes(request: AnyRequest) -> Response[Any]:
        since = request.query_params.get("since", "0")
        if not re.fullmatch(r"[0-9]{1,18}", since):
            return Response("since: must be the number of a change\n", status_code=400, media_type=MediaType.TEXT)
        content = msgspec.json.encode(await data.changes(int(since)))
        return Response(content, media_type=MediaType.JSON, headers={"cache-control": "public, max-age=5"})

    return [feed, changes]


def _action(data: OpenData) -> HTTPRouteHandler:
    @get("/api/3/action/{action:str}", include_in_schema=False)
    async def act(action: FromPath[str], request: AnyRequest) -> Response[Any]:
        try:
            result = ckan.answer(await data.publication(), action, dict(request.query_params))
        except ckan.ActionRefused as refused:
            content = ckan.refusal(data.address, action, refused)
            return Response(content, status_code=refused.status, media_type=MediaType.JSON)
        headers = {"cache-control": f"public, max-age={CACHE_SECONDS}"}
        return Response(ckan.envelope(data.address, action, result), media_type=MediaType.JSON, headers=headers)

    return act


def _page_asked(parameters: Mapping[str, str]) -> tuple[int, datetime | None]:
    number, since = parameters.get("page", "1"), parameters.get("modified_since")
    if not re.fullmatch(r"[1-9][0-9]{0,6}", number) or int(number) > PAGE_MAX:
        raise RecordNotFound("page", number[:20])
    return int(number), _moment(since) if since else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise RecordNotFound("modified_since", text[:40]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sent(request: AnyRequest, answer: Answer) -> Response[Any]:
    headers = {"cache-control": f"public, max-age={CACHE_SECONDS}", "vary": "Accept"}
    if answer.etag:
        headers["etag"] = answer.etag
        if answer.etag in request.headers.get("if-none-match", ""):
            return Response(None, status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(answer.content, media_type=answer.media_type, headers=headers)


def _refused(error: SacbeError) -> Response[str]:
    return Response(f"{error}\n{error.hint}\n", status_code=error.status, media_type=MediaType.TEXT)
