"""Arguments as they go over the bus, from what GraphQL made of a query's literals and variables.

GraphQL has checked types and filled in defaults. What remains: a null where the wire knows no null
means absent, and a choice becomes its member with `__typename` (see `terms.descriptions`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sacbe_graphql.described_types import member_field
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Record


def of_fields(fields: Sequence[Field], given: Mapping[str, Any], description: Description) -> dict[str, object]:
    """Give the values of these fields, in the order of the wire."""
    values: dict[str, object] = {}
    for field in fields:
        value = given.get(field.name)
        if value is not None:
            values[field.name] = _value(value, field.type, field.list_depth, description)
        elif field.is_nullable and (field.name in given or field.is_required):
            values[field.name] = None
    return values


def _value(value: Any, type_name: str, list_depth: int, description: Description) -> object:
    if value is None:
        return None
    if list_depth:
        return [_value(item, type_name, list_depth - 1, description) for item in value]
    named = description.types.get(type_name)
    match named:
        case Record():
            return of_fields(named.fields, value, description)
        case Choice():
            return _chosen(value, named, description)
        case Enumeration() | None:
            return value


def _chosen(value: Mapping[str, Any], choice: Choice, description: Description) -> object:
    records = (description.record(member) for member in choice.members)
    record = next(record for record in records if record is not None and member_field(record.name) in value)
    return {"__typename": record.name, **of_fields(record.fields, value[member_field(record.name)], description)}
