"""A museum of ill systems: one server, ill in the way that the first part of the path names.

It speaks HTTP by hand, since no server library would send what it sends. Each illness has the one
error that a caller must get, inside the deadline.
"""

import asyncio
import socket
import socketserver
import struct
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sacbe_adapters.conformance import ill_connections, ill_contents, ill_envelopes, ill_json
from sacbe_adapters.conformance.illness import Illness, Leaves, Speaks
from sacbe_terms.exchange import Endpoint

HELD_SECONDS_MAX = 5.0
"""How long a caller is held at most, should it never go."""
REPLY_BYTES_MAX = 256 * 1024
"""What an ill system's endpoint takes: small, so that the oversized are soon too large."""

_RESET = struct.pack("ii", 1, 0)
"""Linger for no time: closing sends a reset (socket(7), SO_LINGER)."""

ILLNESSES: dict[str, Illness] = {
    illness.name: illness
    for illness in (
        *ill_connections.CUT,
        *ill_connections.SLOW,
        *ill_connections.ENDLESS,
        *ill_connections.NO_HTTP,
        *ill_contents.PAGES,
        *ill_contents.REDIRECTS,
        *ill_contents.DATA,
        *ill_envelopes.DOCUMENTS,
        *ill_envelopes.ENVELOPES,
        *ill_envelopes.FAULTS,
        *ill_json.TEXTS,
        *ill_json.VALUES,
        *ill_json.FAULTS,
    )
}
"""Every illness by its name."""


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


def ill_endpoints(address: str, speaks: Speaks = Speaks.ANY) -> dict[str, Endpoint]:
    """Give an endpoint for each illness that an adapter meets which reads replies of this kind."""
    return {
        name: Endpoint(address=f"{address}/{name}", reply_bytes_max=REPLY_BYTES_MAX)
        for name, illness in ILLNESSES.items()
        if illness.speaks in (Speaks.ANY, speaks)
    }


def silent_endpoint(address: str) -> Endpoint:
    """Give the endpoint that takes a call and never answers."""
    return Endpoint(address=f"{address}/silent", call_seconds_max=0.3)


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 256
    daemon_threads = True


class _Answer(socketserver.StreamRequestHandler):
    timeout = HELD_SECONDS_MAX

    def handle(self) -> None:
        """Send what the first part of the path asks for, and leave as the illness leaves."""
        with suppress(OSError, IndexError, KeyError):
            head = b"".join(iter(self._head_line, b"")).decode("latin-1")
            illness = ILLNESSES[head.split(" ")[1].split("/")[1].partition("?")[0]]
            self._take_body(head)
            for piece in illness.says("text/xml" if "xml" in head.lower() else "application/json"):
                self.wfile.write(piece)
            self._leave(illness.leaves)

    def _head_line(self) -> bytes:
        """Read one line of the head; empty at its end."""
        line = self.rfile.readline()
        return line if line.strip() else b""

    def _take_body(self, head: str) -> None:
        """Read the request to its end: closing over unread bytes would reset a connection that should only end."""
        length = head.lower().partition("content-length:")[2].partition("\r")[0].strip()
        self.rfile.read(int(length or 0))

    def _leave(self, leaves: Leaves) -> None:
        if leaves is Leaves.NEVER:
            self.rfile.read(1)
        elif leaves is Leaves.RESETTING:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
