"""The sandbox: `Sacbe-Sandbox: 1` asks for samples where an institution's system would be asked.

Whoever is known may ask, with or without a right. What would act is refused, so that nobody takes the real thing
for a trial; the catalogue is read as ever.
"""

import asyncio
from collections.abc import Callable, Mapping
from math import inf

from graphql import GraphQLSchema
from graphql.execution import VariableValues
from graphql.execution.collect_fields import collect_fields

from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.negotiation import HttpRefusal
from sacbe_terms.errors import RequestNotReadable
from sacbe_terms.exchange import Consumer, Outcome, Plan
from sacbe_xroad_like.bus import Bus

_NO = frozenset({"", "0", "false"})
_YES = frozenset({"1", "true"})
_TRIED = frozenset({"exchange", "__typename"})
"""Fields of a mutation that the sandbox can answer."""


class Samples:
    """Carries plans as the bus does, and asks nobody: every call has its operation's sample for an answer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def carry(
        self,
        plan: Plan,
        *,
        consumer: Consumer,  # noqa: ARG002 - whoever is known may ask
        until: float = inf,  # noqa: ARG002 - nothing is waited for
        ended: Callable[[Outcome], None] | None = None,
    ) -> tuple[Outcome, ...]:
        """Give each call's sample, told at once to `ended`."""
        outcomes = await self._bus.samples(plan)
        if ended is not None:
            for outcome in outcomes:
                ended(outcome)
        return outcomes

    async def carry_each(
        self,
        plan: Plan,
        *,
        consumer: Consumer,
        places: asyncio.Semaphore,  # noqa: ARG002 - samples are read together
        ended: Callable[[Outcome], None],
        until: float = inf,
    ) -> None:
        """Tell `ended` each call's sample."""
        await self.carry(plan, consumer=consumer, until=until, ended=ended)

    def refuse_without_rights(self, plan: Plan, *, consumer: Consumer) -> None:
        """Refuse nothing: a sample needs no right."""


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
