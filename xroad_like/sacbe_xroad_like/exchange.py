"""Carries a plan: each call signed, made once, its answer projected and signed, both logged before it is given.

A read's request and reply go to the log together, after the call: nothing leaves without a record,
at the price of one commit (`docs/decisions/0051`). A changing call's request is durable before the
ministry hears it, and such a call is finished and recorded even if the consumer goes away.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from math import inf
from uuid import uuid4

import structlog

from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter
from sacbe_adapters.resilience import Errand, Resilience
from sacbe_signing.keys import KeyRing, Signer
from sacbe_terms.errors import KeyNotUsable, Problem, SacbeError, UnexpectedFailure
from sacbe_terms.exchange import Call, Consumer, Outcome, Plan, PlannedCall, Reply
from sacbe_xroad_like import log_record, messages, operational_record, person_accesses, person_numbers, recording
from sacbe_xroad_like.admission import AdmittedCall, admit, refuse_without_right, refuse_without_rights
from sacbe_xroad_like.claims import Claims
from sacbe_xroad_like.log_record import Entry
from sacbe_xroad_like.message_log import MessageLog
from sacbe_xroad_like.messages import Exchanged, Message
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.operational_record import Ended, OperationalRecord
from sacbe_xroad_like.originals import Originals
from sacbe_xroad_like.person_accesses import Access, PersonKeys
from sacbe_xroad_like.projection import Projection
from sacbe_xroad_like.quotas import Quotas
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.stages import Stages

CALLS_AT_ONCE_MAX = 16
"""How many reads of one plan run at the same time."""

PLAN_SECONDS_MAX = 60.0
"""No call of a plan runs longer than so many seconds after the plan began, however much time its endpoint has."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """An admitted call with all that making it needs."""

    admitted: AdmittedCall
    adapter: Adapter
    consumer_signer: Signer
    provider_signer: Signer
    projection: Projection
    about: Exchanged
    until: float
    """When the plan's time is over, by `time.monotonic()`."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of a call: the body of its reply, and the value (with its problems) or error for the consumer.

    `result` is the value as JSON, `original` the seal of what it was projected from, and `persons` are
    those whose numbers stand in that.
    """

    body: bytes
    value: object = None
    error: SacbeError | None = None
    problems: tuple[Problem, ...] = ()
    result: bytes = b""
    original: str = ""
    persons: frozenset[str] = frozenset()


Told = Callable[[Outcome], None]
"""Is told how a call ended."""

_Through = Callable[[_Ready, Stages], Awaitable[Outcome]]
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

    async def _admitted(self, registry: Registry, plan: Plan, consumer: Consumer, until: float) -> list[_Ready]:
        until = min(until, time.monotonic() + PLAN_SECONDS_MAX)
        at = datetime.now(UTC)
        calls = [self._ready(admitted, until) for admitted in admit(registry, plan, consumer, at)]
        await self._quotas.count([ready.admitted.agreement for ready in calls], at)
        return calls

    def _record_refusal(self, plan: Plan, consumer: Consumer, error: SacbeError, stages: Stages) -> None:
        for call in plan.calls:
            asked = operational_record.of_refused_call(call, consumer)
            self._records.add(OperationalRecord(asked, operational_record.failed(error), stages.timed()))

    def _ready(self, admitted: AdmittedCall, until: float) -> _Ready:
        if admitted.offered.operation.person_numbers:
            self._persons.refuse_missing()
        return _Ready(
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
        self, ready: _Ready, access_seconds: float, places: asyncio.Semaphore, ended: Told | None
    ) -> Outcome:
        async with places:
            outcome = await self._read(ready, access_seconds)
        return _heard(outcome, ended)

    async def _read(self, ready: _Ready, access_seconds: float) -> Outcome:
        return await self._signed(self._read_through, ready, Stages(access_seconds))

    async def _signed(self, through: _Through, ready: _Ready, watch: Stages) -> Outcome:
        """Give the outcome; where a key device fails on the way, nothing unsigned is given, and that is counted."""
        try:
            return await through(ready, watch)
        except KeyNotUsable as error:
            watch.lap("sign")
            return self._told(ready, _Made(b"", None, error), watch)

    async def _read_through(self, ready: _Ready, watch: Stages) -> Outcome:
        repeated = await self._repeated(ready, watch)
        if repeated is not None:
            return repeated
        asked = _request(ready)
        request = _entry(ready, asked, log_record.REQUEST)
        watch.lap("sign")
        made = await self._made(ready)
        watch.lap("call")
        reply = _entry(ready, _reply(ready, asked, made), log_record.REPLY)
        watch.lap("sign")
        accesses = self._accesses(ready, _asked_persons(ready) | made.persons)
        return self._told(ready, await self._logged((request, reply), accesses, made, watch), watch)

    async def _change(self, ready: _Ready, access_seconds: float) -> Outcome:
        """Make a changing call in a task of its own, which the consumer's leaving does not stop."""
        task = asyncio.create_task(self._signed(self._change_through, ready, Stages(access_seconds)))
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        return await asyncio.shield(task)

    async def _change_through(self, ready: _Ready, watch: Stages) -> Outcome:
        repeated = await self._repeated(ready, watch)
        if repeated is not None:
            return repeated
        asked = _request(ready)
        request = _entry(ready, asked, log_record.REQUEST)
        watch.lap("sign")
        persons = _asked_persons(ready)
        refused = await self._logged((request,), self._accesses(ready, persons), _Made(b""), watch)
        if refused.error is not None:
            return self._told(ready, refused, watch)
        made = await self._made(ready)
        watch.lap("call")
        reply = _entry(ready, _reply(ready, asked, made), log_record.REPLY)
        watch.lap("sign")
        accesses = self._accesses(ready, made.persons - persons)
        return self._told(ready, await self._logged((reply,), accesses, made, watch), watch)

    async def _repeated(self, ready: _Ready, watch: Stages) -> Outcome | None:
        """Claim the id that the consumer chose; give the recorded outcome if the same was asked under it before."""
        if not ready.admitted.consumer.message_id:
            return None
        try:
            reads = ready.admitted.offered.operation.reads
            recorded = await self._claims.take(ready.about, ready.admitted.request_body, reads=reads)
            made = None if recorded is None else _recalled(recorded, ready.projection)
        except SacbeError as error:
            made = _Made(b"", None, error)
        watch.lap("access")
        return None if made is None else self._told(ready, made, watch)

    async def _made(self, ready: _Ready) -> _Made:
        """Call the ministry; every failure becomes an error that may be shown."""
        try:
            call = _call(ready)
            errand = Errand.of(call, provider=str(ready.admitted.service.identifier.subsystem))
            reply = await self.resilience.call(errand, lambda: ready.adapter.call(call))
            return self._projected(ready, reply)
        except SacbeError as error:
            return _Made(messages.error_body(error), None, error)
        except Exception as error:  # an adapter's fault: told to the operator by reference, never to the consumer
            failure = UnexpectedFailure(reference=str(ready.about.request_id))
            _log.error(
                "an adapter failed unexpectedly",
                reference=failure.where,
                operation=ready.about.operation,
                error=type(error).__name__,
                place=_place(error),
            )
            return _Made(messages.error_body(failure), None, failure)

    def _projected(self, ready: _Ready, reply: Reply) -> _Made:
        """Keep of a reply what was asked for; the persons are those of all that the ministry gave."""
        projection = ready.projection
        value = projection.value(reply.value)
        problems = projection.problems(reply.value, reply.problems)
        result = messages.written(value)
        return _Made(
            messages.result_body(result, problems),
            value,
            problems=problems,
            result=result,
            original="" if projection.is_whole else self._sealed(ready, reply),
            persons=person_numbers.in_result(ready.admitted.offered.operation.person_numbers, reply.value),
        )

    def _sealed(self, ready: _Ready, reply: Reply) -> str:
        original = messages.result_body(messages.written(reply.value), reply.problems)
        return self._originals.seal(ready.about.request_id, original)

    def _accesses(self, ready: _Ready, numbers: Set[str]) -> list[Access]:
        return person_accesses.of_exchange(self._persons, numbers, ready.about, ready.admitted.agreement)

    async def _logged(self, entries: Sequence[Entry], accesses: Sequence[Access], made: _Made, watch: Stages) -> _Made:
        """Give what was made once it is on record; else the error that it could not be recorded."""
        try:
            await self._log.append(entries, accesses)
        except SacbeError as error:
            made = _Made(b"", None, error)
        watch.lap("log")
        return made

    def _told(self, ready: _Ready, made: _Made, watch: Stages) -> Outcome:
        """Give the outcome, and have it counted."""
        asked = operational_record.of_call(ready.admitted, ready.about)
        self._records.add(OperationalRecord(asked, _ended(made), watch.timed()))
        return Outcome(
            call=ready.admitted.call,
            value=made.value,
            body=made.result,
            error=made.error,
            problems=made.problems,
            message_id=ready.about.message_id,
            timings=watch.seconds,
        )


