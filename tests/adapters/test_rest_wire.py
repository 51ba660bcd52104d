"""What REST sends and takes in, to the byte: styles of parameters, kinds of bodies and of answers."""

from contextlib import suppress
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_adapters.rest.arguments import AS_JSON
from sacbe_adapters.rest.body import WRITTEN_OUT
from sacbe_adapters.rest.reply import ReplyReader
from sacbe_adapters.rest.request import Request, RequestWriter
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import ArgumentsNotValid, LegacySystemFault, ReplyBreaksContract, ReplyNotReadable
from tests.adapters.openapi_museum import members, read, uncovered

STYLES = read("parameter-styles.yaml")
BODIES = read("bodies.yaml")
ANSWERS = read("answers.yaml")
SWAGGER = read("swagger-2.yaml")
LIST = ["blue", "a,b"]
GROUP = {"r": "100", "g": "a b", "b": "1.50"}


def written(description: Description, code: str, arguments: dict[str, Any]) -> Request:
    """Write a request of an operation."""
    operation = description.operation(code)
    assert operation is not None
    return RequestWriter(operation, description).write(arguments, name="a/b/c")


def answered(code: str, body: bytes, kind: str = "application/json", status: int = 200) -> Any:
    """Read an answer of an operation."""
    operation = ANSWERS.operation(code)
    assert operation is not None
    reply = HttpReply(status=status, headers={"content-type": kind}, body=body)
    return ReplyReader(operation, ANSWERS).read(reply, name="a/b/c")


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("simple", "/simple/x%2Fy/blue,a%2Cb/r,100,g,a%20b,b,1.50/r=100,g=a%20b,b=1.50"),
        ("label", "/label/.x%2Fy/.blue,a%2Cb/.blue.a%2Cb/.r,100,g,a%20b,b,1.50/.r=100.g=a%20b.b=1.50"),
        (
            "matrix",
            "/matrix/;t=x%2Fy/;l=blue,a%2Cb/;le=blue;le=a%2Cb/;g=r,100,g,a%20b,b,1.50/;r=100;g=a%20b;b=1.50",
        ),
    ],
)
def test_styles_of_paths(code: str, target: str) -> None:
    """Texts, lists and groups stand in a path as RFC 6570 expands them."""
    arguments = {"t": "x/y", "l": LIST, "le": LIST, "g": GROUP, "ge": GROUP}
    operation = STYLES.operation(code)
    assert operation is not None
    given = {argument.name: arguments[argument.name] for argument in operation.arguments}
    assert written(STYLES, code, given).target == target


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({"form": LIST}, "form=blue,a%2Cb"),
        ({"forme": LIST}, "forme=blue&forme=a%2Cb"),
        ({"grupo": GROUP}, "grupo=r,100,g,a%20b,b,1.50"),
        ({"grupoe": GROUP}, "r=100&g=a%20b&b=1.50"),
        ({"espacio": LIST}, "espacio=blue%20a%2Cb"),
        ({"barra": LIST}, "barra=blue%7Ca%2Cb"),
        (
            {"hondo": {"a": "1&2", "g": {"r": "7"}, "l": ["x", "y"], "lg": [{"r": "8"}]}},
            "hondo%5Ba%5D=1%262&hondo%5Bg%5D%5Br%5D=7&hondo%5Bl%5D%5B%5D=x&hondo%5Bl%5D%5B%5D=y"
            "&hondo%5Blg%5D%5B0%5D%5Br%5D=8",
        ),
        ({"libre": "a/b?c=d&e#f+g"}, "libre=a/b?c=d%26e%23f%2Bg"),
        ({"json": GROUP}, "json=%7B%22r%22%3A100%2C%22g%22%3A%22a%20b%22%2C%22b%22%3A1.50%7D"),
        ({"texto": "a&b"}, "texto=a%26b"),
        ({"mezcla": {"__typename": "LongValue", "long": "7"}}, "mezcla=7"),
        (
            {"grupos": [{"r": "1", "g": "a,b"}, {"b": "1.50"}]},
            "grupos=%7B%22r%22%3A1%2C%22g%22%3A%22a%2Cb%22%7D&grupos=%7B%22b%22%3A1.50%7D",
        ),
    ],
)
def test_styles_of_queries(arguments: dict[str, Any], query: str) -> None:
    """Each style of a query is written as OpenAPI says, behind what the path itself asks."""
    assert written(STYLES, "query", arguments).target == f"/query?fijo=1&{query}"


