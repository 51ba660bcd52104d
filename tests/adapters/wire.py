"""A server that hears bytes and says bytes: what no server library would send."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Say = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Answers one request."""


@dataclass
class Wire:
    """Where the server listens, and what it heard: one entry per connection, one text per request."""

    port: int = 0
    heard: list[list[str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its http address."""
        return f"http://127.0.0.1:{self.port}/soap?x=1"


@asynccontextmanager
async def saying(say: Say | bytes, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """Run a server that answers every request in one way."""
    wire = Wire()
    open_ones: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)
        requests: list[str] = []
        wire.heard.append(requests)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
                body = await reader.readexactly(int(length or 0))
                requests.append(head + body.decode())
                if isinstance(say, bytes):
                    writer.write(say)
                    await writer.drain()
                else:
                    await say(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for writer in open_ones:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


def http(body: bytes, *, status: str = "200 OK", kind: str = "text/xml; charset=utf-8", more: str = "") -> bytes:
    """Give a whole reply."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body
