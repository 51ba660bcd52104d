"""Illnesses of XML and SOAP: hostile documents, envelopes that are none, and faults in every state."""

from sacbe_adapters.conformance.illness import PRIVATE, Illness, Speaks, reply
from sacbe_terms.errors import AdapterError, LegacySystemFault, ReplyBreaksContract, ReplyNotReadable

_11 = "http://schemas.xmlsoap.org/soap/envelope/"
_12 = "http://www.w3.org/2003/05/soap-envelope"
_STACK = f"\n\tat gt.gob.{PRIVATE}.Leer.leer(Leer.java:7)\n\tat {PRIVATE}.Main.main(Main.java:1)"
_NO_WORDS = "No existe la persona"


def _in_envelope(body: str, namespace: str = _11, before: str = "", header: str = "") -> str:
    return f'{before}<e:Envelope xmlns:e="{namespace}">{header}<e:Body>{body}</e:Body></e:Envelope>'


def _said(name: str, text: str, error: type[AdapterError] = ReplyNotReadable, *, status: str = "200 OK") -> Illness:
    return Illness(
        name=name,
        says=lambda _: [reply(text.encode(), status=status, kind="text/xml; charset=utf-8")],
        error=error,
        speaks=Speaks.SOAP,
    )


def _fault_11(code: str = "e:Server", text: str = _NO_WORDS, detail: str = "") -> str:
    return _in_envelope(f"<e:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>{detail}</e:Fault>")


def _fault_12(subcode: str = "", detail: str = "") -> str:
    return _in_envelope(
        f"<e:Fault><e:Code><e:Value>e:Receiver</e:Value>{subcode}</e:Code>"
        f'<e:Reason><e:Text xml:lang="es">{_NO_WORDS}</e:Text></e:Reason>{detail}</e:Fault>',
        _12,
    )


_DETAIL_11 = f"<detail><x xmlns='urn:{PRIVATE}'><traza>{PRIVATE}</traza></x></detail>"
_DETAIL_12 = f"<e:Detail><x xmlns='urn:{PRIVATE}'><traza>{PRIVATE}</traza></x></e:Detail>"
_SUBCODE = "<e:Subcode><e:Value xmlns:m='urn:m'>m:NoExiste</e:Value></e:Subcode>"
_ENTITIES = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else PRIVATE}'>" for n in range(9))
_ATTRIBUTES = " ".join(f"a{n}='{n}'" for n in range(9000))
_NAMESPACES = " ".join(f"xmlns:n{n}='urn:{n}'" for n in range(5000))

DOCUMENTS = (
    _said("a-doctype", _in_envelope("", before="<!DOCTYPE a>")),
    _said("an-entity-of-a-file",
          _in_envelope("<a>&f;</a>", before="<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>")),
    _said("a-dtd-elsewhere", _in_envelope("", before="<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'>")),
    _said("a-billion-laughs", _in_envelope("<a>&e8;</a>", before=f"<!DOCTYPE a [{_ENTITIES}]>")),
    _said("an-entity-nobody-declares", _in_envelope(f"<a>&{PRIVATE};</a>")),
    _said("cut-off-data", _in_envelope(f"<{PRIVATE}>")[:-40]),
    _said("tags-that-cross", _in_envelope(f"<{PRIVATE}><b></{PRIVATE}></b>")),
    _said("a-prefix-nobody-declares", _in_envelope(f"<{PRIVATE}:a/>")),
    _said("an-attribute-twice", _in_envelope(f"<a {PRIVATE}='1' {PRIVATE}='2'/>")),
    _said("a-character-xml-does-not-have", _in_envelope("<a>&#0;</a>")),
    _said("half-a-surrogate", _in_envelope("<a>&#xD800;</a>")),
    _said("two-roots", _in_envelope("") + _in_envelope("")),
    _said("deep-nesting", _in_envelope("<a>" * 5000 + "</a>" * 5000)),
    _said("json-in-place-of-xml", f'{{"{PRIVATE}": 1}}'),
)  # fmt: skip
"""XML that is refused, and what is none."""

