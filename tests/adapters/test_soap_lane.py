"""The lane reads ordinary replies exactly as the tree does, and leaves every other reply to it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap import bundle, forms, lane, operations
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.soap.reading import Readers
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Description, Field, Operation, reached_types
from sacbe_terms.errors import SacbeError
from tests.adapters import invented_schemas
from tests.adapters.reading import NAME
from tests.adapters.test_soap_differential import as_reply

EXAMPLES = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
XSI = "http://www.w3.org/2001/XMLSchema-instance"
FILLING = f"<h xmlns=''>{'x' * lane.REPLY_BYTES_MIN}</h>"
"""What a header holds, so that a reply is not too small for the lane."""

Draw = Callable[[st.SearchStrategy[Any]], Any]
Changed = Callable[[Draw, str], str]
"""Changes the text of a reply somewhere."""


class _Tree(Codec):
    """A codec that has no lane."""

    def _by_lane(self, *_: object) -> None:
        return None


def described(text: str) -> tuple[Description, Operation]:
    """Read a WSDL with one operation."""
    description = operations.describe(bundle.load("/invented.wsdl", lambda *_: text.encode()))
    return description, description.operations[0]


def replied(text: str | bytes, kind: str = "text/xml") -> HttpReply:
    """A reply over HTTP."""
    body = text if isinstance(text, bytes) else text.encode()
    return HttpReply(status=200, headers={"content-type": kind}, body=body)


def enveloped(request: etree._Element) -> str:
    """A request of `eco` as the reply to it, with a header that fills it."""
    text = as_reply(request).decode()
    body = re.search(r"<([a-z0-9]+:)Body", text)
    assert body is not None
    return text.replace(body[0], f"<{body[1]}Header>{FILLING}</{body[1]}Header>{body[0]}", 1)


def outcome(decode: Callable[[str, HttpReply], object], reply: HttpReply) -> tuple[object, ...]:
    """What becomes of a reply: a value, or all that an error says."""
    try:
        return ("value", decode(NAME, reply))
    except SacbeError as error:
        return (type(error), error.what, error.where, error.hint)


def drawn_reply(data: st.DataObject, description: Description, operation: Operation) -> str:
    """Draw a value of an invented operation, and give the reply that says it."""
    field = operation.arguments[0]
    record = description.record(field.type)
    assert record is not None
    values = [invented_schemas.records(data.draw, description, record) for _ in range(data.draw(st.integers(1, 3)))]
    arguments: Mapping[str, object] = {field.name: values if field.list_depth else values[0]}
    return enveloped(xml.parse(Codec(description, operation).encode(NAME, arguments)))


@EXAMPLES
@given(invented_schemas.ordinary_wsdls(), st.data())
def test_an_ordinary_reply_is_read_by_the_lane(wsdl: str, data: st.DataObject) -> None:
    """Of types without attributes every reply in the order of its description is taken, with the tree's value."""
    description, operation = described(wsdl)
    reply = replied(drawn_reply(data, description, operation))
    taken = Codec(description, operation)._by_lane(NAME, reply)
    assert taken is not None
    assert ("value", taken[1]) == outcome(_Tree(description, operation).decode, reply)


def _body(text: str) -> int:
    """Where the Body begins."""
    return max(text.find("Body"), 0)


def _some(draw: Draw, text: str, pattern: str) -> re.Match[str] | None:
    """One of the places in the Body that a pattern fits."""
    found = list(re.compile(pattern).finditer(text, _body(text)))
    return draw(st.sampled_from(found)) if found else None


def _with(pattern: str, made: Callable[[re.Match[str]], str]) -> Changed:
    """Put something else in one place that a pattern fits."""

    def changed(draw: Draw, text: str) -> str:
        found = _some(draw, text, pattern)
        return text if found is None else text[: found.start()] + made(found) + text[found.end() :]

    return changed


def _everywhere(pattern: str, by: str) -> Changed:
    return lambda _, text: text[: _body(text)] + re.sub(pattern, by, text[_body(text) :])


