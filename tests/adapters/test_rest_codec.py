"""Requests and replies of REST, to the byte: what is sent, what is read, and what is refused."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_adapters import values
from sacbe_adapters.rest.describe import describe
from sacbe_adapters.rest.reply import ReplyReader
from sacbe_adapters.rest.request import Request, RequestWriter
from sacbe_adapters.transport import HttpReply
from sacbe_terms.errors import ArgumentsNotValid, LegacySystemFault, ReplyBreaksContract, ReplyNotReadable

MUSEUM = Path(__file__).parents[1] / "museum" / "openapi"
NAME = "GT/GOV/2003/licencias/cosas/get-cosa"
CONSTRUCTS = describe((MUSEUM / "constructs.yaml").read_bytes(), "constructs.yaml")
SWAGGER = describe((MUSEUM / "swagger-2.yaml").read_bytes(), "swagger-2.yaml")
REQUIRED = {"id": "1", "xOficina": "central"}
COSA_WITH_HALF = {"nombre": "\udfff", "entero": "1", "dueno": {"__typename": "Persona", "cui": "1"}}
COSA = {"nombre": "a", "entero": 1, "dueno": {"cui": "1"}}


def written(code: str, arguments: dict[str, Any], description: Any = CONSTRUCTS) -> Request:
    """Write a request of an operation."""
    operation = description.operation(code)
    assert operation is not None
    return RequestWriter(operation, description).write(arguments, name=NAME)


def read(body: bytes, *, status: int = 200, kind: str = "application/json", code: str = "get-cosa") -> Any:
    """Read a reply of an operation."""
    operation = CONSTRUCTS.operation(code)
    assert operation is not None
    reply = HttpReply(status=status, headers={"content-type": kind} if kind else {}, body=body)
    return ReplyReader(operation, CONSTRUCTS).read(reply, name=NAME)


def cosa(**members: Any) -> bytes:
    """Give the JSON of a thing with what is required and these members."""
    return msgspec.json.encode(COSA | members)


# Requests -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ({}, "/cosas/1"),
        ({"id": "a/b?c#d%e f"}, "/cosas/a%2Fb%3Fc%23d%25e%20f"),
        ({"id": "ñ~-._"}, "/cosas/%C3%B1~-._"),
        ({"id2": "a&b=c+d"}, "/cosas/1?id=a%26b%3Dc%2Bd"),
        ({"dias": [1, -2]}, "/cosas/1?dias=1&dias=-2"),
        ({"dias": []}, "/cosas/1"),
        ({"claves": ["a,b", "c"]}, "/cosas/1?claves=a%2Cb,c"),
        ({"barras": ["a", "b"]}, "/cosas/1?barras=a%7Cb"),
        (
            {"filtro": {"desde": "2026-11-23", "tope": "10.50"}},
            "/cosas/1?filtro%5Bdesde%5D=2026-11-23&filtro%5Btope%5D=10.50",
        ),
        ({"libre": {"tope": "10.50"}}, "/cosas/1?libre=%7B%22tope%22%3A10.50%7D"),
        ({"id2": None}, "/cosas/1"),
    ],
)
def test_writes_addresses(arguments: dict[str, Any], target: str) -> None:
    """Each style of parameter is written as OpenAPI says, with every special character encoded."""
    request = written("get-cosa", REQUIRED | arguments)
    assert (request.method, request.target, request.body) == ("GET", target, None)
    assert request.headers == {"Accept": "application/json", "X-Oficina": "central"}


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")), st.text())
def test_texts_arrive_as_they_are(in_path: str, in_query: str) -> None:
    """Whatever a caller puts into a path or a query, the system decodes exactly it, and nothing else changes."""
    request = written("get-cosa", {"id": in_path, "id2": in_query, "xOficina": "c"})
    address = urlsplit(f"https://ministerio.example{request.target}")
    assert (address.netloc, address.fragment) == ("ministerio.example", "")
    assert unquote(address.path, errors="surrogatepass").removeprefix("/cosas/") == in_path
    assert address.path.count("/") == 2
    assert parse_qsl(address.query, keep_blank_values=True) == [("id", in_query)]


@pytest.mark.parametrize(
    ("arguments", "where", "reason"),
    [
        ({"id": ""}, "id", "may not be empty"),
        ({"id": ".."}, "id", "may not be"),
        ({"id": None}, "id", "required"),
        ({"xOficina": "a\r\nHost: b"}, "xOficina", "printable ASCII"),
        ({"dias": ["1"]}, "dias/0", "an integer of 32 bits"),
        ({"dias": [2**31]}, "dias/0", "an integer of 32 bits"),
        ({"filtro": {"desde": "mañana"}}, "filtro/desde", "Date"),
        ({"filtro": {"otro": "1"}}, "filtro/otro", "nothing of this name"),
        ({"otro": "1"}, "otro", "nothing of this name"),
    ],
)
def test_refuses_arguments(arguments: dict[str, Any], where: str, reason: str) -> None:
    """An argument that does not fit is refused by its place, and its value is not repeated."""
    with pytest.raises(ArgumentsNotValid, match=reason) as caught:
        written("get-cosa", REQUIRED | arguments)
    assert caught.value.where == where
    assert caught.value.problems[0].field == where


def test_refuses_half_characters() -> None:
    """A surrogate alone is no text, in a path, a query or a body."""
    for code, arguments in (("get-cosa", REQUIRED | {"id": "\ud800"}), ("buscarCosas", {"body": COSA_WITH_HALF})):
        with pytest.raises(ArgumentsNotValid, match="half a character"):
            written(code, arguments)


def test_writes_bodies_exactly() -> None:
    """Decimals and big integers go out digit by digit, enumerations as on the wire, null only where it may be."""
    body = {
        "nombre": "Ñandú",
        "entero": "12345678901234567890",
        "decimal": "10.50",
        "monto": "10.50",
        "estado": "EN_ESPERA",
        "nulo": None,
        "activo": None,
        "matriz": [["1.0", "2.50"]],
        "dueno": {"__typename": "Empresa", "nit": "1-K"},
    }
    request = written("buscarCosas", {"body": body})
    assert request.headers["Content-Type"] == "application/json"
    assert request.body is not None
    assert request.body.decode() == (
        '{"nombre":"Ñandú","entero":12345678901234567890,"decimal":10.50,"monto":"10.50","estado":"en espera",'
        '"nulo":null,"matriz":[[1.0,2.50]],"dueno":{"nit":"1-K"}}'
    )


def test_writes_forms() -> None:
    """A form's fields are encoded, lists repeated."""
    request = written("enviarNota", {"body": {"texto": "a&b=ñ", "copias": 2}}, SWAGGER)
    assert request.body == b"texto=a%26b%3D%C3%B1&copias=2"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


