"""How an operation would be answered, told before anything is asked: the plan as a value that can be printed."""

from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import GraphQLSchema
from graphql.execution import VariableValues

from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import compiled, documents, execution, following, merge, plan, static
from sacbe_graphql.compiled import Compiled
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.limits import Limits
from sacbe_terms.exchange import PlannedCall
from sacbe_terms.identifiers import OperationId
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
    """The plan of one operation. `executed` says why its answer is not put together as compiled; else it is empty.

    `linked` are the calls that links may lead to: their arguments come from the answers that they follow.
    """

    executed: str
    calls: tuple[Call, ...]
    linked: tuple[Call, ...]
    reads: PlannedRead | None


def explained(
    providers: Sequence[Provider], catalogue: CatalogueReader, text: str, variables: dict[str, Any] | None
) -> Explanation:
    """Explain the one operation of a document; raises what the door refuses it with, rights apart."""
    schema = merge.merged(static.schema(), providers).schema
    operation = documents.ready(text, schema, Limits(), hide_suggestions=False).operation(None)
    return of(schema, catalogue, operation, execution.coerced(schema, operation, variables, hide_suggestions=False))


def of(
    schema: GraphQLSchema, catalogue: CatalogueReader, operation: ReadyOperation, variables: VariableValues
) -> Explanation:
    """Explain an operation with its variables; raises what planning it raises."""
    found = compiled.of(schema, operation, variables)
    asked = found.prepared(catalogue, variables) if isinstance(found, Compiled) and found.reads else None
    planned = plan.plan(schema, operation, variables)
    everything = following.possible(planned, plan.branches(schema, operation, variables)).calls
    return Explanation(
        executed="" if isinstance(found, Compiled) else str(found),
        calls=tuple(map(_call, planned.calls)),
        linked=tuple(map(_call, everything[len(planned.calls) :])),
        reads=None if asked is None else PlannedRead(sql=asked.sql, values=asked.values),
    )


def _call(call: PlannedCall) -> Call:
    operation = str(OperationId(call.service, call.operation_code))
    return Call(paths=call.paths, operation=operation, arguments=dict(call.arguments), fields=call.fields)
