"""SOAP against a third stack that is not ours: npm's `soap` judges what we write and we read what it says."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.exchange import Endpoint
from tests.adapters.reading import MUSEUM, call, read

HERE = Path(__file__).parent
NODE_MODULES = os.environ.get("SACBE_TEST_NODE_MODULES", "")
"""Where `.ci/run` has put npm's soap."""


@contextmanager
def serving(name: str, service: str, port: str, answers: dict[str, Any]) -> Iterator[Endpoint]:
    """Serve a WSDL of the museum as a process of its own and give its endpoint."""
    node = shutil.which("node")
    if os.environ.get("SACBE_CI") != "1" and (node is None or not (Path(NODE_MODULES) / "soap").is_dir()):
        pytest.skip("needs node and SACBE_TEST_NODE_MODULES with soap")
    command = [
        str(node),
        str(HERE / "npm_soap.js"),
        str(MUSEUM / name),
        service,
        port,
        msgspec.json.encode(answers).decode(),
    ]
    environment = os.environ | {"NODE_PATH": NODE_MODULES}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        listening = process.stdout.readline().decode().strip()
        assert listening.isdecimal(), "the server did not start"
        yield Endpoint(address=f"http://127.0.0.1:{listening}/soap")
        process.stdin.close()


async def answered(name: str, endpoint: Endpoint, code: str, arguments: dict[str, Any]) -> Any:
    """Call an operation of a museum's WSDL."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    try:
        return (await call(adapter, read(MUSEUM / name), code, arguments, endpoint)).value
    finally:
        await adapter.transport.close()


async def test_document_literal() -> None:
    """It hears types, attributes, and leading zeros as they were given, and we hear its answer."""
    invoice = {"__typename": "Factura", "numero": "007", "monto": "10.50"}
    company = {"__typename": "Empresa", "nombre": "Ñandú & <hijos>", "version": 2, "nit": "0012-K"}
    answer = {"titular": {"attributes": {"version": 5}, "nombre": "$heard"}}
    with serving("derived.wsdl", "Derived", "Derived", {"guardar": answer}) as endpoint:
        reply = await answered("derived.wsdl", endpoint, "guardar", {"documento": invoice, "titular": company})
    heard = msgspec.json.decode(reply["titular"].pop("nombre"))
    assert reply == {"documento": [], "titular": {"__typename": "Persona", "version": 5}}
    assert (heard["documento"]["numero"], heard["titular"]["nombre"]) == ("007", "Ñandú & <hijos>")
    assert heard["titular"]["attributes"]["version"] == "2"
    assert heard["titular"]["attributes"]["xsi:type"].endswith(":Empresa")


async def test_rpc_encoded() -> None:
    """It gives an array under names of its own choice and leaves out what is nil."""
    people = [{"nombre": "Ana", "hijos": 2, "nacimiento": "1990-02-28"}, {"nombre": "Eva", "hijos": 0}]
    with serving("rpc-encoded.wsdl", "Encoded", "Encoded11", {"listar": {"personas": {"x": people}}}) as endpoint:
        reply = await answered("rpc-encoded.wsdl", endpoint, "listar", {"folios": ["1.0"], "limite": 2})
    assert reply == [people[0], {**people[1], "nacimiento": None}]
