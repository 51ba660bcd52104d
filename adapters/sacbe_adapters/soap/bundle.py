"""A WSDL with everything that it imports and includes, as trees: the reader's whole input.

Locations are resolved as zeep resolves them, so that the second reader finds the same
documents. Schemas that half the world imports by address (SOAP encoding, xml, xmlmime,
attachments, X-Road) come from our own copies: they are known offline. Nothing is fetched
here: the node does that, behind its guard.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import resources

from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.locations import absolute, is_address
from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.refusal import NotReadable, at
from sacbe_adapters.soap.white_space import collapse
from sacbe_terms.descriptions import Source, Uncovered
from sacbe_terms.errors import DescriptionNotReadable

WSDL = "http://schemas.xmlsoap.org/wsdl/"
"""Namespace of WSDL 1.1."""

DOCUMENTS_MAX = 200
"""Documents that one description may be spread over."""

BUNDLE_BYTES_MAX = 48 * 1024 * 1024
"""Bytes that all documents of one description may have together."""

_WELL_KNOWN = {
    "http://schemas.xmlsoap.org/soap/encoding/": "soap-encoding.xsd",
    "http://www.w3.org/XML/1998/namespace": "xml.xsd",
    "http://www.w3.org/2005/05/xmlmime": "xmlmime.xsd",
    "http://ws-i.org/profiles/basic/1.1/xsd": "swaref.xsd",
    "http://www.w3.org/2005/08/addressing": "addressing.xsd",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing": "addressing-2004.xsd",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig.xsd",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd": "wss-secext.xsd",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd": "wss-utility.xsd",
    "http://schemas.xmlsoap.org/soap/envelope/": "soap-envelope.xsd",
    "http://x-road.eu/xsd/xroad.xsd": "xroad.xsd",
    "http://x-road.eu/xsd/identifiers": "xroad-identifiers.xsd",
}
_WSDL_2 = "{http://www.w3.org/ns/wsdl}description"

Fetch = Callable[[str, str], bytes]
"""Gives the bytes at a location; the second argument is the file and line that name it."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema document, or one inline schema, as it counts in the namespace that takes it in."""

    node: etree._Element
    location: str
    namespace: str
    is_chameleon: bool
    """It has no namespace of its own and takes that of whoever includes it."""

    @property
    def elements_qualified(self) -> bool:
        """Whether local elements carry the namespace."""
        return self.node.get("elementFormDefault") == "qualified"

    @property
    def attributes_qualified(self) -> bool:
        """Whether local attributes carry the namespace."""
        return self.node.get("attributeFormDefault") == "qualified"


@dataclass(frozen=True, slots=True)
class Definitions:
    """One WSDL document."""

    node: etree._Element
    location: str


