"""An upstream that takes every call and never answers it whole: it drips, or says nothing.

Run as a process: `python -m sacbe.benchmarks.ill_upstream drip|silent` prints the port that it
listens on, and serves until it is ended.
"""

import asyncio
import sys
from contextlib import suppress

import uvloop

DRIP_SECONDS = 0.05
"""The pause before each byte."""

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 1000000\r\n\r\n"


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD)
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(DRIP_SECONDS)


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while await reader.read(65536):
            pass
    writer.close()


async def serve(illness: str) -> None:
    """Serve until the process is ended; says its port on standard output first."""
    server = await asyncio.start_server({"drip": _drip, "silent": _say_nothing}[illness], "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
