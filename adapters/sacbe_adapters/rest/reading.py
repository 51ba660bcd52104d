"""From decoded JSON to the house's values, compiled once per type.

Numbers keep the digits that stand on the wire: `10.50` stays `10.50`, and an integer of twenty
digits stays whole. What does not fit its type is refused, with its place as a JSON pointer.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from sacbe_adapters.values import INT_MAX, INT_MIN, LEXICAL, MISSING, Convert, Mismatch, Number, expected, kind
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, NamedType, Place, Record, Scalar

decode = msgspec.json.Decoder(float_hook=Number).decode
"""Decode JSON with every number's digits kept; raises msgspec.MsgspecError, ValueError, RecursionError."""


_IS_DECIMAL = LEXICAL[Scalar.DECIMAL].fullmatch


def _read_string(value: Any) -> Any:
    if value.__class__ is str:
        return value
    raise expected("a text", value)


def _read_boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise expected("a boolean", value)


def _digits(value: Any) -> str:
    """Give an integer's digits, be it written as a number or as a text; `1.0` and `1e2` are integers too."""
    if value.__class__ is int:
        return str(value)
    if value.__class__ is Number and (exact := Decimal(value)) == exact.to_integral_value():
        return str(int(exact))
    if value.__class__ is str and LEXICAL[Scalar.LONG].fullmatch(value):
        return str(value)
    raise expected("an integer", value)


def _read_int(value: Any) -> int:
    number = value if value.__class__ is int else int(_digits(value))
    if INT_MIN <= number <= INT_MAX:
        return int(number)
    raise Mismatch("an integer of 32 bits was expected and a larger one was found")


def _read_float(value: Any) -> float:
    if value.__class__ is int or value.__class__ is Number:
        return float(value)
    raise expected("a number", value)


def _read_decimal(value: Any) -> Any:
    if value.__class__ is int:
        return str(value)
    if value.__class__ is Number:
        return str(value)
    if value.__class__ is str and _IS_DECIMAL(value):
        return value
    raise expected("a decimal number", value)


def _read_any(value: Any) -> Any:
    """Give free JSON; a number whose digits no float can hold stays a text of them."""
    if value.__class__ is Number:
        as_float = float(value)
        return as_float if Decimal(repr(as_float)) == Decimal(value) else str(value)
    if value.__class__ is list:
        return [_read_any(member) for member in value]
    if value.__class__ is dict:
        return {key: _read_any(member) for key, member in value.items()}
    return value


def _lexical(scalar: Scalar) -> Convert:
    matches = LEXICAL[scalar].fullmatch

    def read(value: Any) -> Any:
        if value.__class__ is str and matches(value):
            return value
        raise Mismatch(f"{scalar.value} was expected and {kind(value)} that is none was found")

    return read


_READ: dict[str, Convert] = {
    Scalar.STRING: _read_string,
    Scalar.BOOLEAN: _read_boolean,
    Scalar.INT: _read_int,
    Scalar.FLOAT: _read_float,
    Scalar.LONG: _digits,
    Scalar.DECIMAL: _read_decimal,
    Scalar.JSON: _read_any,
    Scalar.XML: _read_string,
    **{scalar: _lexical(scalar) for scalar in (Scalar.DATE, Scalar.DATE_TIME, Scalar.TIME, Scalar.DURATION)},
    Scalar.BASE64: _lexical(Scalar.BASE64),
}
_UNCHANGED: dict[str, type] = {Scalar.STRING: str, Scalar.BOOLEAN: bool}
"""Types whose value is given as it was decoded, after a look at its class."""


