"""A constant upstream: answers with recorded bytes, for next to no CPU.

Run as a process: `python -m sacbe.benchmarks.upstream` reads Recorded answers as JSON on standard
input, prints the port that it listens on, and serves until it is ended. The first answer whose
marker stands in the request is given.
"""

import asyncio
import sys
from collections.abc import Sequence

import httptools
import msgspec
import uvloop


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that a real ministry gave, and a text by which its request is known."""

    marker: str
    content_type: str
    body: bytes


class _Constant(asyncio.Protocol):
    """Reads requests to their end and answers each with bytes made before."""

    def __init__(self, answers: Sequence[tuple[bytes, bytes]]) -> None:
        self._answers = answers
        self._parser = httptools.HttpRequestParser(self)
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # a socket's transport

    def data_received(self, data: bytes) -> None:
        self._request += data
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        given = next((answer for marker, answer in self._answers if marker in self._request), _NOT_FOUND)
        self._request = b""
        self._transport.write(given)


_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


def http_answer(recorded: Recorded) -> bytes:
    """Give a recorded answer as the bytes of a whole HTTP response."""
    lines = ("HTTP/1.1 200 OK", f"content-type: {recorded.content_type}", f"content-length: {len(recorded.body)}", "")
    return "\r\n".join((*lines, "")).encode() + recorded.body


async def serve(recordings: Sequence[Recorded]) -> None:
    """Serve until the process is ended; says its port on standard output first."""
    answers = [(recorded.marker.encode(), http_answer(recorded)) for recorded in recordings]
    server = await asyncio.get_running_loop().create_server(lambda: _Constant(answers), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(msgspec.json.decode(sys.stdin.buffer.read(), type=list[Recorded])))
