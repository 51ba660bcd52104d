"""How a description tells of attachments: types, names and the choice of MTOM, read from a WSDL's nodes."""

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from sacbe_adapters import naming
from sacbe_adapters.soap.particles import Shape
from sacbe_terms.descriptions import Field, Scalar

SWA_REF = "wsi:swaRef"
"""The wire type of a reference to a part (WS-I Attachments Profile 1.0, section 4.4)."""

SWA_REF_TYPE = "{http://ws-i.org/profiles/basic/1.1/xsd}swaRef"
"""The schema type of such references."""

SWA_REF_SHAPE = Shape(Scalar.BASE64.value, wire_type=SWA_REF)
"""A reference comes out as what it refers to."""

ATTACHED = "{urn:sacbe:attachment}"
"""Namespace of the fields that stand in parts of their own; it never goes onto the wire."""

MIME = "http://schemas.xmlsoap.org/wsdl/mime/"
"""Namespace of WSDL's MIME binding (WSDL 1.1, section 5)."""

BINARY = "application/octet-stream"
"""What a part holds of which nobody says more."""

LOOSE_WORDS = frozenset({"attachment", "attachments", "adjunto", "adjuntos", "anexo", "anexos", "liite", "liitteet"})
"""Words in names of X-Road's operations whose messages carry files that their document does not name."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_POLICIES = ("http://schemas.xmlsoap.org/ws/2004/09/policy", "http://www.w3.org/ns/ws-policy")
_SERIALIZATIONS = (
    "{http://schemas.xmlsoap.org/ws/2004/09/policy/optimizedmimeserialization}OptimizedMimeSerialization",
    "{http://www.w3.org/2007/08/soap12-mtom-policy}MTOM",
    "{http://docs.oasis-open.org/ws-rx/wsmtom/200707}MTOM",
)
_UTILITY_ID = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
_TRUE = ("true", "1")


def beside(fields: Iterable[Field], parts: Sequence[str]) -> tuple[Field, ...]:
    """Give fields and those of the parts that the MIME binding names, each with a name of its own."""
    own = tuple(fields)
    names = naming.unique([*(field.name for field in own), *map(naming.field_name, parts)])[len(own) :]
    return (*own, *(_attached_field(part, name) for part, name in zip(parts, names, strict=True)))


def _attached_field(part: str, name: str) -> Field:
    return Field(
        name=name,
        wire=f"{ATTACHED}{part}",
        type=Scalar.BASE64.value,
        is_required=True,
        wire_type="xs:base64Binary",
    )


def attached_parts(direction: etree._Element) -> tuple[str, ...]:
    """Give the names of the message's parts that one direction of a binding puts beside the envelope, in order."""
    found = (content.get("part", "") for content in direction.iter(f"{{{MIME}}}content"))
    return tuple(dict.fromkeys(filter(None, found)))


def has_loose_parts(operation: etree._Element) -> bool:
    """Say whether a message of a bound operation has several parts, and the binding does not say which."""
    wholes = operation.iter(f"{{{MIME}}}multipartRelated")
    return any(whole.find(f"{{{MIME}}}part/{{{MIME}}}content[@part]") is None for whole in wholes)


def sounds_of_attachments(name: str) -> bool:
    """Say whether an operation is named after files: a guess, which the steward may mend."""
    return not LOOSE_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


def optimised(binding: etree._Element, *, expects_types: bool) -> str:
    """Say when requests go as MTOM: "always" where a policy wants it, "large" where it may be, else empty.

    A policy's assertion stands in the binding or in a Policy that it refers to. `expects_types` says
    that a schema of the description tells a binary element's content type, which only MTOM keeps.
    """
    for node in (binding, *_policies(binding)):
        for serialization in node.iter(*_SERIALIZATIONS):
            is_optional = any(serialization.get(f"{{{policy}}}Optional") in _TRUE for policy in _POLICIES)
            return "large" if is_optional else "always"
    return "large" if expects_types else ""


def _policies(binding: etree._Element) -> list[etree._Element]:
    references = [node.get("URI", "") for policy in _POLICIES for node in binding.iter(f"{{{policy}}}PolicyReference")]
    wanted = {reference.removeprefix("#") for reference in references}
    root = binding.getroottree().getroot()
    return (
        [node for policy in _POLICIES for node in root.iter(f"{{{policy}}}Policy") if node.get(_UTILITY_ID) in wanted]
        if wanted
        else []
    )
