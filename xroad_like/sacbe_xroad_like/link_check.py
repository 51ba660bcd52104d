"""Whether a link fits the two descriptions that it joins. Pure.

Asked when a link is declared, and again whenever a schema is built, since either description may have
changed by then. What does not fit is told as SACBE-113, with what would.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from sacbe_terms import links
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Operation, Record, Scalar
from sacbe_terms.errors import LinkNotValid
from sacbe_terms.links import Batch, Link

_NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,62}")

_TEXTS = frozenset({Scalar.LONG, Scalar.DECIMAL, Scalar.DATE, Scalar.DATE_TIME, Scalar.TIME, Scalar.DURATION})
"""Scalars that cross rooms as text, and may be given where a text is wanted."""

KEY_TYPES = frozenset({Scalar.STRING, Scalar.INT, Scalar.LONG, Scalar.DATE})
"""Of keys by which answers are matched: each value of these is written in one way."""


def refuse_unfit(link: Link, here: Description, there: Description) -> None:
    """Raise LinkNotValid unless the link's field can stand in the type and its operation be called for it."""
    record = _record(link, here)
    operation = _operation(link, there, link.target.operation_code)
    _refuse_arguments(link, here, record, there, operation)
    if link.batch is not None:
        _refuse_batch(link, link.batch, there, operation)


def field_at(description: Description, record: Record, way: Iterable[str]) -> Field | None:
    """Give the field at the end of a way that leads from a record through single records."""
    found, at = None, Field(name="", wire="", type="")
    inside: Record | None = record
    for name in way:
        at_list = at.list_depth
        found = None if inside is None or at_list else _named(inside.fields, name)
        if found is None:
            return None
        at, inside = found, description.record(found.type)
    return found


def constant(field: Field, text: str, description: Description) -> object:
    """Read a text that stands for itself, by the argument's type; raises ValueError."""
    meant = links.constant(text)
    named = description.types.get(field.type)
    if field.list_depth or isinstance(named, Record | Choice):
        raise ValueError("it takes more than one value, which no text can be")
    if isinstance(named, Enumeration):
        return _one_of(meant, [value.name for value in named.values])
    read = _READ.get(field.type)
    return meant if read is None else read(meant)


def _one_of(text: str, names: list[str]) -> str:
    if text not in names:
        raise ValueError(f"it is one of {', '.join(names)}")
    return text


def _boolean(text: str) -> bool:
    return _one_of(text, ["true", "false"]) == "true"


_READ: Mapping[str, Callable[[str], object]] = {Scalar.INT: int, Scalar.FLOAT: float, Scalar.BOOLEAN: _boolean}


def _record(link: Link, here: Description) -> Record:
    record = here.record(link.type_name)
    if record is None or link.type_name not in _given(here):
        names = sorted(name for name in _given(here) if here.record(name))
        raise _unfit(link, f"{link.service} gives no record of type {link.type_name}", f"It gives: {', '.join(names)}.")
    if _NAME.fullmatch(link.field) is None:
        hint = "Take a small letter, then letters and digits, 63 at most."
        raise _unfit(link, f"'{link.field}' is no name for a field", hint)
    if _named(record.fields, link.field) is not None:
        raise _unfit(link, f"{link.type_name} has a field {link.field} of its own", "Choose another name.")
    return record


def _given(description: Description) -> set[str]:
    """Names of the types that results reach."""
    waiting = [operation.result.type for operation in description.operations]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        named = description.types.get(name)
        if named is None or name in found:
            continue
        found.add(name)
        if isinstance(named, Record):
            waiting += (field.type for field in named.fields)
        elif isinstance(named, Choice):
            waiting += named.members
    return found


def _operation(link: Link, there: Description, code: str) -> Operation:
    operation = there.operation(code)
    if operation is None:
        known = ", ".join(each.code for each in there.operations if each.reads)
        raise _unfit(link, f"{link.target.service} has no operation {code}", f"It has: {known}.")
    if not operation.reads:
        raise _unfit(link, f"{code} changes something", "A link only reads: take an operation that does.")
    return operation