class Readers:
    """Readers of one description's types; each is made once, when it is first needed."""

    def __init__(self, description: Description) -> None:
        self._types = description.types
        self._made: dict[str, Convert] = {}

    def reader(self, field: Field) -> Convert:
        """Give the function from decoded JSON to the field's value; it raises Mismatch."""
        convert = self.named_reader(field.type)
        for depth in range(field.list_depth):
            convert = self.list_reader(convert, items_nullable=field.items_nullable and depth == 0)
        return convert

    def named_reader(self, name: str) -> Convert:
        """Give the reader of a scalar or a named type; a named type's is made when it is first used."""
        if name in _READ:
            return _READ[name]
        if name not in self._made:
            self._made[name] = self._late(name)
        return self._made[name]

    def _late(self, name: str) -> Convert:
        made: Convert | None = None

        def read(value: Any) -> Any:
            nonlocal made
            if made is None:
                made = self._of_named(self._types[name])
            return made(value)

        return read

    def _of_named(self, named: NamedType) -> Convert:
        match named:
            case Enumeration():
                return _enumeration_reader(named)
            case Record():
                return self.record_reader(named)
            case Choice():
                return self.choice_reader(named)

    def record_reader(self, record: Record) -> Convert:
        """Give the reader of a record."""
        if (held := held_field(record)) is not None:
            return _holder_reader(held.name, self.reader(held))
        members = [
            (
                field.wire,
                field.name,
                None if field.list_depth else _UNCHANGED.get(field.type),
                self.reader(field),
                field.is_required,
                field.is_nullable,
            )
            for field in record.fields
        ]

        def read(value: Any) -> dict[str, Any]:
            if value.__class__ is not dict:
                raise expected("an object", value)
            get, result = value.get, {}
            for wire, name, unchanged, convert, is_required, is_nullable in members:
                found = get(wire, MISSING)
                if found.__class__ is unchanged:
                    result[name] = found
                elif found is MISSING or found is None:
                    if is_required and not (found is None and is_nullable):
                        raise _absent(wire, found)
                    if found is None:
                        result[name] = None
                else:
                    try:
                        result[name] = convert(found)
                    except Mismatch as mismatch:
                        mismatch.path.append(wire)
                        raise
            return result

        return read

    def choice_reader(self, choice: Choice) -> Convert:
        """Give the reader of a choice."""
        readers = {name: self.named_reader(name) for name in choice.members}
        likely = Likely(choice, self._types)

        def read(value: Any) -> Any:
            for name in likely.members(value):
                try:
                    return {"__typename": name} | readers[name](value)
                except Mismatch:
                    continue
            raise Mismatch(f"one of {', '.join(readers)} was expected and {kind(value)} that fits none was found")

        return read

    def list_reader(self, convert: Convert, *, items_nullable: bool) -> Convert:
        """Give the reader of a list."""

        def read(value: Any) -> list[Any]:
            if value.__class__ is not list:
                raise expected("a list", value)
            result: list[Any] = []
            for position, member in enumerate(value):
                try:
                    result.append(None if member is None and items_nullable else convert(member))
                except Mismatch as mismatch:
                    mismatch.path.append(position)
                    raise
            return result

        return read


class Likely:
    """Which members of a choice a value may be, the likeliest first."""

    def __init__(self, choice: Choice, types: Mapping[str, NamedType]) -> None:
        records = {name: named for name in choice.members if isinstance(named := types[name], Record)}
        self._key = choice.discriminator
        self._told = {record.wire: name for name, record in records.items()} | choice.mapping
        self._wires = {name: frozenset(one.wire for one in record.fields) for name, record in records.items()}
        self._held = {name: held for name, record in records.items() if (held := held_field(record))}
        self._texts = {name for name, held in self._held.items() if _holds_text(held, types)}

    def members(self, value: Any) -> Iterable[str]:
        """Give the one that the discriminator tells, else records by their keys, else holders of such values."""
        if value.__class__ is not dict:
            return sorted(self._held, key=lambda name: not self._fits(name, value))
        named = self._told.get(str(value.get(self._key))) if self._key else None
        if named in self._wires:
            return (named,)
        return sorted(self._wires, key=lambda name: -len(self._wires[name] & value.keys()))

    def _fits(self, name: str, value: Any) -> bool:
        """Say whether a value is of the kind that a holder is made for, and not only readable as it."""
        held = self._held[name]
        if held.list_depth or value.__class__ is list:
            return bool(held.list_depth) and value.__class__ is list
        if value is True or value is False:
            return held.type == Scalar.BOOLEAN
        return (name in self._texts) is (value.__class__ is str)


def held_field(record: Record) -> Field | None:
    """Give the field of a record that stands for a value that is no object; None for any other record."""
    held = record.fields[0] if len(record.fields) == 1 else None
    return held if held is not None and held.place is Place.TEXT else None


def _holds_text(held: Field, types: Mapping[str, NamedType]) -> bool:
    return held.wire_type == "string" or isinstance(types.get(held.type), Enumeration)


def _holder_reader(name: str, convert: Convert) -> Convert:
    return lambda value: {name: convert(value)}


def _absent(wire: str, found: object) -> Mismatch:
    return Mismatch.at(wire, "a value is required and null was found" if found is None else "it is required and absent")


def _enumeration_reader(enumeration: Enumeration) -> Convert:
    names = {value.wire: value.name for value in enumeration.values}

    def read(value: Any) -> str:
        name = names.get(value) if value.__class__ is str else None
        if name is not None:
            return name
        raise Mismatch(f"one of the values of {enumeration.name} was expected and {kind(value)} that is none was found")

    return read
