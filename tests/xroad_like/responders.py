"""An authority's OCSP responder over real HTTP that answers as a test wants it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network

from cryptography.x509 import OCSPNonce, ocsp

from sacbe_adapters.transport_http import HttpTransport
from sacbe_xroad_like.client_statuses import ClientStatuses, WaysOut
from sacbe_xroad_like.status_policy import StatusPolicy
from tests.adapters.wire import http
from tests.signing.ocsp.answers import Answer

Say = Callable[[bytes], Awaitable[bytes]]
"""Gives the whole HTTP reply to a question's nonce."""


@dataclass
class Desk:
    """Where the responder listens, what it says now, and how often it was asked."""

    say: Say
    port: int = 0
    nonces: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/"


def ocsp_reply(content: bytes, *, status: str = "200 OK", kind: str = "application/ocsp-response") -> bytes:
    """Give a whole reply."""
    return http(content, status=status, kind=kind)


def always(answer: Answer) -> Say:
    """Give this answer as of now, with each question's own nonce."""

    async def say(nonce: bytes) -> bytes:
        return ocsp_reply(answer.as_of(datetime.now(UTC)).but(nonce=nonce).der())

    return say


def exactly(reply: bytes) -> Say:
    """Give these bytes."""

    async def say(_: bytes) -> bytes:
        return reply

    return say


async def silence(_: bytes) -> bytes:
    """Never answer."""
    await asyncio.sleep(3600)
    return b""


@asynccontextmanager
async def answering(say: Say) -> AsyncIterator[Desk]:
    """Run the responder."""
    desk = Desk(say)
    open_ones: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                body = await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
                asked = ocsp.load_der_ocsp_request(body)
                desk.nonces.append(asked.extensions.get_extension_for_class(OCSPNonce).value.nonce)
                writer.write(await desk.say(desk.nonces[-1]))
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    desk.port = server.sockets[0].getsockname()[1]
    try:
        yield desk
    finally:
        server.close()
        for writer in open_ones:
            writer.transport.abort()


@asynccontextmanager
async def asking(policy: StatusPolicy) -> AsyncIterator[ClientStatuses]:
    """Give what asks, where this machine is an allowed network for addresses that an operator gives."""
    given, found = HttpTransport([ip_network("127.0.0.0/8")]), HttpTransport([])
    statuses = ClientStatuses(policy, WaysOut(given, found))
    try:
        yield statuses
    finally:
        await statuses.stop()
        await given.close()
        await found.close()
