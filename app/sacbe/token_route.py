"""`/oauth/token` over HTTP: the form is taken in up to a limit, and handed to the bus."""

import asyncio
from typing import Any

from litestar.handlers import ASGIRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from sacbe_xroad_like.connection_types import Connection
from sacbe_xroad_like.oauth import dpop
from sacbe_xroad_like.oauth.addresses import TOKEN_PATH
from sacbe_xroad_like.oauth.token_endpoint import TokenEndpoint, TokenRequest
from sacbe_xroad_like.wire.error_body import WireAnswer

BODY_BYTES_MAX = 32 * 1024
"""A larger form asks for no token."""

BODY_SECONDS_MAX = 10.0
"""How long a form may take to arrive."""


def routes(endpoint: TokenEndpoint) -> list[ASGIRouteHandler]:
    """Give the handler of the token endpoint."""

    @asgi(TOKEN_PATH, copy_scope=False)
    async def token(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive)
        except TimeoutError:
            body = None
        if body is None:  # cut, slow or endless: not worth more than an end
            await _send(WireAnswer(413, (("connection", "close"),), b""), send)
        else:
            await _send(await endpoint.answer(_request(scope, body)), send)

    return [token]


def _request(scope: Any, body: bytes) -> TokenRequest:
    return TokenRequest(
        method=scope["method"],
        content_type=dict(scope["headers"]).get(b"content-type", b"").decode("latin-1"),
        body=body,
        proof=dpop.proof_in(scope),
        connection=Connection.of_scope(scope),
    )


async def _body(receive: Receive) -> bytes | None:
    """Take the body in; None if it is too large, or if its sender has gone."""
    body = b""
    async with asyncio.timeout(BODY_SECONDS_MAX):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message["body"]
            if len(body) > BODY_BYTES_MAX:
                return None
            if not message.get("more_body"):
                return body


async def _send(answer: WireAnswer, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
