"""The short way to read a reply: msgspec checks and builds nearly all of it while it decodes.

A description's records become types of msgspec; what those cannot say exactly (numbers by their
digits, choices, records that hold themselves, free JSON) is decoded as it is and put right after.
It takes only replies that need no second thought. Any other is left to `reading`, which knows the
place of what is wrong; a test holds the two to the same values.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec

from sacbe_adapters.rest.reading import Readers, held_field
from sacbe_adapters.values import INT_MAX, INT_MIN, LEXICAL, MISSING, Convert, Number
from sacbe_terms.descriptions import Description, Enumeration, Field, Record, Scalar

DEPTH_MAX = 20
"""How deep records may lie in each other before the plain way is taken for what is deeper."""

_typed_dict: Any = TypedDict
_literal: Any = Literal
_list: Any = list
_LEXICAL_FORMS = (Scalar.DATE, Scalar.DATE_TIME, Scalar.TIME, Scalar.DURATION, Scalar.BASE64)
_TYPES: Mapping[str, Any] = {
    Scalar.STRING: str,
    Scalar.XML: str,
    Scalar.BOOLEAN: bool,
    Scalar.FLOAT: float,
    Scalar.INT: Annotated[int, msgspec.Meta(ge=INT_MIN, le=INT_MAX)],
    **{scalar: Annotated[str, msgspec.Meta(pattern=f"^(?:{LEXICAL[scalar].pattern})\\Z")] for scalar in _LEXICAL_FORMS},
}
"""What msgspec can say of a scalar without any doubt."""
_DECIMAL_TEXT = Annotated[str, msgspec.Meta(pattern=f"^(?:{LEXICAL[Scalar.DECIMAL].pattern})\\Z")]

Typed = tuple[Any, Convert | None]
"""A type of msgspec, and what is still to be done to a value of it."""


def decoder(field: Field, description: Description, readers: Readers) -> Callable[[bytes], Any]:
    """Give the short way from JSON in UTF-8 to a field's value; raises msgspec.MsgspecError or Mismatch."""
    made, put_right = _Typing(description, readers).of_field(field, 0)
    decode = msgspec.json.Decoder(made, float_hook=Number).decode
    if put_right is None:
        return decode
    return lambda body: put_right(decode(body))


class _Typing:
    """Types of one description's fields; a record that is being made stands for itself as plain JSON."""

    def __init__(self, description: Description, readers: Readers) -> None:
        self._named = description.types
        self._readers = readers
        self._made: dict[str, Typed | None] = {}

    def of_field(self, field: Field, depth: int) -> Typed:
        """Give the type of a value that is there."""
        made, put_right = self._of_type(field, depth)
        for level in range(field.list_depth):
            made = _list[made | None if field.items_nullable and level == 0 else made]
            put_right = put_right and _each(put_right)
        return made, put_right

    def _of_type(self, field: Field, depth: int) -> Typed:
        if field.type == Scalar.DECIMAL and field.wire_type == "string":
            return _DECIMAL_TEXT, None
        if field.type in _TYPES:
            return _TYPES[field.type], None
        named = self._named.get(field.type)
        if isinstance(named, Enumeration) and all(value.name == value.wire for value in named.values):
            return _literal[tuple(value.name for value in named.values)], None
        if isinstance(named, Record) and named.fields and held_field(named) is None and depth < DEPTH_MAX:
            return self._of_record(named, depth)
        return Any, self._readers.named_reader(field.type)

    def _of_record(self, record: Record, depth: int) -> Typed:
        if record.name not in self._made:
            self._made[record.name] = None
            self._made[record.name] = self._new_record(record, depth)
        return self._made[record.name] or (Any, self._readers.named_reader(record.name))

    def _new_record(self, record: Record, depth: int) -> Typed:
        keys: dict[str, Any] = {}
        members: list[tuple[str, str, Convert | None]] = []
        for field in record.fields:
            made, put_right = self.of_field(field, depth + 1)
            present = made if field.is_required and not field.is_nullable else made | None
            keys[field.wire] = present if field.is_required else NotRequired[present]
            members.append((field.wire, field.name, put_right))
        return _typed_dict(record.name, keys), _members_put_right(members)


def _each(put_right: Convert) -> Convert:
    return lambda items: [None if item is None else put_right(item) for item in items]


def _members_put_right(members: list[tuple[str, str, Convert | None]]) -> Convert | None:
    """Give what is to be done to a record: nothing, to some members in place, or to all under other names."""
    if any(wire != name for wire, name, _ in members):
        return _renaming(members)
    changed = [(name, put_right) for _, name, put_right in members if put_right]

    def in_place(record: dict[str, Any]) -> dict[str, Any]:
        for name, put_right in changed:
            found = record.get(name)
            if found is not None:
                record[name] = put_right(found)
        return record

    return in_place if changed else None


def _renaming(members: list[tuple[str, str, Convert | None]]) -> Convert:
    def renamed(record: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for wire, name, put_right in members:
            found = record.get(wire, MISSING)
            if found is not MISSING:
                result[name] = found if put_right is None or found is None else put_right(found)
        return result

    return renamed
