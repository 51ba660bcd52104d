"""A load of HTTP requests over kept connections, cheap enough not to disturb what it measures.

Run as a process of its own: `python -m sacbe.benchmarks.load` reads a Load as JSON on standard
input and prints a Result. Each connection sends one request, reads one answer, and so on.
"""

import asyncio
import itertools
import random
import sys
import time
from collections.abc import Iterator
from functools import partial

import httptools
import msgspec
import uvloop

SEED = 20_261_126
"""The same waits in every run."""

ANSWER_SECONDS_MAX = 30.0
"""A connection whose answer takes longer ends the run with an error."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: raw requests are made of these, the same on every connection."""

    host: str
    port: int
    method: str
    path: str
    headers: dict[str, str]
    body: str
    bodies: tuple[str, ...] = ()
    """Further bodies, sent in turn with the first; each connection begins at another."""
    connections: int
    seconds: float
    pause_seconds: float = 0.0
    """How long each connection waits between an answer and its next request, in the mean.

    Each wait is drawn anew, between half of it and half as much again: connections that a stall held
    together would else ask together ever after, and each later stall would count once for each of them.
    """
    expect: str = ""
    """A text that each answer's body must hold; another answer counts as wrong."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Latencies in milliseconds."""

    requests: int
    wrong: int
    seconds: float
    p50: float
    p99: float
    longest: float
    answer_bytes: int

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


class _Connection(asyncio.Protocol):
    """Sends its requests in turn, again and again, until the time is over."""

    def __init__(self, requests: Iterator[bytes], load: Load, until: float, chance: random.Random) -> None:
        self._requests, self._expect, self._until = requests, load.expect.encode(), until
        self._pause_seconds, self._chance = load.pause_seconds, chance
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self.latencies: list[float] = []
        self.wrong = 0
        self.answer_bytes = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # a socket's transport
        self._send()

    def _send(self) -> None:
        self._body = b""
        self._started = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self.latencies.append(now - self._started)
        self.answer_bytes = len(self._body)
        if self._parser.get_status_code() != 200 or self._expect not in self._body:
            self.wrong += 1
        if now < self._until:
            self._parser = httptools.HttpResponseParser(self)
            asyncio.get_running_loop().call_later(self._pause_seconds * self._chance.uniform(0.5, 1.5), self._send)
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def run(load: Load) -> Result:
    """Put the load on the server; raises TimeoutError where it hangs."""
    loop = asyncio.get_running_loop()
    requests, started = [_request(load, body) for body in (load.body, *load.bodies)], time.perf_counter()
    until = started + load.seconds
    connections: list[_Connection] = []
    chance = random.Random(SEED)  # noqa: S311 - spreads requests, and guards nothing
    for place in range(load.connections):
        turn = itertools.cycle(requests[place % len(requests) :] + requests[: place % len(requests)])
        made = await loop.create_connection(partial(_Connection, turn, load, until, chance), load.host, load.port)
        connections.append(made[1])
        await asyncio.sleep(load.pause_seconds / load.connections)
    async with asyncio.timeout(load.seconds + ANSWER_SECONDS_MAX):
        await asyncio.gather(*(connection.done for connection in connections))
    return _result(connections, time.perf_counter() - started)


def _request(load: Load, text: str) -> bytes:
    body = text.encode()
    headers = {"host": f"{load.host}:{load.port}", "content-length": str(len(body)), **load.headers}
    lines = [f"{load.method} {load.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _result(connections: list[_Connection], seconds: float) -> Result:
    latencies = sorted(latency for connection in connections for latency in connection.latencies)
    return Result(
        requests=len(latencies),
        wrong=sum(connection.wrong for connection in connections),
        seconds=seconds,
        p50=latencies[len(latencies) // 2] * 1000,
        p99=latencies[int(len(latencies) * 0.99)] * 1000,
        longest=latencies[-1] * 1000,
        answer_bytes=max(connection.answer_bytes for connection in connections),
    )


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(given))))
