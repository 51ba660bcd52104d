"""The lane reads ordinary replies exactly as the tree does, and leaves every other reply to it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap import bundle, forms, lane, operations
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.soap.reading import Readers
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Description, Operation, reached_types
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

SIGNS = [*"<>&;/\"'= \r\t\0\x01\x1f\x85\u2028\ufffe\uffff\U0001fffe7-", "]]>", lane._MARK.decode()]
"""What is put somewhere into a reply."""

_NAMED = ("lt", "gt", "amp", "apos", "quot", "nbsp")
_NUMBERED = ("9", "10", "13", "0", "60", "x26", "xd800", "xfffe", "x110000", "", "x")
REFERENCES = [*(f"&{name};" for name in _NAMED), *(f"&#{number};" for number in _NUMBERED), "&;", "&"]
"""What stands in the place of a sign."""

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
    """Of types without attributes every reply as its description orders it is taken, if no text holds a `<`."""
    description, operation = described(wsdl)
    reply = replied(drawn_reply(data, description, operation).replace("&lt;", "x"))
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
    sign: str = draw(st.sampled_from(SIGNS))
    return text[:at] + sign + text[at + draw(st.integers(0, 1)) :]


def _sign_as_reference(draw: Draw, text: str) -> str:
    found = _some(draw, text, r"(?<=>)[^<]+")
    if found is None:
        return text
    at = draw(st.integers(found.start(), found.end() - 1))
    reference: str = draw(st.sampled_from([f"&#{ord(text[at])};", f"&#x{ord(text[at]):x};", *REFERENCES]))
    return text[:at] + reference + text[at + 1 :]


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


PEOPLE = invented_schemas.wsdl_of(
    """<xs:complexType name="Persona"><xs:sequence><xs:element name="nombre" type="xs:string"/>
    <xs:element name="nota" type="xs:string" minOccurs="0" nillable="true"/>
    <xs:element name="hijos" type="t:Hijos" minOccurs="0"/>
    <xs:element name="casa" type="t:Casa" minOccurs="0"/></xs:sequence></xs:complexType>
    <xs:complexType name="Casa"><xs:sequence><xs:element name="calle" type="xs:string" minOccurs="0"/>
    <xs:element name="zona" type="xs:int" minOccurs="0"/></xs:sequence></xs:complexType>
    <xs:complexType name="Hijos"><xs:sequence><xs:element name="hijo" type="t:Hijo" minOccurs="0"
    maxOccurs="unbounded"/></xs:sequence></xs:complexType>
    <xs:complexType name="Hijo"><xs:sequence><xs:element name="edad" type="xs:int"/>
    <xs:element name="nombre" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>""",
    'type="t:Persona" minOccurs="0" maxOccurs="unbounded"',
)
ANA = "<valor><nombre>Ana</nombre></valor>"


def people(inside: str, around: str = "t:ecoResponse", declared: str = "") -> str:
    """A reply of `eco` with these people."""
    return (
        f'{declared}<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:invented"'
        f' xmlns:x="{XSI}"><e:Header>{FILLING}</e:Header>'
        f"<e:Body><{around}>{inside}</{around.partition(' ')[0]}></e:Body></e:Envelope>"
    )


def taken(reply: HttpReply) -> bool:
    """Whether the lane reads a reply about people; what comes of it is the same in any case."""
    description, operation = described(PEOPLE)
    codec, tree = Codec(description, operation), _Tree(description, operation)
    assert outcome(codec.decode, reply) == outcome(tree.decode, reply)
    return codec._by_lane(NAME, reply) is not None


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(ANA * 3, id="as it stands"),
        pytest.param(f"\n  {ANA}\n\t{ANA}\n", id="spaces"),
        pytest.param(f"\r\n{ANA}\r\n", id="line ends of Windows"),
        pytest.param("<valor><nombre>a\r\nb\rc\nd</nombre></valor>", id="line ends in a text"),
        pytest.param("<valor><nombre>&#xC1;&#241;a &amp; &quot;&gt;&apos;&#10;</nombre></valor>", id="references"),
        pytest.param("<valor><nombre>[a]]&gt;</nombre></valor>", id="brackets"),
        pytest.param("<valor><nombre/><nota /></valor>", id="empty elements"),
        pytest.param("<valor><nombre></nombre><nota></nota><hijos></hijos></valor>", id="empty texts"),
        pytest.param('<valor><nombre>a</nombre><nota x:nil="true"/></valor>', id="nil"),
        pytest.param('<valor><nombre>a</nombre><nota x:nil="1"></nota></valor>', id="nil by a number"),
        pytest.param("<valor><nombre>a</nombre><hijos><hijo><edad> 7 </edad></hijo> </hijos></valor>", id="a list"),
        pytest.param(
            "<valor><nombre>a</nombre><hijos><hijo><edad>1</edad></hijo></hijos></valor>"
            f"{ANA}<valor><nombre>b</nombre><hijos/></valor>"
            "<valor><nombre>c</nombre><hijos><hijo><edad>2</edad></hijo><hijo><edad>3</edad></hijo></hijos></valor>",
            id="lists of several lengths",
        ),
        pytest.param("<valor><nombre>a</nombre><casa></casa></valor>", id="a record of nothing"),
        pytest.param("<valor><nombre>a</nombre><casa><zona>1</zona></casa></valor>", id="a record without its first"),
        pytest.param("", id="nobody"),
    ],
)
def test_takes_every_usual_spelling(inside: str) -> None:
    """What systems of every make write in their own ways is ordinary."""
    assert taken(replied(people(inside)))


@pytest.mark.parametrize(
    ("around", "declared", "encoding"),
    [
        ("ecoResponse xmlns='urn:invented'", "", "utf-8"),
        ("q:ecoResponse xmlns:q='urn:invented'", "<?xml version='1.0' encoding='utf-8'?>\n", "utf-8"),
        ("t:ecoResponse", "", "utf-8-sig"),
    ],
)
def test_takes_every_usual_frame(around: str, declared: str, encoding: str) -> None:
    """Prefixes, a declaration and a byte order mark do not matter; a default namespace is no prefix of other names."""
    reply = replied(people(ANA, around, declared).encode(encoding))
    assert taken(reply) is ("xmlns='" not in around)


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("<valor><!-- --><nombre>Ana</nombre></valor>", id="a comment"),
        pytest.param("<valor><nombre><![CDATA[Ana]]></nombre></valor>", id="a section"),
        pytest.param("<valor><?x?><nombre>Ana</nombre></valor>", id="an instruction"),
        pytest.param("<valor><nombre>&e;</nombre></valor>", id="an entity"),
        pytest.param("<valor><nombre>a & b</nombre></valor>", id="a bare ampersand"),
        pytest.param("<valor><nombre>a &lt; b</nombre></valor>", id="a reference that would be markup"),
        pytest.param("<valor><nombre>&#0;</nombre></valor>", id="a reference to no sign"),
        pytest.param("<valor><nombre>&#13;</nombre></valor>", id="a reference to a line end"),
        pytest.param("<valor><nombre>&#xd800;</nombre></valor>", id="a reference to half a sign"),
        pytest.param("<valor><nombre>]]></nombre></valor>", id="the end of a section"),
        pytest.param("<valor><nombre>a</nombre><nota>\0</nota></valor>", id="the sign that stands for nil"),
        pytest.param("<valor><nombre>\x0b</nombre></valor>", id="a sign that XML does not allow"),
        pytest.param("<valor><nombre>\ufffe</nombre></valor>", id="a sign that is none"),
        pytest.param('<valor a="1"><nombre>Ana</nombre></valor>', id="an attribute"),
        pytest.param("<valor xmlns='urn:x'><nombre>Ana</nombre></valor>", id="a namespace"),
        pytest.param('<valor><nombre x:nil="true"/></valor>', id="nil that is not allowed"),
        pytest.param('<valor><nombre>a</nombre><nota t:nil="true"/></valor>', id="nil of another namespace"),
        pytest.param("<valor><nota>1</nota><nombre>Ana</nombre></valor>", id="another order"),
        pytest.param("<valor><nombre>a</nombre><nombre>b</nombre></valor>", id="a text twice"),
        pytest.param("<valor><nota>1</nota></valor>", id="a text left out"),
        pytest.param("<valor><nombre>a</nombre><hijos><hijo><edad>x</edad></hijo></hijos></valor>", id="another type"),
        pytest.param("<t:valor><nombre>Ana</nombre></t:valor>", id="another name"),
        pytest.param("<valor><nombre>Ana</nombre>", id="no end"),
        pytest.param(f"{ANA}texto", id="a text beside"),
        pytest.param("</t:ecoResponse><t:ecoResponse>", id="two results"),
        pytest.param(lane._MARK.decode(), id="the mark"),
        pytest.param("</t:ecoResponse><!-- <t:ecoResponse> --><t:ecoResponse>", id="a comment around a tag"),
    ],
)
def test_leaves_every_other_to_the_tree(inside: str) -> None:
    """What is not beyond question is read by the tree, or refused by it."""
    assert not taken(replied(people(ANA + inside)))


@pytest.mark.parametrize(
    "hidden", ["<!-- <t:ecoResponse> -->", "<![CDATA[<t:ecoResponse>]]>", "<?x <t:ecoResponse> ?>"]
)
def test_a_tag_that_is_none_misleads_nobody(hidden: str) -> None:
    """What looks like the result's element in a comment, a section or an instruction is not it."""
    assert not taken(replied(people(ANA).replace(FILLING, f"{FILLING}<i xmlns=''>{hidden}</i>")))


