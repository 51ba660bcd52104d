"""The codec against zeep: both write the same message and read the same values."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import zeep
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Description, Enumeration, Field, Place, Record
from tests.adapters.reading import MUSEUM, NAME, read

WSDL = MUSEUM / "registry.wsdl"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"]), min_size=1, max_size=20)

PEOPLE = st.fixed_dictionaries(
    {
        "version": st.integers(0, 255),
        "cui": TEXTS,
        "nombres": TEXTS,
        "fechaNacimiento": st.dates(min_value=datetime.date(1000, 1, 1)).map(str),
        "fallecida": st.booleans(),
        "folio": st.integers(0, 2**64 - 1).map(str),
        "estadoCivil": st.sampled_from(["SOLTERA", "CASADA", "UNION_DE_HECHO"]),
    },
    optional={
        "hijos": st.integers(-(2**31), 2**31 - 1),
        "saldo": st.fixed_dictionaries({"value": st.integers(-999, 999).map("{}.50".format), "moneda": TEXTS}),
        "apodo": st.lists(TEXTS, max_size=3),
        "codigos": st.lists(st.integers(-100, 100), min_size=1, max_size=3),
        "telefono": TEXTS,
    },
)


@cache
def client() -> Any:
    """zeep on the museum's registry."""
    made: Any = zeep.Client
    return made(str(WSDL))


def codec(code: str) -> Codec:
    """Our codec of one operation."""
    operation = read(WSDL).operation(code)
    assert operation is not None
    return Codec(read(WSDL), operation)


def in_zeeps_form(description: Description, fields: tuple[Field, ...], value: Mapping[str, Any]) -> dict[str, Any]:
    """Our value as zeep takes and gives it: wire names, enumerations as texts, Python's types."""
    return {
        "_value_1" if field.place is Place.TEXT else field.wire.rpartition("}")[2]: _converted(
            description, field, value[field.name]
        )
        for field in fields
        if field.name in value
    }


def _converted(description: Description, field: Field, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_converted(description, field, item) for item in value]
    named = description.types.get(field.type)
    if isinstance(named, Record):
        return in_zeeps_form(description, named.fields, value)
    if isinstance(named, Enumeration):
        return next(member.wire for member in named.values if member.name == value)
    if field.type == "Date":
        return datetime.date.fromisoformat(value)
    if field.type == "DateTime":
        return datetime.datetime.fromisoformat(value)
    return {"Long": int, "Decimal": Decimal}.get(field.type, lambda plain: plain)(value)


def told(envelope: etree._Element) -> list[tuple[object, ...]]:
    """Everything in the Body but the names of prefixes."""
    return [(element.tag, sorted(element.attrib.items()), element.text or "") for element in envelope[-1].iter()]


@settings(deadline=None, max_examples=60)
@given(PEOPLE, TEXTS)
def test_both_write_the_same_message(person: dict[str, Any], note: str) -> None:
    """The same arguments give the same elements, attributes and texts in the same order."""
    description = read(WSDL)
    operation = description.operation("inscribirPersona")
    assert operation is not None
    arguments = {"persona": person, "nota": note}
    ours = xml.parse(codec("inscribirPersona").encode(NAME, arguments))
    theirs = client().create_message(
        client().service, "inscribirPersona", **in_zeeps_form(description, operation.arguments, arguments)
    )
    assert told(ours) == told(theirs)


@settings(deadline=None, max_examples=60)
@given(PEOPLE)
def test_both_read_the_same_values(person: dict[str, Any]) -> None:
    """A reply means the same to both, where zeep keeps what the wire said."""
    description = read(WSDL)
    request = codec("inscribirPersona").encode(NAME, {"persona": person, "nota": "x"})
    sent = xml.parse(request)[-1][0][0]
    reply = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        b'<r:consultarPersonaResponse xmlns:r="urn:museum:registry">'
        + etree.tostring(sent)
        + b"</r:consultarPersonaResponse></e:Body></e:Envelope>"
    )
    ours = codec("consultarPersona").decode(NAME, HttpReply(status=200, headers={}, body=reply))
    assert isinstance(ours, dict)
    binding = client().service._binding
    theirs = binding.get("consultarPersona").process_reply(xml.parse(reply))
    record = description.record("Persona")
    assert record is not None
    for name, value in in_zeeps_form(description, record.fields, ours).items():
        found = theirs[name]
        if isinstance(value, dict):
            assert found["_value_1"] == value["_value_1"]
        else:
            assert (found or []) == value if name == "apodo" else found == value
