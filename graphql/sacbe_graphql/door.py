"""The door: one GraphQL request in, one answer out.

Who asks, what may be asked, what it needs of the ministries: all of it is settled, and refused
where it must be, before anything runs. Then the bus carries the whole plan, and execution only
puts together what the catalogue and the outcomes hold.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from graphql import ExecutionResult
from graphql.execution import VariableValues
from msgspec import structs

from sacbe_catalog.data_services import DataServices
from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import answer, cost, execution, forgiven, live, plan, rates, static, visibility
from sacbe_graphql import limits as limiting
from sacbe_graphql.answer import Answer
from sacbe_graphql.context import Context
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.limits import Limits
from sacbe_graphql.live import LiveSchema
from sacbe_graphql.peer import Network
from sacbe_graphql.persisted import PersistedDocuments
from sacbe_graphql.rates import Rates
from sacbe_graphql.refusal import ErrorEntry, Refused, known
from sacbe_graphql.request import GraphQLRequest
from sacbe_terms.errors import LimitExceeded, MethodNotAllowed, NotAuthenticated, Problem, SacbeError
from sacbe_terms.exchange import Consumer, Outcome, Plan
from sacbe_xroad_like.administration import user_tokens
from sacbe_xroad_like.administration.actor import NOBODY, Actor, of_client
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.oauth.token_check import Shown
from sacbe_xroad_like.registry import Registry

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the HTTP request says around the GraphQL in it."""

    media_type: str
    """Of the answer: `answer.JSON` or `answer.GRAPHQL_JSON`."""
    may_change: bool = True
    """False for GET."""
    token: str = ""
    shown: Shown = field(default_factory=Shown)
    """What came beside the token, to prove that it may be used."""
    purpose: str = ""
    user_id: str = ""
    issue: str = ""
    message_id: str = ""
    peer: str = ""
    """The address from which the request comes."""
    wants_cost: bool = False
    """Whether the answer is to say what it cost."""