def _refuse_arguments(link: Link, here: Description, record: Record, there: Description, operation: Operation) -> None:
    if not link.sources:
        example = "Give an argument from the record, such as `--argument 'cui=$cui'`."
        raise _unfit(link, "nothing of the record is given to its operation", example)
    for name, text in link.arguments.items():
        argument = _argument(link, operation, name)
        way = links.source(text)
        if way:
            _refuse_source(link, field_at(here, record, way), argument, text)
        else:
            _refuse_constant(link, argument, text, there)
    missing = [each.name for each in operation.arguments if each.is_required and each.name not in link.arguments]
    if missing:
        raise _unfit(link, f"{operation.code} requires {', '.join(missing)}", "Say what each is given.")


def _argument(link: Link, operation: Operation, name: str) -> Field:
    argument = _named(operation.arguments, name)
    if argument is None:
        known = ", ".join(each.name for each in operation.arguments)
        raise _unfit(link, f"{operation.code} has no argument {name}", f"It has: {known}.")
    return argument


def _refuse_source(link: Link, given: Field | None, argument: Field, text: str) -> None:
    if given is None or given.list_depth:
        hint = f"Name a field of {link.type_name}, or a way through single records: `$municipio/codigo`."
        raise _unfit(link, f"{text} is no single value of {link.type_name}", hint)
    fits = given.type == argument.type and given.type in set(Scalar)
    is_text = argument.type == Scalar.STRING and given.type in _TEXTS
    if argument.list_depth or not (fits or is_text):
        wanted = f"a list of {argument.type}" if argument.list_depth else argument.type
        raise _unfit(
            link, f"{text} is {given.type}, and {argument.name} takes {wanted}", "Their types must be the same."
        )


def _refuse_constant(link: Link, argument: Field, text: str, there: Description) -> None:
    try:
        constant(argument, text, there)
    except ValueError as error:
        hint = "Write a value of its type, or $ and a field's name."
        raise _unfit(link, f"'{text}' is no value of {argument.name}: {error}", hint) from error


def _refuse_batch(link: Link, batch: Batch, there: Description, single: Operation) -> None:
    operation = _operation(link, there, batch.operation_code)
    if len(link.sources) != 1:
        raise _unfit(link, "it has several arguments from the record", "With a list operation, give one: the key.")
    key = _argument(link, single, next(iter(link.sources)))
    keys = _argument(link, operation, batch.argument)
    if keys.list_depth != 1 or keys.type != key.type or keys.type not in KEY_TYPES:
        hint = f"The argument is a list of what {single.code} takes one of: {', '.join(sorted(KEY_TYPES))}."
        raise _unfit(link, f"{batch.argument} of {operation.code} takes no list of {key.type}", hint)
    if single.result.list_depth or operation.result.list_depth != 1 or operation.result.type != single.result.type:
        raise _unfit(
            link,
            f"{operation.code} does not answer a list of {single.result.type}",
            f"A list operation answers a list of what {single.code} answers one of.",
        )
    _refuse_match(link, batch, there, operation, key)
    rest = [name for name in link.arguments if name not in link.sources]
    missing = [
        each.name for each in operation.arguments if each.is_required and each.name not in (batch.argument, *rest)
    ]
    if missing:
        raise _unfit(link, f"{operation.code} requires {', '.join(missing)}", "Say what each is given.")
    for name in rest:
        _refuse_constant(link, _argument(link, operation, name), link.arguments[name], there)


def _refuse_match(link: Link, batch: Batch, there: Description, operation: Operation, key: Field) -> None:
    record = there.record(operation.result.type)
    matched = None if record is None else _named(record.fields, batch.match)
    if matched is None or matched.list_depth or matched.type != key.type:
        hint = "Name the field of each record in which its key stands."
        raise _unfit(link, f"{operation.result.type} has no {key.type} {batch.match} to match by", hint)


def _named(fields: Iterable[Field], name: str) -> Field | None:
    return next((field for field in fields if field.name == name), None)


def _unfit(link: Link, reason: str, hint: str) -> LinkNotValid:
    return LinkNotValid(link.name, reason=reason, hint=hint)
