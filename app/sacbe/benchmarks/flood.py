"""Whether a server process keeps anything of hostile requests: its memory over many thousands of them.

Of ten requests two are new hostile documents, four such as were sent before, one is no JSON, one is no
JSON by its own words, one stops in the middle of its body, and one is gone before its answer comes.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import cycle
from pathlib import Path
from typing import Final

import msgspec

from sacbe.benchmarks import exhibits
from sacbe.benchmarks.costs import resident_bytes
from sacbe.benchmarks.processes import node, port_of, server_of
from sacbe_graphql.http import PATH

CONNECTIONS: Final = 8
"""How many ask at the same time."""

LOOKS: Final = 10
"""How often the memory is looked at on the way."""

ANSWER_SECONDS_MAX: Final = 60.0
"""How long an answer is waited for."""

SETTLE_SECONDS: Final = 2.0
"""Pause before a look, for what is let go late."""

_JSON: Final = "application/json"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The memory of the server process after so many requests: its proportional share, in bytes."""

    requests: int
    bytes: int


class Flood(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run found; statuses are counted, 0 where no answer was waited for."""

    looks: tuple[Look, ...]
    statuses: dict[int, int]


def run(*, requests: int, museum: Path, say: Callable[[str], None]) -> Flood:
    """Send so many requests to one server process; raises OSError where it no longer answers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say("starting a node")
        demo, running = stack.enter_context(node(folder))
        sender = _Sender(port_of(demo["graphql_url"]), messages(museum))
        return asyncio.run(_flooded(sender, server_of(running.pid), requests, say))


async def _flooded(sender: "_Sender", server: int, requests: int, say: Callable[[str], None]) -> Flood:
    looks = [Look(requests=0, bytes=resident_bytes(server))]
    for part in range(1, LOOKS + 1):
        await sender.send(requests * part // LOOKS - looks[-1].requests)
        await asyncio.sleep(SETTLE_SECONDS)
        looks.append(Look(requests=requests * part // LOOKS, bytes=resident_bytes(server)))
        say(f"{looks[-1].requests} requests, {looks[-1].bytes / 2**20:.0f} MiB")
    return Flood(looks=tuple(looks), statuses=dict(sorted(sender.statuses.items())))


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request as bytes; nobody waits for the answer to one that is left alone."""

    content: bytes
    is_left_alone: bool = False


def messages(museum: Path) -> Iterator[Message]:
    """Give hostile requests without end, in the mix that this module tells."""
    kinds = list(exhibits.collected(museum).values())
    for number, exhibit in enumerate(cycle(kinds)):
        yield from _ten(exhibit, [exhibit, *(kinds[(number * 3 + at) % len(kinds)] for at in range(3))], number)


def _ten(new: exhibits.Exhibit, known: Sequence[exhibits.Exhibit], number: int) -> Iterator[Message]:
    yield Message(content=_request(new.body(mark=str(number))))
    yield Message(content=_request(new.body(mark=f"{number} again")))
    for exhibit in known:
        yield Message(content=_request(exhibit.body()))
    yield Message(content=_request(b'{"query": "{ services { totalCount } }"' + b"[" * (number % 1_000)))
    yield Message(content=_request(new.body(), kind="text/plain"))
    whole = _request(new.body())
    yield Message(content=whole[: -len(new.body()) // 2], is_left_alone=True)
    yield Message(content=whole, is_left_alone=True)


def _request(body: bytes, *, kind: str = _JSON) -> bytes:
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Sender:
    """Sends messages over some connections at a time, and counts what comes of them."""

    def __init__(self, port: int, messages: Iterator[Message]) -> None:
        self._port, self._messages = port, messages
        self.statuses: dict[int, int] = {}

    async def send(self, requests: int) -> None:
        """Send so many."""
        share = [requests // CONNECTIONS + (at < requests % CONNECTIONS) for at in range(CONNECTIONS)]
        await asyncio.gather(*map(self._send, share))

    async def _send(self, requests: int) -> None:
        for _ in range(requests):
            status = await self._answered(next(self._messages))
            self.statuses[status] = self.statuses.get(status, 0) + 1

    async def _answered(self, message: Message) -> int:
        """Give the status of the answer, over a connection of its own: what is left alone ends it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(message.content)
            if message.is_left_alone:
                return 0
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return int((await reader.readline()).split()[1])
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
