"""Attachments as values, over the wire: MTOM by policy, references to parts, and parts that a binding names."""

import email
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from email.message import Message
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sacbe_adapters import xml
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.attachments import OPTIMISED_BYTES
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.soap.multipart import PARTS_MAX
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import AdapterError, ReplyBreaksContract, ReplyNotReadable, ReplyTooLarge
from sacbe_terms.exchange import Endpoint
from tests.adapters.reading import MUSEUM, call, describe_here, read
from tests.adapters.wire import http, saying

M = "urn:museum:attachments"
XOP = "http://www.w3.org/2004/08/xop/include"
PICTURE = b"\x89PNG\r\n\x1a\n\0--limite\r\n" + bytes(range(256))
WSDL = MUSEUM / "attachments.wsdl"


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


def envelope(inside: str) -> str:
    """A reply's envelope."""
    return (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{M}" xmlns:x="{XOP}">'
        f"<e:Body>{inside}</e:Body></e:Envelope>"
    )


def related(inside: str, *parts: tuple[str, bytes], kind: str = "text/xml", start: str = "") -> bytes:
    """An HTTP reply of several parts."""
    pieces = [("raiz", kind, envelope(inside).encode()), *((name, "image/png", data) for name, data in parts)]
    body = b"".join(
        f"--limite\r\nContent-Type: {media}\r\nContent-ID: <{name}>\r\n\r\n".encode() + data + b"\r\n"
        for name, media, data in pieces
    )
    return http(body + b"--limite--\r\n", kind=f'multipart/related; type="{kind}"; boundary="limite"{start}')


def include(reference: str) -> str:
    """An element that stands for a part."""
    return f'<x:Include href="{reference}"/>'


async def replied(soap: SoapAdapter, code: str, reply: bytes, **limits: Any) -> Any:
    """What a call gives for a reply."""
    arguments: dict[str, dict[str, object]] = {
        "guardar": {"titulo": "a"},
        "referir": {"archivo": ["YQ=="]},
        "adjuntar": {"titulo": "a", "plano": "YQ=="},
    }
    async with saying(reply) as wire:
        found = await call(soap, read(WSDL), code, arguments[code], Endpoint(address=wire.address, **limits))
    return found.value


async def sent(soap: SoapAdapter, code: str, arguments: dict[str, object]) -> tuple[Any, dict[str, bytes], str]:
    """What goes out: the element in the Body, the other parts by their ids, the Content-Type; read by Python's own."""
    async with saying(http(b"", status="500 Oh")) as wire:
        with pytest.raises(AdapterError):
            await call(soap, read(WSDL), code, arguments, Endpoint(address=wire.address))
    head, _, text = wire.heard[0][0].partition("\r\n\r\n")
    kind = head.partition("content-type: ")[2].partition("\r\n")[0]
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + text.encode())
    parts = message.get_payload() if message.is_multipart() else [message]
    assert isinstance(parts, list)
    root, *others = [part for part in parts if isinstance(part, Message)]
    content = xml.parse(bytes(root.get_payload(decode=True) or b""))[0][0]
    return (
        content,
        {str(part["Content-ID"])[1:-1]: bytes(part.get_payload(decode=True) or b"") for part in others},
        kind,
    )


async def test_reads_an_optimised_reply(soap: SoapAdapter) -> None:
    """What XOP moved into parts comes back to the byte, beside what it left in place, whatever the ids' signs."""
    inside = (
        f"<guardarResponse><folio>7</folio><copia>{include('cid:a%2Bb@c')}</copia><copia>YQ==</copia>"
        f"<copia>\n{include('cid:vacia')}\n</copia></guardarResponse>"
    )
    kind = 'application/xop+xml; charset=utf-8; type="text/xml"'
    value = await replied(soap, "guardar", related(inside, ("a+b@c", PICTURE), ("vacia", b""), kind=kind))
    assert value == {"folio": "7", "copia": [b64encode(PICTURE).decode(), "YQ==", ""]}


