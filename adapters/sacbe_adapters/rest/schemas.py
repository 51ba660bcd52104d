"""From JSON Schema to the house's types: records, enumerations, choices and exact scalars.

A schema becomes a `Shape`: the type of a value and how it may stand. Objects become records
named by their schema's name, their title, or the field that holds them. What no type can
say honestly becomes `JSON`, and the reason is noted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from sacbe_adapters import naming
from sacbe_adapters.rest import merging
from sacbe_adapters.rest.merging import Schema
from sacbe_adapters.rest.references import Document, ForeignReference, below
from sacbe_terms.descriptions import (
    Choice,
    Enumeration,
    EnumerationValue,
    Field,
    NamedType,
    Place,
    Record,
    Scalar,
    Uncovered,
)

SHARED_SCHEMAS = "#/components/schemas"
NAMES_OF_OTHERS = frozenset({*Scalar, "ID", "Query", "Mutation", "Subscription"})
"""Names that a type of a document may not take."""
TITLE_CHARACTERS_MAX = 60
"""A longer title is a sentence and makes no name."""
INT_MIN, INT_MAX = -(2**31), 2**31 - 1
"""The range of GraphQL's Int; an integer that may leave it is a Long."""

STRING_FORMATS = {
    "date": Scalar.DATE,
    "date-time": Scalar.DATE_TIME,
    "time": Scalar.TIME,
    "duration": Scalar.DURATION,
    "byte": Scalar.BASE64,
    "base64": Scalar.BASE64,
    "decimal": Scalar.DECIMAL,
    "int64": Scalar.LONG,
    "long": Scalar.LONG,
}
NUMBER_FORMATS = {"float": Scalar.FLOAT, "double": Scalar.FLOAT}


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of a value, and how it may stand; the words are those of `descriptions.Field`."""

    type: str
    list_depth: int = 0
    is_nullable: bool = False
    items_nullable: bool = False
    wire_type: str = ""
    default: str | None = None
    documentation: str = ""


ANYTHING = Shape(Scalar.JSON)


def field(shape: Shape, *, name: str, wire: str, is_required: bool, place: Place) -> Field:
    """Make a field of a shape."""
    return Field(
        name=name,
        wire=wire,
        type=shape.type,
        list_depth=shape.list_depth,
        is_required=is_required,
        is_nullable=shape.is_nullable,
        items_nullable=shape.items_nullable,
        place=place,
        wire_type=shape.wire_type,
        default=shape.default,
        documentation=shape.documentation,
    )


class Types:
    """The named types of one document, made as its operations reach them."""

    def __init__(self, document: Document, uncovered: list[Uncovered]) -> None:
        self.document = document
        self.named: dict[str, NamedType] = {}
        self._uncovered = uncovered
        self._shapes: dict[str, Shape] = {}
        self._taken: set[str] = set(NAMES_OF_OTHERS)
        self._numbers: dict[str, int] = {}

    def shape(self, schema: object, at: str, hint: str) -> Shape:
        """Give the shape of the schema at a pointer; `hint` names it where it has no name of its own.

        Raises DescriptionNotReadable where a reference leads nowhere.
        """
        if not merging.is_schema(schema):
            return ANYTHING
        reference = merging.lone_reference(schema)
        if reference is None:
            return self._own_shape(schema, at, hint)
        try:
            target, place = self.document.resolved(reference, at)
        except ForeignReference as foreign:
            self.note(at, f"'{foreign}' leads out of the document, so the value is JSON")
            return ANYTHING
        found = self._shape_once(target, place)
        _, is_nullable = merging.without_null(schema)
        said = _documentation(schema)
        return replace(found, is_nullable=found.is_nullable or is_nullable, documentation=said or found.documentation)

    def note(self, at: str, reason: str) -> None:
        """Say that something of the document is not offered as it stands."""
        self._uncovered.append(Uncovered(where=at, reason=reason))

    def _shape_once(self, schema: object, at: str) -> Shape:
        """Give a shared schema's shape, which may be asked for while it is being made."""
        if at not in self._shapes:
            self._shapes[at] = ANYTHING
            self._shapes[at] = self._own_shape(schema, at, at.rpartition("/")[2].replace("~1", "/").replace("~0", "~"))
        return self._shapes[at]

    def _own_shape(self, schema: object, at: str, hint: str) -> Shape:
        if not merging.is_schema(schema):
            return ANYTHING
        whole, is_nullable = merging.without_null(self._merged(schema, at))
        made = self._made(whole, at, hint)
        default = whole.get("default")
        return replace(
            made,
            is_nullable=made.is_nullable or is_nullable,
            default=_text(default) if made.list_depth == 0 and default is not None else None,
            documentation=_documentation(whole),
        )

    def _merged(self, schema: Schema, at: str) -> Schema:
        try:
            return merging.merged(self.document, schema, at)
        except ForeignReference as foreign:
            self.note(at, f"'{foreign}' leads out of the document, so the value is JSON")
            return {}

    def _made(self, schema: Schema, at: str, hint: str) -> Shape:
        members = merging.alternatives(schema)
        if members and not schema.get("properties"):
            return self._alternative(schema, members, at, hint)
        match _kind(schema):
            case "object":
                return self._object(schema, at, hint)
            case "array":
                inner = self.shape(schema.get("items", True), below(at, "items"), hint)
                return _list_of(inner)
            case "string" if _enumerated(schema):
                return Shape(self._enumeration(schema, at, hint), wire_type="string")
            case kind:
                return _scalar(kind, schema)

    def _alternative(self, schema: Schema, members: list[object], at: str, hint: str) -> Shape:
        key = "oneOf" if isinstance(schema.get("oneOf"), list) else "anyOf"
        places = [below(at, key, position) for position in range(len(members))]
        if len(members) == 1:
            return self.shape(members[0], places[0], hint)
        if all(self._is_record(member, place) for member, place in zip(members, places, strict=True)):
            return self._choice(schema, members, places, at, hint)
        shapes = [self.shape(member, place, hint) for member, place in zip(members, places, strict=True)]
        if len({(shape.type, shape.list_depth, shape.wire_type) for shape in shapes}) == 1:
            return replace(shapes[0], is_nullable=any(shape.is_nullable for shape in shapes))
        self.note(at, "its values may be of different kinds, so they are JSON")
        return ANYTHING

    def _is_record(self, schema: object, at: str, seen: frozenset[str] = frozenset()) -> bool:
        """Say whether a schema becomes a record, or a choice of records, without making it."""
        try:
            target, place = self.document.resolved(schema, at)
        except ForeignReference:
            return False
        if not merging.is_schema(target) or place in seen:
            return place in seen
        whole, _ = merging.without_null(self._merged(target, place))
        members = merging.alternatives(whole)
        if members and not whole.get("properties"):
            return all(self._is_record(member, place, seen | {place}) for member in members)
        return _kind(whole) == "object" and bool(whole.get("properties"))

    def _records(self, shape: Shape) -> tuple[str, ...]:
        """Give the records that a shape stands for: itself, or the members of a choice."""
        named = self.named[shape.type]
        return named.members if isinstance(named, Choice) else (shape.type,)

    def _choice(self, schema: Schema, members: list[object], places: list[str], at: str, hint: str) -> Shape:
        told = schema["discriminator"] if isinstance(schema.get("discriminator"), dict) else {}
        name = self._named_early(schema, at, hint)
        choice = Choice(name=name, members=(), documentation=_documentation(schema))
        self.named[name] = choice
        records = [
            record
            for position, (member, place) in enumerate(zip(members, places, strict=True), start=1)
            for record in self._records(self.shape(member, place, f"{hint} {position}"))
        ]
        self.named[name] = msgspec.structs.replace(
            choice,
            members=tuple(dict.fromkeys(records)),
            discriminator=str(told.get("propertyName", "")),
            mapping=dict(self._mapping(told.get("mapping"), at)),
        )
        return Shape(name)

    def _mapping(self, mapping: object, at: str) -> Iterator[tuple[str, str]]:
        """Say which type each value of the discriminator means; a value may name a schema or point to it."""
        if not isinstance(mapping, dict):
            return
        for value, target in mapping.items():
            reference = target if str(target).startswith("#") else f"#/components/schemas/{target}"
            shape = self.shape({"$ref": reference}, below(at, "discriminator", "mapping", value), str(value))
            yield value, shape.type

    def _object(self, schema: Schema, at: str, hint: str) -> Shape:
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            return ANYTHING
        if schema.get("additionalProperties") not in (None, False, {}):
            self.note(at, "keys beyond the described ones are not offered")
        if "discriminator" in schema:
            self.note(at, "of the kinds that the discriminator tells apart only the shared keys are offered")
        if merging.alternatives(schema):
            self.note(at, "of its alternatives only the shared keys are offered")
        name = self._named_early(schema, at, hint)
        self.named[name] = Record(name=name, fields=())
        self.named[name] = Record(
            name=name,
            fields=tuple(self._fields(schema, properties, at, name)),
            wire=at.rpartition("/")[2],
            documentation=_documentation(schema),
        )
        return Shape(name)

    def _fields(self, schema: Schema, properties: dict[str, Any], at: str, owner: str) -> Iterator[Field]:
        required = schema.get("required")
        names = naming.unique(naming.field_name(key) for key in properties)
        for name, (key, member) in zip(names, properties.items(), strict=True):
            shape = self.shape(member, below(at, "properties", key), f"{owner} {key}")
            is_required = isinstance(required, list) and key in required and not _is_one_way(member)
            yield field(shape, name=name, wire=key, is_required=is_required, place=Place.BODY)

    def _enumeration(self, schema: Schema, at: str, hint: str) -> str:
        texts = _enumerated(schema)
        names = naming.unique(naming.enumeration_name(text) for text in texts)
        values = tuple(EnumerationValue(name=name, wire=text) for name, text in zip(names, texts, strict=True))
        name = self._name(schema, at, hint)
        self.named[name] = Enumeration(name=name, values=values, documentation=_documentation(schema))
        return name

    def _named_early(self, schema: Schema, at: str, hint: str) -> str:
        """Name a type before what it holds is made, since that may lead back to it."""
        name = self._name(schema, at, hint)
        if self._shapes.get(at, ANYTHING) is ANYTHING:
            self._shapes[at] = Shape(name)
        return name

    def _name(self, schema: Schema, at: str, hint: str) -> str:
        title = schema.get("title")
        is_shared = at.rpartition("/")[0] == SHARED_SCHEMAS
        if not is_shared and isinstance(title, str) and 0 < len(title.strip()) <= TITLE_CHARACTERS_MAX:
            hint = title
        name = naming.type_name(hint)
        name = name if name not in self._taken else self._numbered(name)
        self._taken.add(name)
        return name

    def _numbered(self, name: str) -> str:
        """Give the name with the first number that is free."""
        number = self._numbers.get(name, 1) + 1
        while (numbered := f"{name}_{number}" if name[-1].isdigit() else f"{name}{number}") in self._taken:
            number += 1
        self._numbers[name] = number
        return numbered