@dataclass(slots=True)
class Bundle:
    """Everything read, in the order in which it was named."""

    fetch: Fetch
    definitions: list[Definitions] = field(default_factory=list)
    schemas: list[Schema] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    """Addresses that were named for a well-known schema, with the place of our own copy."""
    collapsed: dict[str, bytes] = field(default_factory=dict)
    """Documents with white space around names, written without it: for a reader that does not take it off."""
    uncovered: list[Uncovered] = field(default_factory=list)
    """Schemas that are imported and could not be had."""
    _seen: set[tuple[str, str]] = field(default_factory=set)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every document that came from outside, with its digest."""
        return tuple(
            Source(location=location, sha256=hashlib.sha256(data).hexdigest())
            for location, data in self.documents.items()
            if not location.startswith(_OFFLINE)
        )


_OFFLINE = "sacbe-schema:"


def load(location: str, fetch: Fetch) -> Bundle:
    """Read a WSDL and all that it names; raises NotReadable with the place."""
    bundle = Bundle(fetch)
    root = location if is_address(location) else os.path.realpath(location)
    node = _document(bundle, root, "")
    if node.tag != f"{{{WSDL}}}definitions":
        raise NotReadable(_not_wsdl(node), where=at(node, location), hint="Give a WSDL 1.1 document.")
    waiting = _taken_in(bundle, node, root, namespace="")
    while waiting:
        waiting += _followed(bundle, waiting.pop(0))
    return bundle


@dataclass(frozen=True, slots=True)
class _Reference:
    """An import or include that is still to be followed."""

    location: str
    named_at: str
    namespace: str
    """For an include: the namespace of the one that includes."""
    is_hint: bool = False
    """Whether the rest of the description stands where it cannot be had: so for `xs:import` (XSD part 1, 4.2.3)."""


def _followed(bundle: Bundle, reference: _Reference) -> list[_Reference]:
    key = (reference.location, reference.namespace)
    if key in bundle._seen:
        return []
    bundle._seen.add(key)
    try:
        node = _document(bundle, reference.location, reference.named_at)
    except DescriptionNotReadable as error:
        if not reference.is_hint:
            raise
        reason = f"{error.what.rstrip('.')}; what it defines is not offered"
        bundle.uncovered.append(Uncovered(where=reference.named_at, reason=reason))
        return []
    return _taken_in(bundle, node, reference.location, reference.namespace)


def _taken_in(bundle: Bundle, node: etree._Element, location: str, namespace: str) -> list[_Reference]:
    """File one document by what it is, and give what it names in turn."""
    if node.tag == f"{{{WSDL}}}definitions":
        bundle._seen.add((location, ""))
        bundle.definitions.append(Definitions(node, location))
        return list(_of_definitions(bundle, node, location))
    if node.tag == f"{{{XSD}}}schema":
        return list(_of_schema(bundle, node, location, namespace))
    raise NotReadable(
        _not_wsdl(node), where=at(node, location), hint="Imports lead to WSDL 1.1 or XML Schema documents."
    )


def _of_definitions(bundle: Bundle, node: etree._Element, location: str) -> Iterator[_Reference]:
    for imported in node.iterchildren(f"{{{WSDL}}}import"):
        place = imported.get("location")
        if place:
            yield _Reference(absolute(place, location), at(imported, location), "")
    for types in node.iterchildren(f"{{{WSDL}}}types"):
        for schema in types.iterchildren(f"{{{XSD}}}schema"):
            yield from _of_schema(bundle, schema, location, "")


def _of_schema(bundle: Bundle, node: etree._Element, location: str, including: str) -> Iterator[_Reference]:
    own = node.get("targetNamespace", "")
    namespace = own or including
    bundle.schemas.append(Schema(node, location, namespace, is_chameleon=not own and bool(including)))
    for child in node.iterchildren(f"{{{XSD}}}import", f"{{{XSD}}}include", f"{{{XSD}}}redefine"):
        place = child.get("schemaLocation", "")
        imported = child.get("namespace", "") if child.tag == f"{{{XSD}}}import" else None
        if imported in _WELL_KNOWN and (not place or is_address(place)):
            bundle.aliases[place] = _OFFLINE + _WELL_KNOWN[imported]
            yield _Reference(_OFFLINE + _WELL_KNOWN[imported], at(child, location), "")
        elif place:
            including = namespace if imported is None else ""
            yield _Reference(absolute(place, location), at(child, location), including, is_hint=imported is not None)


def _document(bundle: Bundle, location: str, named_at: str) -> etree._Element:
    data = bundle.documents.get(location)
    if data is None:
        data = bundle.documents[location] = _bytes(bundle, location, named_at)
    try:
        node = xml.parse(data)
    except xml.XmlRefused as error:
        place = f"{location}:{error.line}:{error.column}" if error.line else location
        raise NotReadable(
            f"It is not an XML document that can be read: {error.reason}",
            where=place,
            hint="Mend the document at this place.",
        ) from error
    if collapse(node):
        bundle.collapsed[location] = etree.tostring(node, encoding="utf-8", xml_declaration=True)
    return node


def _bytes(bundle: Bundle, location: str, named_at: str) -> bytes:
    if location.startswith(_OFFLINE):
        return well_known(location)
    if len(bundle.documents) >= DOCUMENTS_MAX:
        raise NotReadable(f"It is spread over more than {DOCUMENTS_MAX} documents", where=named_at or location)
    data = bundle.fetch(location, named_at)
    if sum(map(len, bundle.documents.values())) + len(data) > BUNDLE_BYTES_MAX:
        raise NotReadable(
            f"Its documents are larger than {BUNDLE_BYTES_MAX} bytes together", where=named_at or location
        )
    return data


def well_known(location: str) -> bytes:
    """Give our own copy of a well-known schema."""
    return (resources.files(__package__) / "schemas" / location.removeprefix(_OFFLINE)).read_bytes()


def well_known_file(namespace: str) -> str | None:
    """Give the location of our own copy of this namespace's schema, if there is one."""
    file = _WELL_KNOWN.get(namespace)
    return _OFFLINE + file if file else None


def _not_wsdl(node: etree._Element) -> str:
    if node.tag == _WSDL_2:
        return "It is a WSDL 2.0 document"
    name = etree.QName(node).localname
    if name.lower() == "html":
        return "It is a web page"
    return f"Its root element is '{name}'"
