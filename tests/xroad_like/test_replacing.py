"""A sample holds nothing of the answer that it was made of: each kind by its rule, and the law over any text."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_adapters import values
from sacbe_terms.descriptions import (
    Choice,
    Description,
    Enumeration,
    EnumerationValue,
    Facets,
    Field,
    NamedType,
    Operation,
    Record,
)
from sacbe_terms.errors import MarkNotValid
from sacbe_xroad_like import arguments
from sacbe_xroad_like.sandbox import fictitious, replacing
from sacbe_xroad_like.sandbox.fictitious import Kind


def field(name: str, type_: str = "String", **more: Any) -> Field:
    """Give a field."""
    return Field(name=name, wire=name, type=type_, **more)


TYPES: dict[str, NamedType] = {
    "Persona": Record(
        name="Persona",
        fields=(
            field("cui"),
            field("nit"),
            field("nombres"),
            field("fechaNacimiento", "Date"),
            field("direccionResidencia"),
            field("correo"),
            field("telefonos", list_depth=1),
            field("expediente"),
            field("municipio", "Municipio"),
            field("hijos", "Persona", list_depth=1),
            field("activo", "Boolean"),
            field("estado", "Estado"),
            field("sueldo", "Decimal"),
            field("folio", "Long"),
            field("edad", "Int"),
            field("talla", "Float"),
            field("visto", "DateTime"),
            field("extra", "JSON"),
            field("foto", "Base64Binary"),
            field("acta", "XML"),
            field("hora", "Time"),
            field("plazo", "Duration"),
            field("documento", "Documento"),
            field("clave", facets=Facets(length_max=4)),
        ),
    ),
    "Municipio": Record(name="Municipio", fields=(field("codigo"), field("nombre"))),
    "Estado": Enumeration(
        name="Estado", values=tuple(EnumerationValue(name=name, wire=name) for name in ("SOLTERO", "CASADO"))
    ),
    "Documento": Choice(name="Documento", members=("Dpi",)),
    "Dpi": Record(name="Dpi", fields=(field("serie"),)),
}
OPERATION = Operation(code="x", alias="x", reads=True, arguments=(), result=field("persona", "Persona"))
DESCRIBED = Description(kind="office", title="", operations=(OPERATION,), types=TYPES)

PERSON: dict[str, Any] = {
    "cui": "2345 67890 1601",
    "nit": "576937-K",
    "nombres": "IXCHEL ÑUFIO",
    "fechaNacimiento": "1990-02-28-06:00",
    "direccionResidencia": "4a avenida 5-55, zona 10",
    "correo": "ixchel@correo.gob.gt",
    "telefonos": ["+502 5555-1234", "2222 1234"],
    "expediente": "EXP-2031/b",
    "municipio": {"codigo": "0101", "nombre": "Antigua"},
    "hijos": [{"cui": "2345 67890 1601", "nombres": None}],
    "activo": True,
    "estado": "CASADO",
    "sueldo": "10850.75",
    "folio": "9007199254740993",
    "edad": 2147483647,
    "talla": 1.68,
    "visto": "2026-01-31T08:09:10.123Z",
    "extra": {"hijo": "Balam"},
    "foto": "aXhjaGVs",
    "acta": "<a>Ixchel</a>",
    "hora": "08:09:10",
    "plazo": "P3D",
    "documento": {"__typename": "Dpi", "serie": "A-12"},
    "clave": "abcd",
}


def sampled(value: object, *keep: str) -> Any:
    """Make the sample of a value."""
    return replacing.sample(DESCRIBED, OPERATION, value, keep)


def scalars(value: Any) -> set[object]:
    """Give every text and number in a value, but the names of types."""
    if isinstance(value, dict):
        return set().union(*(scalars(each) for name, each in value.items() if name != "__typename"))
    if isinstance(value, list):
        return set().union(*map(scalars, value))
    return set() if value is None or isinstance(value, bool) else {value}


def test_nothing_of_a_person_is_left() -> None:
    """No text and no number of the answer is in its sample, which fits the description like the answer."""
    made = sampled(PERSON)
    assert not (scalars(made) - {"SOLTERO", "CASADO"}) & scalars(PERSON)
    assert not arguments.misfits(DESCRIBED, OPERATION.result, made)
    assert list(made) == list(PERSON)
    assert made["hijos"][0]["nombres"] is None


FORMS = {
    "cui": r"[1-9]{4} [1-9]{5} 9999",
    "nit": r"[1-9]{6}-[A-Z]",
    "nombres": r"[A-Z]+ [A-Z]+",
    "fechaNacimiento": r"1900-\d\d-\d\d-06:00",
    "direccionResidencia": r"Calle Ficticia 0-\d\d, zona 0",
    "correo": r"muestra\d{4}@example\.org",
    "expediente": r"[A-Z]{3}-[1-9]{4}/[a-z]",
    "sueldo": r"[1-9]{5}\.[1-9]{2}",
    "visto": r"1900-\d\d-\d\dT12:00:00Z",
    "clave": r"Text",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_value_keeps_its_shape(name: str) -> None:
    """It looks like what it stands for, and cannot be anybody's."""
    assert re.fullmatch(FORMS[name], sampled(PERSON)[name])


