"""SOAP against a compiled stack that is not ours: gSOAP, in C++, made of a WSDL of the museum."""

import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import LegacySystemFault
from sacbe_terms.exchange import Endpoint
from tests.adapters.reading import MUSEUM, call, read

WSDL = MUSEUM / "compiled.wsdl"
SOURCE = Path(__file__).parent / "gsoap_server.cpp"
IMPORTS = "/usr/share/gsoap/import"
"""Where Debian puts gSOAP's own headers."""

TYPES = """\
m = "urn:museum:compiled"
xsd__base64Binary = #import "xop.h" | _xop__Include | _xop__Include
xsd__decimal = | std::string
xsd__date = | std::string
"""
"""How types of the WSDL are called in C++: binaries are what MTOM includes, exact numbers stay texts."""

LARGE = b"\x89PNG\r\n\x1a\n\0" + bytes(range(256)) * 128
SMALL = b"\0\x01\xff"


def made(folder: Path) -> Path:
    """Make the server, in some seconds, and give its program."""
    if os.environ.get("SACBE_CI") != "1" and not (shutil.which("soapcpp2") and shutil.which("g++")):
        pytest.skip("needs gSOAP and a compiler (apt-get install gsoap libgsoap-dev g++)")
    (folder / "types.dat").write_text(TYPES)
    for command in (
        ["wsdl2h", "-y", "-t", "types.dat", "-o", "desk.h", str(WSDL)],
        ["soapcpp2", "-S", "-x", "-L", "-w", f"-I{IMPORTS}", "desk.h"],
        ["g++", "-std=c++17", "-w", "-I.", str(SOURCE), "soapC.cpp", "soapServer.cpp", "-lgsoap++", "-o", "desk"],
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{command[0]}: {done.stderr[-2000:]}"
    return folder / "desk"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The server as a process of its own, on a free port of loopback."""
    program = made(tmp_path_factory.mktemp("gsoap"))
    with subprocess.Popen([program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            yield Endpoint(address=f"http://127.0.0.1:{port}/")
        finally:
            process.kill()


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


async def answered(soap: SoapAdapter, endpoint: Endpoint, code: str, arguments: dict[str, Any]) -> object:
    """What the server answers."""
    return (await call(soap, read(WSDL), code, arguments, endpoint)).value


async def test_document_literal(soap: SoapAdapter, endpoint: Endpoint) -> None:
    """It hears what it is asked, and we hear attributes, nil, lists and exact numbers."""
    assert await answered(soap, endpoint, "consultar", {"placa": " P-0012 ñ & <x>"}) == {
        "placa": " P-0012 ñ & <x>",
        "valor": "10.50",
        "inscrito": None,
        "multa": [7, -3],
        "estado": "activo & en <regla>",
    }


async def test_its_fault_is_told_in_its_words(soap: SoapAdapter, endpoint: Endpoint) -> None:
    """The code and the text are the system's own."""
    with pytest.raises(LegacySystemFault) as caught:
        await answered(soap, endpoint, "consultar", {"placa": ""})
    assert (caught.value.fault_code, caught.value.fault_text) == ("Client", "La placa está vacía")


@pytest.mark.parametrize("numbers", [[], [1], [3, -1, 2147483647]], ids=["none", "one", "three"])
async def test_rpc_encoded(soap: SoapAdapter, endpoint: Endpoint, numbers: list[int]) -> None:
    """Arrays go out and come back with their types and sizes, and parts in their order."""
    value = await answered(soap, endpoint, "sumar", {"numeros": numbers, "nombre": "áb"})
    assert value == [*reversed(numbers), 3]


@pytest.mark.parametrize("picture", [SMALL, LARGE], ids=["in-place", "as-a-part"])
async def test_mtom(soap: SoapAdapter, endpoint: Endpoint, picture: bytes) -> None:
    """A binary arrives to the byte whether it stands in the message or beside it, and comes back beside it."""
    sent = b64encode(picture).decode()
    assert await answered(soap, endpoint, "archivar", {"foto": sent}) == {"bytes": len(picture), "foto": sent}
