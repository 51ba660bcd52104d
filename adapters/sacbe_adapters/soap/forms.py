"""Forms: what an ordinary reply looks like, as one expression, and how its values are made column by column.

A form is made from the description for the prefixes of one reply. Its expression has a group for
each text. All records of a list are taken by one call; what a group has caught in each of them is
a column, and a column becomes values at once, so that no element and no text costs a turn of the
interpreter's own.

An expression takes a time that grows with the text and nothing else: what is repeated is possessive,
of what may be absent each begins with a tag of its own, and the first row that does not fit takes
all that is left with it. See docs/decisions/0116.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, islice, pairwise, repeat
from typing import Any

from sacbe_adapters.soap.reading import Readers, local_name
from sacbe_adapters.soap.wire_types import WireType, wire_type
from sacbe_terms.descriptions import Choice, Description, Field, Place, Record, Scalar

ELEMENTS_MAX = 128
"""Elements in one expression, those of records in records among them; a larger type has no form."""

EXPRESSION_SIGNS_MAX = 32 * 1024
"""Longest expression; a type whose expression is longer has no form."""

NESTING_MAX = 6
"""Records within records; a type that holds itself comes to more."""

NIL_SIGN = "\0"
"""Stands for the text of an element that is nil; no XML holds this sign."""

Column = list[Any]
"""Of each row what one group has caught, None where its element is absent; or of each row one value."""

Values = Callable[[list[Column]], Column]
"""From the columns of a form's groups to that of its values; raises NotOrdinary, ValueError."""

ReadList = Callable[[str], Column]
"""From a text that is nothing but items to their values; raises NotOrdinary, ValueError."""

ReadInside = Callable[[str], dict[str, Any]]
"""From what stands inside the result's element to its fields; raises NotOrdinary, ValueError."""

_SPACES = " \t\n"
_SPACE = "[ \\t\\n]*+"
_TEXT = "[^<\\x00-\\x08\\x0b-\\x1f]*+"
_TEXT_OR_NIL = "[^<\\x01-\\x08\\x0b-\\x1f]*+"


class NoForm(Exception):
    """A type is not among those that have a form."""


class NoPrefix(NoForm):
    """A reply has no prefix for a namespace that its names would need."""


class NotOrdinary(Exception):
    """A text does not have its form."""


@dataclass(frozen=True, slots=True)
class Form:
    """What stands inside an element."""

    expression: str
    bare: str
    """The expression without groups."""
    groups: int
    values: Values
    alone: ReadList | None = None
    """Reads a text that is nothing but one list, as `values` would, without a first look over the whole."""


class Forms:
    """Makes forms; `tags` gives what names of each namespace begin with."""

    def __init__(self, description: Description, readers: Readers, tags: Mapping[str, str]) -> None:
        self._types = description.types
        self._readers = readers
        self._tags = tags
        self._elements = 0

    def whole(self, fields: tuple[Field, ...]) -> ReadInside:
        """Give what reads the text inside an element with these fields; raises NoForm."""
        members = self._members(fields, 0)
        field, form = members[0]
        if len(members) == 1 and form.alone is not None:
            return _of_one_list(field.name, form.alone)
        form = _record(members)
        match = re.compile(form.expression).fullmatch

        def read(text: str) -> dict[str, Any]:
            found = match(text)
            if found is None:
                raise NotOrdinary
            fields: dict[str, Any] = form.values([[caught] for caught in found.groups()])[0]
            return fields

        return read

    def _members(self, fields: tuple[Field, ...], depth: int) -> "_Members":
        """Give the forms of those fields that are elements, in their order; raises NoForm."""
        elements = [field for field in fields if _is_element(field)]
        if not elements or depth > NESTING_MAX or len({field.wire for field in elements}) < len(elements):
            raise NoForm
        return [(field, self._field(field, depth)) for field in elements]

    def _field(self, field: Field, depth: int) -> Form:
        wire = wire_type(field)
        content = self._content(field, wire, depth)
        if wire.is_repeated and not wire.array_items:
            return self._run(field.wire, content, is_required=field.is_required)
        if len(wire.array_items) > 1 or wire.is_repeated:
            raise NoForm
        if wire.array_items:
            run = self._run(wire.array_items[0], content, is_required=False)
            content = replace(run, expression=_SPACE + run.expression, bare=_SPACE + run.bare)
        form = _element(self._name(field.wire), content)
        if field.is_required:
            return form
        is_record = isinstance(self._types.get(field.type), Record) and not wire.array_items
        return _optional(form) if is_record else _absent(form)

    def _content(self, field: Field, wire: WireType, depth: int) -> Form:
        """Give the form of what stands in one element of a field, or in one item of its array."""
        named = self._types.get(field.type)
        if isinstance(named, Record):
            return _record(self._members(named.fields, depth + 1))
        if isinstance(named, Choice) or field.type == Scalar.XML.value:
            raise NoForm
        is_nullable = field.items_nullable if wire.array_items or wire.is_repeated else field.is_nullable
        text = _TEXT_OR_NIL if is_nullable else _TEXT
        return Form(f"({text})", text, 1, _texts(field, self._readers, is_list=wire.is_list, is_nullable=is_nullable))

    def _name(self, wire: str) -> str:
        """Give an element's name as the reply's prefixes make it."""
        self._elements += 1
        namespace = wire[1:].partition("}")[0] if wire.startswith("{") else ""
        if self._elements > ELEMENTS_MAX:
            raise NoForm
        if namespace not in self._tags:
            raise NoPrefix
        return self._tags[namespace] + local_name(wire)

    def _run(self, wire: str, content: Form, *, is_required: bool) -> Form:
        """Give the form of elements of one name: of all rows together they are taken, and dealt out by their number."""
        name = self._name(wire)
        item = _element(name, content)
        start = f"<{name}>"
        if re.escape(start) in content.bare:
            raise NoForm
        run = f"(?:{item.bare}){'++' if is_required else '*+'}"
        taken = _taken(item)

        def values(columns: list[Column]) -> Column:
            items = iter(taken("".join(filter(None, columns[0]))))
            return [list(islice(items, text.count(start))) if text else [] for text in columns[0]]

        return Form(f"({run})", run, 1, values, _some(taken) if is_required else taken)


