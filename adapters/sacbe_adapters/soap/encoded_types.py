"""Types as SOAP encoding puts them on the wire, read into the same descriptions as all others.

SOAP 1.1, section 5, and SOAP 1.2 part 2, section 3, with WSDL 1.1, section 2.2 for arrays:
accessors carry no namespace, any value may be nil, and an array is a type derived from
`Array` that names its items in `wsdl:arrayType` or in its content. So a schema is read
otherwise when a message is encoded than when it is literal.

`Field.wire_type` has two words more than schema.py tells: `as {namespace}name` before the
built-in type is a simple type's own name, which `xsi:type` tells; `array item` is an array.
"""

import re
from dataclasses import replace

from lxml import etree

from sacbe_adapters.soap.builtins import ENCODINGS, XSD
from sacbe_adapters.soap.bundle import WSDL
from sacbe_adapters.soap.components import Component, Components, clark, resolved
from sacbe_adapters.soap.particles import Draft, Shape
from sacbe_adapters.soap.refusal import NotCovered
from sacbe_adapters.soap.schema import SchemaReader
from sacbe_adapters.soap.type_rules import XML, array_derivation, builtin

ITEM = "item"
"""What an array's items are called; their names mean nothing (SOAP 1.1, section 5.4.2)."""

_UNTYPED = frozenset({"Array", "Struct", "anyType", "anySimpleType", "ur-type"})
_OTHER_NAMES = {"base64": "base64Binary"}
_ARRAY_TYPE = re.compile(r"\s*([^\s\[\]]+)((?:\[[0-9,\s]*\])+)\s*")
_OWN_NAME = re.compile(r"^as \S+ ")


class EncodedSchemaReader(SchemaReader):
    """Reads types for encoded messages, into the types of the reader beside it."""

    def __init__(self, components: Components, beside: SchemaReader) -> None:
        super().__init__(components)
        self.types, self.uncovered, self._taken = beside.types, beside.uncovered, beside._taken
        self.places = beside.places

    def _named_type(self, name: str, named_by: Component) -> Shape:
        namespace, _, local = name.rpartition("}")
        if namespace[1:] in ENCODINGS:
            return _of_encoding(name, local, named_by)
        shape = super()._named_type(name, named_by)
        if namespace[1:] == XSD or not self._is_simple(name, named_by):
            return shape
        return _called(name, shape)

    def _is_simple(self, name: str, named_by: Component) -> bool:
        return self._components.find("type", name, named_by).node.tag == f"{{{XSD}}}simpleType"

    def _elements(self, child: Component, hint: str) -> list[Draft]:
        """An accessor that is local to its type has no namespace, and its value may be nil (SOAP 1.1, section 5.1)."""
        return [replace(draft, wire=draft.local, is_nillable=True) for draft in super()._elements(child, hint)]

    def _as_array(self, definition: Component, hint: str) -> Shape | None:
        derivation = array_derivation(definition)
        if derivation is None:
            return None
        if derivation.node in self._open_arrays:
            raise NotCovered("it is an array of itself", where=derivation.place)
        self._open_arrays.add(derivation.node)
        try:
            return self._soap_array(derivation, hint)
        finally:
            self._open_arrays.discard(derivation.node)

    def _soap_array(self, derivation: Component, hint: str) -> Shape:
        told = next(filter(None, map(_array_type, derivation.node.iter(f"{{{XSD}}}attribute"))), "")
        if told:
            name, depth = _item_type(told, derivation)
            return _array_of(self._named_type(name, derivation), depth)
        element = next(derivation.node.iter(f"{{{XSD}}}element"), None)
        item = XML if element is None else self._element_shape(derivation.beside(element), hint)
        return _array_of(item, 1)


def _of_encoding(name: str, local: str, named_by: Component) -> Shape:
    """Give the encoding's own simple types: those of XML Schema, which may be referred to."""
    if local in _UNTYPED:
        return XML
    return _called(name, builtin(_OTHER_NAMES.get(local, local), named_by))


def _called(name: str, shape: Shape) -> Shape:
    if shape.wire_type.startswith("array"):
        return shape
    return replace(shape, wire_type=f"as {name} {_OWN_NAME.sub('', shape.wire_type)}")


def _array_type(attribute: etree._Element) -> str:
    return attribute.get(clark(WSDL, "arrayType"), "")


def _item_type(told: str, derivation: Component) -> tuple[str, int]:
    """Take `tns:Item[][]` apart: the items' type, and how deep in arrays they are."""
    found = _ARRAY_TYPE.fullmatch(told)
    if found is None:
        raise NotCovered(f"'{told}' is not an array's type, such as xsd:string[]", where=derivation.place)
    if "," in found[2]:
        raise NotCovered("arrays of several dimensions ([,]) are not offered", where=derivation.place)
    return resolved(derivation, found[1]), found[2].count("[")


def _array_of(item: Shape, depth: int) -> Shape:
    wire_type = f"{f'array {ITEM} ' * depth}{item.wire_type}".strip()
    return Shape(item.type, item.list_depth + depth, wire_type, items_nullable=True, facets=item.facets)
