"""The codec alone: what it writes, what it reads, and what it says of replies that break their contract."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters import xml
from sacbe_adapters.soap.codec import Codec, Codecs
from sacbe_adapters.soap.reading import NIL
from sacbe_adapters.transport import HttpReply
from sacbe_terms.errors import ArgumentsNotValid, LegacySystemFault, ReplyBreaksContract, ReplyNotReadable
from tests.adapters.reading import MUSEUM, NAME, read

S11 = "http://schemas.xmlsoap.org/soap/envelope/"
S12 = "http://www.w3.org/2003/05/soap-envelope"
PERSON = {"version": 1, "cui": "1", "nombres": "Ana", "fechaNacimiento": "1990-01-31", "fallecida": True, "folio": "7"}
PERSON_XML = """<p:cui>1</p:cui><p:nombres>Ana</p:nombres><p:fecha_nacimiento>1990-01-31</p:fecha_nacimiento>
<p:fallecida>1</p:fallecida><p:folio> 7 </p:folio><p:estado_civil xsi:nil="true"/>"""


def codec(code: str) -> Codec:
    """The museum registry's codec for one operation."""
    description = read(MUSEUM / "registry.wsdl")
    operation = description.operation(code)
    assert operation is not None
    return Codec(description, operation)


def enveloped(body: str, *, namespace: str = S11, declared: str = "") -> str:
    """An envelope with the museum's prefixes."""
    return (
        f'{declared}<e:Envelope xmlns:e="{namespace}" xmlns:r="urn:museum:registry" xmlns:p="urn:museum:people"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header><x/></e:Header><e:Body>{body}</e:Body></e:Envelope>'
    )


def replied(body: str | bytes, *, status: int = 200, kind: str = "text/xml; charset=utf-8") -> HttpReply:
    """An HTTP reply."""
    data = body if isinstance(body, bytes) else body.encode()
    return HttpReply(status=status, headers={"content-type": kind} if kind else {}, body=data)


def person(inside: str = PERSON_XML, attributes: str = 'version="1"') -> str:
    """The reply about one person."""
    return enveloped(
        f"<r:consultarPersonaResponse><persona {attributes}>{inside}</persona></r:consultarPersonaResponse>"
    )


def decoded(body: str | bytes, code: str = "consultarPersona", **http: Any) -> Any:
    """What the codec makes of a reply."""
    return codec(code).decode(NAME, replied(body, **http))


def sent(code: str, arguments: Mapping[str, object]) -> Any:
    """The element in the Body of a request."""
    envelope = xml.parse(codec(code).encode(NAME, arguments))
    assert envelope.tag == f"{{{S11}}}Envelope"
    (body,) = envelope
    (content,) = body
    return content


def test_reads_a_person_exactly() -> None:
    """White space that a type ignores is left out, all else is as it was; nil is null, an absent list is empty."""
    assert decoded(person()) == {**PERSON, "estadoCivil": None, "apodo": []}


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
@pytest.mark.parametrize("is_in_header", [True, False])
def test_honours_the_charset_of_a_reply(encoding: str, is_in_header: bool) -> None:
    """A reply's charset is the header's or the declaration's."""
    declared = "" if is_in_header else f"<?xml version='1.0' encoding='{encoding}'?>"
    body = declared + person(PERSON_XML.replace("Ana", "Ñandú Peña €" if "1252" in encoding else "Ñandú Peña"))
    kind = f"text/xml; charset={encoding}" if is_in_header else "text/xml"
    assert decoded(body.encode(encoding), kind=kind)["nombres"].startswith("Ñandú Peña")


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ("0012345", "0012345"),
        ("  dos  espacios \n", "  dos  espacios \n"),
        ("<![CDATA[<b>&amp;</b>]]>", "<b>&amp;</b>"),
        ("a<!-- nota -->b<?p i?>c<![CDATA[]]>", "abc"),
        ("&#10;&#13;&#x1F600;&lt;", "\n\r😀<"),
        ("", ""),
    ],
)
def test_texts_are_byte_exact(wire: str, value: str) -> None:
    """CDATA, references, comments and spaces give the text that was meant; empty is not absent."""
    assert decoded(person(PERSON_XML.replace("Ana", wire)))["nombres"] == value