def test_a_result_with_attributes_is_left_to_the_tree() -> None:
    """They may be fields."""
    assert not taken(replied(people(ANA, "t:ecoResponse a='1'")))


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_other_charsets_are_left_to_the_tree(encoding: str) -> None:
    """The bytes of ordinary replies are UTF-8."""
    assert not taken(replied(people(ANA).encode(encoding), f"text/xml; charset={encoding}"))


def test_bytes_that_are_no_utf_8_are_left_to_the_tree() -> None:
    """Half of a sign is no sign."""
    assert not taken(replied(people(ANA).encode().replace(b"Ana", b"An\xed\xa0\x80")))


@pytest.mark.parametrize("filling", ["", "x" * lane.REPLY_BYTES_MAX])
def test_very_small_and_very_large_replies_are_left_to_the_tree(filling: str) -> None:
    """The lane is for lists, below every limit of the parser."""
    assert not taken(replied(people(ANA).replace(FILLING, f"<h xmlns=''>{filling}</h>")))


def _only_small_steps_back(expression: str) -> bool:
    """Whether nothing in an expression is repeated in several ways."""
    plain = re.sub(r"\\.|\[[^]]*\]", "a", expression)
    return re.search(r"[*+}](?!\+)", re.sub(r"[*+?]\+", "", plain)) is None


