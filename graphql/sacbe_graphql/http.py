"""GraphQL over HTTP: a raw ASGI handler under litestar, whose own handlers cost more than most queries.

Follows the GraphQL-over-HTTP specification: GET for queries only, JSON bodies by POST, the media
type of the answer negotiated. A POST must be `application/json`, which a browser never sends to
another site without asking that site first: that is the protection against forged requests,
together with identity by bearer token and never by cookie.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from sacbe_graphql import answer, negotiation, request, sandbox
from sacbe_graphql.answer import JSON, Answer
from sacbe_graphql.door import Asking, GraphQLDoor
from sacbe_graphql.explorer import pages
from sacbe_graphql.limits import Limits
from sacbe_graphql.negotiation import HttpRefusal
from sacbe_graphql.refusal import Refused
from sacbe_graphql.request import GraphQLRequest
from sacbe_terms.errors import LimitExceeded, MethodNotAllowed, RequestNotReadable
from sacbe_xroad_like.oauth.token_check import Shown


def routes(door: GraphQLDoor) -> list[ASGIRouteHandler]:
    """Give the handler of `/graphql`; it stands in no OpenAPI document, since GraphQL describes itself."""

    @asgi("/graphql", copy_scope=False)
    async def graphql(scope: Scope, receive: Receive, send: Send) -> None:
        await _serve(door, scope, receive, send)

    return [graphql]


def explorer_routes() -> list[HTTPRouteHandler]:
    """Give the handlers of the explorer's page, in both languages, and of what it loads."""
    return pages.routes()


class _ClientGone(Exception):
    """Nobody is left to answer."""


async def _serve(door: GraphQLDoor, scope: Any, receive: Receive, send: Send) -> None:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    media_type = JSON
    try:
        media_type = negotiation.answer_type(headers.get("accept", "*/*"))
        asked = await _asked(scope, headers, receive, door.limits)
        given = await door.answer(asked, _asking(scope, headers, media_type))
    except HttpRefusal as refusal:
        entries = Refused.by(refusal.error).entries
        given = answer.of_errors(entries, media_type=media_type, status=refusal.status)
    except RequestNotReadable as error:
        given = answer.of_errors(Refused.by(error).entries, media_type=media_type)
    except _ClientGone:
        return
    await _send(given, send)


async def _asked(scope: Any, headers: Mapping[str, str], receive: Receive, limits: Limits) -> GraphQLRequest:
    if scope["method"] == "GET":
        return request.of_query_string(scope["query_string"])
    if scope["method"] != "POST":
        what = f"{scope['method']} cannot be answered here."
        raise HttpRefusal(MethodNotAllowed(what=what, where=scope["method"], hint="Use POST, or GET for queries."), 405)
    negotiation.check_body_type(headers)
    return request.of_json(await _body(headers, receive, limits))


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


def _asking(scope: Any, headers: Mapping[str, str], media_type: str) -> Asking:
    scheme, token = negotiation.access_token(headers.get("authorization", ""))
    return Asking(
        media_type=media_type,
        is_sandbox=sandbox.is_asked(headers),
        may_change=scope["method"] == "POST",
        token=token,
        shown=Shown.of_scope(scope, scheme),
        purpose=headers.get("sacbe-purpose", ""),
        user_id=headers.get("x-road-userid", ""),
        issue=headers.get("x-road-issue", ""),
        message_id=headers.get("x-road-id", ""),
    )


async def _send(given: Answer, send: Send) -> None:
    headers = [
        (b"content-type", f"{given.content_type}; charset=utf-8".encode("ascii")),
        (b"content-length", str(len(given.body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization"),
        *_HEADERS_BY_STATUS.get(given.status, ()),
    ]
    await send({"type": "http.response.start", "status": given.status, "headers": headers})
    await send({"type": "http.response.body", "body": given.body, "more_body": False})


_HEADERS_BY_STATUS: Mapping[int, tuple[tuple[bytes, bytes], ...]] = {
    401: ((b"www-authenticate", b"Bearer"), (b"www-authenticate", b'DPoP algs="ES256 EdDSA PS256 RS256"')),
    405: ((b"allow", b"GET, POST"),),
    408: ((b"connection", b"close"),),
    413: ((b"connection", b"close"),),
    415: ((b"accept-post", b"application/json"),),
}
