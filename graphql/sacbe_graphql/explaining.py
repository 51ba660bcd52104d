"""How an operation would be answered, told before anything is asked: the plan as a value that can be printed."""

from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import GraphQLSchema

from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import compiled, documents, execution, merge, plan, static
from sacbe_graphql.compiled import Compiled
from sacbe_graphql.limits import Limits
from sacbe_xroad_like.registry import Provider


class PlannedRead(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is read of the catalogue: all of it in one statement."""

    sql: str
    values: tuple[Any, ...]


class Call(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A call of an institution's system: for which response paths, and which fields leave the provider."""

    paths: tuple[str, ...]
    operation: str
    arguments: dict[str, Any]
    fields: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The plan of one operation. `executed` says why its answer is not put together as compiled; else it is empty."""

    executed: str
    calls: tuple[Call, ...]
    reads: PlannedRead | None


def explained(
    providers: Sequence[Provider], catalogue: CatalogueReader, text: str, variables: dict[str, Any] | None
) -> Explanation:
    """Explain the one operation of a document; raises what the door refuses it with, rights apart."""
    schema = merge.merged(static.schema(), providers).schema
    return _explained(schema, catalogue, text, variables)


def _explained(
    schema: GraphQLSchema, catalogue: CatalogueReader, text: str, variables: dict[str, Any] | None
) -> Explanation:
    operation = documents.ready(text, schema, Limits(), hide_suggestions=False).operation(None)
    coerced = execution.coerced(schema, operation, variables, hide_suggestions=False)
    found = compiled.of(schema, operation, coerced)
    asked = found.prepared(catalogue, coerced) if isinstance(found, Compiled) and found.reads else None
    return Explanation(
        executed="" if isinstance(found, Compiled) else str(found),
        calls=tuple(
            Call(
                paths=call.paths,
                operation=f"{call.service}/{call.operation_code}",
                arguments=dict(call.arguments),
                fields=call.fields,
            )
            for call in plan.plan(schema, operation, coerced).calls
        ),
        reads=None if asked is None else PlannedRead(sql=asked.sql, values=asked.values),
    )
