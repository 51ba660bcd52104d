"""What a type definition is, told from its node alone; schema.py puts the answers together."""

from lxml import etree

from sacbe_adapters import naming
from sacbe_adapters.soap.builtins import ENCODINGS, LISTS, SCALARS, XSD
from sacbe_adapters.soap.components import Component, clark, resolved
from sacbe_adapters.soap.particles import Draft, Shape, occurring
from sacbe_adapters.soap.refusal import NotCovered
from sacbe_terms.descriptions import Place, Scalar

XML = Shape(Scalar.XML.value, wire_type="xs:anyType")
"""What fields cannot tell: the element itself."""

_ARRAYS = frozenset(clark(encoding, "Array") for encoding in ENCODINGS)

ANNOTATION = f"{{{XSD}}}annotation"
"""What stands anywhere in a schema and means nothing to the wire."""


def builtin(local: str, named_by: Component | None = None) -> Shape:
    """Give the shape of a built-in type; raises NotCovered for a name that XML Schema does not have."""
    if local in LISTS:
        return list_of(builtin(LISTS[local]))
    scalar = SCALARS.get(local)
    if scalar is None:
        raise NotCovered(f"XML Schema has no type '{local}'", where=named_by.place if named_by else "")
    return Shape(scalar.value, wire_type=f"xs:{local}")


def list_of(item: Shape) -> Shape:
    """A list of lists is no list type: its text is kept whole."""
    return builtin("string") if item.list_depth else Shape(item.type, 1, f"list {item.wire_type}", facets=item.facets)


def text_draft(shape: Shape) -> Draft:
    """Give the field of the text that an element with attributes holds."""
    return Draft(wire="", local="value", shape=shape, low=1, high=1, place=Place.TEXT)


def restricted(inherited: list[Draft], own: list[Draft]) -> list[Draft]:
    """A restriction repeats the content that stays and only the attributes that change."""
    told = {(draft.place, draft.wire) for draft in own}
    has_content = any(draft.place is not Place.ATTRIBUTE for draft in own)
    kept = [
        draft
        for draft in inherited
        if (draft.place, draft.wire) not in told
        and (draft.place is Place.ATTRIBUTE or (draft.place is Place.TEXT and not has_content))
    ]
    return [*own, *kept]


def is_plain_record(node: etree._Element) -> bool:
    """Say whether a type's content can be told in fields."""
    return node.tag == f"{{{XSD}}}complexType" and not is_abstract(node) and not is_mixed(node)


def is_abstract(node: etree._Element) -> bool:
    """Say whether nothing is of this type itself, only of types derived from it."""
    return node.get("abstract", "").strip() in ("true", "1")


def is_mixed(node: etree._Element) -> bool:
    """Say whether a complex type has text between its elements."""
    told = [node.get("mixed"), *(child.get("mixed") for child in node.iterchildren(f"{{{XSD}}}complexContent"))]
    return not {"true", "1"}.isdisjoint(told)


def array_item(node: etree._Element) -> etree._Element | None:
    """Give the one repeated element that is all of a type's content, if so."""
    children = [child for child in node.iterchildren() if child.tag != ANNOTATION]
    if len(children) != 1 or children[0].tag != f"{{{XSD}}}sequence" or occurring(children[0])[1] != 1:
        return None
    members = [child for child in children[0].iterchildren() if child.tag != ANNOTATION]
    if len(members) != 1 or members[0].tag != f"{{{XSD}}}element" or members[0].get("ref"):
        return None
    return members[0] if occurring(members[0])[1] > 1 else None


def array_derivation(definition: Component) -> Component | None:
    """Give the derivation from SOAP encoding's `Array` (WSDL 1.1, section 2.2), if the type is one."""
    for content in definition.node.iterchildren(f"{{{XSD}}}complexContent"):
        for node in content.iterchildren(f"{{{XSD}}}restriction", f"{{{XSD}}}extension"):
            derivation = definition.beside(node)
            if resolved(derivation, node.get("base", "")) in _ARRAYS:
                return derivation
    return None


def named_hint(node: etree._Element) -> str:
    """Give the name that a definition asks for, empty for one without a name."""
    return naming.type_name(node.get("name", "")) if node.get("name") else ""
