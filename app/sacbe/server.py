"""The HTTP server of one process: uvicorn's protocols under several named listeners.

uvicorn serves one address and knows no limit for headers. Here one event loop serves every
listener, each request carries its listener's name in `scope["extensions"]["sacbe"]`, and a
header that is too large or comes too slowly ends its connection, as does a client that takes nothing
of its answer for a while. Under TLS a request also carries
the certificate that its client showed, in `scope["extensions"]["tls"]["client_certificate"]` (DER, or
None), which no server of Python's gives by itself.
"""

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sacbe.listeners import Listener
from sacbe.web_sockets import MESSAGE_BYTES_MAX, PING_SECONDS, BoundedWebSocket

HEADER_BYTES_MAX = 64 * 1024
"""Request line and headers together; beyond it the answer is 431."""

HEADER_SECONDS_MAX = 10.0
"""From the first byte of a request, or from the connection, to the end of its headers."""

HANDSHAKE_SECONDS_MAX = 10.0
"""How long a TLS handshake may take."""

STALLED_SECONDS_MAX = 30.0
"""How long what was written may wait for a client to take it."""

KEEP_ALIVE_SECONDS = 30
"""How long an idle connection stays open."""

STOP_SECONDS_MAX = 10
"""How long requests in flight may take after the order to stop."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a listener's name and limits on headers."""

    def __init__(self, *, listener_name: str, **rest: Any) -> None:
        super().__init__(**rest)
        self._extensions: dict[str, dict[str, str | bytes | None]] = {"sacbe": {"listener": listener_name}}
        self.ws_protocol_class = partial(BoundedWebSocket, extensions=self._extensions)  # type: ignore[assignment]  # as good as the class, which is only called
        self._header_bytes: int | None = 0
        self._header_timer: asyncio.TimerHandle | None = None
        self._stalled_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock of the first header with the connection itself, and keep what its client showed."""
        super().connection_made(transport)
        session = transport.get_extra_info("ssl_object")
        if session is not None:
            self._extensions["tls"] = {"client_certificate": session.getpeercert(binary_form=True)}
        self._header_timer = self.loop.call_later(HEADER_SECONDS_MAX, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks with the connection."""
        self._headers_done()
        self._stalled_done()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Let the application wait, and start the clock of a client that takes nothing."""
        super().pause_writing()
        self._stalled_timer = self.loop.call_later(STALLED_SECONDS_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the clock, and let the application go on."""
        self._stalled_done()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Let uvicorn parse, and end a connection whose header has grown too large."""
        if self._header_bytes is not None:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._header_bytes is not None and self._header_bytes > HEADER_BYTES_MAX:
            self._refuse_header()

    def on_message_begin(self) -> None:
        """Give the request its listener's name, and start its header's clock."""
        super().on_message_begin()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item]  # ours is not in ASGI's list
        if self._header_timer is None:
            self._header_bytes = 0
            self._header_timer = self.loop.call_later(HEADER_SECONDS_MAX, self.transport.close)

    def on_headers_complete(self) -> None:
        """Stop the header's clock, then let uvicorn start the request."""
        was_large = self._header_bytes is not None and self._header_bytes > HEADER_BYTES_MAX
        self._headers_done()
        if was_large and self._exact_header_bytes() > HEADER_BYTES_MAX:
            self._refuse_header()
            raise ValueError("header too large")  # ends the parsing of what else has arrived
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request, unless the connection was ended already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _exact_header_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _refuse_header(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _stalled_done(self) -> None:
        if self._stalled_timer is not None:
            self._stalled_timer.cancel()
            self._stalled_timer = None

    def _headers_done(self) -> None:
        self._header_bytes = None
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None


async def _nothing() -> None:
    """Have nothing to end."""


class Server(uvicorn.Server):
    """uvicorn's server over several listeners in one loop, stopped by `should_exit` or SIGTERM."""

    def __init__(
        self,
        application: Any,
        listeners: Sequence[Listener],
        *,
        tls: Mapping[str, ssl.SSLContext] | None = None,
        on_serving: Callable[[], None] = lambda: None,
        on_stopping: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        """`tls`: by a listener's name; one that is not there is served in clear.

        `on_stopping` ends what would stay open otherwise.
        """
        super().__init__(
            uvicorn.Config(
                application,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                http=BoundedProtocol,
                ws=BoundedWebSocket,
                ws_max_size=MESSAGE_BYTES_MAX,
                ws_ping_interval=PING_SECONDS,
                ws_ping_timeout=PING_SECONDS,
                ws_per_message_deflate=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS_MAX,
            )
        )
        self._listeners = listeners
        self._tls = tls or {}
        self._on_serving = on_serving
        self._on_stopping = on_stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what stays open by itself, then let what is in flight finish."""
        await self._on_stopping()
        await super().shutdown(sockets)

    async def startup(self, sockets: object = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Start serving every listener; the sockets are bound already."""
        self.servers = [await self._served(listener) for listener in self._listeners]
        self.started = True
        self._on_serving()

    async def _served(self, listener: Listener) -> asyncio.Server:
        context = self._tls.get(listener.name)
        return await asyncio.get_running_loop().create_server(
            self._protocol_factory(listener.name),
            sock=listener.socket,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_SECONDS_MAX if context else None,
        )

    def _protocol_factory(self, listener_name: str) -> Callable[[], BoundedProtocol]:
        return lambda: BoundedProtocol(
            listener_name=listener_name, config=self.config, server_state=self.server_state, app_state={}
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop in order on SIGTERM and SIGINT, and let the process end by itself afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True