def test_styles_of_headers_and_cookies() -> None:
    """Lists and groups stand in headers and cookies too."""
    request = written(STYLES, "otros", {"xL": ["a", "b"], "xG": GROUP, "xGe": GROUP, "sesion": "á;b", "lista": LIST})
    assert request.headers == {
        "Accept": "application/json",
        "X-L": "a,b",
        "X-G": "r,100,g,a b,b,1.50",
        "X-GE": "r=100,g=a b,b=1.50",
        "Cookie": "sesion=%C3%A1%3Bb; lista=blue,a%2Cb",
    }
    assert written(STYLES, "otros", {"grupo": {"r": "1", "g": "x"}}).headers["Cookie"] == "r=1; g=x"


def test_says_what_openapi_leaves_open() -> None:
    """A list of groups is sent as JSON and a place that nobody knows is left out: both are told."""
    assert uncovered(STYLES) == {
        "#/paths/~1query?fijo=1#nunca/get/parameters/11": AS_JSON,
        "#/paths/~1otros/get/parameters/6": "parameters in 'querystring' are not sent",
    }


@given(st.lists(st.text(min_size=1), min_size=1), st.sampled_from(["form", "forme", "espacio", "barra"]))
def test_lists_arrive_as_they_are(items: list[str], name: str) -> None:
    """Whatever stands in a list, a reader of the style finds the same items again."""
    query = written(STYLES, "query", {name: items}).target.removeprefix("/query?fijo=1&")
    separator = {"form": ",", "espacio": "%20", "barra": "%7C"}.get(name)
    if separator is None:
        assert [value for _, value in parse_qsl(query, keep_blank_values=True)] == items
    elif name == "form":
        assert [unquote(item) for item in query.removeprefix("form=").split(separator)] == items
    else:
        assert unquote(query).partition("=")[2] == (" " if name == "espacio" else "|").join(items)


@given(st.text(alphabet="./;%\\", max_size=6), st.text(alphabet="./;%\\", max_size=6))
def test_paths_never_lead_elsewhere(first: str, second: str) -> None:
    """No argument makes a segment more or less, nor one of the dot segments."""
    arguments = {"t": first, "l": [second, "x"], "le": [second, "x"], "g": {"g": second}, "ge": {"g": second}}
    for code in ("label", "matrix"):
        try:
            target = written(STYLES, code, arguments).target
        except ArgumentsNotValid:
            continue
        assert target.count("/") == 6
        assert not {"", ".", ".."} & set(target.split("/")[1:])


# Bodies ---------------------------------------------------------------------------------


def test_forms_follow_their_encodings() -> None:
    """A form's lists are repeated and its groups JSON, unless an encoding says otherwise."""
    body = {"texto": "a&b", "lista": ["1", "2"], "comas": ["1", "2"], "grupo": {"r": "1"}, "hondo": {"r": "1"}}
    request = written(BODIES, "formulario", {"body": body})
    assert request.body == (b"texto=a%26b&lista=1&lista=2&comas=1,2&grupo=%7B%22r%22%3A1%7D&hondo%5Br%5D=1")
    free = written(BODIES, "formularioLibre", {"body": {"a": "1", "b": ["2", "3"]}})
    assert free.body == b"a=1&b=2&b=3"
    with pytest.raises(ArgumentsNotValid, match="a group of fields was expected"):
        written(BODIES, "formularioLibre", {"body": "a=1"})
    several = written(BODIES, "formularioDeVarios", {"body": {"__typename": "Clave", "clave": "a&b", "veces": "2"}})
    assert several.body == b"clave=a%26b&veces=2"


