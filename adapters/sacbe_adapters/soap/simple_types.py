"""Simple types of XML Schema: restriction, enumeration, list and union (part 2, section 4.1.2)."""

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import partial

from lxml import etree

from sacbe_adapters import naming
from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.components import Component, documentation, resolved
from sacbe_adapters.soap.particles import Shape
from sacbe_adapters.soap.restrictions import restricted_shape
from sacbe_adapters.soap.type_rules import builtin, list_of
from sacbe_terms.descriptions import Enumeration, EnumerationValue, NamedType, Scalar, Uncovered

SCALAR_NAMES = frozenset(scalar.value for scalar in Scalar)
"""What no type of a description may be called."""

_WITHOUT_FACETS = frozenset({Scalar.XML.value, Scalar.JSON.value})


class SimpleTypes(ABC):
    """The part of a schema's reader that reads simple types, and keeps all names of types apart."""

    def __init__(self) -> None:
        self.types: dict[str, NamedType] = {}
        self.uncovered: list[Uncovered] = []
        self._taken: set[str] = set(SCALAR_NAMES)

    @abstractmethod
    def _named_type(self, name: str, named_by: Component) -> Shape:
        """Give what a type's name stands for."""

    @abstractmethod
    def _shape(self, definition: Component, hint: str) -> Shape:
        """Give what a definition stands for; `hint` names a type without a name."""

    def _fresh(self, hint: str) -> str:
        name = naming.unique([*sorted(self._taken), hint])[-1] if hint in self._taken else hint
        self._taken.add(name)
        return name

    def _simple(self, definition: Component, hint: str) -> Shape:
        for node in definition.node.iterchildren():
            variety = definition.beside(node)
            if node.tag == f"{{{XSD}}}restriction":
                return self._restriction(variety, hint)
            if node.tag == f"{{{XSD}}}list":
                return list_of(self._referred(variety, node.get("itemType"), hint)[0])
            if node.tag == f"{{{XSD}}}union":
                return self._union(self._referred(variety, node.get("memberTypes"), hint), hint)
        return builtin("anySimpleType")

    def _referred(self, variety: Component, names: str | None, hint: str) -> list[Shape]:
        named = [self._named_type(resolved(variety, name), variety) for name in (names or "").split()]
        inline = variety.node.iterchildren(f"{{{XSD}}}simpleType")
        found = named + [self._shape(variety.beside(node), hint) for node in inline]
        return found or [builtin("anySimpleType")]

    def _restriction(self, variety: Component, hint: str) -> Shape:
        base = self._referred(variety, variety.node.get("base"), hint)[0]
        values = {
            node.get("value", ""): documentation(node) for node in variety.node.iterchildren(f"{{{XSD}}}enumeration")
        }
        is_text = base.type == Scalar.STRING.value or isinstance(self.types.get(base.type), Enumeration)
        if values and is_text and not base.list_depth:
            return Shape(self._enumeration(values, hint), wire_type=base.wire_type)
        if base.type not in SCALAR_NAMES or base.type in _WITHOUT_FACETS:
            return base
        return restricted_shape(base, variety.node, partial(self._tell, variety))

    def _tell(self, beside: Component, node: etree._Element, reason: str) -> None:
        self.uncovered.append(Uncovered(where=beside.beside(node).place, reason=reason))

    def _enumeration(self, values: dict[str, str], hint: str) -> str:
        name = self._fresh(hint)
        names = naming.unique(map(naming.enumeration_name, values))
        self.types[name] = Enumeration(
            name=name,
            values=tuple(
                EnumerationValue(name=given, wire=wire, documentation=told)
                for given, (wire, told) in zip(names, values.items(), strict=True)
            ),
        )
        return name

    def _union(self, members: list[Shape], hint: str) -> Shape:
        plain = {replace(member, facets=None) for member in members}
        if len(plain) == 1:
            return members[0] if len(set(members)) == 1 else plain.pop()
        types = [self.types.get(member.type) for member in members]
        if all(isinstance(found, Enumeration) for found in types):
            lists = [found.values for found in types if isinstance(found, Enumeration)]
            values = {value.wire: value.documentation for listed in lists for value in listed}
            return Shape(self._enumeration(values, hint), wire_type=members[0].wire_type)
        return builtin("string")
