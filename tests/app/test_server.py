"""The HTTP server: several listeners in one loop, and no header that is endless or slow."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from sacbe import server as servers
from sacbe.listeners import Listener, bind_all, origins
from sacbe.server import HEADER_BYTES_MAX, Server
from sacbe.settings import Settings
from sacbe_terms.errors import PortTaken

FREE = Settings(public_port=0, members_port=0, operations_port=0)


async def names_its_listener(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with the name of the listener and the length of the body."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    text = f"{scope['extensions']['sacbe']['listener']} {len(body)}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


@asynccontextmanager
async def serving() -> AsyncIterator[dict[str, int]]:
    """Serve every listener on a free port; give the ports by name."""
    listeners = bind_all(FREE)
    server = Server(names_its_listener, listeners)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    try:
        yield {listener.name: listener.port for listener in listeners}
    finally:
        server.should_exit = True
        await running


async def exchange(port: int, *chunks: bytes) -> bytes:
    """Send chunks on one connection and give everything that comes back until it ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for chunk in chunks:
            writer.write(chunk)
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n"


async def test_a_request_carries_the_name_of_its_listener() -> None:
    """Applications go by the listener's name, never by a port number."""
    async with serving() as ports:
        answers = {name: await exchange(port, REQUEST, b"\r\n") for name, port in ports.items()}
    assert answers.keys() == {"public", "members", "operations"}
    assert all(answer.endswith(name.encode() + b" 0") for name, answer in answers.items())


async def test_a_large_header_is_refused() -> None:
    """A header beyond the limit ends with 431, whether it comes at once or in pieces."""
    field = b"x-filler: " + b"a" * (HEADER_BYTES_MAX + 1) + b"\r\n"
    async with serving() as ports:
        at_once = await exchange(ports["public"], REQUEST + field + b"\r\n")
        in_pieces = await exchange(ports["public"], REQUEST, field[:30_000], field[30_000:])
    assert at_once.startswith(b"HTTP/1.1 431 ")
    assert in_pieces.startswith(b"HTTP/1.1 431 ")
    assert b"public" not in at_once + in_pieces


async def test_a_large_body_behind_a_small_header_is_no_large_header() -> None:
    """Only the header is counted."""
    body = b"b" * (3 * HEADER_BYTES_MAX)
    head = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with serving() as ports:
        assert (await exchange(ports["public"], head + body)).endswith(b"public %d" % len(body))


async def test_a_half_sent_header_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that never finishes its header is closed by the server."""
    monkeypatch.setattr(servers, "HEADER_SECONDS_MAX", 0.2)
    async with serving() as ports:
        assert await exchange(ports["public"], b"GET / HTTP/1.1\r\nhost: a\r\n") == b""
        assert await exchange(ports["public"]) == b""


async def test_a_malformed_request_is_answered() -> None:
    """What is not HTTP gets 400 and the connection ends."""
    async with serving() as ports:
        assert (await exchange(ports["public"], b"HELLO\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_the_server_does_not_name_itself() -> None:
    """No banner tells what to attack."""
    async with serving() as ports:
        assert b"server:" not in (await exchange(ports["public"], REQUEST, b"\r\n")).lower()


def test_a_nodes_own_addresses() -> None:
    """Those that are set, and no others; where none are, those of this machine, with the ports really taken."""
    listeners = bind_all(FREE)
    try:
        ports = {listener.name: listener.port for listener in listeners}
        of_this_machine = origins(FREE, listeners)
        set_ones = origins(replace(FREE, addresses=("https://sacbe.example",)), listeners)
    finally:
        for listener in listeners:
            listener.socket.close()
    assert {f"http://127.0.0.1:{ports['public']}", f"http://localhost:{ports['members']}"} <= set(of_this_machine)
    assert not any(str(ports["operations"]) in address for address in of_this_machine)
    assert set_ones == ("https://sacbe.example",)


def test_a_taken_port_is_an_error_at_once() -> None:
    """The error names the port and the setting, and no other listener stays bound."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)) as refused:
            bind_all(Settings(public_port=0, members_port=port, operations_port=0))
    assert "SACBE_MEMBERS_PORT" in refused.value.hint


def test_bound_sockets_are_inherited_by_forked_servers() -> None:
    """Server processes share the sockets that their parent bound."""
    listeners: tuple[Listener, ...] = bind_all(FREE)
    assert all(listener.socket.get_inheritable() for listener in listeners)
    for listener in listeners:
        listener.socket.close()
