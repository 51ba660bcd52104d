"""What a reply with a large attachment costs while it is read: counted in bytes, by Python's own allocator."""

import asyncio
import gc
import tracemalloc
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import msgspec
import pytest

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.soap.stand_ins import LARGE_BYTES
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description, Facets, Record
from sacbe_terms.errors import ReplyBreaksContract, ReplyTooLarge
from sacbe_terms.exchange import Endpoint
from tests.adapters.reading import MUSEUM, NAME, call, read
from tests.adapters.wire import saying

MIB = 1024 * 1024
PICTURE = bytes(range(256)) * (4 * MIB // 256)
HEAD = (
    b"--limite\r\nContent-Type: application/xop+xml\r\n\r\n"
    b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:museum:attachments" '
    b'xmlns:x="http://www.w3.org/2004/08/xop/include"><e:Body><guardarResponse><folio>7</folio>'
    b'<copia><x:Include href="cid:foto"/></copia></guardarResponse></e:Body></e:Envelope>\r\n'
    b"--limite\r\nContent-ID: <foto>\r\n\r\n"
)
KIND = "multipart/related; boundary=limite"


class Peak:
    """The most bytes held at a time beyond those held before."""

    value = 0


@contextmanager
def counted() -> Iterator[Peak]:
    """Count what is allocated meanwhile."""
    gc.collect()
    tracemalloc.start()
    peak = Peak()
    try:
        yield peak
    finally:
        peak.value = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


def reply(data: bytes) -> HttpReply:
    """A reply with one attachment."""
    return HttpReply(status=200, headers={"content-type": KIND}, body=HEAD + data + b"\r\n--limite--")


def codec(description: Description) -> Codec:
    """The codec of an operation that answers with attachments."""
    operation = description.operation("guardar")
    assert operation is not None
    return Codec(description, operation)


def test_an_attachment_is_held_once_beside_its_value() -> None:
    """While its text is made there is the text and what it is made of, and no other copy of the part."""
    reader, large = codec(read(MUSEUM / "attachments.wsdl")), reply(PICTURE)
    reader.decode(NAME, reply(b"small"))
    with counted() as peak:
        value = reader.decode(NAME, large)
    assert value == {"folio": "7", "copia": [b64encode(PICTURE).decode()]}
    text_bytes = len(PICTURE) * 4 // 3
    assert peak.value < 2 * text_bytes + MIB // 2


async def test_a_reply_over_the_limit_is_cut_off() -> None:
    """Of an attachment without an end no more is held than the limit allows, and the system is hung up on."""
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {KIND}\r\n\r\n".encode() + HEAD)
        for _ in range(1024):
            writer.write(PICTURE[: 64 * 1024])
            await writer.drain()
            sent += 64 * 1024

    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    async with saying(endless) as wire:
        endpoint = Endpoint(address=wire.address, reply_bytes_max=MIB)
        with counted() as peak, pytest.raises(ReplyTooLarge):
            await call(adapter, read(MUSEUM / "attachments.wsdl"), "guardar", {"titulo": "a"}, endpoint)
    await adapter.transport.close()
    assert sent < 32 * MIB
    assert peak.value < 4 * MIB


def test_a_text_that_is_looked_at_closely_is_the_part_itself() -> None:
    """Lengths that the description asks for are those of the attachment, however large it is."""
    description = read(MUSEUM / "attachments.wsdl")
    record = description.record("GuardarResponse")
    assert record is not None
    limited = tuple(
        msgspec.structs.replace(field, facets=Facets(length_max=LARGE_BYTES)) if field.name == "copia" else field
        for field in record.fields
    )
    types = {**description.types, "GuardarResponse": Record(name="GuardarResponse", fields=limited)}
    reader = codec(msgspec.structs.replace(description, types=types))
    assert reader.decode(NAME, reply(b"a" * LARGE_BYTES))
    with pytest.raises(ReplyBreaksContract, match="guardarResponse/copia"):
        reader.decode(NAME, reply(b"a" * (LARGE_BYTES + 1)))
