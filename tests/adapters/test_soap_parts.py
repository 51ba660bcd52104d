"""Messages of other forms than one wrapped element: several parts, parts of a type, parts in the header."""

from typing import Any

import pytest

from sacbe_adapters import xml
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Place
from sacbe_terms.errors import ArgumentsNotValid, ReplyBreaksContract
from tests.adapters.reading import MUSEUM, NAME, read

WSDL = MUSEUM / "parts.wsdl"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
PERSON = {"cui": "0012", "nombre": "Ana"}


def codec(code: str) -> Codec:
    """The codec of one of the museum's operations."""
    description = read(WSDL)
    operation = description.operation(code)
    assert operation is not None
    return Codec(description, operation)


def sent(code: str, arguments: dict[str, Any]) -> Any:
    """The envelope of a request."""
    return xml.parse(codec(code).encode(NAME, arguments))


def told(element: Any) -> list[str]:
    """The local names of everything in an element."""
    return [str(child.tag).rpartition("}")[2] for child in element.iter()][1:]


def answered(code: str, body: str) -> object:
    """What a Body is read as."""
    text = (
        f'<s:Envelope xmlns:s="{ENVELOPE}" xmlns:t="urn:museum:parts"><s:Header><t:x/></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
    return codec(code).decode(NAME, HttpReply(status=200, headers={}, body=text.encode()))


ANA = "<t:cui>0012</t:cui><t:nombre>Ana</t:nombre>"


@pytest.mark.parametrize(
    ("code", "arguments", "names"),
    [
        ("varias", {"persona": PERSON, "limite": 3}, ["persona", "cui", "nombre", "limite"]),
        ("desnuda", PERSON, ["cui", "nombre"]),
        ("texto", {"aviso": "ya"}, []),
        ("procedimiento", {"cuantas": {"limite": 3}}, ["procedimiento", "cuantas", "limite"]),
    ],
)
def test_parts_stand_where_the_standard_puts_them(code: str, arguments: dict[str, Any], names: list[str]) -> None:
    """Elements beside each other in the Body, a type's content in the Body itself, an element within an rpc part."""
    assert told(sent(code, arguments)[-1]) == names


@pytest.mark.parametrize(
    ("code", "body", "expected"),
    [
        ("varias", f"<t:persona>{ANA}</t:persona><t:total>9</t:total>", {"persona": PERSON, "total": "9"}),
        ("desnuda", ANA, PERSON),
        ("texto", " ya ", " ya "),
        ("procedimiento", f"<t:procedimientoResponse><cuerpo>{ANA}</cuerpo></t:procedimientoResponse>", PERSON),
        ("conCabecera", "<t:limite>7</t:limite>", {"limite": 7}),
    ],
)
def test_several_parts_are_one_record(code: str, body: str, expected: object) -> None:
    """A reply of several parts is a record of them; what nobody declares in its header is passed over."""
    assert answered(code, body) == expected


def test_a_missing_part_breaks_the_contract() -> None:
    """Each part of a reply is required."""
    with pytest.raises(ReplyBreaksContract, match="total"):
        answered("varias", f"<t:persona>{ANA}</t:persona>")


def test_header_parts_are_arguments() -> None:
    """Declared headers are optional arguments, told apart by name and by place; X-Road's are the bus's own."""
    operation = read(WSDL).operation("conCabecera")
    assert operation is not None
    assert [(field.name, field.place, field.is_required) for field in operation.arguments] == [
        ("limite", Place.ELEMENT, True),
        ("sesion", Place.HEADER, False),
        ("limiteHeader", Place.HEADER, False),
    ]
    envelope = sent("conCabecera", {"limite": 1, "sesion": {"clave": "<&"}, "limiteHeader": 2})
    assert [child.tag for child in envelope] == [f"{{{ENVELOPE}}}Header", f"{{{ENVELOPE}}}Body"]
    assert told(envelope[0]) == ["sesion", "clave", "limite"]
    assert (envelope[0][0][0].text, envelope[1][0].text) == ("<&", "1")
    assert len(sent("conCabecera", {"limite": 1})) == 1
    with pytest.raises(ArgumentsNotValid, match=r"'sesion\.clave'"):
        sent("conCabecera", {"limite": 1, "sesion": {}})


def test_a_header_without_an_element_is_told() -> None:
    """A header part that only names a type is no header that could be sent."""
    assert [reason.reason for reason in read(WSDL).uncovered] == [
        "the header part 'suelta' names no element and is left out"
    ]


def with_header(code: str, header: str, *, is_lenient: bool = False) -> Any:
    """What a reply with this header and a limit of 7 is read as."""
    text = (
        f'<s:Envelope xmlns:s="{ENVELOPE}" xmlns:t="urn:museum:parts"><s:Header><t:x/>{header}</s:Header>'
        f"<s:Body><t:limite>7</t:limite></s:Body></s:Envelope>"
    )
    reply = HttpReply(status=200, headers={}, body=text.encode())
    return codec(code).decode_leniently(NAME, reply) if is_lenient else codec(code).decode(NAME, reply)


def test_declared_headers_of_a_reply_are_members_of_its_result() -> None:
    """They stand beside what the Body says, may be absent, and say of themselves where they stood."""
    operation = read(WSDL).operation("conCabecera")
    assert operation is not None
    record = read(WSDL).record(operation.result.type)
    assert record is not None
    assert [(field.name, field.place, field.is_required) for field in record.fields] == [
        ("limite", Place.ELEMENT, True),
        ("sesion", Place.HEADER, False),
    ]
    assert record.fields[1].documentation.startswith("Stands in the header of the reply.")
    header = "<t:sesion><t:clave> a </t:clave></t:sesion>"
    assert with_header("conCabecera", header) == {"limite": 7, "sesion": {"clave": " a "}}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("<t:sesion/>", "Header/sesion: the required element 'clave' is missing"),
        ("<t:sesion><t:clave/></t:sesion>" * 2, "more often"),
    ],
)
def test_a_header_that_breaks_the_description_is_told(header: str, words: str) -> None:
    """As in the Body: with its place, or null and told where the steward chose so."""
    with pytest.raises(ReplyBreaksContract, match=words):
        with_header("conCabecera", header)


def test_a_lenient_endpoint_forgives_a_header() -> None:
    """It is null and told, and the answer stands."""
    value, problems = with_header("conCabecera", "<t:sesion/>", is_lenient=True)
    assert value == {"limite": 7, "sesion": None}
    assert [problem.where for problem in problems] == ["sesion"]