def test_a_form_whose_schema_is_a_text_is_written_by_its_caller() -> None:
    """It is sent as it is, under the form's own type, and its documentation says so."""
    request = written(BODIES, "formularioEscrito", {"body": "texto=a%26b"})
    assert request.body == b"texto=a%26b"
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    operation = BODIES.operation("formularioEscrito")
    assert operation is not None
    assert operation.arguments[0].documentation == f"El texto.\n\n{WRITTEN_OUT}"


def parts(request: Request) -> dict[str, list[Message]]:
    """Read a multipart body with the standard library, by the parts' names."""
    assert request.body is not None
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    found: dict[str, list[Message]] = {}
    for part in message_from_bytes(head + request.body).get_payload():
        assert isinstance(part, Message)
        found.setdefault(str(part.get_param("name", header="content-disposition")), []).append(part)
    return found


def test_multipart_bodies() -> None:
    """Files are bytes with a name, groups JSON, lists repeated parts; numbers keep their digits."""
    body = {"archivo": "/wA=", "fotos": ["YQ==", "Yg"], "nota": "año", "monto": "1.50", "grupo": {"r": "1"}}
    found = parts(written(BODIES, "partes", {"body": body | {"fotos": ["YQ==", "Yg=="], "pdf": "JVBERg=="}}))
    assert {name: [part.get_payload(decode=True) for part in group] for name, group in found.items()} == {
        "archivo": [b"\xff\x00"],
        "fotos": [b"a", b"b"],
        "nota": ["año".encode()],
        "monto": [b"1.50"],
        "grupo": [b'{"r":1}'],
        "pdf": [b"%PDF"],
    }
    assert found["archivo"][0].get_filename() == "archivo"
    assert [found[name][0].get_content_type() for name in ("archivo", "fotos", "nota", "grupo")] == [
        "application/octet-stream", "image/png", "text/plain", "application/json",
    ]  # fmt: skip


@given(st.text())
def test_no_text_leaves_its_part(text: str) -> None:
    """Whatever a text holds, even what looks like a boundary, it arrives as one part."""
    found = parts(written(BODIES, "partes", {"body": {"archivo": "", "nota": text}}))
    assert [part.get_payload(decode=True) for part in found["nota"]] == [text.encode()]


@pytest.mark.parametrize(
    ("code", "value", "media", "body"),
    [
        ("bytes", "_-8=", "application/pdf", b"\xff\xef"),
        ("texto", "año\n", "text/plain; charset=utf-8", "año\n".encode()),
        ("xml", "<a>ñ</a>", "application/xml; charset=utf-8", "<a>ñ</a>".encode()),
        ("lineas", [{"r": "1"}, {"r": "2"}], "application/x-ndjson", b'{"r":1}\n{"r":2}\n'),
        ("propio", {"r": "1"}, "application/vnd.gob+json", b'{"r":1}'),
    ],
)
def test_other_bodies(code: str, value: Any, media: str, body: bytes) -> None:
    """Bytes, texts, XML, lines and a ministry's own JSON go out as they are, under their own type."""
    request = written(BODIES, code, {"body": value})
    assert (request.headers["Content-Type"], request.body) == (media, body)


@pytest.mark.parametrize(("code", "value"), [("bytes", "a"), ("bytes", "á"), ("xml", "<a>"), ("texto", 7)])
def test_bodies_that_do_not_fit_are_refused(code: str, value: Any) -> None:
    """What is no base64, no XML or no text is refused before anything is sent."""
    with pytest.raises(ArgumentsNotValid, match="was expected"):
        written(BODIES, code, {"body": value})


