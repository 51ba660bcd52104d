"""WebSockets on our listeners: uvicorn's protocol with what the HTTP request of the handshake brought, and limits.

Messages are not compressed: a few bytes could unfold to many, and lengths would tell of secrets.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

MESSAGE_BYTES_MAX = 1_000_000
"""Of one message; beyond it the connection is closed with 1009."""

PING_SECONDS = 20.0
"""How often a connection is tried, and how long its answer may take."""

STALLED_SECONDS_MAX = 30.0
"""How long what was written may wait for a client to take it."""


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which knows its listener and lets go of a client that takes nothing."""

    def __init__(self, *, extensions: Mapping[str, Any], **rest: Any) -> None:
        super().__init__(**rest)
        self._extensions = extensions
        self._stalled_timer: asyncio.TimerHandle | None = None

    def handle_connect(self, event: Request) -> None:
        """Give the connection what its handshake brought: the listener's name, and a client's certificate."""
        super().handle_connect(event)
        if not self.handshake_complete:
            self.scope["extensions"] |= self._extensions

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock with the connection."""
        self._stalled_done()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Let the application wait, take nothing in, and start the clock of a client that takes nothing.

        A ping is answered without the application, so that pings alone would fill the memory otherwise.
        """
        super().pause_writing()
        self.transport.pause_reading()
        self._stalled_timer = self.loop.call_later(STALLED_SECONDS_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the clock, and let the application go on."""
        self._stalled_done()
        super().resume_writing()
        if not (self.read_paused or self.transport.is_closing()):
            self.transport.resume_reading()

    async def receive(self) -> Any:
        """Give what has come in, once the client has taken what was said to it."""
        await self.writable.wait()
        return await super().receive()

    def _stalled_done(self) -> None:
        if self._stalled_timer is not None:
            self._stalled_timer.cancel()
            self._stalled_timer = None
