"""Which types may stand where a type is named, told by `xsi:type`.

XML Schema part 1, sections 2.2.1.1 and 3.3.4: an element may hold any type derived from its
own. Offered are those that a caller gains something by: every concrete type below an abstract
one, and below a concrete one those that extend it by something. All others are read as the
nearest type above them that is offered.
"""

from lxml import etree

from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.components import Component, Components, clark, resolved
from sacbe_adapters.soap.refusal import NotCovered
from sacbe_adapters.soap.type_rules import is_abstract, is_mixed

MEMBERS_MAX = 64
"""More types than this make no choice that anybody could read: the base stands alone."""

UNTOLD = ""
"""The key of the type that an element has which tells none."""

_CONTENT = tuple(
    f"{{{XSD}}}{name}" for name in ("element", "attribute", "any", "anyAttribute", "group", "attributeGroup")
)


def members(base: Component, components: Components) -> dict[str, Component]:
    """Give the types that may stand for a base, by their names on the wire; empty where it stands alone.

    A type that adds nothing has its name with the type that it is read as; the base, unless it
    is abstract, has its own name and UNTOLD.
    """
    if base.node.tag != f"{{{XSD}}}complexType" or not base.node.get("name"):
        return {}
    wire = clark(base.schema.namespace, base.node.get("name", ""))
    found: dict[str, Component] = {} if is_abstract(base.node) else {UNTOLD: base, wire: base}
    try:
        _gather(wire, None if is_abstract(base.node) else base, components, found)
        offered = {component.node: component for component in found.values()}
        is_readable = all(_has_fields(member, components) for member in offered.values())
    except NotCovered:
        return {}
    alone = offered.keys() <= {base.node}
    return found if is_readable and not alone and len(offered) <= MEMBERS_MAX else {}


def _gather(wire: str, above: Component | None, components: Components, found: dict[str, Component]) -> None:
    for name in components.derived(wire):
        component = components.definition(name)
        if component is None or name in found:
            continue
        read_as = above if above is not None and not _adds(component.node) else component
        if not is_abstract(component.node):
            found[name] = read_as
        _gather(name, above if is_abstract(component.node) else read_as, components, found)


def _adds(node: etree._Element) -> bool:
    derivation = _derivation(node)
    return derivation is not None and derivation.tag == f"{{{XSD}}}extension" and _holds(derivation)


def _holds(node: etree._Element) -> bool:
    return next(node.iter(*_CONTENT), None) is not None


def _has_fields(member: Component, components: Components) -> bool:
    """Say whether a type and those above it have anything that fields can tell."""
    seen: set[etree._Element] = set()
    here: Component | None = member
    while here is not None and here.node not in seen:
        seen.add(here.node)
        if is_mixed(here.node):
            return False
        derivation = _derivation(here.node)
        if _holds(here.node) or here.node.find(f"{{{XSD}}}simpleContent") is not None:
            return True
        here = (
            None
            if derivation is None
            else components.definition(resolved(here.beside(derivation), derivation.get("base", "")))
        )
    return False


def _derivation(node: etree._Element) -> etree._Element | None:
    for content in node.iterchildren(f"{{{XSD}}}complexContent", f"{{{XSD}}}simpleContent"):
        return next(content.iterchildren(f"{{{XSD}}}extension", f"{{{XSD}}}restriction"), None)
    return None