async def test_reads_the_root_wherever_it_stands(soap: SoapAdapter) -> None:
    """The part that the message names as its start is the envelope, though it comes last."""
    inside = f"<guardarResponse><folio>7</folio><copia>{include('cid:foto')}</copia></guardarResponse>"
    body = (
        b"--limite\r\nContent-ID: <foto>\r\n\r\nfoto\r\n--limite\r\nContent-Type: application/xop+xml\r\n"
        b"Content-ID: <raiz>\r\n\r\n" + envelope(inside).encode() + b"\r\n--limite--"
    )
    reply = http(body, kind='multipart/related; start="<raiz>"; boundary=limite')
    assert await replied(soap, "guardar", reply) == {"folio": "7", "copia": [b64encode(b"foto").decode()]}


async def test_reads_references_to_parts(soap: SoapAdapter) -> None:
    """A reference comes out as what it refers to; a reply without it needs no parts."""
    inside = "<referirResponse><acuse>cid:acuse</acuse></referirResponse>"
    reply = related(inside, ("acuse", PICTURE))
    assert await replied(soap, "referir", reply) == b64encode(PICTURE).decode()
    assert await replied(soap, "referir", http(envelope("<referirResponse/>").encode())) is None


@pytest.mark.parametrize("name", ["sello=123@ministry.example", "sello", "", "otro@x"])
async def test_reads_parts_that_the_binding_names(soap: SoapAdapter, name: str) -> None:
    """A part is found by the name in its id, and otherwise by its place."""
    reply = related("<adjuntarResponse><folio>7</folio></adjuntarResponse>", (name, PICTURE))
    assert await replied(soap, "adjuntar", reply) == {"folio": "7", "sello": b64encode(PICTURE).decode()}


@pytest.mark.parametrize(
    ("inside", "parts", "words"),
    [
        (include("cid:nadie"), [], "not there"),
        (include("cid:raiz"), [], "not there"),
        (include("cid:a") + "</copia><copia>" + include("cid:a"), [("a", b"x")], "twice"),
        (include("http://127.0.0.1:1/a"), [("a", b"x")], "never fetched"),
        (include("file:///etc/passwd"), [("a", b"x")], "never fetched"),
        (include(""), [("a", b"x")], "never fetched"),
        ("<x:Include/>", [("a", b"x")], "never fetched"),
        ("YQ==" + include("cid:a"), [("a", b"x")], "beside other content"),
        (include("cid:a") + include("cid:b"), [("a", b"x"), ("b", b"y")], "beside other content"),
        (f'<x:Include href="cid:a">{include("cid:b")}</x:Include>', [("a", b"x"), ("b", b"y")], "beside other content"),
    ],
)
async def test_a_reference_leads_to_one_part_of_the_message(
    soap: SoapAdapter, inside: str, parts: list[tuple[str, bytes]], words: str
) -> None:
    """A part that is absent, used twice, elsewhere or beside other content breaks the contract; none is fetched."""
    whole = f"<guardarResponse><folio>7</folio><copia>{inside}</copia></guardarResponse>"
    with pytest.raises(ReplyBreaksContract, match=words):
        await replied(soap, "guardar", related(whole, *parts))


async def test_a_reference_outside_a_message_of_parts_is_no_value(soap: SoapAdapter) -> None:
    """An Include or a `cid:` in a plain reply breaks the contract."""
    for code, inside in (
        ("guardar", f"<guardarResponse><folio>7</folio><copia>{include('cid:a')}</copia></guardarResponse>"),
        ("referir", "<referirResponse><acuse>cid:a</acuse></referirResponse>"),
    ):
        with pytest.raises(ReplyBreaksContract):
            await replied(soap, code, http(envelope(inside).encode()))


