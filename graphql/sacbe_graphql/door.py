"""The door: one GraphQL request in, one answer out.

Who asks, what may be asked, what it needs of the ministries: all of it is settled, and refused
where it must be, before anything runs. Then the bus carries the whole plan, and execution only
puts together what the catalogue and the outcomes hold.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast

import structlog
from graphql import ExecutionResult
from graphql.execution import VariableValues

from sacbe_catalog import changes
from sacbe_catalog.data_services import CHANNEL as DATA_SERVICES
from sacbe_catalog.data_services import DataServices
from sacbe_catalog.kept_lexicons import CHANNEL as LEXICONS
from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import (
    answer,
    caching,
    cost,
    door_refusals,
    ending,
    execution,
    explaining,
    following,
    forgiven,
    live,
    plan,
    rates,
    sandbox,
    static,
    visibility,
)
from sacbe_graphql import compiled as compiling
from sacbe_graphql import limits as limiting
from sacbe_graphql.answer import Answer
from sacbe_graphql.asking import Asking
from sacbe_graphql.caching import CACHE_SECONDS, Caching
from sacbe_graphql.compiled import Compiled
from sacbe_graphql.context import Context, Subscriber
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.following import Branches
from sacbe_graphql.limits import Limits
from sacbe_graphql.live import LiveSchema
from sacbe_graphql.peer import Network
from sacbe_graphql.persisted import PersistedDocuments
from sacbe_graphql.rates import Allowance, Rates
from sacbe_graphql.refusal import Refused, known
from sacbe_graphql.request import GraphQLRequest
from sacbe_graphql.subscriptions import happenings
from sacbe_graphql.subscriptions.feeds import Feeds
from sacbe_graphql.subscriptions.places import Open
from sacbe_graphql.writers import NotWritten
from sacbe_terms.errors import LimitExceeded, SacbeError
from sacbe_terms.exchange import Consumer, Outcome, Plan
from sacbe_xroad_like.administration import user_tokens
from sacbe_xroad_like.administration.actor import NOBODY, Actor, of_client
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.registry import Registry

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Admitted:
    """A request whose caller is known, and whose document was read within what she may ask."""

    schema: LiveSchema
    actor: Actor
    consumer: Consumer | None
    allowance: Allowance
    request: GraphQLRequest
    operation: ReadyOperation
    until: float
    """When its time is over, by `time.monotonic()`."""


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
        cache_seconds: int = CACHE_SECONDS,
    ) -> None:
        """Without rates everybody may ask as much as she can; `proxies` are believed when they say for whom."""
        self.limits = limits or Limits()
        self.proxies = tuple(proxies)
        self._rates = rates or Rates()
        self._persisted = persisted or PersistedDocuments()
        self.caching = Caching(cache_seconds)
        self.feeds = Feeds(bus)
        self.open = Open()
        bus.hear(changes.CHANNEL, self.caching.forget)
        bus.hear(DATA_SERVICES, self.caching.forget)
        bus.hear(LEXICONS, self.caching.forget)
        self._catalogue = catalogue
        self._data_services = data_services
        self._bus = bus
        self._static = static.schema()
        self._live = LiveSchema(self._static, ())
        self._refreshing = asyncio.Lock()
        self._preparing: asyncio.Task[None] | None = None

    @property
    def shown(self) -> LiveSchema:
        """The schema in force, as anybody may read it; hold it as long as its schema is looked at."""
        return self._live

    async def refresh(self, registry: Registry) -> None:
        """Serve what this registry publishes, as soon as its schema is built; requests in flight keep theirs.

        Made for `bus.on_change`. What cannot be shown is left out and logged.
        """
        async with self._refreshing:
            if registry.providers == self._live.providers:
                return
            self._live = await live.built(self._static, registry.providers, self._live)
            self.caching.forget()
        if self._preparing is not None:
            self._preparing.cancel()
        self._preparing = asyncio.create_task(self._live.prepare(), name="introspection")
        for left_out in self._live.left_out:
            log.warning("left out of the schema", service=str(left_out.service), reason=left_out.reason)

    def admit_body(self, size: int, *, peer: str) -> None:
        """Count a large body before it is decoded, whoever sends it; raises RateExceeded."""
        if requests := rates.of_body(size):
            self._rates.of_address(peer).take(requests)

    async def answer(self, request: GraphQLRequest, asking: Asking) -> Answer:
        """Answer a request; every error is an answer too, and what nobody foresaw is masked."""
        try:
            return await self._answered(await self._admitted(request, asking), asking)
        except Exception as error:
            return _refused(error, asking)

    async def answers(self, request: GraphQLRequest, asking: Asking) -> AsyncGenerator[Answer]:
        """Give every answer to a request as it comes: a subscription has one for each happening, all else has one.

        Close it (`aclosing`) when no more is wanted.
        """
        try:
            admitted = await self._admitted(request, asking)
            if not admitted.operation.is_subscription:
                answering = self._answered(admitted, asking)
                yield await (ending.brought_to_its_end(answering) if admitted.operation.is_changing else answering)
                return
            async with aclosing(self._followed(admitted, asking)) as answers:
                async for each in answers:
                    yield each
        except Exception as error:
            yield _refused(error, asking)

    async def _followed(self, admitted: _Admitted, asking: Asking) -> AsyncGenerator[Answer]:
        """Follow on the static schema: it has all that can be followed, and an old one is not kept alive for it."""
        operation, consumer = admitted.operation, admitted.consumer
        variables = execution.coerced(self._static, operation, admitted.request.variables, hide_suggestions=True)
        admitted.allowance.take(rates.of_cost(cost.admitted(operation.cost, variables, self.limits)))
        client = consumer.subsystem if consumer else None
        context = Context(
            catalogue=self._catalogue,
            data_services=self._data_services,
            desk=self._bus.desk(admitted.actor),
            providers=(),
            registry=self._bus.registry,
            mentioned=operation.mentioned,
            subscriber=Subscriber(feeds=self.feeds, is_known=bool(asking.token), consumer=client),
        )
        executor = execution.executing(self._static, operation, variables, context=context)
        results = happenings.results(executor, seconds_max=self.limits.catalogue_seconds_max)
        async with aclosing(results):
            async for result in results:
                yield self._within_size(answer.of_result(result, context, media_type=asking.media_type))

    def is_of_catalogue(self, request: GraphQLRequest) -> bool:
        """Say whether a request that was answered reads the catalogue and nothing else."""
        request = self._persisted.resolved(request, self.limits)
        document = self._live.ready(request.query, self.limits, hide_suggestions=True)
        return caching.is_of_catalogue(document.operation(request.operation_name))

    async def _admitted(self, request: GraphQLRequest, asking: Asking) -> _Admitted:
        """Say who asks, and read what is asked, within her rate; raises what refuses either."""
        schema, until = self._live, time.monotonic() + self.limits.request_seconds_max
        actor, consumer = await self.who(asking)
        allowance = self._rates.of_known(actor.name) if asking.token else self._rates.of_address(asking.peer)
        allowance.take(1)
        request = self._persisted.resolved(request, self.limits)
        allowance.take(rates.of_variables(limiting.check_variables(request.variables, self.limits)))
        document = schema.ready(request.query, self.limits, hide_suggestions=not asking.token, allowance=allowance)
        self._persisted.keep(request)
        return _Admitted(
            schema=schema,
            actor=actor,
            consumer=consumer,
            allowance=allowance,
            request=request,
            operation=document.operation(request.operation_name),
            until=until,
        )

    async def _answered(self, admitted: _Admitted, asking: Asking) -> Answer:
        schema = admitted.schema
        operation, allowance = admitted.operation, admitted.allowance
        if operation.is_changing and not asking.may_change:
            raise door_refusals.only_by_post()
        if operation.is_subscription:
            raise door_refusals.only_as_stream()
        if asking.wants_plan and not asking.token:
            raise door_refusals.plan_for_whom()
        variables = execution.coerced(schema.schema, operation, admitted.request.variables, hide_suggestions=True)
        if operation.is_introspection:
            allowance.take(rates.of_introspection(len(schema.schema.type_map)))
            held = visibility.usable(self._bus.registry, admitted.consumer.subsystem if admitted.consumer else None)
            data = await schema.introspection(admitted.request.query, operation, variables, held)
            return answer.of_data(data, media_type=asking.media_type)
        worth = cost.admitted(operation.cost, variables, self.limits)
        allowance.take(rates.of_cost(worth))
        planned = plan.plan(schema.schema, operation, variables)
        limiting.check_calls(len(planned.calls), self.limits)
        branches = plan.branches(schema.schema, operation, variables)
        if asking.is_sandbox:
            sandbox.refuse_acts(schema.schema, operation, variables)
        outcomes = await self._carried(planned, branches, admitted, asking)
        context = Context(
            catalogue=self._catalogue,
            data_services=self._data_services,
            desk=self._bus.desk(admitted.actor),
            providers=schema.providers,
            registry=self._bus.registry,
            mentioned=operation.mentioned,
            outcomes=outcomes,
        )
        try:
            given = await self._put_together(admitted, variables, context, asking.media_type)
            told = self._told(admitted, variables, asking, worth)
            given = self._within_size(given)
            return answer.saying(given, told) if told else given
        except SacbeError as error:  # what went over the bus is told even where the rest cannot be given
            return answer.of_errors(Refused.by(error).entries, outcomes.values(), media_type=asking.media_type)

    def _told(self, admitted: _Admitted, variables: VariableValues, asking: Asking, cost: int) -> dict[str, object]:
        """Give what a request wants to know of its own answer."""
        told: dict[str, object] = {}
        if asking.wants_cost:
            requests = round(admitted.allowance.taken, 2)
            told["cost"] = {"value": cost, "allowed": self.limits.cost_max, "requests": requests}
        if asking.wants_plan:
            told["plan"] = explaining.of(admitted.schema.schema, self._catalogue, admitted.operation, variables)
        return told

    def is_own_page(self, origin: str) -> bool:
        """Say whether a page of this node itself speaks."""
        return self._bus.is_own_page(origin)

    async def who(self, asking: Asking) -> tuple[Actor, Consumer | None]:
        """Say who administers and who consumes: a person's token stands for no system, and calls none.

        Raises what `Bus.actor` and `Bus.consumer` raise.
        """
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

    async def _carried(
        self, planned: Plan, branches: Branches, admitted: _Admitted, asking: Asking
    ) -> Mapping[str, Outcome]:
        """Give what came of the calls, by response path; links are followed where the query asks for them."""
        if not planned.calls:
            return {}
        if not (asking.token if asking.is_sandbox else admitted.consumer):
            raise door_refusals.who_asks(following.possible(planned, branches))
        carrier = sandbox.Samples(self._bus) if asking.is_sandbox else self._bus
        consumer = cast("Consumer", admitted.consumer)  # samples are given to persons too, and look at nobody
        until = admitted.until - self.limits.catalogue_seconds_max
        try:
            if branches:
                return await following.carried(
                    carrier, planned, branches, consumer=consumer, limits=self.limits, until=until
                )
            outcomes = map(forgiven.shown, await carrier.carry(planned, consumer=consumer, until=until))
            return {path: outcome for outcome in outcomes for path in outcome.call.paths}
        except SacbeError as error:
            raise Refused(door_refusals.at_every_path(error, planned)) from error

    async def _put_together(
        self, admitted: _Admitted, variables: VariableValues, context: Context, media_type: str
    ) -> Answer:
        """Put the answer together as compiled; by execution where that cannot be, or where something is wrong."""
        compiled = compiling.of(admitted.schema.schema, admitted.operation, variables)
        if isinstance(compiled, Compiled):
            with suppress(NotWritten):
                async with self._in_time(admitted):
                    data = await compiling.data(compiled, self._catalogue, variables, context.outcomes)
                return answer.of_data(data, context.outcomes, media_type=media_type)
        result = await self._executed(admitted, variables, context)
        return answer.of_result(result, context, media_type=media_type)

    async def _executed(self, admitted: _Admitted, variables: VariableValues, context: Context) -> ExecutionResult:
        result = execution.start(admitted.schema.schema, admitted.operation, variables, context=context)
        if isinstance(result, ExecutionResult):
            return result
        async with self._in_time(admitted):
            return await result

    @asynccontextmanager
    async def _in_time(self, admitted: _Admitted) -> AsyncIterator[None]:
        """Give an answer's own work its time; raises LimitExceeded when it is over."""
        left = admitted.until - time.monotonic()
        time_limit = limiting.time_limit(self.limits, is_changing=admitted.operation.is_changing, left=left)
        try:
            async with asyncio.timeout(min(left, time_limit.seconds)):
                yield
        except TimeoutError as error:
            seconds = math.ceil(time_limit.seconds)
            raise LimitExceeded(time_limit.name, value=seconds, allowed=seconds) from error

    def _within_size(self, given: Answer) -> Answer:
        allowed = self.limits.answer_bytes_max
        if len(given.body) > allowed:
            raise LimitExceeded("answer's bytes", value=len(given.body), allowed=allowed)
        return given


def _refused(error: Exception, asking: Asking) -> Answer:
    refused = error if isinstance(error, Refused) else Refused.by(known(error))
    return answer.of_errors(refused.entries, media_type=asking.media_type)