ENVELOPES = (
    _said("no-envelope", f"<{PRIVATE}/>"),
    _said("a-web-page-in-xml", "<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>"),
    _said("an-envelope-of-another-version", _in_envelope(f"<{PRIVATE}/>", f"urn:{PRIVATE}")),
    _said("an-envelope-without-a-namespace", "<Envelope><Body/></Envelope>"),
    _said("an-envelope-without-a-body", f'<e:Envelope xmlns:e="{_11}"/>'),
    _said("a-body-of-the-other-version", f'<e:Envelope xmlns:e="{_11}"><b:Body xmlns:b="{_12}"/></e:Envelope>'),
    _said("two-bodies", f'<e:Envelope xmlns:e="{_11}"><e:Body/><e:Body><a/></e:Body></e:Envelope>'),
    _said("two-elements-in-the-body", _in_envelope("<a/><b/>")),
    _said("an-envelope-in-the-body", _in_envelope(_in_envelope("<a/>")), ReplyBreaksContract),
    _said("an-empty-body", _in_envelope(""), ReplyBreaksContract),
    _said("another-answer", _in_envelope(f"<m:otra xmlns:m='urn:otra'>{PRIVATE}</m:otra>"), ReplyBreaksContract),
    _said("a-huge-text", _in_envelope(f"<a>{PRIVATE * 20_000}</a>"), ReplyBreaksContract),
    _said("a-huge-attribute", _in_envelope(f"<a b='{PRIVATE * 20_000}'/>"), ReplyBreaksContract),
    _said("many-attributes", _in_envelope(f"<a {_ATTRIBUTES}/>"), ReplyBreaksContract),
    _said("many-namespaces", _in_envelope(f"<a {_NAMESPACES}/>"), ReplyBreaksContract),
    _said("an-answer-with-500", _in_envelope(f"<{PRIVATE}/>"), status="500 Oh"),
    _said("an-answer-with-404", _in_envelope(f"<{PRIVATE}/>"), status="404 Not Found"),
)  # fmt: skip
"""Well-formed XML that is not the answer."""

FAULTS = (
    _said("a-fault", _fault_11(), LegacySystemFault, status="500 Oh"),
    _said("a-fault-with-200", _fault_11(), LegacySystemFault),
    _said("a-fault-with-400", _fault_11("e:Client"), LegacySystemFault, status="400 Bad Request"),
    _said("a-fault-with-202", _fault_11(), LegacySystemFault, status="202 Accepted"),
    _said("a-fault-with-its-own-code", _fault_11("m:NoExiste.Persona"), LegacySystemFault, status="500 Oh"),
    _said("a-fault-with-undeclared-detail", _fault_11(detail=_DETAIL_11), LegacySystemFault, status="500 Oh"),
    _said("a-fault-with-a-stack", _fault_11(text=_NO_WORDS + _STACK), LegacySystemFault, status="500 Oh"),
    _said("a-fault-with-an-address", _fault_11(text=f"Sin respuesta de http://10.1.2.3:8080/{PRIVATE}?c={PRIVATE}"),
          LegacySystemFault, status="500 Oh"),
    _said("a-fault-without-words", _in_envelope("<e:Fault/>"), LegacySystemFault, status="500 Oh"),
    _said("a-fault-in-a-fault", _in_envelope(f"<e:Fault><e:Fault>{PRIVATE}</e:Fault></e:Fault>"), LegacySystemFault),
    _said("a-fault-of-endless-words", _fault_11(text="palabra " * 9000), LegacySystemFault, status="500 Oh"),
    _said("a-fault-beside-an-answer", _in_envelope(f"<e:Fault><faultcode>e:Server</faultcode></e:Fault><{PRIVATE}/>"),
          LegacySystemFault),
    _said("a-newer-fault", _fault_12(), LegacySystemFault, status="500 Oh"),
    _said("a-newer-fault-with-200", _fault_12(_SUBCODE), LegacySystemFault),
    _said("a-newer-fault-with-400", _fault_12(_SUBCODE, _DETAIL_12), LegacySystemFault, status="400 Bad Request"),
    _said("a-newer-fault-without-words", _in_envelope("<e:Fault/>", _12), LegacySystemFault, status="500 Oh"),
    _said("a-fault-of-the-other-version", _in_envelope(f"<f:Fault xmlns:f='{_12}'>{PRIVATE}</f:Fault>"),
          ReplyBreaksContract),
)  # fmt: skip
"""The system's own faults: its code and its text are given, and nothing else that stands around them."""
