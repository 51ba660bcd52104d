"""The feed of changes, as the schema shows it."""

from enum import Enum

import strawberry
from strawberry import field

from sacbe_catalog.history import RecordVersion
from sacbe_graphql.scalars import DateTime


@strawberry.enum(description="What became of a record.")
class ChangeOfRecord(Enum):
    """A `history.What`, as far as readers see it."""

    ADDED = strawberry.enum_value("added", description="It is shown from now on.")
    CHANGED = strawberry.enum_value("changed", description="It says something else.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="It is not shown any more.")


def _what(change: strawberry.Parent[RecordVersion]) -> ChangeOfRecord:
    return ChangeOfRecord(change.what.value)


def _content(change: strawberry.Parent[RecordVersion]) -> str | None:
    return bytes(change.content).decode() if change.is_public else None


def _made_at(change: strawberry.Parent[RecordVersion]) -> DateTime:
    return DateTime(change.made_at.isoformat())


def _number(change: strawberry.Parent[RecordVersion]) -> int:
    return change.number


@strawberry.type(description="A change of a record: of services, and of all that they point to, labels included.")
class RecordChange:
    """A `history.RecordVersion`, without who made it and why: these name people."""

    kind: str = field(description="The kind of record, such as `service`, `institution` or `concept`.")
    identifier: str = field(description="Its identifier within its kind.")

    made_at: DateTime = field(resolver=_made_at, description="When it was made.")
    number: int = field(resolver=_number, description="Its number: each change has a greater one than those before it.")
    what: ChangeOfRecord = field(resolver=_what, description="What became of the record.")
    content: str | None = field(
        resolver=_content, description="The whole record from now on as JSON; null where it is not shown any more."
    )
