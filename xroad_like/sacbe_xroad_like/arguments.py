"""Checks arguments against an operation's description before anything leaves the bus.

Shape only: names, presence, lists, kinds of values, members of enumerations. The lexical form of a
date or a decimal is checked by the adapter that writes it.
"""

from collections.abc import Iterator, Mapping, Sequence

from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Operation, Record, Scalar
from sacbe_terms.errors import ArgumentsNotValid, Problem

_ANYTHING = (str, bool, int, float, list, tuple, dict)

_PYTHON: Mapping[str, tuple[type, ...]] = {
    Scalar.BOOLEAN: (bool,),
    Scalar.INT: (int,),
    Scalar.FLOAT: (int, float),
    Scalar.JSON: _ANYTHING,
}
"""What Python has for a scalar; every other scalar crosses rooms as text."""


def refuse_misfits(name: str, description: Description, operation: Operation, arguments: Mapping[str, object]) -> None:
    """Raise ArgumentsNotValid, locating every misfit, unless the arguments fit the operation."""
    problems = tuple(_fields(description, operation.arguments, arguments, where=""))
    if problems:
        raise ArgumentsNotValid(
            what=f"The arguments of {name} do not fit: {problems[0]}.",
            where=problems[0].where,
            hint="The schema's documentation of the operation tells what it takes.",
            problems=problems,
        )


def misfits(description: Description, field: Field, value: object) -> tuple[Problem, ...]:
    """Locate every misfit of a value, of a sample for instance, with what its field promises."""
    return tuple(_fields(description, (field,), {field.name: value}, where=""))


def _fields(
    description: Description, fields: Sequence[Field], values: Mapping[str, object], *, where: str
) -> Iterator[Problem]:
    known = {field.name for field in fields}
    for name in values:
        if name not in known:
            yield Problem(where=f"{where}{name}", reason="there is no such argument")
    for field in fields:
        value = values.get(field.name)
        if value is not None:
            yield from _listed(description, field, value, field.list_depth, where=f"{where}{field.name}")
        elif field.is_required and not (field.is_nullable and field.name in values):
            yield Problem(where=f"{where}{field.name}", reason="it is required")


def _listed(description: Description, field: Field, value: object, depth: int, *, where: str) -> Iterator[Problem]:
    if depth == 0:
        yield from _value(description, field.type, value, where=where)
    elif not isinstance(value, list | tuple):
        yield Problem(where=where, reason="it must be a list")
    else:
        for index, item in enumerate(value):
            if item is not None:
                yield from _listed(description, field, item, depth - 1, where=f"{where}[{index}]")
            elif not field.items_nullable:
                yield Problem(where=f"{where}[{index}]", reason="it must not be null")


def _value(description: Description, type_name: str, value: object, *, where: str) -> Iterator[Problem]:
    named = description.types.get(type_name)
    if isinstance(named, Record):
        yield from _record(description, named, value, where=where)
    elif isinstance(named, Choice):
        yield from _choice(description, named, value, where=where)
    elif isinstance(named, Enumeration):
        if value not in [member.name for member in named.values]:
            yield Problem(where=where, reason=f"it is none of the values of {named.name}")
    elif not _is(value, _PYTHON.get(type_name, (str,))):
        yield Problem(where=where, reason=f"it is not a {type_name}")


def _record(description: Description, record: Record, value: object, *, where: str) -> Iterator[Problem]:
    if isinstance(value, dict):
        yield from _fields(description, record.fields, value, where=f"{where}.")
    else:
        yield Problem(where=where, reason=f"it must be a {record.name}")


def _choice(description: Description, choice: Choice, value: object, *, where: str) -> Iterator[Problem]:
    chosen = value.get("__typename") if isinstance(value, dict) else None
    record = description.record(chosen) if isinstance(chosen, str) and chosen in choice.members else None
    if record is None or not isinstance(value, dict):
        yield Problem(where=where, reason=f"its __typename must be one of {', '.join(choice.members)}")
    else:
        rest = {name: item for name, item in value.items() if name != "__typename"}
        yield from _fields(description, record.fields, rest, where=f"{where}.")


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    """Python takes True for a number; the wire does not."""
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
