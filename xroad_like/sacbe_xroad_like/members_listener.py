"""The members' listener: X-Road's client-facing side over HTTP, as an ASGI application without a framework.

    /r1/...                REST message protocol, any method
    /t1/...                our translation: JSON over any provider
    GET /listClients       who takes part
    GET /verificationconf  the configuration that clients read members from
    all else               SOAP message protocol, by POST

Which client calls is said by the message; whether it may be believed is decided by the connection that
it came on (`connection_types`), before anything else is looked at. A body is taken when all that can be
decided without it is decided (`incoming`).
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import structlog

from sacbe_adapters.spool import PIECE_BYTES, Body
from sacbe_terms.errors import SacbeError
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import connection_types, soap_reply, translation
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.connection_types import Connection, ConnectionType
from sacbe_xroad_like.incoming import ClientGone, Incoming, Pace, Receive
from sacbe_xroad_like.messages import TRANSLATION
from sacbe_xroad_like.passing import Answer
from sacbe_xroad_like.relay import MESSAGE_BYTES_MAX
from sacbe_xroad_like.relay_faults import fault_of
from sacbe_xroad_like.soap_reply import SoapRequest
from sacbe_xroad_like.wire import error_body, metadata, rest_message
from sacbe_xroad_like.wire.error_body import Headers, WireAnswer
from sacbe_xroad_like.wire.fault import CodeStyle, Origin, XRoadFault
from sacbe_xroad_like.wire.soap_part import Finder

ARGUMENTS_BYTES_MAX = 10 * 1024 * 1024
"""Largest body of a translated call: it is read whole, as JSON."""

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODILESS_STATUSES = frozenset({204, 304})
"""Statuses under which no answer has a body, nor says how long it is (RFC 9110, section 8.6)."""

_LISTS = ("/listClients", "/verificationconf")

_log = structlog.get_logger(__name__)


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        path = scope["raw_path"].decode("latin-1")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        is_rest = rest_message.is_rest(path)
        bytes_max = ARGUMENTS_BYTES_MAX if path.startswith(TRANSLATION) else MESSAGE_BYTES_MAX
        body = Incoming(headers, receive, self._bus.relay.spool, bytes_max=bytes_max)
        try:
            answer = await self._answer(scope, path, headers, body, is_rest=is_rest)
        except (XRoadFault, SacbeError) as error:
            fault = error if isinstance(error, XRoadFault) else fault_of(error)
            _log.info("a message was refused", code=fault.printed(self._style), detail=fault.detail)
            answer = Answer.of(self._told(fault, headers, is_rest=is_rest))
        except ClientGone:
            return
        await _send(answer, body, send, has_body=scope["method"] != "HEAD")

    async def _answer(self, scope: Scope, path: str, headers: Headers, body: Incoming, *, is_rest: bool) -> Answer:
        if scope["method"] == "GET" and path in _LISTS:
            return Answer.of(await self._list(path, headers))
        if is_rest:
            return await self._rest(scope, path, headers, body)
        if path.startswith(TRANSLATION):
            doubts = partial(self._doubts, Connection.of_scope(scope))
            return Answer.of(
                await translation.answer(self._bus, doubts, scope["method"], path, dict(headers), body.whole)
            )
        return await self._soap(scope, headers, body)

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

    async def _rest(self, scope: Scope, path: str, headers: Headers, body: Incoming) -> Answer:
        query = scope["query_string"].decode("latin-1")
        target = f"{path}?{query}" if query else path
        request = rest_message.read(scope["method"], target, headers, instance=self._instance, request_id=str(uuid4()))
        self._refuse_unauthenticated(request.client, scope)
        return await self._bus.relay.rest(self._bus.registry, request, body.whole, style=self._style)

    async def _soap(self, scope: Scope, headers: Headers, body: Incoming) -> Answer:
        """Read the message, which says who calls; what stands beside it is taken once it may pass."""
        if scope["method"] != "POST":
            raise _refused("InvalidHttpMethod", f"Must use POST request method instead of {scope['method']}")
        given = dict(headers)
        action = given.get("soapaction")
        if action and not (len(action) > 1 and action[0] == action[-1] == '"'):
            raise _refused("InvalidSoapAction", "SOAPAction must be empty or a quoted URI")
        content_type = given.get("content-type", "")
        finder = Finder(content_type)
        part = await body.message(finder)
        message, hashed = await soap_reply.read(part, partial(body.read, part), self._bus.relay.spool)
        self._refuse_unauthenticated(message.client, scope)
        request = SoapRequest(message=message, part=part, hashed=hashed, content_type=content_type, soap_action=action)
        return await self._bus.relay.soap(self._bus.registry, request, partial(body.rest, finder), style=self._style)

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


async def _send(answer: Answer, request: Incoming, send: Send, *, has_body: bool) -> None:
    """Send an answer, and end the connection of a request whose body was not wanted."""
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers]
    if has_body and answer.status not in BODILESS_STATUSES:
        headers.append((b"content-length", str(answer.body.size).encode()))
    if not request.is_whole:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    content = answer.body if has_body else Body.of(b"")
    if request.is_whole and content.held is not None and content.size <= PIECE_BYTES:
        await send({"type": "http.response.body", "body": content.held})
    elif await _is_sent(content, send):
        await request.throw_away()
        await send({"type": "http.response.body", "body": b""})


async def _is_sent(content: Body, send: Send) -> bool:
    """Send a body at a pace, but for its end; False for a client that takes it too slowly and is let go."""
    pace = Pace()
    try:
        async for piece in content.pieces():
            async with asyncio.timeout_at(pace.until):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            pace.bytes += len(piece)
    except TimeoutError:
        _log.warning("a client took its answer too slowly", bytes=pace.bytes)
        return False
    return True


def _refused(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.CLIENT, code, message)