class GraphQLDoor:
    """The one query point of a process. It serves the static schema until the first `refresh`."""

    def __init__(
        self,
        catalogue: CatalogueReader,
        data_services: DataServices,
        bus: Bus,
        *,
        limits: Limits | None = None,
        rates: Rates | None = None,
        persisted: PersistedDocuments | None = None,
        proxies: Sequence[Network] = (),
    ) -> None:
        """Without rates everybody may ask as much as she can; `proxies` are believed when they say for whom."""
        self.limits = limits or Limits()
        self.proxies = tuple(proxies)
        self._rates = rates or Rates()
        self._persisted = persisted or PersistedDocuments()
        self._catalogue = catalogue
        self._data_services = data_services
        self._bus = bus
        self._static = static.schema()
        self._live = LiveSchema(self._static, ())
        self._refreshing = asyncio.Lock()
        self._preparing: asyncio.Task[None] | None = None

    async def refresh(self, registry: Registry) -> None:
        """Serve what this registry publishes, as soon as its schema is built; requests in flight keep theirs.

        Made for `bus.on_change`. What cannot be shown is left out and logged.
        """
        async with self._refreshing:
            if registry.providers == self._live.providers:
                return
            self._live = await live.built(self._static, registry.providers, self._live)
        if self._preparing is not None:
            self._preparing.cancel()
        self._preparing = asyncio.create_task(self._live.prepare(), name="introspection")
        for left_out in self._live.left_out:
            log.warning("data service left out of the schema", service=str(left_out.service), reason=left_out.reason)

    def admit_body(self, size: int, *, peer: str) -> None:
        """Count a large body before it is decoded, whoever sends it; raises RateExceeded."""
        if requests := rates.of_body(size):
            self._rates.of_address(peer).take(requests)

    async def answer(self, request: GraphQLRequest, asking: Asking) -> Answer:
        """Answer a request; every error is an answer too, and what nobody foresaw is masked."""
        try:
            return await self._answered(request, asking)
        except Refused as refused:
            return answer.of_errors(refused.entries, media_type=asking.media_type)
        except Exception as error:
            return answer.of_errors(Refused.by(known(error)).entries, media_type=asking.media_type)

    async def _answered(self, request: GraphQLRequest, asking: Asking) -> Answer:
        schema, until = self._live, time.monotonic() + self.limits.request_seconds_max
        actor, consumer = await self._who(asking)
        allowance = self._rates.of_known(actor.name) if asking.token else self._rates.of_address(asking.peer)
        allowance.take(1)
        request = self._persisted.resolved(request, self.limits)
        allowance.take(rates.of_variables(limiting.check_variables(request.variables, self.limits)))
        document = schema.ready(request.query, self.limits, hide_suggestions=not asking.token, allowance=allowance)
        self._persisted.keep(request)
        operation = document.operation(request.operation_name)
        if operation.is_changing and not asking.may_change:
            raise _only_by_post()
        variables = execution.coerced(schema.schema, operation, request.variables, hide_suggestions=True)
        if operation.is_introspection:
            allowance.take(rates.of_introspection(len(schema.schema.type_map)))
            held = visibility.usable(self._bus.registry, consumer.subsystem if consumer else None)
            data = await schema.introspection(request.query, operation, variables, held)
            return answer.of_data(data, media_type=asking.media_type)
        worth = cost.admitted(operation.cost, variables, self.limits)
        allowance.take(rates.of_cost(worth))
        planned = plan.plan(schema.schema, operation, variables)
        limiting.check_calls(len(planned.calls), self.limits)
        outcomes = await self._carried(planned, consumer, until - self.limits.catalogue_seconds_max)
        context = Context(
            catalogue=self._catalogue,
            data_services=self._data_services,
            desk=self._bus.desk(actor),
            providers=schema.providers,
            mentioned=operation.mentioned,
            outcomes={path: outcome for outcome in outcomes for path in outcome.call.paths},
        )
        try:
            result = await self._executed(schema, operation, variables, context, until)
            given = self._within_size(answer.of_result(result, context, media_type=asking.media_type))
            return answer.with_cost(given, worth, self.limits.cost_max, allowance.taken) if asking.wants_cost else given
        except SacbeError as error:  # what went over the bus is told even where the rest cannot be given
            return answer.of_errors(Refused.by(error).entries, outcomes, media_type=asking.media_type)

    async def _who(self, asking: Asking) -> tuple[Actor, Consumer | None]:
        """Say who administers and who consumes: a person's token stands for no system, and calls none."""
        if not asking.token:
            return NOBODY, None
        if not self._bus.knows(asking.token):  # whoever tries tokens asks the database each time
            self._rates.of_address(asking.peer).take(1)
        if user_tokens.is_of_user(asking.token):
            return await self._bus.actor(asking.token, asking.shown), None
        consumer = await self._bus.consumer(
            asking.token,
            asking.shown,
            user_id=asking.user_id,
            issue=asking.issue,
            purpose=asking.purpose,
            message_id=asking.message_id,
        )
        return of_client(consumer.subsystem), consumer

    async def _carried(self, planned: Plan, consumer: Consumer | None, until: float) -> tuple[Outcome, ...]:
        if not planned.calls:
            return ()
        if consumer is None:
            raise _who_asks(planned)
        try:
            return tuple(map(forgiven.shown, await self._bus.carry(planned, consumer=consumer, until=until)))
        except SacbeError as error:
            raise Refused(_at_every_path(error, planned)) from error

    async def _executed(
        self, schema: LiveSchema, operation: ReadyOperation, variables: VariableValues, context: Context, until: float
    ) -> ExecutionResult:
        result = execution.start(schema.schema, operation, variables, context=context)
        if isinstance(result, ExecutionResult):
            return result
        limits = self.limits
        seconds = limits.administration_seconds_max if operation.is_changing else limits.catalogue_seconds_max
        try:
            async with asyncio.timeout(min(seconds, until - time.monotonic())):
                return await result
        except TimeoutError as error:
            raise LimitExceeded("time in seconds", value=int(seconds), allowed=int(seconds)) from error

    def _within_size(self, given: Answer) -> Answer:
        allowed = self.limits.answer_bytes_max
        if len(given.body) > allowed:
            raise LimitExceeded("answer's bytes", value=len(given.body), allowed=allowed)
        return given


def _only_by_post() -> MethodNotAllowed:
    return MethodNotAllowed(what="GET runs queries only.", where="GET", hint="Send a mutation by POST.")


def _at_every_path(error: SacbeError, planned: Plan) -> list[ErrorEntry]:
    """Show a refused call at each field that it was to answer; the bus names the first."""
    paths = {call.paths[0]: call.paths for call in planned.calls}
    problems = [
        structs.replace(problem, where=path)
        for problem in error.problems
        for path in paths.get(problem.where, (problem.where,))
    ]
    return [ErrorEntry.of_problem(error, problem) for problem in problems] or [ErrorEntry.of(error)]


def _who_asks(planned: Plan) -> NotAuthenticated:
    reason = "This field asks an institution's system, and it is not known who asks."
    return NotAuthenticated(
        what=reason,
        where="Authorization",
        hint="Send `Authorization: Bearer` with the token of a client that has access.",
        problems=[Problem(where=path, reason=reason) for call in planned.calls for path in call.paths],
    )