def test_telephones_begin_with_zero() -> None:
    """As none does in this country; a country's code that stands apart stays."""
    first, second = sampled(PERSON)["telefonos"]
    assert re.fullmatch(r"\+502 0[1-9]{3}-[1-9]{4}", first)
    assert re.fullmatch(r"0[1-9]{3} [1-9]{4}", second)


def test_what_is_the_same_stays_the_same() -> None:
    """Within one recording a person's number is one number; in the next it is another."""
    made, again = sampled(PERSON), sampled(PERSON)
    assert made["cui"] == made["hijos"][0]["cui"]
    assert made["cui"] != again["cui"]


@given(st.sampled_from(["576937K", "1234567-9", "48", "K", "CF", "", "9", "00"]))
def test_a_nit_is_nobodys(text: str) -> None:
    """Its check digit is wrong, whatever stood there."""
    assert not fictitious._is_nit(fictitious.fictitious(Kind.NIT, text))


def test_real_nits_are_known() -> None:
    """What the check digit says of two numbers that were worked out by hand."""
    assert fictitious._is_nit("576937-K")
    assert not fictitious._is_nit("576937-1")


@given(st.text(max_size=30))
def test_no_digit_and_no_letter_stays(text: str) -> None:
    """A reshaped text differs at every sign that could tell something."""
    made = fictitious.reshaped(text)
    assert len(made) == len(text)
    pairs = zip(text, made, strict=True)
    assert all(old != new for old, new in pairs if old.isdigit() or (old.isascii() and old.isalpha()))


@pytest.mark.parametrize("value", [-5, 0, 7, 2147483647, -2147483648, 1.5, -0.001, 1e-07, 1e300])
def test_numbers_stay_numbers(value: float) -> None:
    """Of the same kind, and in its range."""
    of = field("n", "Float" if isinstance(value, float) else "Int")
    operation = Operation(code="x", alias="x", reads=True, arguments=(), result=of)
    made = replacing.sample(DESCRIBED, operation, value)
    assert type(made) is type(value)
    assert made != value
    values.check(DESCRIBED, of, made)


def test_a_marked_number_is_one_whatever_it_is_called() -> None:
    """The steward's mark tells what no name tells."""
    marked = Operation(code="x", alias="x", reads=True, arguments=(), result=field("clave"), person_numbers=("result",))
    assert str(replacing.sample(DESCRIBED, marked, "2345678901601")).endswith("9999")
    with pytest.raises(MarkNotValid):
        replacing.sample(DESCRIBED, marked, "123", ("",))


@pytest.mark.parametrize("place", ["municipio/nombre", "municipio/codigo", "estado", "edad", "expediente"])
def test_what_is_named_stays(place: str) -> None:
    """A steward keeps what belongs to nobody."""
    made, real = sampled(PERSON, place), PERSON
    for step in place.split("/"):
        made, real = made[step], real[step]
    assert made == real


@pytest.mark.parametrize(
    "place",
    ["cui", "nit", "correo", "telefonos", "direccionResidencia", "fechaNacimiento", "hijos/cui", "nada", "municipio"],
)
def test_what_tells_who_a_person_is_cannot_stay(place: str) -> None:
    """Nor a place that is not there: a steward who errs shall see it."""
    with pytest.raises(MarkNotValid):
        sampled(PERSON, place)
