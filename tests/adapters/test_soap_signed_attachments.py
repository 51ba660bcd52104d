"""Signed replies of several parts: what XOP moved out of the envelope is proven with it, nothing else is."""

from base64 import b64encode
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.security.writing import secured
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.choices import OperationChoice, applied
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import ReplyBreaksContract, ReplyNotProven
from sacbe_terms.exchange import Endpoint
from tests.adapters.reading import MUSEUM, call, read
from tests.adapters.signed_messages import SOAP_11, believing, ours
from tests.adapters.wire import http, saying

PICTURE = b"\x89PNG\r\n\x1a\n\0" + bytes(range(256))
INSIDE = b64encode(PICTURE).decode()
INCLUDE = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:foto"/>'
SAVED = "<guardarResponse><folio>7</folio><copia>{}</copia></guardarResponse>"
ARGUMENTS: dict[str, dict[str, object]] = {
    "guardar": {"titulo": "a"},
    "referir": {"archivo": ["YQ=="]},
    "adjuntar": {"titulo": "a", "plano": "YQ=="},
}


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


def signed(inside: str) -> str:
    """An envelope that the ministry signed."""
    envelope = f'<e:Envelope xmlns:e="{SOAP_11}" xmlns="urn:museum:attachments"><e:Body>{inside}</e:Body></e:Envelope>'
    return secured(envelope.encode(), (ours(),)).decode()


def related(envelope: str, *parts: tuple[str, bytes]) -> bytes:
    """An HTTP reply of several parts, the envelope first."""
    pieces = [("raiz", "application/xop+xml", envelope.encode()), *((name, "image/png", data) for name, data in parts)]
    body = b"".join(
        f"--limite\r\nContent-Type: {kind}\r\nContent-ID: <{name}>\r\n\r\n".encode() + data + b"\r\n"
        for name, kind, data in pieces
    )
    return http(body + b"--limite--", kind="multipart/related; boundary=limite")


async def replied(soap: SoapAdapter, code: str, reply: bytes, description: Description | None = None) -> object:
    """What a call gives where the ministry's certificate is registered."""
    found = description or read(MUSEUM / "attachments.wsdl")
    async with saying(reply) as wire:
        endpoint = Endpoint(address=wire.address, credentials=(believing(),))
        return (await call(soap, found, code, ARGUMENTS[code], endpoint)).value


async def test_what_xop_moved_is_proven_with_the_body(soap: SoapAdapter) -> None:
    """The signature covers the message as it is without XOP, and the part comes out to the byte."""
    envelope = signed(SAVED.format(INSIDE)).replace(INSIDE, INCLUDE)
    value = await replied(soap, "guardar", related(envelope, ("foto", PICTURE)))
    assert value == {"folio": "7", "copia": [INSIDE]}


async def test_a_changed_part_is_not_proven(soap: SoapAdapter) -> None:
    """One bit of it, and the reply is refused as any changed reply is."""
    envelope = signed(SAVED.format(INSIDE)).replace(INSIDE, INCLUDE)
    with pytest.raises(ReplyNotProven, match="changed after it was signed"):
        await replied(soap, "guardar", related(envelope, ("foto", PICTURE[:-1] + b"\xfe")))


async def test_a_signed_reference_proves_nothing_of_what_it_leads_to(soap: SoapAdapter) -> None:
    """A system that signs the reference in place of the bytes is refused, whatever the bytes are."""
    with pytest.raises(ReplyNotProven, match="changed after it was signed"):
        await replied(soap, "guardar", related(signed(SAVED.format(INCLUDE)), ("foto", PICTURE)))


async def test_a_reference_that_leads_nowhere_is_told(soap: SoapAdapter) -> None:
    """Nothing is made up for a part that is not there."""
    envelope = signed(SAVED.format(INSIDE)).replace(INSIDE, INCLUDE)
    with pytest.raises(ReplyBreaksContract, match="not there"):
        await replied(soap, "guardar", related(envelope))


async def test_parts_that_nobody_reads_do_no_harm(soap: SoapAdapter) -> None:
    """Where no value would be read from a part, the signed Body is the answer."""
    reply = related(signed(SAVED.format(INSIDE)), ("otra", b"not covered"))
    assert await replied(soap, "guardar", reply) == {"folio": "7", "copia": [INSIDE]}


@pytest.mark.parametrize(
    ("code", "inside"),
    [
        ("referir", "<referirResponse><acuse>cid:foto</acuse></referirResponse>"),
        ("adjuntar", "<adjuntarResponse><folio>7</folio></adjuntarResponse>"),
    ],
)
async def test_parts_that_no_signature_covers_are_never_read(soap: SoapAdapter, code: str, inside: str) -> None:
    """References and parts that the binding names would be values: the reply is refused, and says why."""
    with pytest.raises(ReplyNotProven, match="attachments that its signature does not cover"):
        await replied(soap, code, related(signed(inside), ("foto", PICTURE)))


async def test_loose_attachments_are_never_read_unproven(soap: SoapAdapter) -> None:
    """An operation that shows them answers a signed reply only if it has none."""
    choice = {"guardar": OperationChoice(attachments=True)}
    description = applied(read(MUSEUM / "attachments.wsdl"), choice)
    envelope = signed(SAVED.format(INSIDE))
    with pytest.raises(ReplyNotProven, match="attachments that its signature does not cover"):
        await replied(soap, "guardar", related(envelope, ("foto", PICTURE)), description)
    value = await replied(soap, "guardar", http(envelope.encode()), description)
    assert value == {"guardarResponse": {"folio": "7", "copia": [INSIDE]}, "attachments": []}
