"""GraphQL over a WebSocket: `graphql-transport-ws`, for queries, changes and subscriptions alike.

Whoever connects says who she is in `connection_init` (a page's script can send no header with a
WebSocket), or in the headers of the handshake. Other sites' pages, which a browser would let connect with
whatever it knows of its user, are refused by their origin (RFC 6455, section 10.2); what is no browser says
none. Everything that runs for a connection is one group of tasks and ends with it.
"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Any, NoReturn, Protocol

from litestar.types import Receive, Send

from sacbe_graphql import answer, asking, negotiation, peer
from sacbe_graphql.answer import GRAPHQL_JSON
from sacbe_graphql.asking import Asking
from sacbe_graphql.negotiation import HttpRefusal
from sacbe_graphql.peer import Network
from sacbe_graphql.refusal import Refused
from sacbe_graphql.request import GraphQLRequest
from sacbe_graphql.subscriptions import caller, socket_messages
from sacbe_graphql.subscriptions.places import Open
from sacbe_graphql.subscriptions.socket_messages import SUBPROTOCOL, Closing, Complete, Init, Ping, Subscribe
from sacbe_terms.errors import RequestNotReadable, SacbeError, SubscriptionNotKept, UnexpectedFailure
from sacbe_xroad_like.connection_types import Connection
from sacbe_xroad_like.oauth.token_check import Shown

ORIGIN_CHARACTERS_MAX = 100
"""Of an origin, as it is shown to whoever sent it."""

REASON_BYTES_MAX = 120
"""Of a closing frame's reason; the protocol takes 123."""


class Door(caller.Door, Protocol):
    """The part of the door that is needed here."""

    open: Open
    proxies: tuple[Network, ...]

    def is_own_page(self, origin: str) -> bool:
        """Say whether a page of this node itself speaks."""

    def answers(self, request: GraphQLRequest, asking: Asking) -> Any:
        """Give every answer."""


class _Closed(Exception):
    """The connection ends."""

    def __init__(self, code: Closing | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        """None where the client has gone."""
        self.reason = reason


async def serve(door: Door, scope: Any, receive: Receive, send: Send) -> None:
    """Speak with one client until either side ends it."""
    await receive()  # websocket.connect
    origin = _headers(scope).get("origin")
    if origin is not None and not door.is_own_page(origin):
        return await _refuse(send, origin)
    try:
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
            raise _Closed(Closing.SUBPROTOCOL_UNKNOWN, "Subprotocol not acceptable")
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL, "headers": []})
        with door.open.connections.one(peer.address(scope, _headers(scope), door.proxies)):
            await _Conversation(door, scope, receive, send).hold()
    except SubscriptionNotKept as error:
        await _close(send, Closing.TRY_LATER, error.what)
    except _Closed as closed:
        if closed.code is not None:
            await _close(send, closed.code, closed.reason)


