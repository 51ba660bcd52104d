"""One operation's SQL, and its rows as values: identifiers are quoted, callers' values are parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sacbe_sql_view.columns import TYPES
from sacbe_terms.descriptions import Description, Field, Operation

_CONDITIONS = {
    "equal": "{column} = {value}",
    "from": "{column} >= {value}",
    "until": "{column} <= {value}",
    "begins": "starts_with({column}::text, {value}::text)",
}


class Binding(msgspec.Struct, frozen=True, rename="camel"):
    """What `document` left in `Operation.binding`."""

    view: str
    operators: dict[str, str]
    order: tuple[str, ...]
    rows_max: int


class Query:
    """Compiled once per operation."""

    def __init__(self, operation: Operation, description: Description) -> None:
        record = description.record(operation.result.type)
        assert record is not None
        self.operation = operation
        self.binding = msgspec.convert(operation.binding, Binding)
        self._readers = [(field.name, TYPES[field.wire_type].read) for field in record.fields]
        self._filters = {argument.name: argument for argument in operation.arguments}
        columns = ", ".join(map(_selected, record.fields))
        self._start = f"select {columns} from {'.'.join(map(quoted, self.binding.view.split('.')))}"  # noqa: S608 - quoted names of the steward's document, no caller's word
        order = ", ".join(map(quoted, self.binding.order))
        self._end = (f" order by {order}" if order else "") + f" limit {self.binding.rows_max + 1}"

    def statement(self, arguments: Mapping[str, object]) -> tuple[str, list[str]]:
        """Give the statement for these arguments and its parameters; one row more than allowed is asked for."""
        given = [(self._filters[name], value) for name, value in arguments.items() if value is not None]
        conditions = [self._condition(field, number) for number, (field, _) in enumerate(given, start=1)]
        where = f" where {' and '.join(conditions)}" if conditions else ""
        return self._start + where + self._end, [_printed(value) for _, value in given]

    def value(self, row: Sequence[Any]) -> dict[str, object]:
        """Give a row as a record; raises ValueError where a number is none."""
        pairs = zip(self._readers, row, strict=True)
        return {name: read(found) for (name, read), found in pairs if found is not None}

    def _condition(self, field: Field, number: int) -> str:
        value = f"${number}::text::{field.wire_type}"
        return _CONDITIONS[self.binding.operators[field.name]].format(column=quoted(field.wire), value=value)


def quoted(name: str) -> str:
    """Give a name as SQL's delimited identifier (PostgreSQL, section 4.1.1)."""
    return '"' + name.replace('"', '""') + '"'


def _selected(field: Field) -> str:
    return f"{quoted(field.wire)}::text" if TYPES[field.wire_type].is_cast else quoted(field.wire)


def _printed(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