def _swapped(draw: Draw, text: str) -> str:
    found = _some(draw, text, r"(<([\w:]+)>[^<]*</\2>)(<([\w:]+)>[^<]*</\4>)")
    return text if found is None else text[: found.start()] + found[3] + found[1] + text[found.end() :]


def _truncated(draw: Draw, text: str) -> str:
    return text[: draw(st.integers(_body(text), len(text)))]


def _sign_put(draw: Draw, text: str) -> str:
    at = draw(st.integers(_body(text), len(text)))
    sign = draw(
        st.sampled_from(
            ["<", ">", "&", ";", "/", '"', "'", "=", " ", "\0", "\x01", "\x1f", "]]>", "\r", "\t"]
            + ["\ufffe", "\uffff", "\x85", "\u2028", "\U0001fffe", "7", "-", lane._MARK.decode()]
        )
    )
    return text[:at] + sign + text[at + draw(st.integers(0, 1)) :]


def _sign_as_reference(draw: Draw, text: str) -> str:
    found = _some(draw, text, r"(?<=>)[^<]+")
    if found is None:
        return text
    at = draw(st.integers(found.start(), found.end() - 1))
    forms_of = [f"&#{ord(text[at])};", f"&#x{ord(text[at]):x};", "&lt;", "&gt;", "&amp;", "&apos;", "&quot;", "&#10;"]
    forms_of += [
        "&#13;",
        "&#9;",
        "&#0;",
        "&#60;",
        "&#xd800;",
        "&#xfffe;",
        "&#x110000;",
        "&nbsp;",
        "&;",
        "&#;",
        "&#x;",
        "&",
    ]
    return text[:at] + draw(st.sampled_from(forms_of)) + text[at + 1 :]


def _prefix_renamed(draw: Draw, text: str) -> str:
    prefixes = sorted(set(re.findall(r"xmlns:(\w+)=", text)))
    if not prefixes:
        return text
    old, new = draw(st.sampled_from(prefixes)), draw(st.sampled_from(["q", "a-b", "ñ", ""]))
    declared = f"xmlns:{new}=" if new else "xmlns="
    named = text.replace(f"xmlns:{old}=", declared)
    return re.sub(rf"(</?){old}:", rf"\1{new}:" if new else r"\1", named)