@pytest.mark.parametrize(
    ("wire", "field", "value"),
    [
        ("<p:saldo>10.50</p:saldo>", "saldo", {"value": "10.50", "moneda": "GTQ"}),
        ("<p:saldo moneda=''> -0.10\n</p:saldo>", "saldo", {"value": "-0.10", "moneda": ""}),
        ("<p:inscrita>2026-11-23T24:00:00-06:00</p:inscrita>", "inscrita", "2026-11-23T24:00:00-06:00"),
        ("<p:inscrita>2024-02-29T10:00:00.5Z</p:inscrita>", "inscrita", "2024-02-29T10:00:00.5Z"),
        ("<p:estado_civil>casada</p:estado_civil>", "estadoCivil", "CASADA"),
        ("<p:estado_civil> unión \n de  hecho </p:estado_civil>", "estadoCivil", "UNION_DE_HECHO"),
        ("<p:apodo>a</p:apodo><p:apodo/>", "apodo", ["a", ""]),
        ("<p:codigos> 1 -2\n3 </p:codigos>", "codigos", [1, -2, 3]),
        ("<p:codigos/>", "codigos", []),
        ("<p:huella> YW\nI= </p:huella>", "huella", "YWI="),
        ("<p:padres/>", "padres", []),
        ("<p:padres><p:persona xsi:nil='true'/></p:padres>", "padres", [None]),
        ("<p:estatura>1e2</p:estatura>", "estatura", 100.0),
    ],
)
def test_every_type_has_its_form(wire: str, field: str, value: object) -> None:
    """Values of each type come in the form that the rooms agreed on."""
    inside = PERSON_XML.replace('<p:estado_civil xsi:nil="true"/>', "") if "estado" in wire else PERSON_XML
    tail = "" if "estado" in wire else wire
    assert decoded(person(inside + (wire if "estado" in wire else tail)))[field] == value


def test_a_wildcard_keeps_its_element() -> None:
    """What no other field takes is kept whole by the wildcard."""
    value = decoded(person(PERSON_XML + '<o:extra xmlns:o="urn:otra"><o:b c="1">Ñ</o:b></o:extra>'))["any"]
    assert xml.parse(value.encode())[0].text == "Ñ"


def test_what_is_deep_is_read_whole() -> None:
    """A type that holds itself is read as deep as XML may be."""
    inside = PERSON_XML
    for _ in range(100):
        inside = f'{PERSON_XML}<p:padres><p:persona version="1">{inside}</p:persona></p:padres>'
    value, depth = decoded(person(inside)), 0
    while "padres" in value:
        value, depth = value["padres"][0], depth + 1
    assert depth == 100


def _with(inside: str) -> str:
    return person(PERSON_XML + inside)


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        (person(PERSON_XML.replace("<p:cui>1</p:cui>", "")), "consultarPersonaResponse/persona", "'cui' is missing"),
        (person(attributes=""), "consultarPersonaResponse/persona/@version", "attribute is missing"),
        (person(attributes='version="256"'), "persona/@version", "range of unsignedByte"),
        (_with("<p:cui>2</p:cui>"), "persona/cui[2]", "more often"),
        (_with("<p:telefono><b/></p:telefono>"), "persona/telefono", "elements where a text"),
        (_with("<p:apodo>a</p:apodo><p:apodo>b<c/></p:apodo>"), "persona/apodo[2]", "elements where a text"),
        (_with("<p:saldo>diez</p:saldo>"), "persona/saldo", "not a decimal"),
        (_with("<p:saldo>1e5</p:saldo>"), "persona/saldo", "not a decimal"),
        (_with("<p:saldo/>"), "persona/saldo", "not a decimal"),
        (_with("<p:hijos>1_000</p:hijos>"), "persona/hijos", "whole number"),
        (_with("<p:hijos>٣</p:hijos>"), "persona/hijos", "whole number"),
        (_with("<p:hijos>2147483648</p:hijos>"), "persona/hijos", "range of int"),
        (_with(f"<p:hijos>{'9' * 5000}</p:hijos>"), "persona/hijos", "whole number"),
        (_with("<p:estatura>INF</p:estatura>"), "persona/estatura", "finite"),
        (_with("<p:estatura>1e999</p:estatura>"), "persona/estatura", "finite"),
        (_with("<p:inscrita>2025-02-29T10:00:00</p:inscrita>"), "persona/inscrita", "date and time"),
        (_with("<p:huella>n*es</p:huella>"), "persona/huella", "base64"),
        (_with("<p:codigos>1 dos</p:codigos>"), "persona/codigos", "whole number"),
        (_with("<p:padres><p:otra/></p:padres>"), "persona/padres/otra", "not in the description"),
        (_with("<p:apodo xsi:nil='true'/>"), "persona/apodo", "nil"),
        (person(PERSON_XML.replace("p:nombres", "nombres")), "persona", "missing"),
        (person(PERSON_XML.replace(">1<", ">sí<")), "persona/fallecida", "true or false"),
        (person(PERSON_XML.replace('<p:estado_civil xsi:nil="true"/>', "<p:estado_civil>viuda</p:estado_civil>")),
         "persona/estado_civil", "one of the values"),
        (person("ERROR INTERNO" + PERSON_XML), "persona", "text between"),
        (enveloped(""), "consultarPersonaResponse", "Body is empty"),
        (enveloped("<r:otra/>"), "otra", "'consultarPersonaResponse'"),
    ],
)  # fmt: skip
def test_says_where_a_reply_breaks_its_contract(body: str, place: str, reason: str) -> None:
    """Each breach names the place and the reason, and never quotes a value."""
    with pytest.raises(ReplyBreaksContract, match=reason) as caught:
        decoded(body)
    assert place in caught.value.where
    for value in ("diez", "ERROR INTERNO", "viuda", "1990", "2025"):
        assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (replied("<html><body>Mantenimiento</body></html>", kind="text/html"), "web page"),
        (replied("<html><body>Mantenimiento</body></html>", kind="text/xml"), "web page"),
        (replied("<!DOCTYPE html><html/>", kind="text/xml"), "DOCTYPE"),
        (replied("", status=500), "empty"),
        (replied("{}", kind="application/json"), "not XML"),
        (replied("hola", kind="text/plain"), "not XML"),
        (replied("--b", kind='multipart/related; boundary="b"'), "parts cannot be told apart"),
        (replied("<a", kind=""), "not well-formed XML"),
        (replied("<a/>"), "not a SOAP envelope"),
        (replied(f'<e:Envelope xmlns:e="{S11}"/>'), "no Body"),
        (replied(person(), status=503), "503"),
        (replied("", status=302), "another address"),
        (replied(enveloped("<r:a/><r:b/>")), "several elements"),
        (replied(person().encode().replace(b"Ana", b"\xd1"), kind="text/xml; charset=utf-8"), "not well-formed XML"),
    ],
)  # fmt: skip
def test_says_why_a_reply_cannot_be_read(reply: HttpReply, reason: str) -> None:
    """What is no envelope is told by what it is; nothing of it is repeated."""
    with pytest.raises(ReplyNotReadable, match=reason) as caught:
        codec("consultarPersona").decode(NAME, reply)
    assert "Mantenimiento" not in str(caught.value)