@EXAMPLES
@given(invented_schemas.ordinary_wsdls())
def test_no_expression_tries_again(wsdl: str) -> None:
    """Whatever is repeated is possessive: an expression takes a time that grows with the text and nothing else."""
    description, operation = described(wsdl)
    readers = Readers(description, reached_types(description, operation))
    tags = {"": "", invented_schemas.NAMESPACE: "t:"}
    made = forms.Forms(description, readers, tags)
    for _, form in made._members((operation.result,), 0):
        assert _only_small_steps_back(form.expression)
        assert _only_small_steps_back(form.bare)


HOSTILE = {
    "starts": "<valor>" * 150_000,
    "starts of a text": "<valor><nombre>" * 70_000,
    "one long text": "<valor><nombre>" + "a" * 1_000_000,
    "spaces": " " * 1_000_000 + "x",
    "spaces in a record": "<valor>" + " " * 1_000_000,
    "many, and one that misfits": ANA * 25_000 + "<valor>",
    "one list, and one that misfits": "<valor><nombre>a</nombre><hijos>"
    + "<hijo><edad>1</edad></hijo>" * 35_000
    + "<hijo>",
    "starts of empty elements": "<a " * 300_000 + "/>",
    "a long name": "<" + "a" * 1_000_000 + "/>",
    "starts of nil": "<a x:nil=" * 100_000 + "/>",
    "ampersands": "&" * 1_000_000,
    "starts of references": "&#x" * 300_000,
    "results": "<t:ecoResponse " * 60_000,
}


@pytest.mark.parametrize("inside", list(HOSTILE.values()), ids=list(HOSTILE))
def test_a_hostile_reply_ends(inside: str) -> None:
    """A million signs that almost fit are read once: by squares, none of these would end."""
    assert not taken(replied(people(inside)))
