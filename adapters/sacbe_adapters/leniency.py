"""What a lenient endpoint is forgiven: a value that breaks its description, with null where it does.

The plain rule, as `values.check` is for strict ones; adapters that read replies by compiled plans
keep it in their own way. Null stands at the nearest place that may be null: a required field takes
its record with it, an item its list, up to the whole result.
"""

from collections.abc import Mapping
from typing import Any

from sacbe_adapters import values
from sacbe_adapters.values import Mismatch
from sacbe_terms.descriptions import Choice, Description, Field, Record
from sacbe_terms.errors import Problem

PROBLEMS_MAX = 100
"""A reply with more misfits than this is not what the description says at all: the whole result is null."""


def forgiven(description: Description, field: Field, value: object) -> tuple[object, tuple[Problem, ...]]:
    """Give a value that fits its field, and what had to be left out of it (`exchange.Reply.problems`)."""
    problems: list[Problem] = []
    while value is not None or not problems:
        try:
            values.check(description, field, value)
            break
        except Mismatch as mismatch:
            way = tuple(reversed(mismatch.path))
            problems.append(Problem(where="/".join(map(str, way)), reason=mismatch.reason))
            is_hopeless = len(problems) == PROBLEMS_MAX
            value = None if is_hopeless else _without(description, field, field.list_depth, value, way)
    return value, tuple(problems)


def _without(description: Description, field: Field, depth: int, value: Any, way: tuple[str | int, ...]) -> object:
    """Give a value without what stands at the end of the way; None if it cannot be without."""
    if not way:
        return None
    step, rest = way[0], way[1:]
    if isinstance(step, int):
        item = _without(description, field, depth - 1, value[step], rest)
        may_be_null = field.items_nullable and depth == 1
        return None if item is None and not may_be_null else [*value[:step], item, *value[step + 1 :]]
    member = _members(description, field, value).get(step)
    if member is None:
        return {name: kept for name, kept in value.items() if name != step}
    inner = _without(description, member, member.list_depth, value.get(step), rest)
    may_be_null = member.is_nullable or not member.is_required
    return {**value, step: inner} if inner is not None or may_be_null else None


def _members(description: Description, field: Field, value: Mapping[str, Any]) -> Mapping[str, Field]:
    """Give the fields that a record, or a choice's record, has by its description."""
    named = description.types.get(field.type)
    record = description.record(str(value.get("__typename"))) if isinstance(named, Choice) else named
    return {member.name: member for member in record.fields} if isinstance(record, Record) else {}
