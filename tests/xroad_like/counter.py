"""A town's counter: its members' listener over real HTTP, before a ministry that keeps large things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe.listeners import MEMBERS
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.members_listener import MembersListener
from sacbe_xroad_like.wire.fault import CodeStyle
from tests.adapters.wire import Wire
from tests.app.tls import served, serving
from tests.journeys.warehouse import Warehouse, warehouse
from tests.xroad_like.wire_town import Town, town

R1 = "/r1/EE/BUSINESS/producer/sub/echo"
CLIENT = {"X-Road-Client": "EE/BUSINESS/consumer/sub"}


@dataclass(frozen=True)
class Counter:
    """A town behind its real listener, and the ministry's warehouse."""

    town: Town
    engine: AsyncEngine
    stock: Warehouse
    port: int
    folder: Path

    @property
    def bus(self) -> Bus:
        """The bus of the town."""
        return self.town.bus

    def client(self) -> httpx.AsyncClient:
        """Give a client over HTTP."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=CLIENT, timeout=60)

    async def say(self, head: str, *pieces: bytes, ends: bool = False) -> bytes:
        """Send a request's beginning on a connection of its own; give what comes until the node ends it.

        `ends` lets go of the connection instead of waiting for an answer.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f"{head}\r\nHost: a\r\n\r\n".encode())
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            async with asyncio.timeout(20):
                return b"" if ends else await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def open_counter(engine: AsyncEngine, folder: Path) -> AsyncIterator[Counter]:
    """Run a town whose REST ministry keeps large things; clients connect as they like."""
    with warehouse() as stock:
        async with town(engine, folder, Wire(port=stock.port)) as running, doors(running, folder) as port:
            yield Counter(running, engine, stock, port, folder)


@asynccontextmanager
async def doors(running: Town, folder: Path, *, style: CodeStyle = CodeStyle.CAMEL) -> AsyncIterator[int]:
    """Serve a town's members' listener over HTTP; give its plain port."""
    listener = MembersListener(running.bus, instance="EE", style=style, unchosen=ConnectionType.PLAIN)
    async with serving(listener, served(folder / "keys")) as ports:
        yield ports[MEMBERS]


def status_of(answer: bytes) -> int:
    """Give the status of an answer."""
    return int(answer.split()[1])
