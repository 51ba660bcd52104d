"""The members' listener: X-Road's client-facing side over HTTP, as an ASGI application without a framework.

    /r1/...                REST message protocol, any method
    /t1/...                our translation: JSON over any provider
    GET /listClients       who takes part
    GET /verificationconf  the configuration that clients read members from
    all else               SOAP message protocol, by POST

Which client calls is said by the message; whether it may be believed is decided by the connection that
it came on (`connection_types`), before anything else is looked at.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import structlog

from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import connection_types, translation
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.connection_types import Connection, ConnectionType
from sacbe_xroad_like.messages import TRANSLATION
from sacbe_xroad_like.relay import MESSAGE_BYTES_MAX
from sacbe_xroad_like.soap_reply import SoapRequest
from sacbe_xroad_like.wire import error_body, metadata, rest_message, soap_message, soap_part
from sacbe_xroad_like.wire.error_body import Headers, WireAnswer
from sacbe_xroad_like.wire.fault import CodeStyle, Origin, XRoadFault

BODY_SECONDS_MAX = 60.0
"""How long a body may take to arrive."""

BODIES_BYTES_MAX = 256 * 1024 * 1024
"""How much of requests' bodies one process holds at a time; a request beyond it is refused until others are done."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LISTS = ("/listClients", "/verificationconf")
_SOAP_ACTION_SIGNS = '"'

_log = structlog.get_logger(__name__)


class _ClientGone(Exception):
    """Nobody is left to answer."""


class MembersListener:
    """Answers X-Road's clients for one process. `instance` is the X-Road instance that this node belongs to.

    `unchosen` is how a client must connect for which that was not chosen.
    """

    def __init__(
        self, bus: Bus, *, instance: str, style: CodeStyle, unchosen: ConnectionType = ConnectionType.MUTUAL_TLS
    ) -> None:
        self._bus = bus
        self._instance = instance
        self._style = style
        self._unchosen = unchosen
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        path = scope["raw_path"].decode("latin-1")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        is_rest = rest_message.is_rest(path)
        try:
            answer = await self._answer(scope, path, headers, receive, is_rest=is_rest)
        except XRoadFault as fault:
            _log.info("a message was refused", code=fault.printed(self._style), detail=fault.detail)
            answer = self._told(fault, headers, is_rest=is_rest)
        except _ClientGone:
            return
        await _send(answer, send, has_body=scope["method"] != "HEAD")

    async def _answer(
        self, scope: Scope, path: str, headers: Headers, receive: Receive, *, is_rest: bool
    ) -> WireAnswer:
        if scope["method"] == "GET" and path in _LISTS:
            return await self._list(path, headers)
        with _Held(self) as held:
            body = await held.body(headers, receive)
            if is_rest:
                return await self._rest(scope, path, headers, body)
            if path.startswith(TRANSLATION):
                doubts = partial(self._doubts, Connection.of_scope(scope))
                return await translation.answer(self._bus, doubts, scope["method"], path, dict(headers), body or b"")
            return await self._soap(scope, headers, body or b"")

    def _doubts(self, connection: Connection, client: SubsystemId) -> str:
        """Say why this connection is not believed to be the client's; empty where it is, or the client is unknown."""
        registry = self._bus.registry
        if client not in registry.subsystems:
            return ""
        needed = registry.connections.get(client, self._unchosen)
        keys, statuses = registry.client_keys.get(client, ()), self._bus.client_statuses
        return connection_types.doubts(needed, connection, keys, datetime.now(UTC), statuses.doubts)

    def _refuse_unauthenticated(self, client: SubsystemId, scope: Scope) -> None:
        doubts = self._doubts(Connection.of_scope(scope), client)
        if doubts:
            raise XRoadFault(Origin.CONSUMER_SIDE, "SslAuthenticationFailed", doubts)

    async def _rest(self, scope: Scope, path: str, headers: Headers, body: bytes | None) -> WireAnswer:
        query = scope["query_string"].decode("latin-1")
        target = f"{path}?{query}" if query else path
        request = rest_message.read(scope["method"], target, headers, instance=self._instance, request_id=str(uuid4()))
        self._refuse_unauthenticated(request.client, scope)
        return await self._bus.relay.rest(self._bus.registry, request, body, style=self._style)

    async def _soap(self, scope: Scope, headers: Headers, body: bytes) -> WireAnswer:
        if scope["method"] != "POST":
            raise _refused("InvalidHttpMethod", f"Must use POST request method instead of {scope['method']}")
        given = dict(headers)
        action = given.get("soapaction")
        if action and not (len(action) > 1 and action[0] == action[-1] == '"'):
            raise _refused("InvalidSoapAction", "SOAPAction must be empty or a quoted URI")
        content_type = given.get("content-type", "")
        part = soap_part.find(body, content_type)
        message = soap_message.read(body[part.start : part.end], content_type=part.content_type)
        if message is None:
            raise _refused("InvalidSoap", "A request cannot be a SOAP fault")
        self._refuse_unauthenticated(message.client, scope)
        request = SoapRequest(message=message, body=body, part=part, content_type=content_type, soap_action=action)
        return await self._bus.relay.soap(self._bus.registry, request, style=self._style)

    async def _list(self, path: str, headers: Headers) -> WireAnswer:
        listed = await self._bus.listed()
        if path == "/verificationconf":
            disposition = ("content-disposition", 'attachment; filename="verificationconf.zip"')
            zipped = metadata.verification_configuration(self._instance, listed)
            return WireAnswer(200, (("content-type", "application/zip"), disposition), zipped)
        accept = ",".join(value for name, value in headers if name == "accept")
        if "application/json" in accept:
            return WireAnswer(200, (("content-type", "application/json;charset=utf-8"),), metadata.clients_json(listed))
        return WireAnswer(200, (("content-type", "text/xml;charset=utf-8"),), metadata.clients_xml(listed))

    def _told(self, fault: XRoadFault, headers: Headers, *, is_rest: bool) -> WireAnswer:
        if not is_rest:
            return error_body.soap(fault, style=self._style)
        accept = ",".join(value for name, value in headers if name == "accept")
        return error_body.rest(fault, accept=accept, style=self._style)