def _heard(outcome: Outcome, ended: Told | None) -> Outcome:
    if ended is not None:
        ended(outcome)
    return outcome


def _asked_persons(ready: _Ready) -> frozenset[str]:
    return person_numbers.in_arguments(ready.admitted.offered.operation.person_numbers, ready.admitted.call.arguments)


def _ended(made: _Made) -> Ended:
    if made.error is not None:
        return operational_record.failed(made.error, len(made.body))
    return Ended(True, status_code=HTTPStatus.OK.value, response_size=len(made.body))


def _recalled(recorded: Message, projection: Projection) -> _Made:
    """Give what a recorded reply says; one that was recorded whole, before there were projections, is projected now."""
    if messages.parse(recorded.head).first != str(HTTPStatus.OK.value):
        return _Made(recorded.body, None, messages.error_of(recorded))
    value, problems = messages.value_of(recorded)
    shown, explained = projection.value(value), projection.problems(value, problems)
    return _Made(recorded.body, shown, problems=explained, result=messages.written(shown))


def _call(ready: _Ready) -> Call:
    """Give the call with its one deadline: the endpoint's time from now, and none beyond the plan's."""
    admitted = ready.admitted
    endpoint = admitted.service.endpoint
    return Call(
        name=admitted.offered.name,
        operation=admitted.offered.operation,
        description=admitted.service.description,
        endpoint=endpoint,
        arguments=admitted.call.arguments,
        deadline=min(time.monotonic() + endpoint.call_seconds_max, ready.until),
        message_id=admitted.message_id,
        consumer=admitted.consumer.subsystem,
        user_id=admitted.consumer.user_id,
        issue=admitted.consumer.issue,
    )


def _place(error: BaseException) -> str:
    """Say where in the code an error was raised; its text may hold personal data and is left out."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.name}:{last.lineno}"


def _entry(ready: _Ready, message: Message, direction: str) -> Entry:
    """Sign a message with its sender's key and give its row of the log."""
    signer = ready.consumer_signer if direction == log_record.REQUEST else ready.provider_signer
    return recording.entry(ready.about, message, direction, signer)


def _request(ready: _Ready) -> Message:
    admitted = ready.admitted
    return messages.request(ready.about, admitted.consumer, admitted.request_body, purpose=str(admitted.agreement.id))


def _reply(ready: _Ready, asked: Message, made: _Made) -> Message:
    return messages.reply(
        ready.about, asked, made.body, error=made.error, problems=made.problems, original=made.original
    )
