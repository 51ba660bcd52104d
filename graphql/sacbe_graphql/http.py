"""GraphQL over HTTP: a raw ASGI handler under litestar, whose own handlers cost more than most queries.

One answer is JSON; a stream of them is Server-Sent Events, or comes over a WebSocket (`subscriptions/`).

Follows the GraphQL-over-HTTP specification: GET (and HEAD) for queries only, JSON bodies by POST, the
media type of the answer negotiated. A POST must be `application/json`, which a browser never sends to
another site without asking that site first: that is the protection against forged requests,
together with identity by bearer token and never by cookie.
"""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from sacbe_graphql import answer, asking, compression, negotiation, peer, request
from sacbe_graphql.answer import GRAPHQL_JSON, JSON, Answer
from sacbe_graphql.asking import Asking
from sacbe_graphql.compression import Compression
from sacbe_graphql.door import GraphQLDoor
from sacbe_graphql.explorer import pages, reference_pages
from sacbe_graphql.limits import Limits
from sacbe_graphql.negotiation import EVENT_STREAM, HttpRefusal
from sacbe_graphql.refusal import Refused
from sacbe_graphql.request import GraphQLRequest
from sacbe_graphql.subscriptions import caller, web_socket
from sacbe_graphql.subscriptions.event_stream import EventStream
from sacbe_terms.errors import LimitExceeded, MethodNotAllowed, RequestNotReadable, SacbeError
from sacbe_xroad_like.oauth.token_check import Shown

PATH = "/graphql"
"""Where the door is, on every listener that has it."""

Header = tuple[bytes, bytes]

_QUERYING = ("GET", "HEAD")
"""Methods that change nothing."""


