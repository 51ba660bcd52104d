"""Calls of the SOAP adapter whose form differs from the usual: rpc, one-way, and what stands around a message."""

import subprocess
import sys
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import ReplyNotReadable
from sacbe_terms.exchange import Endpoint
from tests.adapters import php_soap
from tests.adapters.reading import MUSEUM, call, read
from tests.adapters.wire import http, saying


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


async def test_rpc_literal_reaches_another_stack(soap: SoapAdapter, tmp_path: Path) -> None:
    """PHP understands the wrapper that no schema holds, and its answer's one part is the result."""
    wsdl = MUSEUM / "rpc-literal.wsdl"
    answer = {"finca": "0012", "area": "10.50"}
    with php_soap.serving(wsdl, {"buscarPredio": {"answer": answer}}, tmp_path) as address:
        arguments = {"folio": "007", "libro": 3}
        reply = await call(soap, read(wsdl), "buscarPredio", arguments, Endpoint(address=address))
    assert reply.value == answer


@pytest.mark.parametrize(
    "reply", [http(b"", status="202 Accepted"), http(b"", status="200 OK"), b"HTTP/1.1 204 -\r\n\r\n"]
)
async def test_a_one_way_message_is_done_when_it_is_taken(soap: SoapAdapter, reply: bytes) -> None:
    """An operation that promises no reply is done with an empty one, and an ill one is still told."""
    description = read(MUSEUM / "rpc-literal.wsdl")
    async with saying(reply) as wire:
        assert (await call(soap, description, "avisar", {"texto": "ya"}, Endpoint(address=wire.address))).value is True
    async with saying(http(b"", status="503 Away")) as wire:
        with pytest.raises(ReplyNotReadable, match="503"):
            await call(soap, description, "avisar", {"texto": "ya"}, Endpoint(address=wire.address))


async def test_says_its_version_and_action(soap: SoapAdapter, tmp_path: Path) -> None:
    """SOAP 1.1 names the action in a header of its own, SOAP 1.2 in the content type."""
    text = (MUSEUM / "registry.wsdl").read_text()
    newer = tmp_path / "newer.wsdl"
    newer.write_text(text.replace('name="Registry11" binding="tns:Registry11"', 'name="x" binding="tns:Registry12"'))
    for path, expected in (
        (
            MUSEUM / "registry.wsdl",
            'content-type: text/xml; charset=utf-8\r\nsoapaction: "urn:museum:registry#contar"\r\n',
        ),
        (newer, 'content-type: application/soap+xml; charset=utf-8; action="urn:museum:registry#contar"\r\n'),
    ):
        async with saying(http(b"")) as wire:
            with pytest.raises(ReplyNotReadable, match="empty"):
                await call(soap, read(path), "contar", {"contar": "x"}, Endpoint(address=wire.address))
        assert expected in wire.heard[0][0]


@pytest.mark.parametrize(
    ("status", "is_healthy"), [("200 OK", True), ("405 No", True), ("500 Oh", True), ("503 Away", False)]
)
async def test_a_check_calls_no_operation(soap: SoapAdapter, status: str, is_healthy: bool) -> None:
    """A check only asks for the endpoint's page; whatever answers is there, unless it says that it is away."""
    async with saying(http(b"x" * 2_000_000, status=status)) as wire:
        health = await soap.check(Endpoint(address=wire.address))
    if is_healthy:
        assert (health.is_healthy, health.reason) == (True, "")
    assert [request.split(" ")[0] for request in wire.heard[0]] == ["GET"]
    async with saying(http(b"", status=status)) as wire:
        assert (await soap.check(Endpoint(address=wire.address))).is_healthy is is_healthy


def test_the_node_never_loads_zeep() -> None:
    """Adapter, codec and transport come without zeep and what it brings."""
    program = (
        "import sys, sacbe_adapters.soap.adapter, sacbe_adapters.transport_http;"
        "sys.exit(any(name in sys.modules for name in ('zeep', 'requests')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
