"""From the house's values to JSON and to texts in an address, compiled once per type.

Arguments are looked at here a last time before anything is sent: what does not fit its type is
refused, with its place.
"""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from sacbe_adapters import xml
from sacbe_adapters.rest.facets import checked, counted
from sacbe_adapters.rest.reading import held_field
from sacbe_adapters.values import INT_MAX, INT_MIN, LEXICAL, Convert, Mismatch, expected, present, within
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, NamedType, Record, Scalar


def _write_string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise expected("a text", value)


def _write_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise expected("a boolean", value)


def _write_int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and INT_MIN <= value <= INT_MAX:
        return value
    raise expected("an integer of 32 bits", value)


def _write_float(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    raise expected("a finite number", value)


def _write_xml(value: Any) -> str:
    try:
        xml.parse(_write_string(value).encode())
    except xml.XmlRefused as error:
        raise Mismatch("an XML document was expected and another text was found") from error
    return str(value)


def _write_any(value: Any) -> Any:
    return value


def _lexical(scalar: Scalar) -> Convert:
    matches = LEXICAL[scalar].fullmatch

    def write(value: Any) -> str:
        if isinstance(value, str) and matches(value):
            return value
        raise Mismatch(f"a {scalar.value} was expected and another text or kind was found")

    return write


_WRITE: dict[str, Convert] = {
    Scalar.STRING: _write_string,
    Scalar.XML: _write_xml,
    Scalar.BOOLEAN: _write_boolean,
    Scalar.INT: _write_int,
    Scalar.FLOAT: _write_float,
    Scalar.JSON: _write_any,
    **{scalar: _lexical(scalar) for scalar in LEXICAL},
}


def _as_number(write: Convert) -> Convert:
    """Write a text of digits as a JSON number, digit by digit."""
    return lambda value: msgspec.Raw(write(value).encode())


def _as_bytes(write: Convert) -> Convert:
    """Give the bytes that a text in base64 stands for (RFC 4648, in either alphabet)."""

    def decoded(value: Any) -> bytes:
        try:
            return base64.b64decode("".join(write(value).split()).translate(_URL_SAFE), validate=True)
        except ValueError as error:
            raise Mismatch("a Base64Binary was expected and another text was found") from error

    return decoded


_URL_SAFE = str.maketrans("-_", "+/")


class Writers:
    """Writers of one description's types; each is made once, when it is first needed."""

    def __init__(self, description: Description) -> None:
        self._types = description.types
        self._made: dict[str, Convert] = {}

    def writer(self, field: Field, *, as_text: bool = False) -> Convert:
        """Give the function from the field's value to what msgspec encodes; it raises Mismatch.

        `as_text` leaves numbers as their digits, for an address.
        """
        convert = checked(self._of_type(field.type), field)
        if field.type in (Scalar.DECIMAL, Scalar.LONG) and field.wire_type == "number" and not as_text:
            convert = _as_number(convert)
        elif field.wire_type == "binary":
            convert = _as_bytes(convert)
        for _ in range(field.list_depth):
            convert = _list_writer(convert, items_nullable=field.items_nullable)
        return counted(convert, field) if field.list_depth else convert

    def _of_type(self, name: str) -> Convert:
        if name in _WRITE:
            return _WRITE[name]
        if name not in self._made:
            self._made[name] = self._late(name)
        return self._made[name]

    def _late(self, name: str) -> Convert:
        """Give a named type's writer, which is made when it is first used."""
        made: Convert | None = None

        def write(value: Any) -> Any:
            nonlocal made
            if made is None:
                made = self._of_named(self._types[name])
            return made(value)

        return write

    def _of_named(self, named: NamedType) -> Convert:
        match named:
            case Enumeration():
                return _enumeration_writer(named)
            case Record():
                return self._of_record(named)
            case Choice():
                return self._of_choice(named)

    def _of_record(self, record: Record) -> Convert:
        if (held := held_field(record)) is not None:
            return _holder_writer(held.name, self.writer(held))
        fields = {field.name: field for field in record.fields}
        writers = {field.name: self.writer(field) for field in record.fields}

        def write(value: Any) -> dict[str, Any]:
            if not isinstance(value, Mapping):
                raise expected("a group of fields", value)
            written: dict[str, Any] = {}
            for name, given in present(value, fields).items():
                written[fields[name].wire] = None if given is None else within(name, writers[name], given)
            return written

        return write

    def _of_choice(self, choice: Choice) -> Convert:
        """Write a member that says which it is, and leave one that does not as the JSON that it is."""
        writers = {name: self._of_type(name) for name in choice.members}

        def write(value: Any) -> Any:
            if not isinstance(value, Mapping):
                raise expected("a group of fields", value)
            named = value.get("__typename")
            members = {key: member for key, member in value.items() if key != "__typename"}
            return writers[named](members) if named in writers else members

        return write


def _holder_writer(name: str, convert: Convert) -> Convert:
    def write(value: Any) -> Any:
        if not isinstance(value, Mapping) or name not in value:
            raise Mismatch.at(name, "it is required")
        return within(name, convert, value[name])

    return write


def _enumeration_writer(enumeration: Enumeration) -> Convert:
    wires = {value.name: value.wire for value in enumeration.values}

    def write(value: Any) -> str:
        if isinstance(value, str) and value in wires:
            return wires[value]
        raise Mismatch(f"one of the values of {enumeration.name} was expected")

    return write


def _list_writer(convert: Convert, *, items_nullable: bool) -> Convert:
    def write(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise expected("a list", value)
        return [
            None if member is None and items_nullable else within(position, convert, member)
            for position, member in enumerate(value)
        ]

    return write


def text(value: Any) -> str:
    """Write a scalar as it stands in an address or a header."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return msgspec.json.encode(value).decode()