def routes(door: GraphQLDoor) -> list[ASGIRouteHandler]:
    """Give the handler of `/graphql`; it stands in no OpenAPI document, since GraphQL describes itself."""
    compressing = Compression()

    @asgi(PATH, copy_scope=False)
    async def graphql(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await web_socket.serve(door, scope, receive, send)
        else:
            await _Request(door, compressing, scope).serve(receive, send)

    return [graphql]


def explorer_routes(door: GraphQLDoor) -> list[HTTPRouteHandler]:
    """Give the handlers of the explorer's page and of the schema's, in both languages, and of what they load."""
    return [*pages.routes(), *reference_pages.routes(reference_pages.ReferencePages(lambda: door.shown))]


class _ClientGone(Exception):
    """Nobody is left to answer."""


class _Request:
    """One HTTP request on its way."""

    def __init__(self, door: GraphQLDoor, compressing: Compression, scope: Any) -> None:
        self._door = door
        self._compressing = compressing
        self._scope = scope
        self._headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._media_type = JSON

    async def serve(self, receive: Receive, send: Send) -> None:
        """Answer it, unless the client has gone."""
        try:
            self._media_type = negotiation.answer_type(self._headers.get("accept", "*/*"))
            if self._media_type == EVENT_STREAM:
                self._media_type = GRAPHQL_JSON
                return await self._stream(receive, send)
            given, caching = await self._given(receive)
        except HttpRefusal as refusal:
            entries = Refused.by(refusal.error).entries
            given, caching = answer.of_errors(entries, media_type=self._media_type, status=refusal.status), _OWN
        except SacbeError as error:
            given, caching = answer.of_errors(Refused.by(error).entries, media_type=self._media_type), _OWN
        except _ClientGone:
            return
        await self._send(given, caching, send)

    async def _stream(self, receive: Receive, send: Send) -> None:
        """Send every answer as an event; raises what refuses the request before there is a stream."""
        door = self._door
        if self._scope["method"] == "HEAD":
            raise HttpRefusal(_not_answered("HEAD"), 405)
        asked = await _asked(door, self._scope, self._headers, receive)
        said = _asking(door, self._scope, self._headers, self._media_type)
        client = await caller.name(door, said)
        with door.open.subscriptions.one(client):
            await EventStream(door, asked, said, door.open.limits.check_seconds).serve(receive, send)

    async def _given(self, receive: Receive) -> tuple[Answer, Sequence[Header]]:
        """Give the answer, with the headers that say who may keep it."""
        question = self._door.caching.question(self._scope, self._headers, self._media_type)
        if question is not None and question.tag:
            return _NOT_MODIFIED, self._kept_as(question.tag)
        asked = await _asked(self._door, self._scope, self._headers, receive)
        given = await self._door.answer(asked, _asking(self._door, self._scope, self._headers, self._media_type))
        if question is None or not given.is_whole or not self._door.is_of_catalogue(asked):
            return given, _OWN
        tag = question.keep(given)
        return _NOT_MODIFIED if question.is_shown(tag) else given, self._kept_as(tag)

    def _kept_as(self, tag: str) -> Sequence[Header]:
        return (b"cache-control", self._door.caching.control), (b"etag", tag.encode("ascii"))

    async def _send(self, given: Answer, caching: Sequence[Header], send: Send) -> None:
        body, encoding = await self._encoded(given)
        headers = [
            *caching,
            (b"vary", b"accept, accept-encoding, authorization"),
            *_HEADERS_BY_STATUS.get(given.status, ()),
        ]
        if given.retry_after_seconds is not None:
            headers.append((b"retry-after", str(given.retry_after_seconds).encode("ascii")))
        if given.status != HTTPStatus.NOT_MODIFIED:
            headers += [
                (b"content-type", f"{given.content_type}; charset=utf-8".encode("ascii")),
                (b"content-length", str(len(body)).encode("ascii")),
                *encoding,
            ]
        await send({"type": "http.response.start", "status": given.status, "headers": headers})
        is_head = self._scope["method"] == "HEAD"
        await send({"type": "http.response.body", "body": b"" if is_head else body, "more_body": False})

    async def _encoded(self, given: Answer) -> tuple[bytes, Sequence[Header]]:
        """Give the body as the client takes it; what may hold a secret stays as it is."""
        is_large = len(given.body) >= compression.COMPRESSED_BYTES_MIN
        if not is_large or "authorization" in self._headers:
            return given.body, ()
        if not negotiation.takes_gzip(self._headers.get("accept-encoding", "")):
            return given.body, ()
        return await self._compressing.smaller(given.body), ((b"content-encoding", b"gzip"),)


async def _asked(door: GraphQLDoor, scope: Any, headers: Mapping[str, str], receive: Receive) -> GraphQLRequest:
    if scope["method"] in _QUERYING:
        return request.of_query_string(scope["query_string"])
    if scope["method"] != "POST":
        raise HttpRefusal(_not_answered(scope["method"]), 405)
    negotiation.check_body_type(headers)
    body = await _body(headers, receive, door.limits)
    door.admit_body(len(body), peer=peer.address(scope, headers, door.proxies))
    return request.of_json(body)


def _not_answered(method: str) -> MethodNotAllowed:
    what = f"{method} cannot be answered here."
    return MethodNotAllowed(what=what, where=method, hint="Use POST, or GET for queries.")


async def _body(headers: Mapping[str, str], receive: Receive, limits: Limits) -> bytes:
    """Take the body in, refusing what is too large by its stated length or as soon as it is seen."""
    stated = headers.get("content-length", "")
    _check_length(int(stated) if stated.isdecimal() else 0, limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds_max):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise _ClientGone
                body += message["body"]
                _check_length(len(body), limits)
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError as error:
        what = f"The request's body did not arrive within {limits.body_seconds_max:g} s."
        raise HttpRefusal(RequestNotReadable(what=what, where="body", hint="Send it again."), 408) from error


def _check_length(length: int, limits: Limits) -> None:
    if length > limits.body_bytes_max:
        raise HttpRefusal(LimitExceeded("body's bytes", value=length, allowed=limits.body_bytes_max), 413)


def _asking(door: GraphQLDoor, scope: Any, headers: Mapping[str, str], media_type: str) -> Asking:
    scheme, token = negotiation.access_token(headers.get("authorization", ""))
    shown = Shown.of_scope(scope, scheme)
    may_change, client = scope["method"] == "POST", peer.address(scope, headers, door.proxies)
    return asking.of_headers(headers, token, shown, media_type=media_type, may_change=may_change, peer=client)


_OWN: Sequence[Header] = ((b"cache-control", b"no-store"),)
"""An answer that is its caller's own."""

_NOT_MODIFIED = Answer(status=HTTPStatus.NOT_MODIFIED, content_type=JSON, body=b"")

_HEADERS_BY_STATUS: Mapping[int, Sequence[Header]] = {
    401: ((b"www-authenticate", b"Bearer"), (b"www-authenticate", b'DPoP algs="ES256 EdDSA PS256 RS256"')),
    405: ((b"allow", b"GET, HEAD, POST"),),
    408: ((b"connection", b"close"),),
    413: ((b"connection", b"close"),),
    415: ((b"accept-post", b"application/json"),),
}