# Replies --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wire", "value"),
    [
        ("entero", "12345678901234567890", "12345678901234567890"),
        ("entero", "-0", "0"),
        ("entero", "1e2", "100"),
        ("corto", "7", 7),
        ("decimal", "10.50", "10.50"),
        ("decimal", "1E400", "1E400"),
        ("decimal", '"10.50"', "10.50"),
        ("doble", "1.5e300", 1.5e300),
        ("monto", '"10.50"', "10.50"),
        ("cuando", '"2026-11-23T10:00:00.120-06:00"', "2026-11-23T10:00:00.120-06:00"),
        ("hora", '"10:00:00"', "10:00:00"),
        ("lapso", '"P1DT2H"', "P1DT2H"),
        ("foto", '"YWJj"', "YWJj"),
        ("estado", '"true"', "TRUE"),
        ("nulo", "null", None),
        ("nombre", '"0012345 \\u00d1 \\ud83d\\ude00"', "0012345 Ñ 😀"),
        ("matriz", "[[1.0], []]", [["1.0"], []]),
        ("huecos", '["a", null]', ["a", None]),
        ("libre", '{"a": 0.1, "b": 1.000000000000000000001}', {"a": 0.1, "b": "1.000000000000000000001"}),
        ("cualquiera", "[1, true, null]", [1, True, None]),
    ],
)
def test_reads_values_exactly(name: str, wire: str, value: Any) -> None:
    """Every scalar keeps what stood on the wire."""
    body = cosa().replace(b'"entero":1', b'"entero":%b' % (wire.encode() if name == "entero" else b"1"))
    if name == "nombre":
        body = body.replace(b'"nombre":"a"', b'"nombre":' + wire.encode())
    elif name != "entero":
        body = body[:-1] + f',"{name}":{wire}}}'.encode()
    assert read(body)[name] == value


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers())
def test_numbers_come_back_by_their_digits(decimal: Any, integer: int) -> None:
    """Whatever number the wire holds is read with its own digits, and has the form that the house promises."""
    digits = str(decimal)
    body = cosa(entero=integer, decimal=msgspec.Raw(digits.encode()))
    value = read(body)
    assert (value["decimal"], value["entero"]) == (digits, str(integer))
    operation = CONSTRUCTS.operation("get-cosa")
    assert operation is not None
    values.check(CONSTRUCTS, operation.result, {key: member for key, member in value.items() if member is not None})