class _Held:
    """A request's body while it is held, counted against what the process holds in all."""

    def __init__(self, listener: MembersListener) -> None:
        self._listener = listener
        self._bytes = 0

    def __enter__(self) -> "_Held":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener._held_bytes -= self._bytes

    async def body(self, headers: Headers, receive: Receive) -> bytes | None:
        """Take the body in, None if the request has none; raises XRoadFault beyond a limit."""
        names = {name for name, _ in headers}
        has_body = bool(names & {"content-length", "transfer-encoding"})
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                async for chunk in _chunks(receive):
                    self._hold(len(chunk))
                    chunks.append(chunk)
        except TimeoutError as error:
            raise _refused("BadRequest", f"The body did not arrive within {BODY_SECONDS_MAX:g} s") from error
        return b"".join(chunks) if has_body else None

    def _hold(self, count: int) -> None:
        self._bytes += count
        self._listener._held_bytes += count
        if self._bytes > MESSAGE_BYTES_MAX:
            raise _refused("BadRequest", f"The message is larger than {MESSAGE_BYTES_MAX} bytes")
        if self._listener._held_bytes > BODIES_BYTES_MAX:
            raise XRoadFault(Origin.CONSUMER_SIDE, "InternalError", "Too much is under way; try again")


async def _chunks(receive: Receive) -> Any:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _ClientGone
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _send(answer: WireAnswer, send: Send, *, has_body: bool) -> None:
    """Send an answer; a HEAD's tells the length that its GET would have, where the provider told it."""
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers]
    if has_body:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if has_body else b""})


def _refused(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.CLIENT, code, message)
