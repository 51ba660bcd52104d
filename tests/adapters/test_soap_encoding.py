"""SOAP encoding: what references, arrays and names of no meaning make of a message, on a foreign stack and by hand."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from sacbe_adapters import values, xml
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description, Operation
from sacbe_terms.errors import ReplyBreaksContract, ReplyNotReadable
from sacbe_terms.exchange import Endpoint
from tests.adapters import php_soap
from tests.adapters.reading import MUSEUM, NAME, call, read

WSDL = MUSEUM / "rpc-encoded.wsdl"
PERSON = {"nombre": "  Ñandú & <hijos>", "hijos": 2, "nacimiento": "1990-02-28"}
CASE: dict[str, Any] = {
    "folio": "00012",
    "estado": "EN_TRAMITE",
    "titular": PERSON,
    "partes": [PERSON, {**PERSON, "nacimiento": None}],
    "montos": ["10.50", "0.10"],
    "tabla": [["a", " b"], [], ["c"]],
    "nota": "1e5",
}


def operation(code: str) -> tuple[Description, Operation]:
    """The museum's description and one of its operations."""
    description = read(WSDL)
    found = description.operation(code)
    assert found is not None
    return description, found


def envelope(body: str) -> HttpReply:
    """A reply with the prefixes that stacks use."""
    text = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:enc12="http://www.w3.org/2003/05/soap-encoding" xmlns:t="urn:museum:encoded">'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
    return HttpReply(status=200, headers={}, body=text.encode())


def listed(body: str) -> Any:
    """What a reply to `listar` is read as."""
    return Codec(*operation("listar")).decode(NAME, envelope(body))


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


async def test_a_foreign_stack_gives_back_what_it_was_given(soap: SoapAdapter, tmp_path: Path) -> None:
    """PHP reads our types, arrays and nils by `xsi:type`, and its answer is the same values."""
    description, repeat = operation("repetir")
    with php_soap.serving(WSDL, {"repetir": {"given": 0}}, tmp_path) as address:
        reply = await call(soap, description, "repetir", {"expediente": CASE}, Endpoint(address=address))
    assert reply.value == CASE
    values.check(description, repeat.result, reply.value)


async def test_a_foreign_stack_refers_to_one_value_twice(soap: SoapAdapter, tmp_path: Path) -> None:
    """PHP writes an object once and refers to it; both places hold it."""
    with php_soap.serving(WSDL, {"listar": {"twice": PERSON}}, tmp_path) as address:
        arguments = {"folios": ["1.0"], "limite": 2}
        reply = await call(soap, read(WSDL), "listar", arguments, Endpoint(address=address))
    assert reply.value == [PERSON, PERSON]


def test_a_request_says_every_type() -> None:
    """Values carry `xsi:type`, arrays their size, and the call its encoding (SOAP 1.1, section 5)."""
    sent = xml.parse(Codec(*operation("repetir")).encode(NAME, {"expediente": CASE}))
    repeat = sent[-1][0]
    case = repeat[0]
    types = {child.tag: child.get("{http://www.w3.org/2001/XMLSchema-instance}type") for child in case}
    named = {tag: f"{{{case.nsmap[prefix]}}}{local}" for tag, told in types.items()
             for prefix, _, local in [str(told).partition(":")]}  # fmt: skip
    assert "http://schemas.xmlsoap.org/soap/encoding/" in repeat.attrib.values()
    assert named["folio"] == "{urn:museum:encoded}Folio"
    assert named["estado"] == "{urn:museum:encoded}Estado"
    assert named["titular"] == "{urn:museum:encoded}Persona"
    assert named["nota"] == "{http://schemas.xmlsoap.org/soap/encoding/}string"
    array_types = [
        str(child.get("{http://schemas.xmlsoap.org/soap/encoding/}arrayType")).rpartition(":")[2]
        for child in case
        if str(types[child.tag]).endswith(":Array")
    ]
    assert array_types == ["Persona[2]", "decimal[2]", "string[][3]"]


