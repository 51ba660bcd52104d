"""XML Schema, read into the types of a description.

Every named or anonymous complex type becomes a Record, an enumeration of texts an
Enumeration; extension and restriction are flattened, members of a choice become optional, a
group that repeats makes its members lists. What cannot be said in fields without loss (mixed
content, wildcards, abstract types) is the scalar XML: the element itself, as text.

Field.wire_type is, in this order and each part optional: `array {namespace}item` for a
wrapper whose only content is one repeated element (it is left out, and the field is the
list), `list` for a list separated by spaces, then the built-in type, such as `xs:int`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from lxml import etree

from sacbe_adapters import naming
from sacbe_adapters.soap import derivations
from sacbe_adapters.soap.attachment_fields import SWA_REF_SHAPE, SWA_REF_TYPE
from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.choices import TYPE
from sacbe_adapters.soap.components import Component, Components, clark, documentation, local_name, resolved
from sacbe_adapters.soap.particles import Draft, Shape, in_choice, in_sequence, named_fields, occurring, repeated
from sacbe_adapters.soap.restrictions import restricted_shape
from sacbe_adapters.soap.simple_types import SCALAR_NAMES, SimpleTypes
from sacbe_adapters.soap.type_rules import (
    ANNOTATION,
    XML,
    array_derivation,
    array_item,
    builtin,
    is_plain_record,
    named_hint,
    restricted,
    text_draft,
)
from sacbe_terms.descriptions import Choice, Field, Place, Record

ANY = "##any"
"""The wire name of a wildcard: whatever element no other field takes."""

BODY = "##body"
"""Stands for the Body itself, where a message's fields stand directly in it."""

_MODEL_GROUPS = frozenset(f"{{{XSD}}}{name}" for name in ("sequence", "choice", "all", "group"))
_ATTRIBUTES = frozenset(f"{{{XSD}}}{name}" for name in ("attribute", "attributeGroup", "anyAttribute"))


@dataclass(frozen=True, slots=True)
class Root:
    """What stands directly in a message: a group of fields, or one value of its own."""

    wire: str
    local: str
    fields: tuple[Field, ...] | None
    value: Field | None
    type: Component | None
    documentation: str