def test_tells_the_kinds_of_a_choice_apart() -> None:
    """The discriminator tells which kind it is, by mapping or by name; without one the keys do."""
    for dueno, kind in (
        ({"tipo": "p", "cui": "1"}, "Persona"),
        ({"tipo": "Empresa", "nit": "1"}, "Empresa"),
        ({"nit": "1"}, "Empresa"),
    ):
        assert read(cosa(dueno=dueno))["dueno"]["__typename"] == kind


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (cosa(nombre=1), "/nombre"),
        (cosa(nombre=None), "/nombre"),
        (cosa(padre=COSA | {"nombre": 1}), "/padre/nombre"),
        (cosa(matriz=[["1"], ["x"]]), "/matriz/1/0"),
        (cosa(estado="otro"), "/estado"),
        (cosa(corto=2**31), "/corto"),
        (cosa(cuando="ayer"), "/cuando"),
        (cosa(dueno={"otro": 1}), "/dueno"),
        (b'{"nombre": "a", "dueno": {"cui": "1"}}', "/entero"),
        (b"[]", "the whole answer"),
    ],
)
def test_names_the_place_of_a_broken_reply(body: bytes, place: str) -> None:
    """A reply that does not fit its description is refused at the JSON pointer, without the value."""
    with pytest.raises(ReplyBreaksContract) as caught:
        read(body)
    assert caught.value.where == place


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"<html></html>", "text/html; charset=utf-8", "not JSON but a web page"),
        (b"", "application/json", "without content"),
        (b"{", "application/json", "not well-formed"),
        (b"NaN", "application/json", "not well-formed"),
        (b"[" * 100_000, "application/json", "not well-formed"),
        (b'{"a": "\xff"}', "application/json", "bytes are not of its charset"),
        (b"{}", "application/json; charset=klingon", "charset is not one"),
    ],
)
def test_says_why_a_reply_cannot_be_read(body: bytes, kind: str, reason: str) -> None:
    """What is no JSON is refused with its reason."""
    with pytest.raises(ReplyNotReadable, match=reason):
        read(body, kind=kind)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "ISO-8859-1", "windows-1252", "utf-16", '"iso-8859-15"'])
def test_honours_the_declared_charset(charset: str) -> None:
    """A reply in another charset is read in it; a byte order mark is not content."""
    text = cosa(nombre="Ñandú").decode()
    body = text.encode(charset.strip('"'))
    for sent in (body, b"\xef\xbb\xbf" + body) if charset == "utf-8" else (body,):
        assert read(sent, kind=f"application/json;charset={charset}")["nombre"] == "Ñandú"


def test_reads_answers_that_are_no_json() -> None:
    """Texts are given as they are, other content in base64, and an answer without content is done."""
    assert read("año\n".encode("latin-1"), kind="text/plain; charset=latin-1", code="texto") == "año\n"
    assert read(b"\x89PNG", kind="image/png", code="imagen") == "iVBORw=="
    assert read(b"", status=204, kind="", code="deleteCosasById") is True


# Faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b'{"codigo": "E-7", "detail": "No se puede"}', "E-7", "No se puede"),
        (b'{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "x"}', "404", "x"),
        (b'{"error": {"code": 42, "message": "mal"}}', "42", "mal"),
        (b'{"errors": [{"code": "A1", "mensaje": "uno"}, {"code": "A2"}]}', "A1", "uno"),
        (b'{"error": "invalid_token", "error_description": "vencido"}', "invalid_token", "vencido"),
        (b'{"message": "a\\nb"}', "500", "a b"),
        (b"[]", "500", "Otro problema"),
    ],
)
def test_gives_the_systems_own_words(body: bytes, code: str, text: str) -> None:
    """Code and text are found where RFC 9457 and the habits of the field keep them."""
    with pytest.raises(LegacySystemFault) as caught:
        read(body, status=500, kind="application/problem+json")
    assert (caught.value.fault_code, caught.value.fault_text) == (code, text)


def test_gives_declared_detail_only() -> None:
    """Of a declared fault its declared fields are given, exact; a stack beside them is not."""
    body = b'{"codigo": "E-7", "interno": 12345678901234567890, "trace": "at gt.gob.Main(10.0.0.1)"}'
    with pytest.raises(LegacySystemFault) as caught:
        read(body, status=500)
    assert caught.value.detail == {"problemaDefault": {"codigo": "E-7", "interno": "12345678901234567890"}}
    assert "10.0.0.1" not in str(caught.value)


def test_a_declared_status_without_content_is_a_fault() -> None:
    """A 404 that the description foresees says what the description says of it."""
    with pytest.raises(LegacySystemFault) as caught:
        read(b"", status=404, kind="")
    assert (caught.value.fault_code, caught.value.fault_text) == ("404", "No hay tal cosa")


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (503, "text/html", "status 503 came with a web page"),
        (302, "", "redirects are not followed"),
        (500, "", "no type"),
    ],
)
def test_other_statuses_are_not_readable(status: int, kind: str, reason: str) -> None:
    """A maintenance page, a redirect or a bare failure is no answer and no fault."""
    with pytest.raises(ReplyNotReadable, match=reason):
        read(b"<html>10.0.0.1</html>", status=status, kind=kind)
