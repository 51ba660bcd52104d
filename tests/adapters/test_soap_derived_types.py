"""Types that stand for another, told by `xsi:type`: choices in the description, members on the wire."""

from typing import Any

import pytest
from lxml import etree

from sacbe_adapters import values, xml
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Choice, Record
from sacbe_terms.errors import ArgumentsNotValid, ReplyBreaksContract
from tests.adapters.reading import MUSEUM, NAME, read

WSDL = MUSEUM / "derived.wsdl"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"
SPECIAL: dict[str, Any] = {
    "__typename": "FacturaEspecial",
    "numero": "007",
    "monto": "10.50",
    "anexos": [
        {"__typename": "Recibo", "numero": "1"},
        {"__typename": "FacturaEspecial", "numero": "2", "monto": "0", "anexos": []},
    ],
}
COMPANY = {"__typename": "Empresa", "nombre": "Sacbé & hijos", "version": 2, "nit": "0012-K"}


def codec(code: str) -> Codec:
    """The codec of one of the museum's operations."""
    description = read(WSDL)
    operation = description.operation(code)
    assert operation is not None
    return Codec(description, operation)


def answered(body: str) -> Any:
    """What a reply to `guardar` is read as."""
    text = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:museum:derived" '
        'xmlns:d="urn:museum:derived" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<s:Body><guardado>{body}</guardado></s:Body></s:Envelope>"
    )
    return codec("guardar").decode(NAME, HttpReply(status=200, headers={}, body=text.encode()))


def test_a_base_becomes_a_choice_of_what_may_stand_for_it() -> None:
    """Below an abstract type every concrete one is offered, below a concrete one those that add something."""
    types = read(WSDL).types
    choices = {name: named.members for name, named in types.items() if isinstance(named, Choice)}
    assert choices == {
        "AnyDocumento": ("Factura", "FacturaEspecial", "Recibo"),
        "AnyPersona": ("Persona", "Empresa"),
        "AnyDocumento2": ("Factura2", "FacturaEspecial2", "Recibo2"),
    }
    request = read(WSDL).operations[0].arguments
    assert [field.type for field in request] == ["AnyDocumento", "AnyPersona", "Solo", "XML"]
    special = types["FacturaEspecial"]
    assert isinstance(special, Record)
    assert [field.type for field in special.fields] == ["String", "Decimal", "AnyDocumento"]


def test_what_is_sent_is_valid_for_another_reader() -> None:
    """libxml2 finds each request valid against the schema, with the types that it tells."""
    inline = etree.tostring(next(etree.parse(str(WSDL)).iter(SCHEMA)))
    schema = etree.XMLSchema(etree.fromstring(inline))
    for titular in (COMPANY, {"__typename": "Persona", "nombre": "Ana"}, None):
        arguments = {"documento": SPECIAL, "titular": titular, "solo": {"a": 1}}
        request = codec("guardar").encode(NAME, arguments)
        schema.assertValid(xml.parse(request)[-1][0])
        assert request.count(b"xsi:type=") == 3 + (titular is COMPANY)


@pytest.mark.parametrize("titular", [COMPANY, {"__typename": "Persona", "nombre": "Ana", "version": 1}, None])
def test_what_is_sent_is_read_again(titular: dict[str, Any] | None) -> None:
    """A reply that holds what a request holds gives the same members, to any depth."""
    sent = xml.parse(codec("guardar").encode(NAME, {"documento": SPECIAL, "titular": titular}))
    sent[-1][0].tag = "{urn:museum:derived}guardado"
    reply = codec("guardar").decode(NAME, HttpReply(status=200, headers={}, body=etree.tostring(sent)))
    assert reply == {"documento": [SPECIAL], "titular": titular}
    description = read(WSDL)
    values.check(description, description.operations[0].result, reply)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<titular><nombre>A</nombre></titular>", {"__typename": "Persona", "nombre": "A"}),
        ("<titular xsi:type='Persona'><nombre>A</nombre></titular>", {"__typename": "Persona", "nombre": "A"}),
        ("<titular xsi:type='d:Ciudadana'><nombre>A</nombre></titular>", {"__typename": "Persona", "nombre": "A"}),
        ("<titular xsi:type=' d:Empresa '><nombre>A</nombre><nit>1</nit></titular>",
         {"__typename": "Empresa", "nombre": "A", "nit": "1"}),
    ],
)  # fmt: skip
def test_the_type_is_told_by_any_prefix(body: str, expected: object) -> None:
    """A type that adds nothing is read as the one that it derives from, and so is an element that tells none."""
    assert answered(body)["titular"] == expected


def test_a_restricted_type_is_read_as_its_base() -> None:
    """Where no derivation adds anything there is no choice, and the told type is passed over."""
    assert answered("<titular xsi:nil='1'/><solo xsi:type='d:SoloMenos'><a>1</a></solo>")["solo"] == {"a": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<documento><numero>1</numero></documento>", "does not tell which"),
        ("<documento xsi:type='d:Documento'><numero>1</numero></documento>", "does not have in this place"),
        ("<documento xsi:type='d:Persona'><nombre>1</nombre></documento>", "does not have in this place"),
        ("<documento xsi:type='z:Recibo'><numero>1</numero></documento>", "does not have in this place"),
        ("<documento xsi:type='d:Recibo'><numero>1</numero><monto>1</monto></documento>", "not in the description"),
    ],
)
def test_another_type_breaks_the_contract(body: str, words: str) -> None:
    """An abstract type, a strange one, a prefix of nothing: each names its place."""
    with pytest.raises(ReplyBreaksContract, match=words) as caught:
        answered(body)
    assert "documento" in caught.value.what


@pytest.mark.parametrize("member", [{}, {"__typename": "Documento"}, {"__typename": "Persona"}, "x"])
def test_an_argument_says_its_type(member: object) -> None:
    """An argument that is no member of its choice is refused by name."""
    with pytest.raises(ArgumentsNotValid, match="'documento'"):
        codec("guardar").encode(NAME, {"documento": member, "titular": None})


def test_encoded_messages_tell_types_too() -> None:
    """SOAP encoding and derived types go together in both directions."""
    documents = [field.type for field in read(WSDL).operations[1].arguments]
    assert documents == ["AnyDocumento2"]
    special = {**SPECIAL, "__typename": "FacturaEspecial2", "anexos": [{"__typename": "Recibo2", "numero": "1"}]}
    sent = xml.parse(codec("codificar").encode(NAME, {"documento": special}))
    reply = codec("codificar").decode(NAME, HttpReply(status=200, headers={}, body=etree.tostring(sent)))
    assert reply == special
