"""A REST ministry of large things, as a server of this test: gives and takes as many bytes as it is asked to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from tests.journeys.node import Node

MEMBER = "GT/GOV/3001"
PROVIDER = f"{MEMBER}/almacen"
SERVICE = f"{PROVIDER}/cosas"
CONSUMER = "GT/GOV/1001/ventanilla"
PATH = f"/r1/{SERVICE}"
CLIENT = {"X-Road-Client": CONSUMER}
ANSWER_SECONDS_MAX = 30.0
PIECE = bytes(range(256)) * 256

TEXT = {"200": {"description": "bien", "content": {"text/plain": {"schema": {"type": "string"}}}}}
NUMBER = [{"name": "n", "in": "path", "required": True, "schema": {"type": "string"}}]
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Almacén", "version": "1"},
    "paths": {
        "/cosas/{n}": {"get": {"operationId": "dar", "parameters": NUMBER, "responses": TEXT}},
        "/cosas": {"post": {"operationId": "guardar", "responses": TEXT}},
    },
}


class Warehouse(ThreadingHTTPServer):
    """Remembers what it was sent: the digest and the size of each body. It answers while `goes_on` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Shelf)
        self.taken: list[tuple[str, int]] = []
        self.asked: list[str] = []
        """The first line of each request that asks."""
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.says: tuple[str, bytes] | None = None
        """Content type and body with which it answers what it is sent; else with the digest of that."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """Where it is called."""
        return f"http://127.0.0.1:{self.port}"


class Shelf(BaseHTTPRequestHandler):
    """`GET /cosas/{n}` gives n bytes, `POST /cosas` takes what is sent."""

    protocol_version = "HTTP/1.1"
    server: Warehouse

    def do_GET(self) -> None:
        """Give so many bytes."""
        self.server.asked.append(self.requestline)
        last = self.path.rpartition("/")[2]
        size = int(last) if last.isdecimal() else 0
        self.send_response(200)
        self.send_header("content-type", "application/octet-stream")
        self.send_header("content-length", str(size))
        self.end_headers()
        for start in range(0, size, len(PIECE)):
            self.wfile.write(PIECE[: size - start])

    def do_POST(self) -> None:
        """Take a body, piece by piece, and tell what came."""
        left = size = int(self.headers["content-length"] or 0)
        digest = sha256()
        while left:
            piece = self.rfile.read(min(left, len(PIECE)))
            digest.update(piece)
            left -= len(piece)
        self.server.taken.append((digest.hexdigest(), size))
        self.server.goes_on.wait(ANSWER_SECONDS_MAX)
        kind, told = self.server.says or ("text/plain", digest.hexdigest().encode())
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(told)))
        with suppress(ConnectionError):  # whoever asked may be gone
            self.end_headers()
            self.wfile.write(told)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def warehouse() -> Iterator[Warehouse]:
    """Run the ministry for as long as the block lasts."""
    server = Warehouse()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def register(node: Node, server: Warehouse, folder: Path) -> None:
    """Register the ministry at a running node and give the consumer its right."""
    document = folder / "almacen.json"
    document.write_bytes(msgspec.json.encode(DOCUMENT))
    _done(node, "member", "add", MEMBER, "--title", "Almacén")
    _done(node, "member", "add", PROVIDER, "--title", "Almacén", "--alias", "almacen")
    registered = ("adapter", "register", PROVIDER, "--name", "cosas", "--source", str(document))
    _done(node, *registered, "--endpoint", server.address)
    _done(node, "adapter", "publish", SERVICE)
    _done(node, "access", "grant", CONSUMER, SERVICE, "--purpose", "pruebas")


def _done(node: Node, *arguments: str) -> None:
    ran = node.sacbe(*arguments)
    assert ran.returncode == 0, ran.stderr
