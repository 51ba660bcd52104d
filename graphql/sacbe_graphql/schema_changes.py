"""What has changed between two schemas, and whom it breaks, as GraphQL itself understands it.

A change is breaking where a query that was valid may no longer be, and dangerous where it stays
valid and a client may be surprised (a new value of an enumeration, a new default).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from graphql import (
    GraphQLError,
    GraphQLSchema,
    assert_valid_schema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
    print_schema,
)

from sacbe_graphql import merge, static
from sacbe_terms.errors import SchemaNotReadable
from sacbe_xroad_like.registry import Provider

RELEASED = "released.graphql"
"""The static schema of the last release, beside this module; a release replaces it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One change, in words."""

    kind: str
    """GraphQL's own name for it, such as `FIELD_REMOVED`."""
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChanges:
    """All that a client could notice."""

    breaking: tuple[SchemaChange, ...]
    dangerous: tuple[SchemaChange, ...]


def in_force(providers: Sequence[Provider]) -> str:
    """Give the schema that these providers make, in schema definition language."""
    return print_schema(merge.merged(static.schema(), providers).schema) + "\n"


def since_release() -> SchemaChanges:
    """Compare the static schema with the last release's; what institutions publish is in no release."""
    released = files("sacbe_graphql").joinpath(RELEASED).read_text(encoding="utf-8")
    return between(released, static.printed(), where=RELEASED)


def between(before: str, after: str, *, where: str) -> SchemaChanges:
    """Compare two schemas in schema definition language; raises SchemaNotReadable for one that is none."""
    old, new = _read(before, where), _read(after, "the schema in force")
    return SchemaChanges(
        breaking=tuple(
            SchemaChange(kind=each.type.name, description=each.description) for each in find_breaking_changes(old, new)
        ),
        dangerous=tuple(
            SchemaChange(kind=each.type.name, description=each.description) for each in find_dangerous_changes(old, new)
        ),
    )


def _read(text: str, where: str) -> GraphQLSchema:
    try:
        schema = build_schema(text)
        assert_valid_schema(schema)
    except (GraphQLError, TypeError, RecursionError) as error:  # what is no SDL, and what is no schema
        raise SchemaNotReadable(
            what=f"{where} holds no GraphQL schema: {str(error).splitlines()[0]}",
            where=where,
            hint="Give a file that `sacbe graphql schema` wrote.",
        ) from error
    return schema
