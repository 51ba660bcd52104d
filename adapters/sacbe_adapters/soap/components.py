"""The named parts of all schemas of a bundle, and how names in them are resolved.

XML Schema part 1, section 2.2: elements, types, groups, attribute groups and attributes,
each kind with its own names, joined over every document of a namespace.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap import bundle
from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.bundle import Schema
from sacbe_adapters.soap.refusal import NotCovered, at
from sacbe_terms.descriptions import Uncovered

DOCUMENTATION_CHARACTERS_MAX = 2000
"""Longer documentation is cut: it is shown beside every field."""

_KINDS = {
    f"{{{XSD}}}element": "element",
    f"{{{XSD}}}complexType": "type",
    f"{{{XSD}}}simpleType": "type",
    f"{{{XSD}}}group": "group",
    f"{{{XSD}}}attributeGroup": "attributeGroup",
    f"{{{XSD}}}attribute": "attribute",
}
_CONTENTS = (f"{{{XSD}}}complexContent", f"{{{XSD}}}simpleContent")
_DERIVATIONS = (f"{{{XSD}}}extension", f"{{{XSD}}}restriction")
_REDEFINE = f"{{{XSD}}}redefine"
_DOCUMENTATION = f"{{{XSD}}}annotation/{{{XSD}}}documentation"


class Component(NamedTuple):
    """A declaration or definition, with the schema that says how its names are to be read."""

    node: etree._Element
    schema: Schema

    @property
    def place(self) -> str:
        """Where it stands."""
        return at(self.node, self.schema.location)

    def beside(self, node: etree._Element) -> "Component":
        """Another node of the same schema."""
        return Component(node, self.schema)


class Components:
    """Finds named parts; the first of two equal names counts."""

    def __init__(self, schemas: Iterable[Schema]) -> None:
        self._found: dict[tuple[str, str], Component] = {}
        self._redefined: dict[etree._Element, Component] = {}
        self._substitutes: dict[str, list[str]] = defaultdict(list)
        self._derived: dict[str, list[str]] = defaultdict(list)
        self._offline: set[str] = set()
        self.uncovered: list[Uncovered] = []
        """Substitution groups whose head has no name that could be read."""
        for schema in schemas:
            self._add(schema)

    def find(self, kind: str, name: str, named_by: Component) -> Component:
        """Give the part of this kind and `{namespace}name`; raises NotCovered."""
        found = self._found.get((kind, name)) or self._well_known(kind, name)
        if found is not None and _stands_in(named_by.node, found.node):
            found = self._redefined.get(found.node, found)
        if found is None:
            raise NotCovered(f"the {kind} '{name}' is named here and defined nowhere", where=named_by.place)
        return found

    def substitutes(self, head: str) -> list[str]:
        """Names of the elements that may stand in place of this one, itself not among them."""
        found: list[str] = []
        waiting = [head]
        while waiting:
            for name in self._substitutes.get(waiting.pop(), ()):
                if name not in found and name != head:
                    found.append(name)
                    waiting.append(name)
        return found

    def derived(self, base: str) -> list[str]:
        """Names of the complex types that derive from this one directly."""
        return self._derived.get(base, [])

    def definition(self, name: str) -> Component | None:
        """Give the definition of a type, if there is one."""
        return self._found.get(("type", name))

    def _well_known(self, kind: str, name: str) -> Component | None:
        namespace = name[1:].partition("}")[0] if name.startswith("{") else ""
        location = bundle.well_known_file(namespace)
        if location is None or namespace in self._offline:
            return None
        self._offline.add(namespace)
        self._add(Schema(xml.parse(bundle.well_known(location)), location, namespace, is_chameleon=False))
        return self._found.get((kind, name))

    def _add(self, schema: Schema) -> None:
        for node in schema.node.iterchildren():
            for part in node.iterchildren() if node.tag == _REDEFINE else (node,):
                self._add_part(Component(part, schema))

    def _add_part(self, part: Component) -> None:
        kind, local = _KINDS.get(str(part.node.tag)), part.node.get("name")
        if kind is None or not local:
            return
        name = clark(part.schema.namespace, local)
        before = self._found.setdefault((kind, name), part)
        if before is not part:
            self._add_beside(before, part)
        for head in part.node.get("substitutionGroup", "").split():
            try:
                self._substitutes[resolved(part, head)].append(name)
            except NotCovered as reason:
                self.uncovered.append(reason.uncovered)
        if part.node.tag == f"{{{XSD}}}complexType":
            self._add_derivation(part, name)

    def _add_beside(self, before: Component, part: Component) -> None:
        """What is redefined is what its redefinition derives from (XML Schema part 1, section 4.2.2)."""
        while (original := self._redefined.get(before.node)) is not None:
            before = original
        if _is_redefinition(before.node):
            self._redefined[before.node] = part

    def _add_derivation(self, part: Component, name: str) -> None:
        for content in part.node.iterchildren(*_CONTENTS):
            for derivation in content.iterchildren(*_DERIVATIONS):
                with suppress(NotCovered):  # told where the type is used
                    base = resolved(part.beside(derivation), derivation.get("base", ""))
                    if base != name:
                        self._derived[base].append(name)


def _is_redefinition(node: etree._Element) -> bool:
    parent = node.getparent()
    return parent is not None and parent.tag == _REDEFINE


def _stands_in(node: etree._Element, definition: etree._Element) -> bool:
    """Say whether a redefinition names itself, by which it means what it redefines."""
    if not _is_redefinition(definition):
        return False
    return node is definition or any(above is definition for above in node.iterancestors())


def clark(namespace: str, local: str) -> str:
    """Give `{namespace}local`, or `local` alone where there is no namespace."""
    return f"{{{namespace}}}{local}" if namespace else local


def local_name(name: str, named_at: Component) -> str:
    """Give the local part of `{namespace}local`; raises NotCovered where XML allows no such name."""
    try:
        return str(etree.QName(etree.Element(name)).localname)
    except ValueError as error:
        raise NotCovered(f"'{name}' is no name that XML allows", where=named_at.place) from error


def resolved(part: Component, text: str) -> str:
    """Give the `{namespace}local` that a QName in a schema stands for; raises NotCovered."""
    prefix, _, local = text.strip().rpartition(":")
    if not prefix:
        default = part.node.nsmap.get(None)
        return clark(default or (part.schema.namespace if part.schema.is_chameleon else ""), local)
    namespace = "http://www.w3.org/XML/1998/namespace" if prefix == "xml" else part.node.nsmap.get(prefix)
    if namespace is None:
        raise NotCovered(f"the prefix of '{text}' is not declared", where=part.place)
    return clark(namespace, local)


def documentation(node: etree._Element) -> str:
    """Give the text of a declaration's annotation, on one line."""
    texts = ("".join(str(text) for text in found.itertext()) for found in node.iterfind(_DOCUMENTATION))
    return plain_text(" ".join(texts))


def plain_text(text: str) -> str:
    """Give a documentation text on one line, cut where it is too long."""
    return " ".join(text.split())[:DOCUMENTATION_CHARACTERS_MAX]
