"""A server that is ill in a way one can choose: the first part of the path names the illness.

It speaks HTTP by hand, since no server library would send what it sends.
"""

import asyncio
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sacbe_terms.exchange import Endpoint

DRIP_SECONDS = 0.05
"""How long the dripping server waits before each byte."""
HELD_SECONDS_MAX = 5.0
"""How long a caller is held at most, should it never go."""

_PAGE = b"<!DOCTYPE html><html><body><h1>Sitio en mantenimiento</h1></body></html>"


def _reply(status: str, kind: str, body: bytes, *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n".encode() + body


ILLNESSES: dict[str, Callable[[str], bytes]] = {
    "html-with-200": lambda _: _reply("200 OK", "text/html", _PAGE),
    "html-with-503": lambda _: _reply("503 Service Unavailable", "text/html", _PAGE),
    "html-said-to-be-data": lambda kind: _reply("200 OK", kind, _PAGE),
    "empty-with-200": lambda kind: _reply("200 OK", kind, b""),
    "cut-off-data": lambda kind: _reply("200 OK", kind, b"<a><b>" if "xml" in kind else b'{"a": ['),
    "bytes-of-no-text": lambda kind: _reply("200 OK", kind, b"\x00\xff\xfe\x01"),
    "truncated": lambda kind: _reply("200 OK", kind, b"{", length=1000),
    "redirect": lambda _: b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "no-http": lambda _: b"220 correo.example ESMTP\r\n",
    "closed-at-once": lambda _: b"",
}
"""What is sent before the connection is closed, made for the kind of content that was asked for."""


@asynccontextmanager
async def server() -> AsyncIterator[str]:
    """Run the server on a free port of 127.0.0.1, in threads, and give its address."""
    with _Server(("127.0.0.1", 0), _Answer) as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}).start()
        host, port = running.server_address[:2]
        try:
            yield f"http://{host!s}:{port}"
        finally:
            await asyncio.to_thread(running.shutdown)


def ill_endpoints(address: str) -> dict[str, Endpoint]:
    """Give an endpoint for each illness that ends by itself."""
    return {name: Endpoint(address=f"{address}/{name}") for name in (*ILLNESSES, "dripping")}


def silent_endpoint(address: str) -> Endpoint:
    """Give the endpoint that takes a call and never answers."""
    return Endpoint(address=f"{address}/silent", call_seconds_max=0.3)


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 64


class _Answer(socketserver.StreamRequestHandler):
    timeout = HELD_SECONDS_MAX

    def handle(self) -> None:
        """Send what the first part of the path asks for."""
        with suppress(OSError, IndexError):
            head = b"".join(iter(self._head_line, b"")).decode("latin-1")
            illness = head.split(" ")[1].split("/")[1].partition("?")[0]
            kind = "text/xml" if "xml" in head.lower() else "application/json"
            if illness in ILLNESSES:
                self.wfile.write(ILLNESSES[illness](kind))
            elif illness == "dripping":
                self._drip(kind)
            else:
                self.rfile.read()

    def _head_line(self) -> bytes:
        """Read one line of the head; empty at its end."""
        line = self.rfile.readline()
        return line if line.strip() else b""

    def _drip(self, kind: str) -> None:
        """Send one byte after the other until the caller goes."""
        self.wfile.write(_reply("200 OK", kind, b"", length=1_000_000))
        for _ in range(int(HELD_SECONDS_MAX / DRIP_SECONDS)):
            self.wfile.write(b" ")
            time.sleep(DRIP_SECONDS)
