"""How a fault is told over HTTP: X-Road's error body on the REST side, a SOAP fault on the SOAP side.

The REST body is JSON unless `Accept` names XML first (PR-REST, section 4.7; parameters and
q-values are not looked at, as in the shipped server). A SOAP fault is answered with HTTP 200
and the prefix `SOAP-ENV`, since clients in the field cut it out by that text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from lxml import etree

from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault

Headers = Sequence[tuple[str, str]]
"""Names in lower case, in the order in which they are sent; a name may stand more than once."""

SOAP_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
"""Namespace of SOAP 1.1, the only version of X-Road's SOAP side."""

SOAP_CONTENT_TYPE = "text/xml;charset=UTF-8"
"""Of every SOAP answer that is made here."""

_XML_TYPES = {"text/xml": "text/xml", "application/xml": "application/xml", "text/*": "text/xml"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer made here: status, headers in the order they are sent, body."""

    status: int
    headers: Headers
    body: bytes


def rest(fault: XRoadFault, *, accept: str, style: CodeStyle) -> WireAnswer:
    """Tell a fault to a REST client; `accept` joins all its Accept headers by commas."""
    code = fault.printed(style)
    content_type = _content_type(accept)
    told = {"type": code, "message": fault.message, "detail": fault.detail}
    body = msgspec.json.encode(told) if content_type == "application/json" else _xml("error", told)
    headers = (("content-type", f"{content_type};charset=utf-8"), ("x-road-error", code))
    return WireAnswer(fault.status, headers, body)


def soap(fault: XRoadFault, *, style: CodeStyle) -> WireAnswer:
    """Tell a fault to a SOAP client, with HTTP 200 and without X-Road headers (PR-MESS, section 2.8)."""
    envelope = etree.Element(_soap("Envelope"), nsmap={"SOAP-ENV": SOAP_ENVELOPE})
    told = etree.SubElement(etree.SubElement(envelope, _soap("Body")), _soap("Fault"))
    etree.SubElement(told, "faultcode").text = fault.printed(style)
    etree.SubElement(told, "faultstring").text = _NOT_XML.sub("", fault.message)
    etree.SubElement(etree.SubElement(told, "detail"), "faultDetail").text = fault.detail
    return WireAnswer(200, (("content-type", SOAP_CONTENT_TYPE), ("soapaction", "")), _document(envelope))


def _content_type(accept: str) -> str:
    wanted = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((_XML_TYPES[part] for part in wanted if part in _XML_TYPES), "application/json")


def _xml(tag: str, children: Mapping[str, str]) -> bytes:
    root = etree.Element(tag)
    for name, text in children.items():
        etree.SubElement(root, name).text = _NOT_XML.sub("", text)
    return _document(root)


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _soap(local: str) -> str:
    return f"{{{SOAP_ENVELOPE}}}{local}"
