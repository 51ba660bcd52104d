"""A client of `graphql-transport-ws` in a few lines, and one of event streams, for tests to misbehave with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

WAIT_SECONDS_MAX = 10.0


class Socket:
    """One WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, kind: str, **rest: object) -> None:
        """Send a message."""
        await self.connection.send(msgspec.json.encode({"type": kind, **rest}).decode())

    async def hear(self) -> Any:
        """Give the next message."""
        return msgspec.json.decode(await asyncio.wait_for(self.connection.recv(), WAIT_SECONDS_MAX))

    async def closed(self) -> tuple[int, str]:
        """Give the code and the reason with which the other side closes; what it says before is not looked at."""
        with suppress(ConnectionClosed):
            while True:
                await asyncio.wait_for(self.connection.recv(), WAIT_SECONDS_MAX)
        code, reason = self.connection.close_code, self.connection.close_reason
        assert code is not None
        assert reason is not None
        return code, reason

    async def init(self, token: str = "", **said: str) -> Self:
        """Say who connects, and wait for the word that this is well."""
        payload = {**said, **({"Authorization": f"Bearer {token}"} if token else {})}
        await self.say("connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}
        return self

    async def subscribe(self, identifier: str, query: str, **variables: object) -> None:
        """Ask an operation."""
        await self.say("subscribe", id=identifier, payload={"query": query, "variables": variables})


@asynccontextmanager
async def socket(
    port: int, *, subprotocol: str = "graphql-transport-ws", origin: str | None = None
) -> AsyncIterator[Socket]:
    """Connect; the connection is closed in the end."""
    address = f"ws://127.0.0.1:{port}/graphql"
    page = None if origin is None else Origin(origin)
    async with connect(address, subprotocols=[Subprotocol(subprotocol)], origin=page, max_size=None) as connection:
        yield Socket(connection)


@asynccontextmanager
async def stream(port: int, query: str, *, token: str = "", **variables: object) -> AsyncIterator["Events"]:
    """Ask for a stream of events by POST."""
    headers = {"accept": "text/event-stream"} | ({"authorization": f"Bearer {token}"} if token else {})
    body = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(timeout=WAIT_SECONDS_MAX) as client,
        client.stream("POST", f"http://127.0.0.1:{port}/graphql", json=body, headers=headers) as response,
    ):
        yield Events(response)


class Events:
    """The events of one response."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """Give the next event: its name and its data."""
        name, data = "", ""
        async for line in self._lines:
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data = line[5:].strip()
            elif not line and name:
                return name, msgspec.json.decode(data) if data else None
        raise AssertionError("the stream ended")


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
