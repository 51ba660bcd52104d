"""Many clients come, follow and vanish: nothing of them is left, and nobody else notices."""

import asyncio
import gc
from collections import Counter
from contextlib import AsyncExitStack

import msgspec
import pytest

from sacbe_graphql.subscriptions.event_stream import EventStream
from sacbe_graphql.subscriptions.feed import Following
from sacbe_graphql.subscriptions.web_socket import _Conversation
from tests.graphql.listening import listening
from tests.graphql.speaking import socket, until
from tests.graphql.test_subscriptions import CHANGES, HEALTH, OWN, following, nothing_is_open, put, service
from tests.graphql.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLIENTS = 40
"""Of each kind in one round; an address has places for 50 connections and 100 subscriptions."""

KEPT = (EventStream, Following, _Conversation)
"""What there is one of for each client or subscription."""


def left() -> list[object]:
    """Give what is still in memory."""
    gc.collect()
    return [each for each in gc.get_objects() if isinstance(each, KEPT)]


def tasks() -> Counter[str]:
    """Count what runs, by its name in the code; what only waits for an event comes and goes."""
    names = (getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())
    return Counter(name for name in names if name != "Event.wait")


def listeners(world: World) -> tuple[int, ...]:
    """Count who listens to the bus, to its resilience and to the database."""
    watch = world.bus._watch
    return len(watch._listeners), len(watch._hearers), len(world.bus.resilience._observers)


async def begun(world: World, port: int, cutting: AsyncExitStack) -> None:
    """Let many follow, by both ways; when the stack closes they vanish amid it."""
    for number in range(CLIENTS):
        speaking = await cutting.enter_async_context(socket(port))
        cutting.callback(speaking.connection.transport.abort)
        await (await speaking.init(world.token)).subscribe("1", (CHANGES, OWN, HEALTH)[number % 3])
        cutting.callback(cut, await opened(port, CHANGES))
    await following(world, 2 * CLIENTS)


async def opened(port: int, query: str) -> asyncio.StreamWriter:
    """Ask for a stream of events on a bare connection."""
    body = msgspec.json.encode({"query": query})
    head = (
        "POST /graphql HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body)
    await reader.readuntil(b"\r\n\r\n")
    return writer


def cut(writer: asyncio.StreamWriter) -> None:
    """End a connection without a word."""
    writer.transport.abort()


async def test_clients_that_vanish_leave_nothing(world: World) -> None:
    """Connections, subscriptions, tasks, listeners and memory are what they were before, round after round."""
    listened = listeners(world)
    async with listening(world.door) as port:
        ran = tasks()
        for _ in range(3):
            async with AsyncExitStack() as cutting:
                await begun(world, port, cutting)
                await put(world, service())
            await until(lambda: nothing_is_open(world))
            await until(lambda: world.door.feeds._reader.is_idle)
            await until(lambda: tasks() <= ran)
            await until(lambda: not left())
    assert listeners(world) == listened


async def test_clients_that_ask_and_vanish_leave_nothing(world: World) -> None:
    """A client that goes amid its handshake, its initialisation or its query leaves nothing either."""
    async with listening(world.door) as port:
        ran = tasks()
        for said in range(1, 4):
            for _ in range(CLIENTS):
                async with socket(port) as speaking:
                    for kind, rest in SAID[:said]:
                        await speaking.say(kind, **rest)
                    speaking.connection.transport.abort()
        await until(lambda: nothing_is_open(world))
        await until(lambda: tasks() <= ran)
        await until(lambda: not left())


SAID: tuple[tuple[str, dict[str, object]], ...] = (
    ("connection_init", {}),
    ("subscribe", {"id": "q", "payload": {"query": "{ services(first: 50) { nodes { title } } }"}}),
    ("subscribe", {"id": "s", "payload": {"query": CHANGES}}),
)
