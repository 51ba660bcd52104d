"""What a reader wants of views, as a value, and as the SQL that puts it together.

A projection names the members of a JSON object in the order of the answer: constants, fields of a
view as they are, and branches into the records that a view shows. The database writes the object
as text from the views' columns, so that what was not asked is neither read nor sent, and what was
asked is taken apart nowhere between its table and the reader.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

import msgspec

CONCAT_ARGUMENTS_MAX: Final = 90
"""Parts that one `concat` takes; PostgreSQL allows a function 100 arguments."""


class Spelling(Enum):
    """How a field's value is written where the view has it otherwise."""

    AS_IT_IS = "as it is"
    EMPTY_IS_NULL = "empty is null"
    """A text that the catalogue does not know is empty in views, null in answers."""
    CAMEL_CASE = "camel case"
    """Names of fields, one or a list: `processing_time` is written `processingTime`."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A member with the same value whatever the record."""

    key: str
    json: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A member with the value of a view's field; `words` replaces whole text values by others."""

    key: str
    name: str
    spelling: Spelling = Spelling.AS_IT_IS
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """A member with what is wanted of the record, or of each of the records, in a view's field."""

    key: str
    name: str
    below: "Projection"
    is_list: bool = False


Member: TypeAlias = Constant | Leaf | Branch
Projection: TypeAlias = tuple[Member, ...]

Place = Callable[[str], str]
"""Gives the SQL of a field's JSON value, by the field's name."""


def whole(view: type[msgspec.Struct]) -> Projection:
    """Want every field of a view, as the view itself has it."""
    return tuple(Leaf(name, name) for name in view.__struct_fields__)


def names(projection: Projection) -> frozenset[str]:
    """Name the view's fields that are wanted."""
    return frozenset(member.name for member in projection if not isinstance(member, Constant))


def written(projection: Projection, place: Place) -> str:
    """Give the SQL that writes the object as a text; `place` says where each field's value stands."""
    return written_object((member.key, written_member(member, place)) for member in projection)


def written_member(member: Member, place: Place) -> str:
    """Give the SQL that writes one member's value as a text."""
    match member:
        case Constant():
            return quoted(member.json)
        case Leaf():
            return _leaf(member, place(member.name))
        case Branch(is_list=True):
            return written_list(written(member.below, _within("item.value")), _items(place(member.name)), "item.n")
        case Branch():
            value = place(member.name)
            return f"CASE WHEN ({value})::text = 'null' THEN 'null' ELSE {written(member.below, _within(value))} END"


def written_object(members: Iterator[tuple[str, str]]) -> str:
    """Give the SQL that writes an object of keys and written values."""
    parts: list[str] = []
    for number, (key, value) in enumerate(members):
        parts += (quoted(f'{"," if number else "{"}"{key}":'), value)
    return concat([*parts, "'}'"]) if parts else "'{}'"


def written_list(value: str, rows: str, order: str) -> str:
    """Give the SQL that writes a list: a written value for each of some rows, in an order."""
    return f"concat('[', (SELECT string_agg({value}, ',' ORDER BY {order}) FROM {rows}), ']')"  # noqa: S608 - made of quoted parts


def concat(parts: Sequence[str]) -> str:
    """Join parts that are SQL, however many."""
    if len(parts) <= CONCAT_ARGUMENTS_MAX:
        return f"concat({', '.join(parts)})"
    chunks = range(0, len(parts), CONCAT_ARGUMENTS_MAX)
    return concat([concat(parts[start : start + CONCAT_ARGUMENTS_MAX]) for start in chunks])


def quoted(text: str) -> str:
    """Give a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _items(value: str) -> str:
    return f"json_array_elements({value}) WITH ORDINALITY AS item (value, n)"


def _within(value: str) -> Place:
    return lambda name: f"({value} -> {quoted(name)})"


def _leaf(leaf: Leaf, value: str) -> str:
    if leaf.spelling is Spelling.CAMEL_CASE:
        return _camel_case(value)
    if leaf.words:
        cases = " ".join(f"WHEN {_literal(one)} THEN {_literal(other)}" for one, other in leaf.words)
        return f"CASE ({value})::text {cases} ELSE ({value})::text END"
    return f"coalesce(nullif(({value})::text, '\"\"'), 'null')" if leaf.spelling is Spelling.EMPTY_IS_NULL else value


def _literal(word: str) -> str:
    return quoted(msgspec.json.encode(word).decode())


def _camel_case(value: str) -> str:
    """Take out each `_` and make the letter behind it large: within a value of names there is no other text."""
    return f"catalog.camel_case(({value})::text)"