FAULT_11 = """<e:Fault><faultcode>e:Client.NoExiste</faultcode><faultstring>No existe\n   at gt.gob.Base(Base.java:1)
</faultstring><detail><r:noExiste><cui>0012</cui></r:noExiste><stack>secreto</stack></detail></e:Fault>"""
FAULT_12 = """<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>r:NoExiste</e:Value></e:Subcode></e:Code>
<e:Reason><e:Text xml:lang="en">Not there</e:Text><e:Text xml:lang="es-GT">No existe</e:Text></e:Reason>
<e:Detail><r:noExiste><cui>0012</cui></r:noExiste></e:Detail></e:Fault>"""


@pytest.mark.parametrize(("body", "namespace"), [(FAULT_11, S11), (FAULT_12, S12)])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_faults_are_the_systems_own_words(body: str, namespace: str, status: int) -> None:
    """Both versions' faults give code, text and declared detail, whatever the status; a stack goes no further."""
    with pytest.raises(LegacySystemFault) as caught:
        decoded(enveloped(body, namespace=namespace), status=status, kind="application/soap+xml")
    fault = caught.value
    assert fault.fault_code.endswith("NoExiste")
    assert fault.fault_text == "No existe"
    assert fault.detail == {"noExiste": {"cui": "0012"}}
    assert "secreto" not in f"{fault} {fault.detail}"


def test_writes_what_was_meant() -> None:
    """A record goes out with attributes, nil, lists, enumerations and array wrappers, in the schema's order."""
    arguments = {
        "persona": {
            **PERSON,
            "estadoCivil": None,
            "apodo": ["Lucy", ""],
            "codigos": [1, 2],
            "saldo": {"value": "10.50", "moneda": 'Q"<'},
            "padres": [None, {**PERSON, "estadoCivil": "UNION_DE_HECHO"}],
            "any": '<o:x xmlns:o="urn:o" a="&lt;">b</o:x>',
        },
        "nota": None,
    }
    root = sent("inscribirPersona", arguments)
    record, note = root
    p = "{urn:museum:people}"
    assert (root.tag, record.get("version"), note.get(NIL)) == ("{urn:museum:registry}inscribirPersona", "1", "true")
    assert [child.tag.removeprefix(p) for child in record][:6] == [
        "cui", "nombres", "fecha_nacimiento", "fallecida", "folio", "saldo",
    ]  # fmt: skip
    assert [child.text for child in record.iterfind(f"{p}apodo")] == ["Lucy", None]
    assert record.findtext(f"{p}codigos") == "1 2"
    assert record.find(f"{p}saldo").get("moneda") == 'Q"<'
    first, second = record.find(f"{p}padres")
    assert (first.get(NIL), second.findtext(f"{p}estado_civil")) == ("true", "unión de hecho")
    assert record.find("{urn:o}x").get("a") == "<"


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8")))
def test_every_text_goes_out_exactly_or_not_at_all(text: str) -> None:
    """A text is read back to the last character, or refused because XML cannot carry it."""
    try:
        content = sent("contar", {"contar": text})
    except ArgumentsNotValid:
        assert any((ord(sign) < 32 and sign not in "\t\n\r") or ord(sign) in (0xFFFE, 0xFFFF) for sign in text)
    else:
        assert (content.text or "") == text


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"])))
def test_every_attribute_goes_out_exactly(text: str) -> None:
    """The same holds in an attribute, where white space is easily lost."""
    for value in (text, f"{text}\t\n\r{text}"):
        person_out: dict[str, object] = {**PERSON, "estadoCivil": None, "saldo": {"value": "1", "moneda": value}}
        record = sent("inscribirPersona", {"persona": person_out, "nota": "x"})[0]
        assert record.find("{urn:museum:people}saldo").get("moneda") == value


