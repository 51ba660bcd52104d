"""SOAP envelopes of both versions: what stands around a message, and faults.

SOAP 1.1 (W3C Note of 2000) and SOAP 1.2 part 1 (2007). A reply is read by the envelope it
has, not by the one that was sent: some systems answer in the other version.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from sacbe_adapters import upstream_words, xml
from sacbe_adapters.transport import HttpReply
from sacbe_terms.errors import LegacySystemFault, ReplyNotReadable

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
"""Namespace of SOAP 1.1 envelopes."""

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
"""Namespace of SOAP 1.2 envelopes."""

HEADER_TAG = "s:Header"
"""The element around headers, as requests write it."""

BODY_START = "<s:Body>"
"""What stands between headers and the Body's content."""

TAIL = "</s:Body></s:Envelope>"
"""What every request ends with."""

Element = etree._Element
ReadDetail = Callable[[Element], Mapping[str, object]]
"""Gives the declared parts of a fault's detail."""

_ENVELOPES = {f"{{{SOAP_11}}}Envelope": SOAP_11, f"{{{SOAP_12}}}Envelope": SOAP_12}
_BODIES = {namespace: f"{{{namespace}}}Body" for namespace in (SOAP_11, SOAP_12)}
_FAULTS = {namespace: f"{{{namespace}}}Fault" for namespace in (SOAP_11, SOAP_12)}
_XML_TYPE = re.compile(r"(?:text/xml|application/xml|[a-z]+/[a-z0-9.+-]+\+xml)\s*(?:;|$)", re.IGNORECASE)
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Version:
    """How one version of SOAP is sent over HTTP."""

    namespace: str
    content_type: str
    has_action_header: bool

    def head(self, declarations: str) -> str:
        """Give what every request begins with, up to its header or Body."""
        return f'<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope xmlns:s="{self.namespace}"{declarations}>'

    def headers(self, action: str) -> dict[str, str]:
        """Give the HTTP headers; SOAP 1.2 names the action in the content type (RFC 3902)."""
        quoted = (
            '"' + "".join(sign for sign in action if sign.isascii() and sign.isprintable() and sign not in '"\\') + '"'
        )
        if self.has_action_header:
            return {"content-type": self.content_type, "soapaction": quoted}
        return {"content-type": f"{self.content_type}; action={quoted}" if action else self.content_type}


VERSIONS = {
    "1.1": Version(SOAP_11, "text/xml; charset=utf-8", has_action_header=True),
    "1.2": Version(SOAP_12, "application/soap+xml; charset=utf-8", has_action_header=False),
    "http": Version(SOAP_11, "text/xml; charset=utf-8", has_action_header=False),
}
"""The versions that are spoken; the last is XML without an envelope, by WSDL's HTTP binding."""


def without_envelope(request: bytes) -> bytes:
    """Give what stands in a request's Body, as a document of its own."""
    holder = xml.parse(request).find(_BODIES[SOAP_11])
    content = list(holder) if holder is not None else []
    return etree.tostring(content[0], encoding="utf-8", xml_declaration=True) if content else b""


def plain_body(name: str, reply: HttpReply) -> Element:
    """Give a Body that holds a reply without an envelope; raises ReplyNotReadable, also for every failing status."""
    found = root(name, reply)
    if not 200 <= reply.status < 300:
        raise ReplyNotReadable(name, reason=f"the HTTP status is {reply.status}")
    holder = etree.Element(_BODIES[SOAP_11])
    holder.append(found)
    return holder


def body(name: str, reply: HttpReply, read_detail: ReadDetail) -> Element:
    """Give the Body of a reply that is no fault.

    Raises ReplyNotReadable for anything that is not an envelope, LegacySystemFault for a fault
    whatever the HTTP status.
    """
    found, namespace = _found_body(name, reply)
    if len(found) and found[0].tag == _FAULTS[namespace]:
        read = _fault_11 if namespace == SOAP_11 else _fault_12
        raise read(name, found[0], read_detail)
    if not 200 <= reply.status < 300:
        raise ReplyNotReadable(name, reason=f"the HTTP status is {reply.status} and there is no fault")
    return found