def _kind(schema: Schema) -> str:
    """Say which of JSON Schema's types is meant; where none is said, what the other words imply."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    if isinstance(kind, list):
        return ""
    if schema.get("properties") or schema.get("additionalProperties"):
        return "object"
    if "items" in schema:
        return "array"
    values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    if values and all(isinstance(value, str) for value in values):
        return "string"
    return "string" if schema.get("format") in STRING_FORMATS or "pattern" in schema else ""


def _enumerated(schema: Schema) -> tuple[str, ...]:
    """Give the texts of a closed list, each once; a list of anything but texts is not closed for us."""
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return ()
    return tuple(dict.fromkeys(values))


def _scalar(kind: str, schema: Schema) -> Shape:
    form = schema.get("format")
    match kind:
        case "string" | "file":
            return Shape(STRING_FORMATS.get(str(form), Scalar.STRING), wire_type="string")
        case "boolean":
            return Shape(Scalar.BOOLEAN)
        case "number":
            return Shape(NUMBER_FORMATS.get(str(form), Scalar.DECIMAL), wire_type="number")
        case "integer":
            return Shape(Scalar.INT if form == "int32" or _is_short(schema) else Scalar.LONG, wire_type="number")
        case _:
            return ANYTHING


def _is_short(schema: Schema) -> bool:
    """Say whether an integer's limits lie inside GraphQL's Int."""
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if isinstance(lowest, bool | str | None) or isinstance(highest, bool | str | None):
        return False
    return bool(lowest >= INT_MIN and highest <= INT_MAX)


def _list_of(inner: Shape) -> Shape:
    items_nullable = inner.is_nullable if inner.list_depth == 0 else inner.items_nullable
    return Shape(inner.type, inner.list_depth + 1, items_nullable=items_nullable, wire_type=inner.wire_type)


def _is_one_way(member: object) -> bool:
    """Say whether a member is absent in one direction: `readOnly` in requests, `writeOnly` in replies."""
    return isinstance(member, dict) and (member.get("readOnly") is True or member.get("writeOnly") is True)


def _documentation(schema: Schema) -> str:
    said = schema.get("description")
    return said.strip() if isinstance(said, str) else ""


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if isinstance(value, dict | list) else str(value)
