"""The development authority's OCSP responder over HTTP, on this machine alone (RFC 6960, appendix A).

It is a process of its own, as an authority's is: the node asks it over the network like any other. It keeps
its port from one start to the next where that is free, since certificates name it.
"""

import socket
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sacbe_signing.authority import DevelopmentAuthority
from sacbe_signing.ocsp.responder import REQUEST_BYTES_MAX, Responder

HOST = "127.0.0.1"

CLIENT_SECONDS_MAX = 10.0
"""How long a client may be silent."""

_WAITING_MAX = 64


def listen(keys_folder: Path) -> socket.socket:
    """Take the port of the last start, or a free one."""
    before = DevelopmentAuthority.responder_address(keys_folder)
    try:
        return socket.create_server((HOST, urlsplit(before).port or 0), backlog=_WAITING_MAX)
    except OSError:
        return socket.create_server((HOST, 0), backlog=_WAITING_MAX)


def serve(listening: socket.socket, authority: DevelopmentAuthority) -> None:
    """Answer on this socket until the process ends."""
    server(listening, authority.responder()).serve_forever()


def address(listening: socket.socket) -> str:
    """Give the address that certificates name."""
    return f"http://{HOST}:{listening.getsockname()[1]}/"


def server(listening: socket.socket, responder: Responder) -> ThreadingHTTPServer:
    """Make a server on a socket that listens already; whoever calls runs and closes it."""
    handler = type("Handler", (_Handler,), {"responder": responder})
    made = ThreadingHTTPServer((HOST, 0), handler, bind_and_activate=False)
    made.socket.close()
    made.socket = listening
    made.server_address = listening.getsockname()
    made.daemon_threads = True
    return made


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = CLIENT_SECONDS_MAX
    wbufsize = -1
    responder: Responder

    def do_GET(self) -> None:
        """Answer a question that stands in the path, as base64."""
        try:
            question = b64decode(unquote(self.path.removeprefix("/")), validate=True)
        except ValueError:
            self.send_error(400)
            return
        self._answer(question)

    def do_POST(self) -> None:
        """Answer a question in the body."""
        length = self.headers.get("content-length", "")
        has_length = length.isascii() and length.isdigit()
        if not has_length or int(length) > REQUEST_BYTES_MAX:
            self.close_connection = True
            self.send_error(413 if has_length else 411)
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, question: bytes) -> None:
        content = self.responder.answer(question)
        self.send_response(200)
        self.send_header("content-type", "application/ocsp-response")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: who asks about whom is nobody's business."""
