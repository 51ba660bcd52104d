"""From the document in which a ministry names its views to a Description.

    {"sqlViews": "1.0", "title": "Vehículos", "operations": [
      {"operation": "consultarVehiculo", "view": "consulta.vehiculo", "gives": "one",
       "columns": [{"name": "placa", "type": "character varying", "required": true}],
       "filters": [{"name": "placa", "column": "placa", "required": true}]}]}

The README has a query that prints the columns of a view in this form. Only what stands here can be
asked: a caller gives values of named filters and no word of SQL.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Literal

import msgspec

from sacbe_adapters import naming
from sacbe_sql_view.columns import TYPES
from sacbe_terms.credentials import CredentialNeed
from sacbe_terms.descriptions import Description, Field, Operation, Record, Source, Uncovered
from sacbe_terms.errors import DescriptionNotReadable, NothingUsable, Problem

KIND = "sql-view"
ROWS_MAX = 1000
"""The longest list that a document may allow."""

Operator = Literal["equal", "from", "until", "begins"]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a view; `required` says that it is never null."""

    name: str
    type: str
    required: bool = False
    documentation: str = ""


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An argument that a caller may give, and what it is compared with."""

    name: str
    column: str
    operator: Operator = "equal"
    required: bool = False
    documentation: str = ""


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One operation: a view, the columns that are given, and how rows are chosen and ordered."""

    operation: str
    view: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    gives: Literal["one", "list"] = "list"
    order: tuple[str, ...] = ()
    rows_max: int = 100
    documentation: str = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"version": "sqlViews"}):
    """The whole document."""

    version: Literal["1.0"]
    title: str
    operations: tuple[View, ...]
    documentation: str = ""


def describe(document: bytes, location: str) -> Description:
    """Say what a document offers; raises DescriptionNotReadable (with each place) and NothingUsable."""
    found = _decoded(document, location)
    problems = [*_repeated([view.operation for view in found.operations], "$.operations")]
    for number, view in enumerate(found.operations):
        problems += _problems(view, f"$.operations[{number}]")
    if problems:
        raise _unreadable(location, f"{len(problems)} of its places do not hold together", problems)
    records = naming.unique(naming.type_name(view.view.rpartition(".")[2]) for view in found.operations)
    aliases = naming.unique(naming.field_name(view.operation) for view in found.operations)
    offered = [
        (_operation(view, alias, record), _record(view, record))
        for view, alias, record in zip(found.operations, aliases, records, strict=True)
        if _covered(view)
    ]
    uncovered = tuple(each for number, view in enumerate(found.operations) for each in _uncovered(view, number))
    if not offered:
        raise NothingUsable(
            what="No view of the document has a column that can be offered.",
            where=location,
            hint=" ".join(each.reason for each in uncovered) or "Name at least one view with its columns.",
        )
    return Description(
        kind=KIND,
        title=found.title,
        documentation=found.documentation,
        operations=tuple(operation for operation, _ in offered),
        types={record.name: record for _, record in offered},
        credentials=(CredentialNeed(name="database", kind="basic", documentation="A role that may only read."),),
        sources=(Source(location=location, sha256=sha256(document).hexdigest()),),
        uncovered=uncovered,
    )


def _decoded(document: bytes, location: str) -> Document:
    try:
        return msgspec.json.decode(document, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(location, str(error), []) from error


def _unreadable(location: str, reason: str, problems: Sequence[Problem]) -> DescriptionNotReadable:
    return DescriptionNotReadable(
        what=f"{location} does not describe views of a database: {reason}.",
        where=location,
        hint="Write it by the README of this adapter; places are JSON paths.",
        problems=problems,
    )


def _problems(view: View, where: str) -> Iterator[Problem]:
    """Give what does not hold together in one operation."""
    types = {column.name: column.type for column in view.columns}
    yield from _repeated([column.name for column in view.columns], f"{where}.columns")
    yield from _repeated([naming.field_name(each.name) for each in view.filters], f"{where}.filters")
    if not all(view.view.split(".")) or view.view.count(".") != 1 or "\0" in view.view:
        yield Problem(where=f"{where}.view", reason="a name such as 'consulta.vehiculo' was expected")
    if not 0 < view.rows_max <= ROWS_MAX:
        yield Problem(where=f"{where}.rowsMax", reason=f"a number from 1 to {ROWS_MAX} was expected")
    for number, each in enumerate(view.filters):
        kind = types.get(each.column, "")
        if kind not in TYPES or not TYPES[kind].is_comparable:
            reason = f"'{each.column}' is not a column here that values can be compared with"
            yield Problem(where=f"{where}.filters[{number}].column", reason=reason)
    for name in view.order:
        if name not in types:
            yield Problem(where=f"{where}.order", reason=f"there is no column '{name}'")


def _repeated(names: Sequence[str], where: str) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(where=where, reason=f"'{name}' stands here more than once")


def _covered(view: View) -> tuple[Column, ...]:
    return tuple(column for column in view.columns if column.type in TYPES)


def _uncovered(view: View, number: int) -> Iterator[Uncovered]:
    for position, column in enumerate(view.columns):
        if column.type not in TYPES:
            where = f"$.operations[{number}].columns[{position}]"
            yield Uncovered(where=where, reason=f"The type '{column.type}' is not offered; cast it in the view.")


def _operation(view: View, alias: str, record: str) -> Operation:
    types = {column.name: column.type for column in view.columns}
    is_list = view.gives == "list"
    return Operation(
        code=view.operation,
        alias=alias,
        reads=True,
        arguments=tuple(_argument(each, types[each.column]) for each in view.filters),
        result=Field(name="result", wire="", type=record, list_depth=int(is_list), is_required=is_list),
        documentation=view.documentation,
        binding={
            "view": view.view,
            "operators": {naming.field_name(each.name): each.operator for each in view.filters},
            "order": list(view.order),
            "rowsMax": view.rows_max if is_list else 1,
        },
    )


def _argument(each: Filter, column_type: str) -> Field:
    return Field(
        name=naming.field_name(each.name),
        wire=each.column,
        type=TYPES[column_type].scalar,
        wire_type=column_type,
        is_required=each.required,
        documentation=each.documentation,
    )


def _record(view: View, name: str) -> Record:
    columns = _covered(view)
    names = naming.unique(naming.field_name(column.name) for column in columns)
    fields = tuple(
        Field(
            name=field_name,
            wire=column.name,
            type=TYPES[column.type].scalar,
            wire_type=column.type,
            is_required=column.required,
            documentation=column.documentation,
        )
        for field_name, column in zip(names, columns, strict=True)
    )
    return Record(name=name, fields=fields, wire=view.view)
