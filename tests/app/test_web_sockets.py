"""WebSockets on the node's listeners: named as requests are, and no memory for a client that takes nothing in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from sacbe import web_sockets
from sacbe.listeners import Listener, bind_all
from sacbe.server import Server
from sacbe.web_sockets import BoundedWebSocket
from tests.app.test_server import FREE
from tests.graphql.speaking import until


async def echoes(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Say which listener it is, then answer every message tenfold."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": scope["extensions"]["sacbe"]["listener"]})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"] * 10})


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Server, list[Listener]]]:
    """Serve every listener on a free port."""
    listeners = bind_all(FREE)
    server = Server(echoes, listeners)
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield server, list(listeners)
    finally:
        server.should_exit = True
        await running


def held(server: Server) -> BoundedWebSocket:
    """Give the server's one connection."""
    (connection,) = server.server_state.connections
    assert isinstance(connection, BoundedWebSocket)
    return connection


async def test_a_web_socket_carries_the_name_of_its_listener() -> None:
    """Applications go by the listener's name here as for requests."""
    async with serving() as (_, listeners):
        for listener in listeners:
            async with connect(f"ws://127.0.0.1:{listener.port}/") as speaking:
                assert await speaking.recv() == listener.name


async def stall(speaking: ClientConnection, server: Server) -> BoundedWebSocket:
    """Say much and take nothing in, until the server waits; give its connection."""
    await speaking.recv()
    speaking.transport.pause_reading()
    connection = held(server)
    with suppress(ConnectionClosed):
        while connection.writable.is_set() and not connection.disconnected:
            await speaking.send("x" * 90_000)
            await asyncio.sleep(0.01)
    return connection


async def test_nothing_is_taken_in_from_a_client_that_takes_nothing() -> None:
    """While what was said to a client waits, its messages and pings do too; then all goes on."""
    async with serving() as (server, listeners), connect(f"ws://127.0.0.1:{listeners[0].port}/") as speaking:
        connection = await stall(speaking, server)
        assert not connection.transport.is_reading()
        speaking.transport.resume_reading()
        await until(lambda: connection.transport.is_reading() and connection.writable.is_set())


async def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said to a client does not wait for ever."""
    monkeypatch.setattr(web_sockets, "STALLED_SECONDS_MAX", 0.05)
    async with serving() as (server, listeners), connect(f"ws://127.0.0.1:{listeners[0].port}/") as speaking:
        await stall(speaking, server)
        await until(lambda: not server.server_state.connections and not server.server_state.tasks)
        speaking.transport.resume_reading()