_Members = list[tuple[Field, Form]]


def _element(name: str, content: Form) -> Form:
    """Give the form of an element without attributes, with the white space behind it."""
    start, end = f"<{re.escape(name)}>", f"</{re.escape(name)}>{_SPACE}"
    return replace(
        content,
        expression=f"{start}{content.expression}{end}",
        bare=f"{start}{content.bare}{end}",
        alone=None if content.alone is None else _unwrapped(name, content.alone),
    )


def _unwrapped(name: str, alone: ReadList) -> ReadList:
    start, end = f"<{name}>", f"</{name}>"

    def read(text: str) -> Column:
        text = text.rstrip(_SPACES)
        if not text.startswith(start) or not text.endswith(end):
            raise NotOrdinary
        return alone(text[len(start) : -len(end)].lstrip(_SPACES))

    return read


def _some(alone: ReadList) -> ReadList:
    def read(text: str) -> Column:
        items = alone(text)
        if not items:
            raise NotOrdinary
        return items

    return read


def _of_one_list(name: str, alone: ReadList) -> ReadInside:
    return lambda text: {name: alone(text.lstrip(_SPACES))}


def _taken(item: Form) -> ReadList:
    """Give what reads a text that is nothing but items, however many."""
    split = re.compile(f"{_limited(item.expression)}|(?s:(.++))").split
    step = item.groups + 2

    def read(text: str) -> Column:
        pieces = split(text)
        *columns, rest = [pieces[group::step] for group in range(1, step)]
        if any(rest):
            raise NotOrdinary
        return item.values(columns)

    return read


def _record(members: _Members) -> Form:
    """Give the form of a record."""
    return Form(
        _limited(_SPACE + "".join(form.expression for _, form in members)),
        _SPACE + "".join(form.bare for _, form in members),
        sum(form.groups for _, form in members),
        _records(members),
    )


def _records(members: _Members) -> Values:
    """Give what makes records of the columns of their fields."""
    names = [field.name for field, _ in members]
    places = list(pairwise(accumulate((form.groups for _, form in members), initial=0)))
    made = [(form.values, slice(*ends)) for (_, form), ends in zip(members, places, strict=True)]
    absent = [
        (field.name, first)
        for (field, _), (first, _) in zip(members, places, strict=True)
        if not field.is_required and (wire_type(field).array_items or not wire_type(field).is_repeated)
    ]

    def values(columns: list[Column]) -> Column:
        found = [values_of(columns[groups]) for values_of, groups in made]
        records: list[dict[str, Any]] = list(map(dict, map(zip, repeat(names), zip(*found, strict=True))))
        for name, first in absent:
            for record, caught in zip(records, columns[first], strict=True):
                if caught is None:
                    del record[name]
        return records

    return values


def _texts(field: Field, readers: Readers, *, is_list: bool, is_nullable: bool) -> Values:
    """Give what makes values of the texts of a field, by the tables that the readers of the tree have."""
    plain, known, check = readers.plain_texts(field), readers.known_texts(field), readers.check(field)
    default = field.default or ""
    if plain is len and not default and not is_nullable:
        return _as_they_stand

    def value(text: str | None) -> object:
        if text is None or text == NIL_SIGN:
            return None
        if text and plain is not None and plain(text):
            return text
        if text and known is not None and (meant := known(text)) is not None:
            return meant
        return check(text or default)

    def values(columns: list[Column]) -> Column:
        if is_list:
            return list(map(value, columns[0]))
        meant = {text: value(text) for text in set(columns[0])}
        return [meant[text] for text in columns[0]]

    return values


def _as_they_stand(columns: list[Column]) -> Column:
    return columns[0]


def _absent(form: Form) -> Form:
    """Give the form of what may be absent, told by its only group."""
    return replace(form, expression=f"(?:{form.expression})?", bare=f"(?:{form.bare})?+")


def _optional(form: Form) -> Form:
    """Give the form of a record that may be absent, told by a group around it."""
    values = form.values
    return Form(f"({form.expression})?", f"(?:{form.bare})?+", form.groups + 1, lambda columns: values(columns[1:]))


def _is_element(field: Field) -> bool:
    """Say whether a field is an element; what is not is passed over where its absence says nothing."""
    if field.place in (Place.ATTRIBUTE, Place.HEADER) and not field.is_required and field.default is None:
        return False
    if field.place is not Place.ELEMENT or field.wire.startswith("##"):
        raise NoForm
    return True


def _limited(expression: str) -> str:
    if len(expression) > EXPRESSION_SIGNS_MAX:
        raise NoForm
    return expression
