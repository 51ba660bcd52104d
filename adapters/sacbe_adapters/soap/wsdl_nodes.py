"""What a WSDL's nodes say of themselves, told from the node alone; wsdl.py puts the answers together."""

from lxml import etree

from sacbe_adapters.soap.attachment_fields import MIME
from sacbe_adapters.soap.builtins import ENCODING_11, ENCODING_12
from sacbe_adapters.soap.bundle import WSDL
from sacbe_adapters.soap.components import plain_text

SOAP_BINDINGS = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "1.1",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
}
"""SOAP version of each binding's namespace."""

_HTTP = "http://schemas.xmlsoap.org/wsdl/http/"


def encoding(body: etree._Element) -> str:
    """Give the SOAP encoding of a Body, empty for a literal one; where the binding names none, its version's own."""
    if body.get("use", "literal").strip() != "encoded":
        return ""
    told = body.get("encodingStyle", "").split()
    if not told:
        return ENCODING_12 if SOAP_BINDINGS.get(etree.QName(body).namespace or "") == "1.2" else ENCODING_11
    return ENCODING_11 if ENCODING_11 in told else ENCODING_12


def soap_body(direction: etree._Element) -> etree._Element:
    """Give the binding of the Body; where attachments may stand beside it, its own MIME part."""
    body = soap_child(direction, "body")[1]
    if body is not None:
        return body
    for part in direction.iterfind(f"{{{MIME}}}multipartRelated/{{{MIME}}}part"):
        body = soap_child(part, "body")[1]
        if body is not None:
            return body
    return direction


def location(address: etree._Element | None) -> str:
    """Give where an address leads, empty where it is none."""
    return "" if address is None else address.get("location", "").strip()


def is_plain(binding: etree._Element) -> bool:
    """Say whether a binding posts XML documents as they are, with the answer's likewise."""
    head = http_child(binding, "binding")
    directions = [binding.iter(f"{{{WSDL}}}input"), binding.iter(f"{{{WSDL}}}output")]
    nodes = [node for direction in directions for node in direction]
    posts = head is not None and head.get("verb", "").upper() == "POST"
    return posts and all(node.find(f"{{{MIME}}}mimeXml") is not None for node in nodes)


def http_child(node: etree._Element, local: str) -> etree._Element | None:
    """Give the child of this name that the HTTP binding knows."""
    return node.find(f"{{{_HTTP}}}{local}")


def soap_child(node: etree._Element, local: str) -> tuple[str, etree._Element | None]:
    """Give the child of this name that a SOAP binding knows, and its version of SOAP."""
    for namespace, version in SOAP_BINDINGS.items():
        found = node.find(f"{{{namespace}}}{local}")
        if found is not None:
            return version, found
    return "", None


def signature(operation: etree._Element) -> tuple[str | None, ...]:
    """Tell overloaded operations apart, as WSDL does: by the names of their messages (section 2.4.5)."""
    directions = [operation.find(f"{{{WSDL}}}{direction}") for direction in ("input", "output")]
    return (operation.get("name"), *(None if found is None else found.get("name") for found in directions))


def input_name(operation: etree._Element) -> str:
    """Give the name of an operation's input, or of its message."""
    found = operation.find(f"{{{WSDL}}}input")
    if found is None:
        return ""
    return found.get("name") or found.get("message", "").rpartition(":")[2]


def documentation(node: etree._Element) -> str:
    """Give what a node says of itself, on one line."""
    found = node.find(f"{{{WSDL}}}documentation")
    return "" if found is None else plain_text("".join(str(text) for text in found.itertext()))