async def test_parts_have_limits(soap: SoapAdapter) -> None:
    """Too many parts are unreadable, and too many bytes are too large, as of any reply."""
    inside = "<guardarResponse><folio>7</folio></guardarResponse>"
    many = related(inside, *((f"p{number}", b"") for number in range(PARTS_MAX + 1)))
    with pytest.raises(ReplyNotReadable, match="more than"):
        await replied(soap, "guardar", many)
    with pytest.raises(ReplyTooLarge):
        await replied(soap, "guardar", related(inside, ("a", b"x" * 5000)), reply_bytes_max=4000)


async def test_sends_as_mtom_where_a_policy_wants_it(soap: SoapAdapter) -> None:
    """The picture travels in a part of its own, the envelope refers to it, and the types say so."""
    content, parts, kind = await sent(soap, "guardar", {"titulo": "Ñ", "foto": b64encode(b"\x01picture").decode()})
    (reference,) = content[1]
    assert (reference.tag, content[0].text) == (f"{{{XOP}}}Include", "Ñ")
    assert parts == {reference.get("href").removeprefix("cid:"): b"\x01picture"}
    assert kind.startswith('multipart/related; type="application/xop+xml"; start="<')
    assert 'start-info="text/xml"' in kind


async def test_sends_references_to_parts(soap: SoapAdapter) -> None:
    """Each argument that is a reference goes out as a part of its own, in order."""
    files = [b"uno", b"dos"]
    content, parts, _ = await sent(soap, "referir", {"archivo": [b64encode(data).decode() for data in files]})
    assert [parts[element.text.removeprefix("cid:")] for element in content] == files


async def test_sends_parts_that_the_binding_names(soap: SoapAdapter) -> None:
    """The envelope holds nothing of the part, whose id begins with its name."""
    content, parts, kind = await sent(soap, "adjuntar", {"titulo": "a", "plano": b64encode(b"plano").decode()})
    assert [child.tag for child in content] == [f"{{{M}}}titulo"]
    ((name, data),) = parts.items()
    assert (name.partition("=")[0], data) == ("plano", b"plano")
    assert "sacbe:attachment" not in kind


FIELD_WSDLS = ("mtomservice.wsdl", "with_swa_ref_element.wsdl", "test-service.wsdl", "example-adapter.wsdl")


@pytest.mark.parametrize("name", FIELD_WSDLS)
def test_describes_the_fields_own(name: str) -> None:
    """WSDLs of X-Road's own test services register with every operation, and nothing is left out."""
    folder = os.environ.get("SACBE_CONFORMANCE_DATA")
    if folder is None:
        pytest.skip("needs the conformance data (SACBE_CONFORMANCE_DATA)")
    description = describe_here(next(iter(Path(folder).glob(f"wsdl/**/{name}"))))
    assert description.operations
    assert description.uncovered == ()


async def test_describes_attachments_as_binaries(soap: SoapAdapter) -> None:
    """Parts and references are fields like others, of the type Base64Binary, and the second reader agrees."""
    description = await soap.describe(DescriptionSource(location=str(WSDL)))
    kinds = {
        operation.code: [(field.name, field.type, field.list_depth) for field in operation.arguments]
        for operation in description.operations
    }
    assert kinds["referir"] == [("archivo", "Base64Binary", 1)]
    assert kinds["adjuntar"] == [("titulo", "String", 0), ("plano", "Base64Binary", 0)]
    assert description.uncovered == ()


def test_large_binaries_choose_mtom_where_they_may() -> None:
    """Where a schema tells content types and no policy wants MTOM, only large binaries travel in parts."""
    description = read(WSDL)
    operation = description.operation("guardar")
    assert operation is not None
    binding = {**operation.binding, "optimised": "large"}
    codec = Codec(description, msgspec.structs.replace(operation, binding=binding))
    for size, is_apart in ((OPTIMISED_BYTES - 1, False), (OPTIMISED_BYTES, True)):
        request = codec.encode("x", {"titulo": "a", "foto": b64encode(b"x" * size).decode()})
        body, headers = codec.attachments.packed(request, (), codec.headers)
        assert headers["content-type"].startswith("multipart/") is is_apart
        assert (b"x" * size in body) is is_apart
