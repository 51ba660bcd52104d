"""X-Road's SOAP message protocol 4.0 (PR-MESS): what a message's header says, and whether it may pass.

A message is read once, for what the bus must know; its bytes go on as they came. Only a reply's
`requestHash` is written into the text, beside the `id` element, and nothing else is touched.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha512

from lxml import etree

from sacbe_adapters import xml
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.wire.error_body import SOAP_ENVELOPE
from sacbe_xroad_like.wire.fault import Origin, XRoadFault
from sacbe_xroad_like.wire.identifier_elements import IDENTIFIERS, OBJECT_TYPE, XROAD
from sacbe_xroad_like.wire.rest_message import HEADER_CHARACTERS_MAX
from sacbe_xroad_like.wire.soap_part import MESSAGE_BYTES_MAX

REPRESENTATION = "http://x-road.eu/xsd/representation.xsd"
"""Namespace of the represented party."""

PROTOCOL_VERSIONS = "4."
"""What a protocol version begins with (the shipped server takes every 4.x)."""

SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
"""Algorithm of `requestHash`."""

_MEMBER_PARTS = ("xRoadInstance", "memberClass", "memberCode")
_SUBSYSTEM_PARTS = (*_MEMBER_PARTS, "subsystemCode")
_REQUIRED = ("client", "service", "id", "protocolVersion")
_TEXTS = ("id", "userId", "issue", "protocolVersion")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceName:
    """A SOAP service as a message names it: a version belongs to the name, not to rights."""

    provider: SubsystemId
    code: str
    version: str = ""

    def __str__(self) -> str:
        version = f"/{self.version}" if self.version else ""
        return f"SERVICE:{self.provider}/{self.code}{version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapMessage:
    """What the bus must know of a message; `body_name` is empty for a fault, whose header may be missing."""

    client: SubsystemId
    service: ServiceName
    message_id: str
    user_id: str
    issue: str
    represented_party: tuple[str, ...]
    security_server: tuple[str, ...]
    body: etree._Element

    @property
    def repeated(self) -> tuple[object, ...]:
        """What a reply has to say as its request did; the shipped server compares these."""
        return (self.client, self.service, self.message_id, self.user_id, self.issue, self.represented_party)


def read(data: bytes, *, content_type: str) -> SoapMessage | None:
    """Read a message; None is a SOAP fault, which needs no header.

    Raises XRoadFault of the client's: InvalidSoap, MissingHeader, MissingHeaderField, DuplicateHeaderField,
    InvalidXml, InvalidProtocolVersion, MissingBody, InvalidBody, InconsistentHeaders, in the shipped
    server's order.
    """
    root = _envelope(data, content_type)
    body = root.find(_soap("Body"))
    if body is not None and body.find(_soap("Fault")) is not None:
        return None
    header = root.find(_soap("Header"))
    if header is None:
        raise _refused("MissingHeader", "The message has no SOAP header")
    fields = _fields(header)
    client, service = _client(fields["client"]), _service(fields["service"])
    texts = {name: " ".join(_text(fields.get(name)).split()) for name in _TEXTS}
    _refuse_long(texts)
    if not texts["protocolVersion"].startswith(PROTOCOL_VERSIONS):
        raise _refused("InvalidProtocolVersion", "protocolVersion must be 4.0")
    return SoapMessage(
        client=client,
        service=service,
        message_id=texts["id"],
        user_id=texts["userId"],
        issue=texts["issue"],
        represented_party=_parts_of(fields.get("representedParty")),
        security_server=_parts_of(fields.get("securityServer")),
        body=_only_child(body, service.code),
    )


def with_body(request: SoapMessage, body: etree._Element) -> bytes:
    """Write a reply of the node's own: the request's envelope and header, with another body in them.

    Prefixes are the request's, since clients in the field look for them as text.
    """
    root = deepcopy(request.body.getroottree().getroot())
    holder = root.find(_soap("Body"))
    assert holder is not None
    holder[:] = [body]
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def with_header_of(request: SoapMessage, data: bytes, *, content_type: str) -> bytes:
    """Give a reply with the request's X-Road header in it, for a system that never heard of X-Road.

    A reply that has an X-Road header, is a fault, or is no message at all, stays as it is.
    """
    try:
        root = _envelope(data, content_type)
    except XRoadFault:
        return data
    header = root.find(_soap("Header"))
    if root.find(f"{_soap('Body')}/{_soap('Fault')}") is not None:
        return data
    if header is not None and any(etree.QName(child).namespace == XROAD for child in header):
        return data
    if header is None:
        header = etree.Element(_soap("Header"))
        root.insert(0, header)
    asked = request.body.getroottree().getroot().find(_soap("Header"))
    header.extend(deepcopy(child) for child in (asked if asked is not None else ()))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _envelope(data: bytes, content_type: str) -> etree._Element:
    try:
        root = xml.parse(data, content_type=content_type, bytes_max=MESSAGE_BYTES_MAX)
    except xml.XmlRefused as error:
        raise _refused("InvalidSoap", f"The message is not XML that can be read: {error.reason}") from error
    if root.tag != _soap("Envelope"):
        raise _refused("InvalidSoap", "The message is not a SOAP 1.1 envelope")
    parts = [child.tag for child in root if child.tag in _PARTS]
    if len(parts) > len(set(parts)) or parts == [*reversed(_PARTS)]:
        raise _refused("InvalidSoap", "A header stands once, before the body, which stands once")
    return root


def _fields(header: etree._Element) -> dict[str, etree._Element]:
    """Give the header's X-Road elements by local name; each may stand once, and four must."""
    fields: dict[str, etree._Element] = {}
    for child in header:
        name = etree.QName(child)
        if name.namespace in (XROAD, REPRESENTATION):
            if name.localname in fields:
                raise _refused("DuplicateHeaderField", f"The header field {name.localname} stands more than once")
            fields[name.localname] = child
    for required in _REQUIRED:
        if required not in fields:
            raise _refused("MissingHeaderField", f"The header field {required} is missing")
    return fields