LEAF = r"<([\w:]+)>([^<]*)</\1>"
START = r"<([\w:]+)>"
CHANGES: dict[str, Changed] = {
    "spaces between all": _everywhere("><", ">\n  <"),
    "line ends of Windows": _everywhere("><", ">\r\n\t<"),
    "spaces in one place": _with("><", lambda _: "> \t\n<"),
    "spaces around a text": _with(LEAF, lambda found: f"<{found[1]}>\r\n {found[2]} </{found[1]}>"),
    "spaces in a start tag": _with(START, lambda found: f"<{found[1]} \n>"),
    "spaces in an end tag": _with(r"</([\w:]+)>", lambda found: f"</{found[1]} >"),
    "a text emptied": _with(LEAF, lambda found: f"<{found[1]}></{found[1]}>"),
    "an empty element": _with(LEAF, lambda found: f"<{found[1]}/>"),
    "an empty element with space": _with(LEAF, lambda found: f"<{found[1]} />"),
    "an element nil": _with(LEAF, lambda found: f'<{found[1]} xsi:nil="true"/>'),
    "an element nil in its own words": _with(
        LEAF, lambda found: f'<{found[1]} xmlns:i="{XSI}" i:nil="1"></{found[1]}>'
    ),
    "an element nil and not empty": _with(LEAF, lambda found: f'<{found[1]} xsi:nil="true">{found[2]}</{found[1]}>'),
    "an element not nil": _with(LEAF, lambda found: f'<{found[1]} xsi:nil="false">{found[2]}</{found[1]}>'),
    "nil of another namespace": _with(LEAF, lambda found: f'<{found[1]} otra:nil="true"/>'),
    "a record nil": _with(START, lambda found: f'<{found[1]} xsi:nil="true">'),
    "a type told": _with(START, lambda found: f'<{found[1]} xsi:type="otra:Tipo">'),
    "an attribute": _with(START, lambda found: f'<{found[1]} a="1 &gt; 0">'),
    "an attribute twice": _with(START, lambda found: f'<{found[1]} a="1" a="1">'),
    "a namespace declared": _with(START, lambda found: f'<{found[1]} xmlns="urn:otra">'),
    "no namespace declared": _with(START, lambda found: f'<{found[1]} xmlns="">'),
    "a name of another namespace": _with(LEAF, lambda found: f"<otra:x>{found[2]}</otra:x>"),
    "an unknown prefix": _with(LEAF, lambda found: f"<nadie:x>{found[2]}</nadie:x>"),
    "an unknown element": _with(LEAF, lambda found: f"{found[0]}<x/>"),
    "an element in a text": _with(LEAF, lambda found: f"<{found[1]}>{found[2]}<x/></{found[1]}>"),
    "a text behind an element": _with(LEAF, lambda found: f"{found[0]}texto"),
    "a text before an element": _with(LEAF, lambda found: f"texto{found[0]}"),
    "an element left out": _with(LEAF, lambda _: ""),
    "an element twice": _with(LEAF, lambda found: found[0] * 2),
    "a record twice": _with(r"<([\w:]+)>(?:(?!</?\1>).)*</\1>", lambda found: found[0] * 2),
    "another text": _with(LEAF, lambda found: f"<{found[1]}>-1</{found[1]}>"),
    "a comment": _with(START, lambda found: f"{found[0]}<!-- < -->"),
    "a section": _with(LEAF, lambda found: f"<{found[1]}><![CDATA[{found[2]}]]></{found[1]}>"),
    "a section around all": _with(
        r"(?s)(?<=ecoResponse>).*(?=</[\w:]*ecoResponse>)", lambda found: f"<![CDATA[{found[0]}]]>"
    ),
    "an instruction": _with(START, lambda found: f"{found[0]}<?x y?>"),
    "a second result": _with(r"</[\w:]*ecoResponse>", lambda found: f"{found[0]}<ecoResponse></ecoResponse>"),
    "a result in a result": _with(r"</[\w:]*ecoResponse>", lambda found: f"{found[0] * 2}"),
    "a document type": lambda _, text: f'<!DOCTYPE a [<!ENTITY e "x">]>{text}',
    "a comment before": lambda _, text: f"<!-- x -->{text}",
    "a declaration before": lambda _, text: f"<?xml version='1.0'?>\n{text}",
    "XML 1.1": lambda _, text: f"<?xml version='1.1'?>\n{text}",
    "the result in a header": lambda _, text: text.replace("<h ", "<ecoResponse></ecoResponse><h ", 1),
    "two neighbours swapped": _swapped,
    "cut short": _truncated,
    "a sign put": _sign_put,
    "a sign as a reference": _sign_as_reference,
    "a prefix renamed": _prefix_renamed,
}


@EXAMPLES
@given(st.one_of(invented_schemas.ordinary_wsdls(), invented_schemas.wsdls()), st.data())
def test_every_reply_means_the_same_with_and_without_the_lane(wsdl: str, data: st.DataObject) -> None:
    """However a reply is changed, strict and lenient readers give the same value or the same error."""
    description, operation = described(wsdl)
    text = drawn_reply(data, description, operation)
    text = (
        text.replace(":Body>", f':Body xmlns:xsi="{XSI}" xmlns:otra="urn:otra">', 1)
        if "xmlns:xsi" not in text
        else text
    )
    for change in data.draw(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3)):
        text = CHANGES[change](data.draw, text)
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"]))
    kinds = st.sampled_from(
        ["text/xml", "text/xml; charset=utf-8", f"text/xml; charset={encoding}", "text/xml; charset=x"]
    )
    reply = replied(text.encode(encoding, "xmlcharrefreplace"), data.draw(kinds))
    with_lane, tree = Codec(description, operation), _Tree(description, operation)
    assert outcome(with_lane.decode, reply) == outcome(tree.decode, reply)
    assert outcome(with_lane.decode_leniently, reply) == outcome(tree.decode_leniently, reply)