async def _refuse(send: Send, origin: str) -> None:
    """Answer the handshake with 403 and the reason."""
    error = RequestNotReadable(
        what=f"Pages of {origin[:ORIGIN_CHARACTERS_MAX]} may not connect here.",
        where="Origin",
        hint="Connect from your server; the node's own addresses are set by SACBE_ADDRESSES.",
    )
    given = answer.of_errors(Refused.by(error).entries, media_type=GRAPHQL_JSON, status=403)
    headers = [(b"content-type", f"{GRAPHQL_JSON}; charset=utf-8".encode()), (b"cache-control", b"no-store")]
    await send({"type": "websocket.http.response.start", "status": given.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": given.body, "more_body": False})


async def _close(send: Send, code: Closing, reason: str) -> None:
    cut = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")
    with suppress(OSError):  # the client has gone meanwhile
        await send({"type": "websocket.close", "code": int(code), "reason": cut})


class _Conversation:
    """One accepted connection: who speaks, and which operations run."""

    def __init__(self, door: Door, scope: Any, receive: Receive, send: Send) -> None:
        self._door = door
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limits = door.open.limits
        self._asking: Asking | None = None
        self._client = ""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._idle_since = asyncio.get_running_loop().time()

    async def hold(self) -> NoReturn:
        """Read and answer until the end, which is raised as _Closed."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                await self._read(group)
        except BaseExceptionGroup as ended:
            closed, rest = ended.split(_Closed)
            if rest is not None or closed is None:
                raise
            raise _first(closed) from None
        raise _Closed(None)

    async def _read(self, group: asyncio.TaskGroup) -> NoReturn:
        await self._take_init()
        while True:
            message = await self._next()
            if isinstance(message, Subscribe):
                await self._begin(group, message)
            elif isinstance(message, Complete):
                self._end(message.id)
            elif isinstance(message, Ping):
                await self._tell(socket_messages.plain("pong"))
            elif isinstance(message, Init):
                raise _Closed(Closing.INIT_TWICE, "Too many initialisation requests")

    async def _take_init(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_seconds_max):
                while not isinstance(message := await self._next(), Init):
                    if isinstance(message, Subscribe):
                        raise _Closed(Closing.UNAUTHORIZED, "Unauthorized")
                    if isinstance(message, Ping):
                        await self._tell(socket_messages.plain("pong"))
        except TimeoutError:
            raise _Closed(Closing.NO_INIT_IN_TIME, "Connection initialisation timeout") from None
        try:
            said = _asking(self._door, self._scope, message.payload or {})
            self._client = await caller.name(self._door, said)
        except (HttpRefusal, SacbeError) as error:
            raise _not_known(error) from error
        self._asking = caller.proven(said)
        await self._tell(socket_messages.plain("connection_ack"))

    async def _next(self) -> socket_messages.Message:
        received: Any = await self._receive()
        if received["type"] != "websocket.receive":
            raise _Closed(None)
        text = received.get("text")
        if text is None:
            raise _Closed(Closing.BAD_MESSAGE, "Binary messages are not spoken here")
        try:
            return socket_messages.read(text)
        except ValueError as error:
            raise _Closed(Closing.BAD_MESSAGE, f"Invalid message: {error}") from error

    async def _begin(self, group: asyncio.TaskGroup, message: Subscribe) -> None:
        """Begin an operation; one too many is refused here, so that who reads no refusals is read no more."""
        if message.id in self._running:
            raise _Closed(Closing.ID_TAKEN, f"Subscriber for {message.id} already exists")
        if len(self._running) >= self._limits.operations_max:
            await self._tell(_refusal(message.id, _too_many(self._limits.operations_max)))
        else:
            self._running[message.id] = group.create_task(self._answer(message.id, message.payload))

    def _end(self, identifier: str) -> None:
        running = self._running.pop(identifier, None)
        if running is not None:
            running.cancel()
            self._idle_since = asyncio.get_running_loop().time()

    async def _answer(self, identifier: str, request: GraphQLRequest) -> None:
        """Tell every answer to an operation, and that there are no more; nothing of that once it was ended."""
        try:
            with self._door.open.subscriptions.one(self._client):
                last = await self._answers(identifier, request)
        except SubscriptionNotKept as error:
            last = _refusal(identifier, error)
        if self._running.get(identifier) is asyncio.current_task():
            self._running.pop(identifier)
            self._idle_since = asyncio.get_running_loop().time()
            await self._tell(last)

    async def _answers(self, identifier: str, request: GraphQLRequest) -> str:
        """Tell every answer but the one that ends the operation, which is given."""
        assert self._asking is not None
        async with aclosing(self._door.answers(request, self._asking)) as answers:
            async for given in answers:
                message, is_last = socket_messages.of_answer(identifier, given)
                if is_last:
                    return message
                await self._tell(message)
        return socket_messages.complete(identifier)

    async def _watch(self) -> NoReturn:
        """End the connection when nothing runs for long, or its token holds no longer."""
        while True:
            await asyncio.sleep(self._limits.check_seconds)
            idle_seconds = asyncio.get_running_loop().time() - self._idle_since
            if not self._running and idle_seconds > self._limits.idle_seconds_max:
                raise _Closed(Closing.NORMAL, f"Nothing was asked for {self._limits.idle_seconds_max:g} s")
            try:
                if self._asking is not None and self._asking.token:
                    await caller.who(self._door, self._asking)
            except SacbeError as error:
                raise _not_known(error) from error

    async def _tell(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text, "bytes": None})
        except OSError:  # so ASGI says that nobody is there any more
            raise _Closed(None) from None


def _first(closed: BaseExceptionGroup[_Closed]) -> _Closed:
    first = closed.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _not_known(error: HttpRefusal | SacbeError) -> _Closed:
    """End with why it is not known, or known no longer, who speaks."""
    why = error.error if isinstance(error, HttpRefusal) else error
    code = Closing.FAILED if isinstance(why, UnexpectedFailure) else Closing.FORBIDDEN
    return _Closed(code, f"{why.code}: {why.what}")


def _refusal(identifier: str, error: SubscriptionNotKept) -> str:
    given = answer.of_errors(Refused.by(error).entries, media_type=GRAPHQL_JSON)
    return socket_messages.of_answer(identifier, given)[0]


def _too_many(allowed: int) -> SubscriptionNotKept:
    return SubscriptionNotKept(
        what=f"This connection runs {allowed} operations already, which is all that it may.",
        hint="End one that is no longer needed.",
    )


_SAID = frozenset({"authorization", "dpop", "sacbe-purpose", "sacbe-sandbox", "x-road-userid", "x-road-issue"})
"""What `connection_init` may say in place of a header. A message's own id belongs to one call, not to a connection."""


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _asking(door: Door, scope: Any, payload: Mapping[str, Any]) -> Asking:
    """Read who asks from the handshake's headers and the payload, which goes before; raises HttpRefusal."""
    headers = _headers(scope) | {name.lower(): str(value) for name, value in payload.items()}
    said = {name: value for name, value in headers.items() if name in _SAID}
    scheme, token = negotiation.access_token(said.get("authorization", ""))
    shown = Shown(
        scheme=scheme or "bearer",
        proof=said.get("dpop", ""),
        method="GET",
        path=scope["path"],
        connection=Connection.of_scope(scope),
    )
    client = peer.address(scope, _headers(scope), door.proxies)
    return asking.of_headers(said, token, shown, media_type=GRAPHQL_JSON, may_change=True, peer=client)