@pytest.mark.parametrize(
    ("code", "arguments", "words"),
    [
        ("consultarPersona", {}, "'cui'.*required"),
        ("consultarPersona", {"cui": None}, "'cui'.*required"),
        ("consultarPersona", {"cui": 12}, "'cui'.*not a text"),
        ("consultarPersona", {"cui": "1", "otro": 1}, "no field 'otro'"),
        ("consultarPersona", {"cui": "a\x00b"}, "XML cannot carry"),
        ("consultarPersona", {"cui": "\ud800"}, "XML cannot carry"),
        ("listarPersonas", {"limite": True}, "not a number"),
        ("listarPersonas", {"limite": 2**31}, "range of int"),
        ("listarPersonas", {"limite": 1.5}, "not a number"),
        ("contar", {}, "'contar'.*required"),
        ("inscribirPersona", {"persona": [], "nota": ""}, "'persona'.*not an object"),
        (
            "inscribirPersona",
            {"persona": {**PERSON, "version": None, "estadoCivil": None}},
            "persona.version.*required",
        ),
        ("inscribirPersona", {"persona": {**PERSON, "folio": 7}}, "persona.folio.*not given as text"),
        ("inscribirPersona", {"persona": {**PERSON, "folio": "-7"}}, "persona.folio.*range"),
        (
            "inscribirPersona",
            {"persona": {**PERSON, "apodo": "Lucy", "estadoCivil": None}},
            "persona.apodo.*not a list",
        ),
        (
            "inscribirPersona",
            {"persona": {**PERSON, "estadoCivil": "casada"}},
            "persona.estadoCivil.*one of the values",
        ),
        ("inscribirPersona", {"persona": {**PERSON, "estadoCivil": None, "padres": [{}]}}, "persona.padres.0.version"),
        ("inscribirPersona", {"persona": {**PERSON, "estadoCivil": None, "any": "<a>"}}, "persona.any.*well-formed"),
        ("inscribirPersona", {"persona": {**PERSON, "estadoCivil": None, "any": "<!DOCTYPE a><a/>"}}, "persona.any"),
    ],
)
def test_refuses_arguments_by_name(code: str, arguments: dict[str, object], words: str) -> None:
    """What does not fit is refused before anything is sent, by the name of the argument."""
    with pytest.raises(ArgumentsNotValid, match=words):
        codec(code).encode(NAME, arguments)


def test_a_value_stands_alone_in_its_message() -> None:
    """A message whose element is the value itself goes out and comes back."""
    assert sent("contar", {"contar": "a<b"}).text == "a<b"
    assert decoded(enveloped("<r:cuenta>9223372036854775807</r:cuenta>"), "contar") == "9223372036854775807"


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_no_reply_breaks_out(body: bytes) -> None:
    """Whatever bytes come back, the caller gets an error of the contract."""
    for data in (body, person(PERSON_XML).encode().replace(b"Ana", body)):
        with suppress(ReplyNotReadable, ReplyBreaksContract, LegacySystemFault):
            codec("consultarPersona").decode(NAME, replied(data))


def test_a_codec_lives_as_long_as_its_description() -> None:
    """A codec is made once, and anew for a new description of the same operation."""
    first, codecs = read(MUSEUM / "registry.wsdl"), Codecs()
    operation = first.operations[0]
    assert codecs.of(first, operation) is codecs.of(first, operation)
    read.cache_clear()
    second = read(MUSEUM / "registry.wsdl")
    assert codecs.of(second, second.operations[0]) is not codecs.of(first, operation)
