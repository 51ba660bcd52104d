"""The sandbox: `Sacbe-Sandbox: 1` asks for samples where an institution's system would be asked.

Whoever is known may ask, with or without a right. What would act is refused, so that nobody takes the real thing
for a trial; the catalogue is read as ever.
"""

from collections.abc import Mapping

from graphql import GraphQLSchema
from graphql.execution import VariableValues
from graphql.execution.collect_fields import collect_fields

from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.negotiation import HttpRefusal
from sacbe_terms.errors import RequestNotReadable

_NO = frozenset({"", "0", "false"})
_YES = frozenset({"1", "true"})
_TRIED = frozenset({"exchange", "__typename"})
"""Fields of a mutation that the sandbox can answer."""


def is_asked(headers: Mapping[str, str]) -> bool:
    """Say whether samples are asked for; raises HttpRefusal with 400 for what is neither yes nor no."""
    said = headers.get("sacbe-sandbox", "").lower()
    if said in _NO | _YES:
        return said in _YES
    error = RequestNotReadable(
        what="Sacbe-Sandbox says neither yes nor no.",
        where="Sacbe-Sandbox",
        hint="Send 1 for samples, or leave it out.",
    )
    raise HttpRefusal(error, 400)


def refuse_acts(schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues) -> None:
    """Raise RequestNotReadable for a mutation that would act, before any of it does."""
    root = schema.mutation_type
    if not operation.is_changing or root is None:
        return
    fields = collect_fields(schema, operation.fragments, variables, root, operation.node).grouped_field_set
    acts = sorted({details[0].node.name.value for details in fields.values()} - _TRIED)
    if acts:
        raise RequestNotReadable(
            what=f"In the sandbox nothing is administered, and {acts[0]} would be.",
            where=acts[0],
            hint="Leave Sacbe-Sandbox out to do it, or ask below `exchange` alone to try something out.",
        )
