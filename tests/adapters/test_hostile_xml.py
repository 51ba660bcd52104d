"""Hostile XML does no harm: in the parser, in a reply, in a description; nothing is fetched, read or swollen."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest

from sacbe_adapters import xml
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import (
    AddressRefused,
    DescriptionNotReadable,
    NothingUsable,
    ReplyBreaksContract,
    ReplyNotReadable,
)
from tests.adapters import hostile_xml
from tests.adapters.hostile_xml import KINDS, Hostile
from tests.adapters.reading import MUSEUM, NAME, read
from tests.adapters.wire import Wire, http, saying

LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (768 * 1024 * 1024,) * 2)
from sacbe_adapters import xml
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        xml.parse(path.read_bytes())
    except xml.XmlRefused:
        pass
print("done")
"""
DESCRIBED_AT_ONCE = 3


@pytest.fixture
async def web() -> AsyncIterator[Wire]:
    """A server that must hear nothing."""
    async with saying(http(b"<!ENTITY e 'x'>")) as wire:
        yield wire
    assert wire.heard == []


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that nobody may read."""
    path = tmp_path / "canary.txt"
    path.write_text(hostile_xml.SECRET)
    return path


def made(kind: Hostile, start: str, end: str, canary: Path, web: Wire) -> bytes:
    """A document of this kind."""
    return kind.bytes(start, end, file=str(canary), web=f"http://127.0.0.1:{web.port}")


def test_there_are_many_kinds() -> None:
    """Each kind has a name of its own, and there are more than eighty."""
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 80


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_the_parser_resolves_nothing(kind: Hostile, canary: Path, web: Wire) -> None:
    """A hostile document is refused, or read as what stands in it: no larger, and with nothing from elsewhere."""
    document = made(kind, "<a", "</a>", canary, web)
    with suppress(xml.XmlRefused):
        root = xml.parse(document)
        text = "".join(str(piece) for piece in root.itertext())
        assert hostile_xml.SECRET not in text
        assert len(text) <= len(document)
        assert not any(attribute for attribute in root.attrib if attribute == "b")


async def test_the_parser_takes_little(canary: Path, web: Wire, tmp_path: Path) -> None:
    """All kinds together are through within a minute of processor time and three quarters of a gigabyte."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    for kind in KINDS:
        (folder / kind.name).write_bytes(made(kind, "<a", "</a>", canary, web))
    command = [sys.executable, "-c", LIMITED, str(folder)]
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert ran.stdout == b"done\n", ran.stderr


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_hostile_reply_is_refused(kind: Hostile, canary: Path, web: Wire) -> None:
    """A hostile reply is unreadable or breaks its contract, and nothing of it is told."""
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    start = f"<e:Envelope xmlns:e='{soap}'><e:Body><x/></e:Body><e:Header"
    body = made(kind, start, "</e:Header></e:Envelope>", canary, web)
    description = read(MUSEUM / "registry.wsdl")
    operation = description.operation("consultarPersona")
    assert operation is not None
    with pytest.raises((ReplyNotReadable, ReplyBreaksContract)) as caught:
        Codec(description, operation).decode(
            NAME, HttpReply(status=200, headers={"content-type": "text/xml"}, body=body)
        )
    assert hostile_xml.SECRET not in str(caught.value)


async def test_a_hostile_description_is_refused(canary: Path, web: Wire, tmp_path: Path) -> None:
    """A hostile WSDL is refused by its worker, and the node goes on."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    folder = tmp_path / "kinds"
    folder.mkdir()
    turns = asyncio.Semaphore(DESCRIBED_AT_ONCE)

    async def refusal(kind: Hostile) -> None:
        path = folder / f"{kind.name}.wsdl"
        path.write_bytes(
            made(kind, "<d:definitions xmlns:d='http://schemas.xmlsoap.org/wsdl/'", "</d:definitions>", canary, web)
        )
        async with turns:
            with pytest.raises((DescriptionNotReadable, NothingUsable, AddressRefused)) as caught:
                await adapter.describe(DescriptionSource(location=str(path)))
        assert hostile_xml.SECRET not in f"{caught.value} {caught.value.hint}"

    await asyncio.gather(*map(refusal, KINDS))