def _refuse_long(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if len(text) > HEADER_CHARACTERS_MAX:
            raise _refused("BadRequest", f"The header field {name} is longer than {HEADER_CHARACTERS_MAX} characters")


def _client(element: etree._Element) -> SubsystemId:
    wanted = {"MEMBER": _MEMBER_PARTS, "SUBSYSTEM": _SUBSYSTEM_PARTS}
    parts = _identifier(element, wanted)
    return SubsystemId(MemberId(*parts[:3]), parts[3] if len(parts) > 3 else "")


def _service(element: etree._Element) -> ServiceName:
    parts = _named_parts(element, {"SERVICE": ()})
    member = MemberId(*_all_of(parts, _MEMBER_PARTS, element))
    code = _all_of(parts, ("serviceCode",), element)[0]
    provider = SubsystemId(member, parts.get("subsystemCode", ""))
    return ServiceName(provider=provider, code=code, version=parts.get("serviceVersion", ""))


def _identifier(element: etree._Element, wanted: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    parts = _named_parts(element, wanted)
    return _all_of(parts, wanted[element.get(OBJECT_TYPE, "")], element)


def _named_parts(element: etree._Element, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    if element.get(OBJECT_TYPE) not in wanted:
        allowed = " or ".join(wanted)
        raise _refused("InvalidXml", f"objectType of {etree.QName(element).localname} must be {allowed}")
    names = [etree.QName(child) for child in element]
    texts = [_text(child) for child in element]
    return {name.localname: text for name, text in zip(names, texts, strict=True) if name.namespace == IDENTIFIERS}


def _all_of(parts: Mapping[str, str], names: tuple[str, ...], element: etree._Element) -> tuple[str, ...]:
    missing = [name for name in names if not parts.get(name)]
    if missing:
        raise _refused("InvalidXml", f"{etree.QName(element).localname} has no {missing[0]}")
    return tuple(parts[name] for name in names)


def _only_child(body: etree._Element | None, service_code: str) -> etree._Element:
    if body is None:
        raise _refused("MissingBody", "The message has no SOAP body")
    if len(body) != 1:
        raise _refused("InvalidBody", "The SOAP body must hold exactly one element")
    if not etree.QName(body[0]).localname.startswith(service_code):
        raise _refused("InconsistentHeaders", "The body's element is not named after the header's serviceCode")
    return body[0]


def _parts_of(element: etree._Element | None) -> tuple[str, ...]:
    return () if element is None else tuple(_text(child) for child in element)


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def _refused(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.CLIENT, code, message)


def _soap(local: str) -> str:
    return f"{{{SOAP_ENVELOPE}}}{local}"


_PARTS = (_soap("Header"), _soap("Body"))
"""Who reads the first of two headers and who reads the last must not be told different things."""


def request_hash(request: bytes) -> str:
    """Give `requestHash`: base64 of SHA-512 over the request's SOAP message, byte for byte."""
    return b64encode(sha512(request).digest()).decode()


_MARKUP = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    r"|<(?P<end>/?)(?P<name>[^\s/>]+)(?:\"[^\"]*\"|'[^']*'|[^\"'>])*?(?P<empty>/?)>",
    re.DOTALL,
)
"""The markup of a document that is known to be well-formed and without a DOCTYPE."""


def with_request_hash(text: str, hashed: str) -> str:
    """Give a reply's text with our `requestHash` directly behind its `id`, and no other one; all else unchanged.

    The text must be a message that `read` has taken.
    """
    header = _header_children(text)
    others = [span for name, span in header if _local(name) == "requestHash"]
    name, (_, after) = next(each for each in header if _local(each[0]) == "id")
    prefix = name.rpartition(":")[0]
    tag = f"{prefix}:requestHash" if prefix else "requestHash"
    written = f'<{tag} algorithmId="{SHA512}">{hashed}</{tag}>'
    edits = sorted([(after, after, written), *((start, end, "") for start, end in others)], reverse=True)
    for start, end, replacement in edits:
        text = text[:start] + replacement + text[end:]
    return text


def _header_children(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Give name and place of each element directly in the SOAP header."""
    children: list[tuple[str, tuple[int, int]]] = []
    depth, start, in_header = 0, 0, False
    for found in _MARKUP.finditer(text):
        name = found["name"]
        if name is None:
            continue
        if not found["end"]:
            depth += 1
            in_header = in_header or (depth == 2 and _local(name) == "Header")
            start = found.start() if depth == 3 else start
        if found["end"] or found["empty"]:
            if depth == 2 and in_header:
                return children
            if depth == 3 and in_header:
                children.append((name, (start, found.end())))
            depth -= 1
    return children


def _local(name: str) -> str:
    return name.rpartition(":")[2]
