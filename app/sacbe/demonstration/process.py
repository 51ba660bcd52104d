"""How a demonstration ministry runs: options, the line that says where it listens, and its end.

A ministry ends on SIGTERM or SIGINT, and, when it was started by a program
(`--until-stdin-closes`), as soon as that program closes the pipe or is gone, however it died.
"""

import argparse
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, ClassVar
from wsgiref.types import WSGIApplication

LISTENING = "listening "
"""How the line begins that tells the address, on standard output."""
PARENT_CHECKED_EVERY_SECONDS = 1.0
"""How often an orphan notices that it is one, should its pipe have been inherited elsewhere."""
IDLE_CONNECTION_SECONDS = 75.0
"""Longer than a client keeps one, so that the client is the first to close."""


def options(description: str) -> argparse.Namespace:
    """Read `--host`, `--port` and `--until-stdin-closes` from the command line."""
    parser = argparse.ArgumentParser(description=f"{description} (demostración)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--until-stdin-closes", action="store_true")
    return parser.parse_args()


def announce(host: str, port: int, path: str) -> None:
    """Say on standard output that connections are taken now."""
    sys.stdout.write(f"{LISTENING}http://{host}:{port}{path}\n")
    sys.stdout.flush()


def when_it_ends(stop: Callable[[], None], *, until_stdin_closes: bool) -> None:
    """Call `stop` at a signal, and at the end of standard input or of the parent if asked."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    if until_stdin_closes:
        threading.Thread(target=_wait_for_parent, args=(stop, os.getppid()), daemon=True).start()


def _wait_for_parent(stop: Callable[[], None], parent: int) -> None:
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], PARENT_CHECKED_EVERY_SECONDS)
        if readable and not os.read(0, 1024):
            break
    stop()


class _Handler(BaseHTTPRequestHandler):
    """Answers WSGI over HTTP/1.1 with connections kept; `wsgiref` closes after each answer."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_CONNECTION_SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True
    application: ClassVar[WSGIApplication]

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self.send_error(411)
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            started.append((status, headers))
            return self.wfile.write

        answer = b"".join(type(self).application(self._environment(body), start_response))
        status, headers = started[-1]
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _environment(self, body: bytes) -> dict[str, Any]:
        """Build the environment of PEP 3333."""
        path, _, query = self.path.partition("?")
        host, port = self.request.getsockname()[:2]
        return {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.protocol_version,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": self.headers.get("Host", f"{host}:{port}"),
            "HTTP_SOAPACTION": self.headers.get("SOAPAction", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: requests hold the numbers of persons, invented or not."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve_wsgi(application: WSGIApplication, chosen: argparse.Namespace, *, path: str) -> None:
    """Serve until the end, each connection in a thread of its own."""
    handler = type("Handler", (_Handler,), {"application": staticmethod(application)})
    with _Server((chosen.host, chosen.port), handler) as server:
        when_it_ends(
            lambda: threading.Thread(target=server.shutdown).start(), until_stdin_closes=chosen.until_stdin_closes
        )
        announce(chosen.host, server.server_port, path)
        server.serve_forever(poll_interval=0.1)