def test_reads_the_other_forms_of_openapi_2() -> None:
    """Lists between commas, tabs and repeated, and files of forms, as 2.0 says them."""
    request = written(SWAGGER, "consultarFinca", {"finca": "1", "campos": ["a", "b"]})
    assert request.target.startswith("/fincas/1?campos=")


# Answers --------------------------------------------------------------------------------


def test_several_successes_are_a_choice() -> None:
    """Answers that differ by status are a choice, told apart by the status; an undescribed one is none."""
    operation = ANSWERS.operation("varias")
    assert operation is not None
    assert members(ANSWERS, operation.result.type) == ("Hecho", "Creado", "StringList")
    assert answered("varias", b'{"hecho": "a", "id": "b"}') == {"__typename": "Hecho", "hecho": "a"}
    assert answered("varias", b'{"id": "b"}', status=201) == {"__typename": "Creado", "id": "b"}
    assert answered("varias", b'["a"]', status=202) == {"__typename": "StringList", "stringList": ["a"]}
    assert answered("varias", b'{"x": 1}', status=203) is None


def test_declared_faults_may_be_choices() -> None:
    """A class of statuses with several kinds of faults gives the kind that came."""
    with pytest.raises(LegacySystemFault) as caught:
        answered("varias", b'{"detalle": 7}', status=422)
    assert list(caught.value.detail.values()) == [{"__typename": "Peor", "detalle": "7"}]


def test_an_answer_without_content_is_null() -> None:
    """Where another status brings a result, 204 brings null."""
    assert answered("vacia", b"", status=204) is None
    assert answered("vacia", b'{"hecho": "a"}') == {"hecho": "a"}


def test_other_answers() -> None:
    """Lines are a list, XML is one element, texts and pages are texts, a ministry's own JSON is JSON."""
    assert answered("lineas", b'{"hecho": "a"}\n\n\x1e{"hecho": "b"}\n', "application/x-ndjson") == [
        {"hecho": "a"}, {"hecho": "b"},
    ]  # fmt: skip
    assert answered("xml", b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xf1</a>', "text/xml") == "<a>ñ</a>"
    assert answered("csv", "a;ñ\n".encode("cp1252"), "text/csv; charset=windows-1252") == "a;ñ\n"
    assert answered("pagina", b"<p>", "text/html") == "<p>"
    assert answered("propio", b'{"hecho": "a"}', "application/vnd.gob+json") == {"hecho": "a"}
    assert answered("porDefecto", b'{"hecho": "a"}') == {"hecho": "a"}


@pytest.mark.parametrize(
    ("code", "body", "kind", "reason"),
    [
        ("csv", b"<html>", "text/html; charset=utf-8", "a web page"),
        ("xml", b"<a>", "text/xml", "not well-formed XML"),
        ("lineas", b'{"hecho": "a"}\n{', "application/x-ndjson", "a line of it is not well-formed"),
    ],
)
def test_ill_answers_are_not_readable(code: str, body: bytes, kind: str, reason: str) -> None:
    """A maintenance page, broken XML and a broken line are refused with the reason."""
    with pytest.raises(ReplyNotReadable, match=reason):
        answered(code, body, kind)


def test_asks_for_what_can_be_read() -> None:
    """The Accept header names the declared types; JSON too where a fault may come in it."""
    accepted = {operation.code: operation.binding["accept"] for operation in ANSWERS.operations}
    assert accepted["xml"] == "application/xml, application/json;q=0.5"
    assert accepted["propio"] == "application/vnd.gob+json"
    assert accepted["porDefecto"] == "application/json"


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5),
    st.sampled_from(["varias", "vacia", "porDefecto"]),
)
def test_any_json_is_read_or_breaks_the_contract(value: Any, code: str) -> None:
    """Any JSON in place of the declared answer is read or refused at its place, never more."""
    with suppress(ReplyBreaksContract):
        answered(code, msgspec.json.encode(value))