ANA = "<nombre>Ana</nombre><hijos>0</hijos><nacimiento xsi:nil='1'/>"
READ = {"nombre": "Ana", "hijos": 0, "nacimiento": None}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"<t:listarResponse><personas enc:arrayType='t:Persona[1]'><x>{ANA}</x></personas></t:listarResponse>",
         [READ]),
        (f"<t:otro><return xsi:type='enc:Array'><Persona>{ANA}</Persona></return></t:otro>", [READ]),
        ("<t:listarResponse><personas href='#1'/></t:listarResponse>"
         "<enc:Array id='1' enc:arrayType='t:Persona[2]'><i href='#2'/><i href='#2'/></enc:Array>"
         f"<multiRef id='2' enc:root='0' xsi:type='t:Persona'>{ANA}</multiRef>", [READ, READ]),
        (f"<multiRef id='2' enc:root='0'>{ANA}</multiRef>"
         "<t:listarResponse enc:root='1'><personas><i href='#2'/></personas></t:listarResponse>", [READ]),
        ("<t:listarResponse><personas enc12:itemType='t:Persona' enc12:arraySize='2'>"
         f"<i enc12:id='p'>{ANA}</i><i enc12:ref='p'/></personas></t:listarResponse>", [READ, READ]),
        ("<t:listarResponse><personas enc:offset='[1]'><i><nombre>Ana</nombre><hijos>0</hijos></i></personas>"
         "</t:listarResponse>", [None, READ]),
        (f"<t:listarResponse><personas><i enc:position='[2]'>{ANA}</i></personas></t:listarResponse>",
         [None, None, READ]),
        ("<t:listarResponse><personas xsi:nil='true'/></t:listarResponse>", None),
        ("<t:listarResponse/>", None),
        ("<t:listarResponse><personas enc:arrayType='t:Persona[0]'/></t:listarResponse>", []),
        ("<t:listarResponse><t:personas><i><t:nombre href='#n'/><hijos>0</hijos></i></t:personas></t:listarResponse>"
         "<n id='n' xsi:type='xsd:string'>Ana</n>", [READ]),
    ],
)  # fmt: skip
def test_reads_what_stacks_write(body: str, expected: object) -> None:
    """Inline or referred to, at home in any name, sparse, nil or left out: the values are the same."""
    assert listed(body) == expected


def laughs(levels: int) -> str:
    """A small Body whose references hold ten times more at each level."""
    level = "".join(f"<m id='{place}'>" + f"<i href='#{place + 1}'/>" * 10 + "</m>" for place in range(levels))
    return f"<t:listarResponse><personas href='#0'/></t:listarResponse>{level}<m id='{levels}'>{ANA}</m>"


CHAIN = "".join(f"<m id='{place}'><nombre><b href='#{place + 1}'/></nombre></m>" for place in range(400))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (laughs(9), "more of it than is read"),
        (f"<t:listarResponse><personas href='#0'/></t:listarResponse>{CHAIN}<m id='400'/>", "more of it than is read"),
        ("<t:listarResponse><personas id='1'><i href='#1'/></personas></t:listarResponse>"
         "<m id='2'/>", "is not in the description|stands in"),
        ("<t:listarResponse><personas href='#1'/></t:listarResponse><m id='1' href='#1'/>", "stands in"),
        ("<t:listarResponse><personas href='#1'/></t:listarResponse><m id='1'><i href='#1'/></m>", "stands in"),
        ("<t:listarResponse><personas href='#9'/></t:listarResponse>", "not there"),
        ("<t:listarResponse><personas enc:offset='[900000000]'><i/></personas></t:listarResponse>", "too far"),
        ("<t:listarResponse><personas><i enc:position='1'/></personas></t:listarResponse>", "number in brackets"),
        (f"<t:listarResponse><personas><i enc:position='[1]'>{ANA}</i><i enc:position='[0]'/></personas>"
         "</t:listarResponse>", "not after"),
        (f"<t:listarResponse><personas><i>{ANA}<otro/></i></personas></t:listarResponse>", "not in the description"),
    ],
)  # fmt: skip
def test_hostile_references_are_harmless(body: str, words: str) -> None:
    """Laughs, circles, chains and holes end in the plain error that names the place."""
    with pytest.raises(ReplyBreaksContract, match=words):
        listed(body)


def test_a_literal_body_still_holds_one_element() -> None:
    """Only encoded replies may say something beside the answer."""
    description = read(MUSEUM / "rpc-literal.wsdl")
    found = description.operation("buscarPredio")
    assert found is not None
    with pytest.raises(ReplyNotReadable, match="several elements"):
        Codec(description, found).decode(NAME, envelope("<a/><b/>"))


def test_arrays_of_several_dimensions_are_named() -> None:
    """What is not offered of the encoding is told with its place."""
    [told] = read(WSDL).uncovered
    assert "several dimensions" in told.reason
    assert told.where.rpartition(":")[2].isdecimal()