class SchemaReader(SimpleTypes):
    """Reads types as operations reach them, into `types`."""

    def __init__(self, components: Components) -> None:
        super().__init__()
        self._components = components
        self._shapes: dict[etree._Element, Shape] = {}
        self._records: dict[etree._Element, str] = {}
        self._roots: dict[str, Root] = {}
        self._open_arrays: set[etree._Element] = set()
        self._reading: set[str] = set()
        self._choices: dict[etree._Element, str] = {}
        self.places: dict[str, str] = {}
        """Where the definition of each record stands."""

    def root(self, name: str, named_by: Component) -> Root:
        """Read the global element of a message; raises NotCovered.

        Where other types may stand for its own it is one value, a choice, and `xsi:type` tells which.
        """
        if name not in self._roots:
            element = self._components.find("element", name, named_by)
            self._roots[name] = self._root(name, element, self._definition(element))
        return self._roots[name]

    def detail(self, name: str, named_by: Component) -> Root:
        """Read the global element of a fault's detail, as its own type alone; raises NotCovered."""
        element = self._components.find("element", name, named_by)
        definition = self._definition(element)
        if definition is None or not is_plain_record(definition.node):
            return self.root(name, named_by)
        local = local_name(name, element)
        fields = named_fields(self._content(definition, naming.type_name(local)))
        return Root(name, local, fields, None, definition, documentation(element.node))

    def _root(self, name: str, element: Component, definition: Component | None) -> Root:
        local = local_name(name, element)
        told = documentation(element.node)
        is_record = definition is not None and is_plain_record(definition.node)
        if definition is not None and is_record and not self._choice(definition, named_hint(definition.node)):
            fields = named_fields(self._content(definition, naming.type_name(local)))
            return Root(name, local, fields, None, definition, told)
        draft = self._element_draft(element, "", name)
        return Root(name, local, None, named_fields([draft])[0], definition, told)

    def record(self, root: Root) -> str:
        """Give the key of the record type of a root that has fields."""
        assert root.type is not None
        return self._record(root.type, named_hint(root.type.node) or naming.type_name(root.local))

    def made_record(self, hint: str, fields: tuple[Field, ...]) -> str:
        """Give the key of a new record of these fields, which no schema names."""
        name = self._fresh(hint)
        self.types[name] = Record(name=name, fields=fields)
        return name

    def part(self, wire: str, type_name: str, named_by: Component) -> Field:
        """Read a message part that names a type: the field of a procedure's parameter."""
        shape = self._named_type(type_name, named_by)
        return named_fields([Draft(wire=wire, local=local_name(wire, named_by), shape=shape, low=1, high=1)])[0]

    def elements(self, named: Iterable[tuple[str, Component]]) -> tuple[Field, ...]:
        """Read global elements that stand beside each other, each once; raises NotCovered."""
        found = [(name, self._components.find("element", name, named_by)) for name, named_by in named]
        return named_fields([self._element_draft(element, "", name) for name, element in found])

    def content(self, wire: str, type_name: str, named_by: Component) -> tuple[Field, ...]:
        """Read a type as the content of the element that it stands in; raises NotCovered."""
        if not type_name.startswith(f"{{{XSD}}}"):
            definition = self._components.find("type", type_name, named_by)
            if is_plain_record(definition.node):
                return named_fields(self._content(definition, named_hint(definition.node)))
        return named_fields([replace(text_draft(self._named_type(type_name, named_by)), local=wire)])

    # elements and attributes

    def _element_draft(self, element: Component, owner: str, wire: str) -> Draft:
        """Read an element; a type without a name is named after its owner and the element."""
        node = element.node
        fixed = node.get("fixed")
        return Draft(
            wire=wire,
            local=local_name(wire, element),
            shape=self._element_shape(element, owner),
            low=1,
            high=1,
            is_nillable=node.get("nillable", "false").strip() in ("true", "1"),
            default=fixed if fixed is not None else node.get("default"),
            documentation=documentation(node),
        )

    def _element_shape(self, element: Component, owner: str) -> Shape:
        named = element.node.get("type")
        if named is not None:
            return self._named_type(resolved(element, named), element)
        definition = self._definition(element)
        if definition is None:
            return XML
        return self._shape(definition, owner + naming.type_name(element.node.get("name", "")))

    def _definition(self, element: Component) -> Component | None:
        """Give the definition of an element's type, where it is not a built-in one."""
        named = element.node.get("type")
        if named is not None:
            name = resolved(element, named)
            return None if name.startswith(f"{{{XSD}}}") else self._components.find("type", name, element)
        inline = element.node.find(f"{{{XSD}}}complexType")
        inline = element.node.find(f"{{{XSD}}}simpleType") if inline is None else inline
        return None if inline is None else element.beside(inline)

    def _attribute_draft(self, attribute: Component, hint: str) -> list[Draft]:
        node, schema = attribute
        use = node.get("use", "optional")
        if use == "prohibited":
            return []
        reference = node.get("ref")
        if reference is not None:
            wire = resolved(attribute, reference)
            declared = self._components.find("attribute", wire, attribute)
        else:
            is_qualified = node.get("form") == "qualified" or (
                "form" not in node.attrib and schema.attributes_qualified
            )
            wire = clark(schema.namespace if is_qualified else "", node.get("name", ""))
            declared = attribute
        local = local_name(wire, attribute)
        fixed = node.get("fixed", declared.node.get("fixed"))
        return [
            Draft(
                wire=wire,
                local=local,
                shape=self._attribute_shape(declared, hint),
                low=1 if use == "required" else 0,
                high=1,
                default=fixed if fixed is not None else node.get("default", declared.node.get("default")),
                documentation=documentation(node),
                place=Place.ATTRIBUTE,
            )
        ]

    def _attribute_shape(self, attribute: Component, owner: str) -> Shape:
        named = attribute.node.get("type")
        if named is not None:
            return self._named_type(resolved(attribute, named), attribute)
        inline = attribute.node.find(f"{{{XSD}}}simpleType")
        if inline is None:
            return builtin("anySimpleType")
        return self._shape(attribute.beside(inline), owner + naming.type_name(attribute.node.get("name", "")))

    # types

    def _named_type(self, name: str, named_by: Component) -> Shape:
        if name.startswith(f"{{{XSD}}}"):
            return builtin(name.rpartition("}")[2], named_by)
        if name == SWA_REF_TYPE:
            return SWA_REF_SHAPE
        return self._shape(self._components.find("type", name, named_by), "")

    def _shape(self, definition: Component, hint: str) -> Shape:
        node = definition.node
        if node not in self._shapes:
            read = self._simple if node.tag == f"{{{XSD}}}simpleType" else self._complex
            shape = read(definition, named_hint(node) or hint)
            self._shapes[node] = shape
        return self._shapes[node]

    def _complex(self, definition: Component, hint: str) -> Shape:
        node = definition.node
        choice = self._choice(definition, hint)
        if choice:
            return Shape(choice)
        if not is_plain_record(node):
            return XML
        array = self._as_array(definition, hint)
        if array is not None:
            return array
        if array_derivation(definition) is not None:
            return XML
        name = self._record(definition, hint)
        is_empty = name not in self._reading and not self._fields_of(name)
        return XML if is_empty else Shape(name)

    def _choice(self, definition: Component, hint: str) -> str:
        """Give the key of the choice between a type and those derived from it; empty where there is none."""
        if definition.node in self._choices:
            return self._choices[definition.node]
        members = derivations.members(definition, self._components)
        name = self._choices[definition.node] = self._fresh(f"Any{hint}") if members else ""
        if name:
            self.types[name] = Choice(name=name, members=())
            keys = {wire: self._record(member, named_hint(member.node)) for wire, member in members.items()}
            self.types[name] = Choice(
                name=name,
                members=tuple(dict.fromkeys(keys.values())),
                discriminator=TYPE,
                mapping=keys,
                documentation=documentation(definition.node),
            )
        return name

    def _fields_of(self, name: str) -> tuple[Field, ...]:
        named = self.types[name]
        return named.fields if isinstance(named, Record) else ()

    def _as_array(self, definition: Component, hint: str) -> Shape | None:
        """Give the list that a type is whose only content is one repeated element; None for any other type."""
        item = array_item(definition.node)
        if item is None or definition.node in self._open_arrays:
            return None
        self._open_arrays.add(definition.node)
        try:
            return self._array(definition.beside(item), hint)
        finally:
            self._open_arrays.discard(definition.node)

    def _array(self, item: Component, hint: str) -> Shape | None:
        """A nil among lists in a list cannot be told in fields."""
        draft = self._particle(item, hint)[0]
        if draft.is_nillable and draft.shape.list_depth:
            return None
        wire_type = f"array {draft.wire} {draft.shape.wire_type}".strip()
        is_nullable = draft.is_nillable or draft.shape.items_nullable
        return Shape(draft.shape.type, draft.shape.list_depth + 1, wire_type, is_nullable, draft.shape.facets)

    def _record(self, definition: Component, hint: str) -> str:
        node = definition.node
        if node in self._records:
            return self._records[node]
        name = self._records[node] = self._fresh(hint)
        self.places[name] = definition.place
        wire = clark(definition.schema.namespace, node.get("name", "")) if node.get("name") else ""
        self.types[name] = Record(name=name, fields=(), wire=wire)
        self._reading.add(name)
        fields = named_fields(self._content(definition, name))
        self._reading.discard(name)
        self.types[name] = Record(name=name, fields=fields, wire=wire, documentation=documentation(node))
        return name

    # content

    def _content(self, definition: Component, hint: str) -> list[Draft]:
        drafts: list[Draft] = []
        for node in definition.node.iterchildren():
            child = definition.beside(node)
            if node.tag in _MODEL_GROUPS:
                drafts += self._particle(child, hint)
            elif node.tag in _ATTRIBUTES:
                drafts += self._attributes(child, hint)
            elif node.tag in (f"{{{XSD}}}complexContent", f"{{{XSD}}}simpleContent"):
                drafts += self._derived(child, hint)
        return in_sequence([drafts])

    def _derived(self, content: Component, hint: str) -> list[Draft]:
        node = next(content.node.iterchildren(f"{{{XSD}}}extension", f"{{{XSD}}}restriction"), None)
        if node is None:
            return []
        derivation = content.beside(node)
        name = resolved(derivation, node.get("base", "xs:anyType"))
        own = self._content(derivation, hint)
        if name.startswith(f"{{{XSD}}}"):
            return own if name == f"{{{XSD}}}anyType" else [text_draft(self._named_type(name, derivation)), *own]
        base = self._components.find("type", name, derivation)
        if base.node.tag == f"{{{XSD}}}simpleType":
            return [text_draft(self._shape(base, hint)), *own]
        inherited = self._content(base, named_hint(base.node) or hint)
        if node.tag == f"{{{XSD}}}restriction":
            return [self._with_facets(draft, derivation) for draft in restricted(inherited, own)]
        return in_sequence([inherited, own])

    def _with_facets(self, draft: Draft, restriction: Component) -> Draft:
        """The facets of a simple content's restriction are those of its text."""
        if draft.place is not Place.TEXT or draft.shape.type not in SCALAR_NAMES:
            return draft
        shape = restricted_shape(draft.shape, restriction.node, partial(self._tell, restriction))
        return replace(draft, shape=shape)

    def _attributes(self, child: Component, hint: str) -> list[Draft]:
        if child.node.tag == f"{{{XSD}}}attribute":
            return self._attribute_draft(child, hint)
        if child.node.tag == f"{{{XSD}}}anyAttribute":
            return []
        reference = child.node.get("ref")
        group = self._components.find("attributeGroup", resolved(child, reference), child) if reference else child
        return [
            draft
            for node in group.node.iterchildren(*_ATTRIBUTES)
            for draft in self._attributes(group.beside(node), hint)
        ]

    def _particle(self, child: Component, hint: str) -> list[Draft]:
        low, high = occurring(child.node)
        if high == 0:
            return []
        local = etree.QName(child.node).localname
        if local == "element":
            drafts = self._elements(child, hint)
        elif local == "any":
            drafts = [Draft(wire=ANY, local="any", shape=XML, low=1, high=1)]
        elif local == "group":
            drafts = self._group(child, hint)
        elif local == "choice":
            drafts = in_choice(self._members(child, hint))
        else:
            drafts = in_sequence(self._members(child, hint))
        return repeated(drafts, low, high)

    def _members(self, group: Component, hint: str) -> list[list[Draft]]:
        return [
            self._particle(group.beside(node), hint) for node in group.node.iterchildren() if node.tag != ANNOTATION
        ]

    def _group(self, child: Component, hint: str) -> list[Draft]:
        group = self._components.find("group", resolved(child, child.node.get("ref", "")), child)
        return in_sequence(self._members(group, hint))

    def _elements(self, child: Component, hint: str) -> list[Draft]:
        """Give the draft of an element, or those of all that may stand in its place."""
        reference = child.node.get("ref")
        if reference is None:
            node, schema = child
            is_qualified = node.get("form") == "qualified" or ("form" not in node.attrib and schema.elements_qualified)
            local = node.get("name", "")
            wire = clark(schema.namespace if is_qualified else "", local)
            return [self._element_draft(child, hint, wire)]
        head = resolved(child, reference)
        return in_choice([[draft] for draft in self._substitutable(head, child)])

    def _substitutable(self, head: str, named_by: Component) -> Iterator[Draft]:
        for name in (head, *self._components.substitutes(head)):
            element = self._components.find("element", name, named_by)
            if element.node.get("abstract") not in ("true", "1"):
                yield self._element_draft(element, "", name)
