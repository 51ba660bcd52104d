"""From JSON Schema to the house's types: records, enumerations, choices and exact scalars.

A schema becomes a `Shape`: the type of a value and how it may stand. Objects become records
named by their schema's name, their title, or the field that holds them. What no type can
say honestly becomes `JSON`, and the reason is noted.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from sacbe_adapters import naming
from sacbe_adapters.rest import facets, merging, scalars
from sacbe_adapters.rest.alternatives import Alternatives
from sacbe_adapters.rest.merging import Schema, documentation
from sacbe_adapters.rest.references import BrokenReference, Document, below, last_word
from sacbe_adapters.rest.shapes import ANYTHING, Shape, field, list_of
from sacbe_adapters.rest.type_names import TypeNames
from sacbe_terms.descriptions import Enumeration, EnumerationValue, Field, NamedType, Place, Record, Scalar, Uncovered

IGNORED_WORDS = ("not", "if", "dependentSchemas", "dependentRequired", "contains", "propertyNames")
"""Words that narrow a form and do not give one; replies are not held to them."""
INLINE_DEPTH_MAX = 8
"""How deep merged schemas may lie in each other before equal ones are one type."""


class Types:
    """The named types of one document, made as its operations reach them."""

    def __init__(self, document: Document, uncovered: list[Uncovered]) -> None:
        self.document = document
        self.named: dict[str, NamedType] = {}
        self.names = TypeNames(document.shared_schemas())
        self.broken: list[Uncovered] = []
        """References to what the document promises and does not hold, as they are met."""
        self.places: dict[str, str] = {}
        """Where the schema of each record stands."""
        self._uncovered = uncovered
        self._shapes: dict[str, Shape] = {}
        self._merged_at: dict[tuple[str, bytes], list[str]] = {}
        self._waiting: deque[Callable[[], None]] = deque()
        self._alternatives = Alternatives(self)

    def shape(self, schema: object, at: str, hint: str) -> Shape:
        """Give the shape of the schema at a place; `hint` names it where it has no name of its own.

        Records are filled by `finish`. A reference that leads nowhere is noted, and the value is JSON.
        """
        if not merging.is_schema(schema):
            return ANYTHING
        reference = merging.lone_reference(self.document, schema)
        if reference is None:
            return self._once(schema, at, hint)
        try:
            target, place = self.document.resolved(reference, at)
        except BrokenReference as broken:
            self.note_broken(broken, at, ", so the value is JSON")
            return ANYTHING
        found = self._once(target, place, last_word(place))
        _, is_nullable = merging.without_null(schema)
        said = documentation(schema)
        return replace(found, is_nullable=found.is_nullable or is_nullable, documentation=said or found.documentation)

    def form(self, schema: Schema, at: str, hint: str) -> Shape:
        """Give the shape of a multipart form: as `shape`, with files among its fields as bytes."""
        found = self.whole(*self._target(schema, at))
        if not isinstance(found.get("properties"), dict) or not found["properties"]:
            return self.shape(schema, at, hint)
        return self.record(found, f"{at}?form", hint, is_form=True)

    def whole(self, schema: object, at: str) -> Schema:
        """Give the schema of a value that is there, with `allOf` written out; empty where it says nothing."""
        if not merging.is_schema(schema):
            return {}
        try:
            return merging.without_null(merging.merged(self.document, schema, at))[0]
        except BrokenReference as broken:
            self.note_broken(broken, at, ", so the value is JSON")
            return {}

    def note(self, at: str, reason: str) -> None:
        """Say that something of the document is not offered as it stands."""
        self._uncovered.append(Uncovered(where=at, reason=reason))

    def note_broken(self, broken: BrokenReference, at: str, and_so: str = "") -> None:
        """Say what a broken reference costs."""
        self.broken += [Uncovered(where=at, reason=str(broken))] if broken.leads_nowhere else []
        self.note(at, f"{broken}{and_so}")

    def records_of(self, shape: Shape) -> tuple[str, ...]:
        """Give the records by which a shape stands in a choice."""
        return self._alternatives.records_of(shape)

    def finish(self) -> None:
        """Fill every record that was named and not filled yet."""
        while self._waiting:
            self._waiting.popleft()()

    def name_early(self, schema: Schema, at: str, hint: str) -> str:
        """Name a type before what it holds is made, since that may lead back to it."""
        name = self.names.give(at, schema.get("title"), hint)
        if self._shapes.get(at, ANYTHING) is ANYTHING:
            self._shapes[at] = Shape(name)
        return name

    def record(self, schema: Schema, at: str, hint: str, *, is_form: bool = False) -> Shape:
        """Make a record of a schema with properties."""
        if schema.get("additionalProperties") not in (None, False, {}) or schema.get("patternProperties"):
            self.note(at, "keys beyond the described ones are not offered")
        name = self.name_early(schema, at, hint)
        self.places[name] = at
        made = Record(name=name, fields=(), wire=last_word(at), documentation=documentation(schema))
        self.named[name] = made

        def fill() -> None:
            fields = tuple(self._fields(schema, at, name, is_form=is_form))
            self.named[name] = Record(name=name, fields=fields, wire=made.wire, documentation=made.documentation)

        self._waiting.append(fill)
        return Shape(name)

    def _target(self, schema: Schema, at: str) -> tuple[object, str]:
        try:
            return self.document.resolved(schema, at) if "$ref" in schema else (schema, at)
        except BrokenReference as broken:
            self.note_broken(broken, at)
            return {}, at

    def _once(self, schema: object, at: str, hint: str) -> Shape:
        """Give a place's shape, which may be asked for while it is being made."""
        if at not in self._shapes:
            twin = self._twin(schema, at)
            self._shapes[at] = ANYTHING if twin is None else self._shapes[twin]
            if twin is None:
                self._shapes[at] = self._own_shape(schema, at, hint)
        return self._shapes[at]

    def _twin(self, schema: object, at: str) -> str | None:
        """Give the place above, or anywhere once it lies deep, where the same schema is merged of the same parts.

        A schema that is merged of itself would else be written out for ever.
        """
        if not merging.is_schema(schema) or not merging.has_parts(schema):
            return None
        key = at.partition("#")[0], msgspec.json.encode(schema)
        places = self._merged_at.setdefault(key, [])
        above = next((place for place in places if at.startswith(f"{place}/")), None)
        if above is None and at.count("/properties/") > INLINE_DEPTH_MAX and places:
            above = places[0]
        places += [at] if above is None else []
        return above

    def _own_shape(self, schema: object, at: str, hint: str) -> Shape:
        if not merging.is_schema(schema):
            return ANYTHING
        try:
            whole, is_nullable = merging.without_null(merging.merged(self.document, schema, at))
        except BrokenReference as broken:
            self.note_broken(broken, at, ", so the value is JSON")
            return ANYTHING
        for word in IGNORED_WORDS:
            if word in whole:
                self.note(below(at, word), f"'{word}' is not looked at")
        made = self._made(whole, at, hint)
        default = scalars.text(whole.get("default"))
        return replace(
            made,
            is_nullable=made.is_nullable or is_nullable,
            default=default if made.list_depth == 0 else None,
            documentation="\n\n".join(filter(None, (documentation(whole), made.documentation))),
        )

    def _made(self, schema: Schema, at: str, hint: str) -> Shape:
        key, members = merging.alternatives(schema)
        if members:
            return self._alternatives.shape(schema, key, members, at, hint)
        kinds = scalars.kinds(schema)
        if set(kinds) == {"integer", "number"}:
            kinds = ("number",)
        if len(kinds) > 1:
            return self._alternatives.shape(schema, "type", [scalars.of_kind(schema, kind) for kind in kinds], at, hint)
        match kinds[0] if kinds else "":
            case "object":
                return self._object(schema, at, hint)
            case "array":
                listed = self._list(schema, at, hint)
                return replace(listed, facets=facets.of_list(schema, listed.facets))
            case "string" if scalars.enumerated(schema):
                return Shape(self._enumeration(schema, at, hint), wire_type="string")
            case kind:
                found = facets.of_schema(schema, kind)
                return replace(
                    scalars.scalar(kind, schema), facets=found, documentation=scalars.listed_in_words(schema)
                )

    def _object(self, schema: Schema, at: str, hint: str) -> Shape:
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            return self._free_object(schema, at, hint)
        if isinstance(schema.get("discriminator"), dict | str) and (kinds := self._alternatives.kinds_of(at)):
            return self._alternatives.family(schema, kinds, at, hint)
        return self.record(schema, at, hint)

    def _free_object(self, schema: Schema, at: str, hint: str) -> Shape:
        """Give JSON for an object whose keys are free, and say in words what stands under them."""
        inner = schema.get("additionalProperties")
        shape = self.shape(inner, below(at, "additionalProperties"), f"{hint} value")
        if shape.type == Scalar.JSON:
            return ANYTHING
        listed = f"{'a list of ' * shape.list_depth}{shape.type}"
        return replace(ANYTHING, documentation=f"An object whose keys are free; each value is {listed}.")

    def _list(self, schema: Schema, at: str, hint: str) -> Shape:
        fixed = schema.get("prefixItems")
        if not isinstance(fixed, list) or not fixed:
            return list_of(self.shape(schema.get("items", True), below(at, "items"), hint))
        rest = schema.get("items")
        members = [*fixed, rest] if merging.is_schema(rest) else fixed
        item = {"anyOf": members} if len(members) > 1 else members[0]
        return list_of(self.shape(item, below(at, "prefixItems"), f"{hint} item"))

    def _fields(self, schema: Schema, at: str, owner: str, *, is_form: bool) -> Iterator[Field]:
        properties, required = schema["properties"], schema.get("required")
        names = naming.unique(naming.field_name(key) for key in properties)
        for name, (key, member) in zip(names, properties.items(), strict=True):
            place = below(at.removesuffix("?form"), "properties", key)
            shape = _file(self.whole(member, place)) if is_form else None
            shape = shape or self.shape(member, place, f"{owner} {key}")
            one_way = _one_way(member)
            said = replace(shape, documentation="\n\n".join(filter(None, (shape.documentation, one_way))))
            is_required = isinstance(required, list) and key in required and not one_way
            yield field(said, name=name, wire=key, is_required=is_required, place=Place.BODY)

    def _enumeration(self, schema: Schema, at: str, hint: str) -> str:
        texts = scalars.enumerated(schema)
        names = naming.unique(naming.enumeration_name(text) for text in texts)
        told = _told_of_values(schema, len(texts))
        values = tuple(
            EnumerationValue(name=name, wire=text, documentation=said)
            for name, text, said in zip(names, texts, told, strict=True)
        )
        name = self.names.give(at, schema.get("title"), hint)
        self.named[name] = Enumeration(name=name, values=values, documentation=documentation(schema))
        return name


def _one_way(member: object) -> str:
    """Say in words that a member is absent in one direction: `readOnly` in requests, `writeOnly` in replies."""
    if not isinstance(member, dict):
        return ""
    if member.get("readOnly") is True:
        return "Only in answers."
    return "Only in requests." if member.get("writeOnly") is True else ""


def _file(schema: Schema) -> Shape | None:
    """Give the shape of a form's field that is a file, or a list of files; None for any other."""
    if scalars.kinds(schema) == ("array",) and merging.is_schema(schema.get("items")):
        inner = _file(schema["items"])
        return list_of(inner) if inner else None
    is_bytes = schema.get("type") == "file" or schema.get("format") == "binary"
    is_media = "contentMediaType" in schema and "contentEncoding" not in schema
    if is_bytes or is_media:
        return Shape(Scalar.BASE64, wire_type="binary", documentation=documentation(schema))
    return None


def _told_of_values(schema: Schema, count: int) -> list[str]:
    """Give the documentation of each value, from the extension that generators write it to."""
    told = schema.get("x-enum-descriptions", schema.get("x-enumDescriptions"))
    if isinstance(told, list) and len(told) == count:
        return [said if isinstance(said, str) else "" for said in told]
    return [""] * count
