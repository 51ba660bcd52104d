"""Values that may be of one form or another: `oneOf`, `anyOf`, several types, kinds of one base.

Records stand beside each other in a choice. A value that is no object stands in a record of one
field that is called by its type, since GraphQL chooses between records only: `{string}`, `{long}`.
Forms that one scalar covers are that scalar: a date or a text is a text.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from sacbe_adapters import naming
from sacbe_adapters.rest import merging, scalars
from sacbe_adapters.rest.merging import Schema
from sacbe_adapters.rest.references import BrokenReference, below, last_word
from sacbe_adapters.rest.shapes import ANYTHING, Shape, field
from sacbe_terms.descriptions import Choice, Enumeration, Place, Record, Scalar

if TYPE_CHECKING:
    from sacbe_adapters.rest.schemas import Types

_PARENTS_WORDS = ("properties", "required", "additionalProperties")
"""What each alternative of an object has too."""


class Alternatives:
    """The choices of one document."""

    def __init__(self, types: "Types") -> None:
        self._types = types
        self._wrapped: dict[Shape, str] = {}
        self._children: dict[str, list[str]] | None = None

    def shape(self, schema: Schema, key: str, members: list[object], at: str, hint: str) -> Shape:
        """Give the shape of a value that fits one of several schemas."""
        placed = list(self._placed(schema, key, members, at))
        if len(placed) == 1:
            return self._types.shape(*placed[0], hint)
        natures = {self._nature(member, place) for member, place in placed}
        if "any" in natures:
            self._types.note(at, "one of its alternatives may be anything, so the value is JSON")
            return ANYTHING
        if "record" in natures:
            return self._choice(schema, placed, at, hint)
        shapes = [self._types.shape(member, place, _hint(hint, place)) for member, place in placed]
        fewer = self._covering(shapes)
        is_nullable = any(shape.is_nullable for shape in shapes)
        if len(fewer) == 1:
            return replace(fewer[0], is_nullable=is_nullable)
        return replace(self._choice(schema, placed, at, hint), is_nullable=is_nullable)

    def kinds_of(self, at: str) -> list[str]:
        """Give the places of the shared schemas that are made from the one at a place by `allOf`."""
        if self._children is None:
            self._children = self._by_parent()
        found = list(self._children.get(at, ()))
        for kind in found:
            found += (one for one in self._children.get(kind, ()) if one not in found and one != at)
        return found

    def family(self, schema: Schema, kinds: list[str], at: str, hint: str) -> Shape:
        """Give the choice between the kinds that a discriminator on their base tells apart, and the base itself."""
        name = self._types.name_early(schema, at, hint)
        choice = Choice(name=name, members=(), documentation=merging.documentation(schema))
        self._types.named[name] = choice
        records = [
            record
            for kind in kinds
            for record in self.records_of(self._types.shape({"$ref": kind}, at, last_word(kind)))
        ]
        base = self._types.record(
            {key: value for key, value in schema.items() if key != "title"},
            below(at, "discriminator", last_word(at)),
            f"{name} base",
        )
        self._complete(choice, [*records, base.type], schema, at)
        return Shape(name)

    def _by_parent(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for at, _ in self._types.document.shared_schemas():
            for parent in self._parents({"$ref": at}, at):
                children.setdefault(parent, []).append(at)
        return children

    def _parents(self, reference: Schema, at: str) -> Iterator[str]:
        try:
            schema, place = self._types.document.resolved(reference, at)
            members = schema.get("allOf") if merging.is_schema(schema) else None
            for position, member in enumerate(members if isinstance(members, list) else ()):
                if merging.is_schema(member) and "$ref" in member:
                    yield self._types.document.resolved(member, below(place, "allOf", position))[1]
        except BrokenReference:
            return

    def _placed(self, schema: Schema, key: str, members: list[object], at: str) -> Iterator[tuple[object, str]]:
        """Give each alternative with its place; one of an object has what its parent says too."""
        shared = {word: schema[word] for word in _PARENTS_WORDS if word in schema}
        kind = {"type": schema["type"]} if isinstance(schema.get("type"), str) else {}
        for position, member in enumerate(members):
            place = below(at, key, position)
            if key == "type" and merging.is_schema(member):
                yield member, below(at, key, member["type"])
            elif not merging.is_schema(member):
                yield member, place
            elif "properties" in shared:
                yield {"allOf": [shared, member]}, below(at, key, _told_apart(member, position))
            elif kind and not member.keys() & {"$ref", "type", "allOf", "oneOf", "anyOf"}:
                yield kind | member, place
            else:
                yield member, place

    def _nature(self, schema: object, at: str, seen: frozenset[str] = frozenset()) -> str:
        """Say whether a schema becomes a record or a choice that holds one, a single value, or may be anything."""
        try:
            target, place = self._types.document.resolved(schema, at) if _is_bare(schema) else (schema, at)
            if place in seen:
                return "record"
            if not merging.is_schema(target):
                return "any"
            whole, _ = merging.without_null(merging.merged(self._types.document, target, place))
        except BrokenReference:
            return "value"
        key, members = merging.alternatives(whole)
        if members:
            placed = self._placed(whole, key, members, place)
            natures = {self._nature(*member, seen | {place}) for member in placed}
            return next((nature for nature in ("any", "record") if nature in natures), "value")
        kinds = scalars.kinds(whole)
        if not kinds:
            return "any"
        return "record" if "object" in kinds and whole.get("properties") else "value"

    def _choice(self, schema: Schema, placed: list[tuple[object, str]], at: str, hint: str) -> Shape:
        name = self._types.name_early(schema, at, hint)
        choice = Choice(name=name, members=(), documentation=merging.documentation(schema))
        self._types.named[name] = choice
        shapes = [self._types.shape(member, place, _hint(name, place)) for member, place in placed]
        records = [record for shape in self._covering(shapes) for record in self.records_of(shape)]
        self._complete(choice, records, schema, at)
        return Shape(name, is_nullable=any(shape.is_nullable for shape in shapes))

    def _complete(self, choice: Choice, records: list[str], schema: Schema, at: str) -> None:
        told = schema.get("discriminator")
        key = told.get("propertyName", "") if isinstance(told, dict) else told
        self._types.named[choice.name] = msgspec.structs.replace(
            choice,
            members=tuple(dict.fromkeys(record for record in records if record != choice.name)),
            discriminator=key if isinstance(key, str) else "",
            mapping=dict(self._mapping(told.get("mapping") if isinstance(told, dict) else None, at)),
        )

    def _mapping(self, mapping: object, at: str) -> Iterator[tuple[str, str]]:
        """Say which type each value of the discriminator means; a value may name a schema or point to it."""
        for value, target in mapping.items() if isinstance(mapping, dict) else ():
            is_pointer = any(sign in str(target) for sign in "#/.")
            reference = str(target) if is_pointer else below("#/components/schemas", str(target))
            shape = self._types.shape({"$ref": reference}, below(at, "discriminator", "mapping", value), str(value))
            if isinstance(self._types.named.get(shape.type), Record):
                yield value, shape.type

    def _covering(self, shapes: list[Shape]) -> list[Shape]:
        """Leave out what another covers: texts of any form are a text, numbers of any size a decimal."""
        found: dict[tuple[int, str], Shape] = {}
        for shape in shapes:
            plain = replace(shape, is_nullable=False, facets=None, default=None, documentation="")
            key = shape.list_depth, self._family_of(shape)
            found[key] = _wider(found[key], plain) if key in found else plain
        return list(found.values())

    def _family_of(self, shape: Shape) -> str:
        is_text = shape.wire_type == "string" or isinstance(self._types.named.get(shape.type), Enumeration)
        return "string" if is_text else shape.wire_type or shape.type

    def records_of(self, shape: Shape) -> tuple[str, ...]:
        """Give the records that a shape stands for: itself, the members of a choice, or one that holds its value."""
        named = self._types.named.get(shape.type)
        if shape.list_depth == 0 and isinstance(named, Choice):
            return named.members
        if shape.list_depth == 0 and isinstance(named, Record):
            return (shape.type,)
        return (self._wrapper(shape),)

    def _wrapper(self, shape: Shape) -> str:
        plain = replace(shape, is_nullable=False, facets=None, default=None, documentation="")
        if plain not in self._wrapped:
            word = f"{shape.type} {'list ' * shape.list_depth or 'value'}"
            name = self._types.names.give(f"?{word}", None, word)
            held = naming.field_name(word if shape.list_depth else shape.type)
            value = field(plain, name=held, wire="", is_required=True, place=Place.TEXT)
            self._types.named[name] = Record(name=name, fields=(value,))
            self._wrapped[plain] = name
        return self._wrapped[plain]


def _is_bare(schema: object) -> bool:
    return isinstance(schema, dict) and "$ref" in schema and "allOf" not in schema


def _told_apart(member: Schema, position: int) -> str:
    reference = member.get("$ref")
    if not isinstance(reference, str):
        return str(position)
    return last_word(reference if "#" in reference else f"{reference}#")


def _hint(hint: str, place: str) -> str:
    """Name what has no name by what holds it and its place among the others, counted from 1."""
    word = last_word(place)
    return f"{hint} {int(word) + 1}" if word.isdecimal() else f"{hint} {word}"


def _wider(one: Shape, other: Shape) -> Shape:
    """Give the scalar that covers two of one family."""
    nullable = one.items_nullable or other.items_nullable
    if one.type == other.type:
        return replace(one, items_nullable=nullable)
    if one.wire_type == "number":
        both_whole = {one.type, other.type} <= {Scalar.INT, Scalar.LONG}
        return replace(one, type=Scalar.LONG if both_whole else Scalar.DECIMAL, items_nullable=nullable)
    return replace(one, type=Scalar.STRING, wire_type="string", items_nullable=nullable)
