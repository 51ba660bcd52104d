"""A system of ours that looks at what it is shown: it hears whole requests and a test says what it answers."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.adapters.wire import http

REFUSED = http(b"", status="401 Unauthorized")
LET_IN = http(b'{"ok": true}', kind="application/json")


@dataclass(frozen=True)
class Heard:
    """One request, header names in lower case; `peer` is the subject of the client certificate."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    peer: str

    @property
    def authorization(self) -> str:
        """What it shows in its Authorization header."""
        return self.headers.get("authorization", "")


Decide = Callable[[Heard], Awaitable[bytes]]


@dataclass
class Doorkeeper:
    """Where it listens, and all that it heard."""

    scheme: str
    port: int = 0
    heard: list[Heard] = field(default_factory=list)

    def address(self, path: str = "/") -> str:
        """Give the address of a path."""
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"


@asynccontextmanager
async def keeping(decide: Decide, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Doorkeeper]:
    """Run it on loopback."""
    door = Doorkeeper("http" if tls is None else "https")
    open_ones: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)
        number = len(open_ones)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            while True:
                heard = await _request(reader, writer, number)
                door.heard.append(heard)
                writer.write(await decide(heard))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        server.close()
        for writer in open_ones:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> Heard:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    method, target, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    shown = writer.get_extra_info("peercert") or {}
    peer = ",".join(value for group in shown.get("subject", ()) for _, value in group)
    return Heard(method, target, headers, body, connection, peer)


def only(authorization: str) -> Decide:
    """Let in who shows exactly this Authorization header."""

    async def decide(heard: Heard) -> bytes:
        return LET_IN if heard.authorization == authorization else REFUSED

    return decide
