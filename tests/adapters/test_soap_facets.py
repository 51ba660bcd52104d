"""Facets of XML Schema: checked in every reply and in every argument, from the description alone."""

from typing import Any

import pytest

from sacbe_adapters import xml
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import from_json, to_json
from sacbe_terms.errors import ArgumentsNotValid, ReplyBreaksContract
from tests.adapters.reading import MUSEUM, NAME, read

WSDL = MUSEUM / "facets.wsdl"

FITS: list[tuple[str, str, object]] = [
    ("corto", "ab", "ab"),
    ("corto", "  a  ", "  a  "),
    ("corto", "ñandú", "ñandú"),
    ("cui", "0012345670101", "0012345670101"),
    ("placa", "P-123ABC", "P-123ABC"),
    ("placa", "O-0001", "O-0001"),
    ("placaCorta", "O-0001", "O-0001"),
    ("anclada", "bcd", "bcd"),
    ("hostil", "aaab", "aaab"),
    ("apretada", "  abc ", "  abc "),
    ("apretada", "a  b", "a  b"),
    ("edad", "0", 0),
    ("edad", " 149 ", 149),
    ("folio", "99999999999999999999", "99999999999999999999"),
    ("folio", "00000000000000000000001", "00000000000000000000001"),
    ("monto", "-10.50", "-10.50"),
    ("monto", "1234.560000", "1234.560000"),
    ("tasa", "0.120", "0.120"),
    ("siglo", "2001-01-01", "2001-01-01"),
    ("siglo", "2000-12-31-14:00", "2000-12-31-14:00"),
    ("momento", "2025-12-31T18:00:00-06:00", "2025-12-31T18:00:00-06:00"),
    ("huella", "YWI=", "YWI="),
    ("sello", "0aFF", "0aFF"),
    ("codigos", "1 2 3", [1, 2, 3]),
    ("ano", "2026", "2026"),
    ("desconocida", "x", "x"),
    ("rota", "x", "x"),
    ("plazo", "P1Y", "P1Y"),
    ("peso", "100", {"value": "100"}),
]
MISFITS: list[tuple[str, str, object]] = [
    ("corto", "a", "a"),
    ("corto", "", ""),
    ("corto", "abcdef", "abcdef"),
    ("cui", "001234567010", "001234567010"),
    ("cui", "001234567010x", "001234567010x"),
    ("placa", "P-123abc", "P-123abc"),
    ("placaCorta", "P-123ABC", "P-123ABC"),
    ("placaCorta", "O-00011", "O-00011"),
    ("anclada", "bad", "bad"),
    ("hostil", "a" * 5000, "a" * 5000),
    ("apretada", "abcd", "abcd"),
    ("edad", "-1", -1),
    ("edad", "150", 150),
    ("folio", "0", "0"),
    ("folio", "100000000000000000000", "100000000000000000000"),
    ("monto", "-10.51", "-10.51"),
    ("monto", "1.001", "1.001"),
    ("monto", "12345.67", "12345.67"),
    ("tasa", "0.13", "0.13"),
    ("siglo", "2000-12-31", "2000-12-31"),
    ("siglo", "2101-01-02Z", "2101-01-02Z"),
    ("momento", "2025-12-31T23:59:59Z", "2025-12-31T23:59:59Z"),
    ("huella", "YWJj", "YWJj"),
    ("sello", "0a", "0a"),
    ("sello", "0g0g", "0g0g"),
    ("codigos", "", []),
    ("codigos", "1 2 3 4", [1, 2, 3, 4]),
    ("codigos", "150", [150]),
    ("ano", "26", "26"),
    ("peso", "100.01", {"value": "100.01"}),
]


def codec() -> Codec:
    """The codec of the museum's facets, as a node has it: from the stored description."""
    description = from_json(to_json(read(WSDL)))
    return Codec(description, description.operations[0])


def decoded(name: str, text: str) -> Any:
    """What is read of a reply with one field."""
    body = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<t:darResponse xmlns:t="urn:museum:facets"><todo><{name}>{text}</{name}></todo></t:darResponse>'
        f"</e:Body></e:Envelope>"
    )
    return codec().decode(NAME, HttpReply(status=200, headers={}, body=body.encode()))


@pytest.mark.parametrize(("name", "text", "value"), FITS)
def test_what_fits_passes_as_it_is(name: str, text: str, value: object) -> None:
    """A value within its facets is read to the last character, and sent."""
    assert decoded(name, text)[name] == value
    sent = xml.parse(codec().encode(NAME, {"todo": {name: value}}))
    assert (sent.findtext(f".//{name}") or "").strip() == text.strip()


@pytest.mark.parametrize(("name", "text", "value"), MISFITS)
def test_a_misfit_breaks_the_contract(name: str, text: str, value: object) -> None:
    """A value outside its facets is refused by its place, never by its text."""
    with pytest.raises(ReplyBreaksContract, match=f"todo/{name}") as caught:
        decoded(name, text)
    assert not text or f"'{text}'" not in str(caught.value)


@pytest.mark.parametrize(("name", "text", "value"), MISFITS)
def test_a_misfit_is_never_sent(name: str, text: str, value: object) -> None:
    """An argument outside its facets is refused by name before anything is sent."""
    with pytest.raises(ArgumentsNotValid, match=f"todo.{name}"):
        codec().encode(NAME, {"todo": {name: value}})


def test_an_attribute_has_facets_too() -> None:
    """An attribute's text is checked as an element's is."""
    with pytest.raises(ArgumentsNotValid, match=r"todo\.peso\.unidad.*longer than 5"):
        codec().encode(NAME, {"todo": {"peso": {"value": "1", "unidad": "toneladas"}}})


def test_tells_which_facets_are_not_checked() -> None:
    """A pattern that is not understood and an order that is undecided are told with their lines."""
    told = {entry.reason for entry in read(WSDL).uncovered}
    assert {reason.partition(":")[0] for reason in told} == {
        "the facet 'pattern' is not checked",
        "the facet 'maxInclusive' is not checked",
    }
    assert len(told) == 3
