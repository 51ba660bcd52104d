"""From a real answer to a sample: every value is replaced, whether or not its name sounds personal.

Structure stays: records, lengths of lists, nulls. A boolean or an enumeration becomes any of its values. Of an answer
that she gives herself, a steward may say of a place that it stays (`municipio/nombre`); of a person's number, an
e-mail address, a telephone number, an address or a date of birth she cannot.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from sacbe_terms import choices
from sacbe_terms.comparison import RESULT
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Operation, Record, Scalar
from sacbe_terms.errors import MarkNotValid, Problem
from sacbe_xroad_like.projection import TYPE_NAME
from sacbe_xroad_like.sandbox import fictitious
from sacbe_xroad_like.sandbox.fictitious import Kind

_MAY_STAY = frozenset({Kind.NAME, Kind.DATE, Kind.OTHER})
"""A name may be a municipality's, a date the day of a law."""

_BIRTH = frozenset({"nacimiento", "birth", "nascimento"})

_INT_DIGITS = 10
"""So many digits has the greatest Int."""

_FIXED: dict[str, object] = {
    Scalar.JSON: {"muestra": True},
    Scalar.XML: "<muestra/>",
    Scalar.BASE64: "bXVlc3RyYQ==",
    Scalar.TIME: "12:00:00",
    Scalar.DURATION: "P1D",
}
"""What a value becomes that has a form of its own, whatever it was."""


def sample(description: Description, operation: Operation, value: object, keep: Collection[str] = ()) -> object:
    """Give the sample of an operation's result; raises MarkNotValid for a place that cannot stay."""
    return _Replacing(description, operation, frozenset(keep)).of(operation.result, value)


class _Replacing:
    """One recording: remembers what each value became."""

    def __init__(self, description: Description, operation: Operation, keep: frozenset[str]) -> None:
        self._description = description
        self._operation = operation
        self._keep = keep
        self._numbers = frozenset(operation.person_numbers)
        self._became: dict[tuple[str, str], str] = {}
        self._stayed: set[str] = set()

    def of(self, result: Field, value: object) -> object:
        made = self._value(result, value, "")
        nowhere = self._keep - self._stayed
        if nowhere:
            raise self._cannot_stay(min(nowhere), "there is no such text or number in this answer")
        return made

    def _value(self, field: Field, value: Any, path: str) -> Any:
        if value is None:
            return None
        if isinstance(value, list) and field.list_depth:
            return [self._value(field, each, path) for each in value]
        match self._description.types.get(field.type):
            case Enumeration(values=members):
                return self._one_of(path, value, [member.name for member in members])
            case Record() as record:
                return self._record(record, value, path)
            case Choice():
                member = self._description.record(value[TYPE_NAME])
                return {TYPE_NAME: value[TYPE_NAME], **self._record(member, value, path)} if member else None
            case _:
                return self._scalar(field, value, path)

    def _record(self, record: Record, value: dict[str, Any], path: str) -> dict[str, Any]:
        members = (member for member in record.fields if member.name in value)
        above = f"{path}/" if path else ""
        return {each.name: self._value(each, value[each.name], f"{above}{each.name}") for each in members}

    def _scalar(self, field: Field, value: Any, path: str) -> Any:
        if isinstance(value, bool):
            return self._one_of(path, value, [True, False])
        if path in self._keep:
            return self._kept(field, value, path)
        if field.facets is not None and field.facets.values and isinstance(value, str):
            return secrets.choice(field.facets.values)
        if value == "":
            return value
        if field.type in _FIXED:
            return _FIXED[field.type]
        if isinstance(value, str):
            return self._text(field, value, path)
        return self._number(value)

    def _one_of(self, path: str, value: object, values: Sequence[object]) -> object:
        if path not in self._keep:
            return secrets.choice(values)
        self._stayed.add(path)
        return value

    def _kept(self, field: Field, value: Any, path: str) -> Any:
        is_birth = not _BIRTH.isdisjoint(choices.words(field.name))
        if is_birth or self._kind(field, str(value), path) not in _MAY_STAY or choices.sounds_personal(path):
            raise self._cannot_stay(path, "it holds what tells who a person is")
        self._stayed.add(path)
        return value

    def _kind(self, field: Field, text: str, path: str) -> Kind:
        kind = fictitious.kind_of(field.name, text)
        marked = f"{RESULT}/{path}" if path else RESULT
        return Kind.CUI if marked in self._numbers and kind is not Kind.NIT else kind

    def _text(self, field: Field, text: str, path: str) -> str:
        kind = self._kind(field, text, path) if field.type == Scalar.STRING else Kind.OTHER
        if field.type in (Scalar.DATE, Scalar.DATE_TIME):
            kind = Kind.DATE
        key = (kind, text)
        if key not in self._became:
            is_number = field.type in (Scalar.DECIMAL, Scalar.LONG)
            self._became[key] = _digits(text) if is_number else fictitious.fictitious(kind, text)
        made = self._became[key]
        longest = field.facets.length_max if field.facets is not None else None
        return made if longest is None else made[:longest]

    def _number(self, value: int | float) -> int | float:
        """Draw other digits; where they might leave the range of an Int, one less."""
        key = ("number", repr(value))
        made = self._became.setdefault(key, _digits(repr(value)))
        if isinstance(value, float):
            return float(made)
        return int(made if len(made.lstrip("-")) < _INT_DIGITS else made[:-1])

    def _cannot_stay(self, path: str, reason: str) -> MarkNotValid:
        return MarkNotValid(
            what=f"{path or 'The whole answer'} cannot stay as it is: {reason}.",
            where=self._operation.code,
            hint="Leave it out of what stays; a fictitious value of the same shape takes its place.",
            problems=[Problem(where=self._operation.code, field=path, reason=reason)],
        )


def _digits(text: str) -> str:
    """Give a number with another digit for each of its own; an exponent stays."""
    mantissa, sign, exponent = text.partition("e" if "e" in text else "E")
    return fictitious.reshaped(mantissa) + sign + exponent