def content(name: str, body: Element) -> Element | None:
    """Give the one element of the Body, None if it is empty; raises ReplyNotReadable."""
    if len(body) > 1:
        raise ReplyNotReadable(name, reason="the Body holds several elements")
    return body[0] if len(body) else None


def _found_body(name: str, reply: HttpReply) -> tuple[Element, str]:
    found = root(name, reply)
    namespace = _ENVELOPES.get(str(found.tag))
    if namespace is None:
        raise ReplyNotReadable(name, reason=_not_envelope(found, reply.status))
    bodies = found.findall(_BODIES[namespace])
    if len(bodies) != 1:
        raise ReplyNotReadable(name, reason=f"the envelope has {'several Bodies' if bodies else 'no Body'}")
    return bodies[0], namespace


def root(name: str, reply: HttpReply) -> Element:
    """Give the root of a reply that is XML; raises ReplyNotReadable for all else."""
    content_type = reply.headers.get("content-type", "")
    if 300 <= reply.status < 400:
        raise ReplyNotReadable(name, reason="it leads on to another address, which is never followed")
    if not reply.body or reply.body.isspace():
        raise ReplyNotReadable(name, reason=f"it is empty (HTTP status {reply.status})")
    if content_type and not _is_xml(content_type):
        raise ReplyNotReadable(name, reason=_other_type(content_type, reply.status))
    try:
        return xml.parse(reply.body, content_type=content_type, bytes_max=len(reply.body))
    except xml.NotWellFormed as error:
        reason = f"it is not well-formed XML (line {error.line}, column {error.column})"
        raise ReplyNotReadable(name, reason=reason) from error
    except xml.XmlRefused as error:
        place = f" (line {error.line}, column {error.column})" if error.line else ""
        raise ReplyNotReadable(name, reason=f"it is not XML that can be read: {error.reason}{place}") from error


@lru_cache(maxsize=xml.CONTENT_TYPES_MAX)
def _is_xml(content_type: str) -> bool:
    return _XML_TYPE.match(content_type.strip()) is not None


def _other_type(content_type: str, status: int) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/html":
        return f"it is a web page (HTTP status {status})"
    return f"its content type is not XML (HTTP status {status})"


def _not_envelope(root: Element, status: int) -> str:
    local = etree.QName(root).localname
    if local.lower() == "html":
        return f"it is a web page (HTTP status {status})"
    return "it is not a SOAP envelope"


def _fault_11(name: str, fault: Element, read_detail: ReadDetail) -> LegacySystemFault:
    """SOAP 1.1, section 4.4: its children are unqualified; some systems qualify them."""
    parts = {etree.QName(child).localname: child for child in fault}
    return _fault(
        name,
        _text(parts.get("faultcode")),
        _text(parts.get("faultstring")),
        parts.get("detail"),
        read_detail,
    )


def _fault_12(name: str, fault: Element, read_detail: ReadDetail) -> LegacySystemFault:
    """SOAP 1.2 part 1, section 5.4: the last subcode is the system's own, the first code only says whose fault."""
    codes = [_text(value) for value in fault.iterfind(f"{{{SOAP_12}}}Code//{{{SOAP_12}}}Value")]
    texts = list(fault.iterfind(f"{{{SOAP_12}}}Reason/{{{SOAP_12}}}Text"))
    spanish = (text for text in texts if text.get(_LANGUAGE, "").startswith("es"))
    chosen = next(spanish, texts[0] if texts else None)
    return _fault(name, codes[-1] if codes else "", _text(chosen), fault.find(f"{{{SOAP_12}}}Detail"), read_detail)


def _fault(name: str, code: str, text: str, detail: Element | None, read_detail: ReadDetail) -> LegacySystemFault:
    return LegacySystemFault(
        name,
        fault_code=upstream_words.readable(code.rpartition(":")[2]) or "unknown",
        fault_text=upstream_words.readable(text),
        detail={} if detail is None else read_detail(detail),
    )


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(str(text) for text in element.itertext()).strip()
