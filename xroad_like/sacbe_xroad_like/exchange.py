"""Carries a plan: each call signed, made once, its answer projected and signed, both logged before it is given.

A read's request and reply go to the log together, after the call: nothing leaves without a record,
at the price of one commit (`docs/decisions/0051`). A changing call's request is durable before the
ministry hears it, and such a call is finished and recorded even if the consumer goes away.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from datetime import UTC, datetime
from math import inf
from uuid import uuid4

import structlog

from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter
from sacbe_adapters.resilience import Errand, Resilience
from sacbe_signing.keys import KeyRing
from sacbe_terms.errors import KeyNotUsable, QuotaUsedUp, SacbeError, UnexpectedFailure
from sacbe_terms.exchange import Consumer, Outcome, Plan, PlannedCall, Reply
from sacbe_xroad_like import carried_call, log_record, messages, operational_record, person_accesses, person_numbers
from sacbe_xroad_like.admission import (
    AdmittedCall,
    Refused,
    admit,
    admit_each,
    refuse_without_right,
    refuse_without_rights,
)
from sacbe_xroad_like.carried_call import Made, ReadyCall
from sacbe_xroad_like.claims import Claims
from sacbe_xroad_like.log_record import Entry
from sacbe_xroad_like.message_log import MessageLog
from sacbe_xroad_like.messages import Exchanged
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.operational_record import OperationalRecord
from sacbe_xroad_like.originals import Originals
from sacbe_xroad_like.person_accesses import Access, PersonKeys
from sacbe_xroad_like.quotas import Quotas
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.stages import Stages

CALLS_AT_ONCE_MAX = 16
"""How many reads of one plan run at the same time."""

PLAN_SECONDS_MAX = 60.0
"""No call of a plan runs longer than so many seconds after the plan began, however much time its endpoint has."""

_log = structlog.get_logger(__name__)


Told = Callable[[Outcome], None]
"""Is told how a call ended."""

_Through = Callable[[ReadyCall, Stages], Awaitable[Outcome]]
"""Takes a call through all its stages."""


class Exchange:
    """Carries plans with the adapters, keys and log of this process."""

    def __init__(
        self,
        adapters: Mapping[str, Adapter],
        keys: KeyRing,
        log: MessageLog,
        claims: Claims,
        quotas: Quotas,
        records: OperationalLog,
        persons: PersonKeys,
        originals: Originals,
    ) -> None:
        self._adapters = adapters
        self._keys = keys
        self._log = log
        self._claims = claims
        self._quotas = quotas
        self._records = records
        self._persons = persons
        self._originals = originals
        self.resilience = Resilience()
        self._changing: set[asyncio.Task[Outcome]] = set()

    async def carry(
        self,
        registry: Registry,
        plan: Plan,
        consumer: Consumer,
        *,
        until: float = inf,
        ended: Told | None = None,
    ) -> tuple[Outcome, ...]:
        """Make every call of a plan and give their outcomes, in the plan's order; `ended` is told each at once.

        No call runs beyond `until`, a time of `time.monotonic()`.

        Raises what `admission.admit` raises, and KeyNotUsable, AdapterUnknown and QuotaUsedUp, before any call is
        made. A call that fails later has its error in its outcome.
        """
        access = Stages()
        try:
            calls = await self._admitted(registry, plan, consumer, until)
        except SacbeError as error:
            access.lap("access")
            self._record_refusal(plan, consumer, error, access)
            raise
        access.lap("access")
        access_seconds = access.seconds["access"]
        if plan.is_changing:
            return tuple([_heard(await self._change(ready, access_seconds), ended) for ready in calls])
        if len(calls) == 1:
            return (_heard(await self._read(calls[0], access_seconds), ended),)
        places = asyncio.Semaphore(CALLS_AT_ONCE_MAX)
        reads = (self._read_in_turn(ready, access_seconds, places, ended) for ready in calls)
        return tuple(await asyncio.gather(*reads))

    async def carry_each(
        self,
        registry: Registry,
        plan: Plan,
        consumer: Consumer,
        *,
        places: asyncio.Semaphore,
        ended: Told,
        until: float = inf,
    ) -> None:
        """Make reads that are admitted together and refused each by itself; `ended` is told each outcome at once.

        What refuses a call is its outcome's error. No more run at the same time than there are `places`, and none
        beyond `until`. Raises what refuses the consumer herself (see `admission.admit_each`), before any call.
        """
        access = Stages()
        calls, refused = await self._admitted_each(registry, plan, consumer, until)
        access.lap("access")
        for call, error in refused:
            self._record_refusal(Plan(calls=(call,)), consumer, error, access)
            ended(Outcome(call=call, error=error))
        seconds = access.seconds["access"]
        await asyncio.gather(*(self._read_in_turn(ready, seconds, places, ended) for ready in calls))

    def refuse_without_right(self, registry: Registry, call: PlannedCall, consumer: Consumer) -> None:
        """Raise, and count, what `carry` would refuse whatever the call's arguments are."""
        access = Stages()
        try:
            refuse_without_right(registry, call, consumer, datetime.now(UTC))
        except SacbeError as error:
            access.lap("access")
            self._record_refusal(Plan(calls=(call,)), consumer, error, access)
            raise

    def refuse_without_rights(self, registry: Registry, plan: Plan, consumer: Consumer) -> None:
        """Raise, and count, the same for a plan of calls."""
        access = Stages()
        try:
            refuse_without_rights(registry, plan, consumer, datetime.now(UTC))
        except SacbeError as error:
            access.lap("access")
            self._record_refusal(plan, consumer, error, access)
            raise

    async def finish(self) -> None:
        """Wait for changing calls whose consumers went away."""
        await asyncio.gather(*self._changing, return_exceptions=True)

    async def _admitted(self, registry: Registry, plan: Plan, consumer: Consumer, until: float) -> list[ReadyCall]:
        until = _within_plan(until)
        at = datetime.now(UTC)
        calls = [self._ready(admitted, until) for admitted in admit(registry, plan, consumer, at)]
        await self._quotas.count([ready.admitted.agreement for ready in calls], at)
        return calls

    async def _admitted_each(
        self, registry: Registry, plan: Plan, consumer: Consumer, until: float
    ) -> tuple[list[ReadyCall], list[Refused]]:
        until = _within_plan(until)
        at = datetime.now(UTC)
        admitted, refused = admit_each(registry, plan, consumer, at)
        calls: list[ReadyCall] = []
        for each in admitted:
            try:
                calls.append(self._ready(each, until))
            except SacbeError as error:
                refused.append((each.call, error))
        return await self._counted(calls, at, refused), refused

    async def _counted(self, calls: list[ReadyCall], at: datetime, refused: list[Refused]) -> list[ReadyCall]:
        """Count calls together, or one by one where they are too many for a quota; those over it are refused."""
        try:
            await self._quotas.count([ready.admitted.agreement for ready in calls], at)
        except QuotaUsedUp as error:
            if len(calls) > 1:
                return [counted for ready in calls for counted in await self._counted([ready], at, refused)]
            refused.append((calls[0].admitted.call, error))
            return []
        return calls

    def _record_refusal(self, plan: Plan, consumer: Consumer, error: SacbeError, stages: Stages) -> None:
        for call in plan.calls:
            asked = operational_record.of_refused_call(call, consumer)
            self._records.add(OperationalRecord(asked, operational_record.failed(error), stages.timed()))

    def _ready(self, admitted: AdmittedCall, until: float) -> ReadyCall:
        if admitted.offered.operation.person_numbers:
            self._persons.refuse_missing()
        return ReadyCall(
            admitted=admitted,
            adapter=adapter_registry.of_kind(self._adapters, admitted.service.description.kind),
            consumer_signer=self._keys.signer_for(admitted.consumer.subsystem.member),
            provider_signer=self._keys.signer_for(admitted.service.identifier.subsystem.member),
            projection=admitted.service.projections.of(admitted.offered.operation, admitted.call.fields),
            about=Exchanged(
                operation=admitted.offered.name,
                consumer=admitted.consumer_name,
                message_id=admitted.message_id,
                request_id=uuid4(),
            ),
            until=until,
        )

    async def _read_in_turn(
        self, ready: ReadyCall, access_seconds: float, places: asyncio.Semaphore, ended: Told | None
    ) -> Outcome:
        async with places:
            outcome = await self._read(ready, access_seconds)
        return _heard(outcome, ended)

    async def _read(self, ready: ReadyCall, access_seconds: float) -> Outcome:
        return await self._signed(self._read_through, ready, Stages(access_seconds))

    async def _signed(self, through: _Through, ready: ReadyCall, watch: Stages) -> Outcome:
        """Give the outcome; where a key device fails on the way, nothing unsigned is given, and that is counted."""
        try:
            return await through(ready, watch)
        except KeyNotUsable as error:
            watch.lap("sign")
            return self._told(ready, Made(b"", None, error), watch)

    async def _read_through(self, ready: ReadyCall, watch: Stages) -> Outcome:
        repeated = await self._repeated(ready, watch)
        if repeated is not None:
            return repeated
        asked = carried_call.request(ready)
        request = carried_call.entry(ready, asked, log_record.REQUEST)
        watch.lap("sign")
        made = await self._made(ready)
        watch.lap("call")
        reply = carried_call.entry(ready, carried_call.reply(ready, asked, made), log_record.REPLY)
        watch.lap("sign")
        accesses = self._accesses(ready, carried_call.asked_persons(ready) | made.persons)
        return self._told(ready, await self._logged((request, reply), accesses, made, watch), watch)

    async def _change(self, ready: ReadyCall, access_seconds: float) -> Outcome:
        """Make a changing call in a task of its own, which the consumer's leaving does not stop."""
        task = asyncio.create_task(self._signed(self._change_through, ready, Stages(access_seconds)))
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        return await asyncio.shield(task)

    async def _change_through(self, ready: ReadyCall, watch: Stages) -> Outcome:
        repeated = await self._repeated(ready, watch)
        if repeated is not None:
            return repeated
        asked = carried_call.request(ready)
        request = carried_call.entry(ready, asked, log_record.REQUEST)
        watch.lap("sign")
        persons = carried_call.asked_persons(ready)
        refused = await self._logged((request,), self._accesses(ready, persons), Made(b""), watch)
        if refused.error is not None:
            return self._told(ready, refused, watch)
        made = await self._made(ready)
        watch.lap("call")
        reply = carried_call.entry(ready, carried_call.reply(ready, asked, made), log_record.REPLY)
        watch.lap("sign")
        accesses = self._accesses(ready, made.persons - persons)
        return self._told(ready, await self._logged((reply,), accesses, made, watch), watch)

    async def _repeated(self, ready: ReadyCall, watch: Stages) -> Outcome | None:
        """Claim the id that the consumer chose; give the recorded outcome if the same was asked under it before."""
        if not ready.admitted.consumer.message_id:
            return None
        try:
            reads = ready.admitted.offered.operation.reads
            recorded = await self._claims.take(ready.about, ready.admitted.request_body, reads=reads)
            made = None if recorded is None else carried_call.recalled(recorded, ready.projection)
        except SacbeError as error:
            made = Made(b"", None, error)
        watch.lap("access")
        return None if made is None else self._told(ready, made, watch)

    async def _made(self, ready: ReadyCall) -> Made:
        """Call the ministry; every failure becomes an error that may be shown."""
        try:
            call = carried_call.call(ready)
            errand = Errand.of(call, provider=str(ready.admitted.service.identifier.subsystem))
            reply = await self.resilience.call(errand, lambda: ready.adapter.call(call))
            return self._projected(ready, reply)
        except SacbeError as error:
            return Made(messages.error_body(error), None, error)
        except Exception as error:  # an adapter's fault: told to the operator by reference, never to the consumer
            failure = UnexpectedFailure(reference=str(ready.about.request_id))
            _log.error(
                "an adapter failed unexpectedly",
                reference=failure.where,
                operation=ready.about.operation,
                error=type(error).__name__,
                place=_place(error),
            )
            return Made(messages.error_body(failure), None, failure)

    def _projected(self, ready: ReadyCall, reply: Reply) -> Made:
        """Keep of a reply what was asked for; the persons are those of all that the ministry gave."""
        projection = ready.projection
        value = projection.value(reply.value)
        problems = projection.problems(reply.value, reply.problems)
        result = messages.written(value)
        return Made(
            messages.result_body(result, problems),
            value,
            problems=problems,
            result=result,
            original="" if projection.is_whole else self._sealed(ready, reply),
            persons=person_numbers.in_result(ready.admitted.offered.operation.person_numbers, reply.value),
        )

    def _sealed(self, ready: ReadyCall, reply: Reply) -> str:
        original = messages.result_body(messages.written(reply.value), reply.problems)
        return self._originals.seal(ready.about.request_id, original)

    def _accesses(self, ready: ReadyCall, numbers: Set[str]) -> list[Access]:
        return person_accesses.of_exchange(self._persons, numbers, ready.about, ready.admitted.agreement)

    async def _logged(self, entries: Sequence[Entry], accesses: Sequence[Access], made: Made, watch: Stages) -> Made:
        """Give what was made once it is on record; else the error that it could not be recorded."""
        try:
            await self._log.append(entries, accesses)
        except SacbeError as error:
            made = Made(b"", None, error)
        watch.lap("log")
        return made

    def _told(self, ready: ReadyCall, made: Made, watch: Stages) -> Outcome:
        """Give the outcome, and have it counted."""
        asked = operational_record.of_call(ready.admitted, ready.about)
        self._records.add(OperationalRecord(asked, carried_call.ended(made), watch.timed()))
        return Outcome(
            call=ready.admitted.call,
            value=made.value,
            body=made.result,
            error=made.error,
            problems=made.problems,
            message_id=ready.about.message_id,
            timings=watch.seconds,
        )


def _within_plan(until: float) -> float:
    """Give when a plan that begins now is over at the latest."""
    return min(until, time.monotonic() + PLAN_SECONDS_MAX)


def _heard(outcome: Outcome, ended: Told | None) -> Outcome:
    if ended is not None:
        ended(outcome)
    return outcome


def _place(error: BaseException) -> str:
    """Say where in the code an error was raised; its text may hold personal data and is left out."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.name}:{last.lineno}"
