"""The form that values have between the rooms, and whether a value has it.

The forms are those of `sacbe_terms.descriptions`. Adapters compile readers and writers of their
own for speed; this is the plain rule that they all keep, and a misfit is told in one way.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Record, Scalar

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
"""The range of GraphQL's Int."""

Convert = Callable[[Any], Any]

LEXICAL = {
    Scalar.DATE: re.compile(r"\d{4,}-\d\d-\d\d"),
    Scalar.DATE_TIME: re.compile(r"\d{4,}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?"),
    Scalar.TIME: re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?"),
    Scalar.DURATION: re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    Scalar.DECIMAL: re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"),
    Scalar.LONG: re.compile(r"-?\d+"),
    Scalar.BASE64: re.compile(r"[A-Za-z0-9+/_\-\s]*=*\s*"),
}
"""ISO 8601 and XML Schema's forms; a reader that is stricter would refuse what ministries send."""
MISSING = object()
"""Stands for a key that is not there, where null is a value."""


class Number(str):
    """A number of the wire that is not a plain integer, by its digits."""

    __slots__ = ()


class Mismatch(Exception):
    """A value does not fit its type; `path` is filled from the inside out while this rises."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str | int] = []

    @classmethod
    def at(cls, name: str | int, reason: str) -> "Mismatch":
        """Give the misfit of a member."""
        mismatch = cls(reason)
        mismatch.path.append(name)
        return mismatch

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer; empty for the whole value."""
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in reversed(self.path))
        return "".join(f"/{part}" for part in parts)


def kind(value: object) -> str:
    """Name a JSON value's kind, never the value, which may be a person's."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case Number() | int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def expected(what: str, value: object) -> Mismatch:
    """Give the misfit of a value that is of another kind."""
    return Mismatch(f"{what} was expected and {kind(value)} was found")


def within(name: str | int, convert: Convert, value: Any) -> Any:
    """Convert a member's value, adding its name to the place of a misfit."""
    try:
        return convert(value)
    except Mismatch as mismatch:
        mismatch.path.append(name)
        raise


def present(given: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Give what is there, null only where it may be; raises Mismatch for what is unknown or lacking."""
    for name in given:
        if name not in fields:
            raise Mismatch.at(name, "there is nothing of this name")
    for name, field in fields.items():
        if field.is_required and given.get(name) is None and not (name in given and field.is_nullable):
            raise Mismatch.at(name, "it is required")
    return {name: value for name, value in given.items() if value is not None or fields[name].is_nullable}


def check_fields(description: Description, fields: tuple[Field, ...], given: object) -> None:
    """Raise Mismatch unless each field's value has its form, nothing is lacking and nothing is unknown."""
    if not isinstance(given, Mapping):
        raise expected("a group of fields", given)
    by_name = {field.name: field for field in fields}
    for name, value in present(given, by_name).items():
        within(name, partial(check, description, by_name[name]), value)


def check(description: Description, field: Field, value: object) -> None:
    """Raise Mismatch unless a value has the form that its field promises."""
    if value is None:
        if field.is_required and not field.is_nullable:
            raise expected("a value", value)
        return
    _check_depth(description, field, value, field.list_depth)


def _check_depth(description: Description, field: Field, value: object, depth: int) -> None:
    if depth == 0:
        _check_one(description, field.type, value)
        return
    if not isinstance(value, list):
        raise expected("a list", value)
    for position, member in enumerate(value):
        if member is not None or not field.items_nullable or depth > 1:
            within(position, lambda found: _check_depth(description, field, found, depth - 1), member)


def _check_one(description: Description, type_name: str, value: object) -> None:
    match description.types.get(type_name):
        case Enumeration() as enumeration:
            if value not in {known.name for known in enumeration.values}:
                raise Mismatch(f"one of the values of {type_name} was expected")
        case Record() as record:
            check_fields(description, record.fields, value)
        case Choice() as choice:
            _check_choice(description, choice, value)
        case None:
            _check_scalar(Scalar(type_name), value)


def _check_choice(description: Description, choice: Choice, value: object) -> None:
    named = value.get("__typename") if isinstance(value, Mapping) else None
    record = description.record(str(named))
    if not isinstance(value, Mapping) or record is None or named not in choice.members:
        raise Mismatch(f"one of {', '.join(choice.members)}, named by __typename, was expected")
    check_fields(description, record.fields, {key: member for key, member in value.items() if key != "__typename"})


def _check_scalar(scalar: Scalar, value: object) -> None:
    match scalar:
        case Scalar.JSON:
            is_right = True
        case Scalar.BOOLEAN:
            is_right = isinstance(value, bool)
        case Scalar.INT:
            is_right = isinstance(value, int) and not isinstance(value, bool) and INT_MIN <= value <= INT_MAX
        case Scalar.FLOAT:
            is_right = isinstance(value, int | float) and not isinstance(value, bool)
        case Scalar.STRING | Scalar.XML:
            is_right = isinstance(value, str)
        case _:
            is_right = isinstance(value, str) and LEXICAL[scalar].fullmatch(value) is not None
    if not is_right:
        raise Mismatch(f"a {scalar.value} was expected and {kind(value)} that is none was found")
