"""What stands between the bus and a system that is ill, so that it harms no other and is let recover.

Each operation has a breaker and a number of places, and so has each provider; a provider has a
budget of retries as well. Every call passes here, whatever door it came through and whichever
adapter makes it. All waiting lies inside the call's one deadline. What is known is known to this
process alone (`docs/decisions/0120`).

Decisions are functions of values, the time among them; `Resilience` carries them out.
"""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self, TypeVar

import structlog

from sacbe_terms.errors import (
    AdapterError,
    LegacySystemFault,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyBreaksContract,
    ReplyNotReadable,
    ReplyTooLarge,
    SystemBusy,
    SystemResting,
)
from sacbe_terms.exchange import Call

FAILURES_IN_A_ROW_MAX = 5
"""So many failures of an operation in a row, and its system is let rest."""
REST_SECONDS_MIN, REST_SECONDS_MAX = 30.0, 300.0
"""The first rest, and the longest: each probe that fails doubles it."""
PROBE_SECONDS = 1.0
"""What a call is told to wait while another one finds out whether the system is back."""

RETRIES_MAX = 2
"""How often one call is tried again."""
RETRY_PAUSE_SECONDS_MAX = 0.2
"""The longest pause before the first retry; it doubles for the second."""
RETRY_SECONDS_MIN = 0.1
"""A retry that would have less time than this is not made."""
CALLS_PER_RETRY = 10
"""A provider's calls earn it one retry per so many."""
RETRIES_SAVED_MAX = 10
"""How many earned retries are kept; a provider begins with as many."""

OPERATION_PLACES = 32
"""How many calls of one operation run at the same time."""
PROVIDER_PLACES = 64
"""How many calls of one provider run at the same time: one slow operation never takes them all."""
WAITING_MAX = 128
"""How many calls wait for a place of one operation, or of one provider; more are refused at once."""

OVERTIME_SECONDS = 0.5
"""An adapter keeps its deadline itself; one that does not is cut off so much later."""
OPERATIONS_MAX = 20_000
"""Above so many, those that have nothing to remember are forgotten."""

_TRIED_AGAIN = (LegacySystemUnreachable, LegacySystemSilent)
_ILL = (LegacySystemUnreachable, LegacySystemSilent, ReplyNotReadable)
_WELL = (LegacySystemFault, ReplyBreaksContract, ReplyTooLarge)

_log = structlog.get_logger(__name__)


Answer = TypeVar("Answer")

TurnObserver = Callable[[str, bool], None]
"""Is told an operation's name, and whether its system is let rest (else it is back)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is known of a call here: the operation's name, where its system is, by when, and whether it only reads.

    `deadline` is a time of `time.monotonic()`.
    """

    name: str
    provider: str
    address: str
    deadline: float
    reads: bool

    @classmethod
    def of(cls, call: Call, *, provider: str) -> Self:
        """Give what is known of an adapter's call."""
        return cls(
            name=call.name,
            provider=provider,
            address=call.endpoint.address,
            deadline=call.deadline,
            reads=call.operation.reads,
        )


class Verdict(Enum):
    """What a call's end tells of the system behind it."""

    WELL = "well"
    ILL = "ill"
    UNKNOWN = "unknown"


def verdict_on(error: AdapterError) -> Verdict:
    """Say what an error tells: silence and nonsense are illness, a system's own word is none."""
    if isinstance(error, _ILL):
        return Verdict.ILL
    return Verdict.WELL if isinstance(error, _WELL) else Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one operation's system: well (closed), resting (open), or being probed (half-open).

    Times are of one clock, in seconds. `period` grows with each change of state: the end of a call
    that began in an earlier one tells nothing of this one.
    """

    failures: int = 0
    rest_seconds: float = REST_SECONDS_MIN
    rests_until: float | None = None
    is_probed: bool = False
    period: int = 0

    def wait_seconds(self, now: float) -> float:
        """Say how long a call must wait; 0 if it may be made now."""
        if self.rests_until is None:
            return 0.0
        if self.rests_until > now:
            return self.rests_until - now
        return PROBE_SECONDS if self.is_probed else 0.0

    def begun(self) -> "Breaker":
        """Give what is known when a call begins that need not wait: after a rest it is the one probe."""
        return self if self.rests_until is None else replace(self, is_probed=True, period=self.period + 1)

    def ended(self, period: int, verdict: Verdict, now: float) -> "Breaker":
        """Give what is known when a call ends that began in this period."""
        if period != self.period:
            return self
        if verdict is Verdict.ILL:
            return self._after_failure(now)
        if verdict is Verdict.WELL:
            return Breaker(period=self.period) if self.failures else self
        return replace(self, is_probed=False) if self.is_probed else self

    def _after_failure(self, now: float) -> "Breaker":
        failures = self.failures + 1
        if not self.is_probed and failures < FAILURES_IN_A_ROW_MAX:
            return replace(self, failures=failures)
        seconds = min(self.rest_seconds * 2, REST_SECONDS_MAX) if self.is_probed else REST_SECONDS_MIN
        return Breaker(failures, seconds, now + seconds, is_probed=False, period=self.period + 1)


class RetryBudget:
    """How many retries a provider has: one per so many calls, saved up to a limit."""

    __slots__ = ("_earned",)

    def __init__(self) -> None:
        self._earned = RETRIES_SAVED_MAX * CALLS_PER_RETRY

    def earn(self) -> None:
        """Count a call."""
        self._earned = min(self._earned + 1, RETRIES_SAVED_MAX * CALLS_PER_RETRY)

    def spend(self) -> bool:
        """Take one retry; says whether there was one."""
        has_one = self._earned >= CALLS_PER_RETRY
        self._earned -= CALLS_PER_RETRY * has_one
        return has_one


def retry_pause_seconds(retries: int, chance: float) -> float:
    """Say how long to pause before the next retry; `chance`, from 0 to 1, spreads those that failed together."""
    return chance * RETRY_PAUSE_SECONDS_MAX * 2.0**retries


def may_be_retried(errand: Errand, error: AdapterError, retries: int, seconds_left: float) -> bool:
    """Say whether a failed call may be tried again: a read that nothing was heard of, with time left.

    A change is never made twice: whether the system carried it out is not known.
    """
    is_harmless = errand.reads and isinstance(error, _TRIED_AGAIN)
    return is_harmless and retries < RETRIES_MAX and seconds_left >= RETRY_SECONDS_MIN


class Bulkhead:
    """A number of places, and a line before them that ends; first come, first served."""

    __slots__ = ("_places", "running", "waiting")

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self.running = self.waiting = 0

    async def enter(self, name: str, deadline: float) -> None:
        """Take a place, waiting for it until the deadline; raises SystemBusy."""
        if self._places.locked():
            await self._wait(name, deadline)
        else:
            await self._places.acquire()
        self.running += 1

    def leave(self) -> None:
        """Give the place back."""
        self.running -= 1
        self._places.release()

    async def _wait(self, name: str, deadline: float) -> None:
        if self.waiting >= WAITING_MAX:
            raise SystemBusy(name)
        self.waiting += 1
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                await self._places.acquire()
        except TimeoutError as error:
            raise SystemBusy(name) from error
        finally:
            self.waiting -= 1


class _Provider:
    __slots__ = ("budget", "bulkhead")

    def __init__(self) -> None:
        self.budget, self.bulkhead = RetryBudget(), Bulkhead(PROVIDER_PLACES)


class _Operation:
    __slots__ = ("breaker", "bulkhead", "observers", "provider")

    def __init__(self, provider: _Provider, observers: Sequence[TurnObserver]) -> None:
        self.provider, self.observers = provider, observers
        self.breaker, self.bulkhead = Breaker(), Bulkhead(OPERATION_PLACES)

    @property
    def is_forgettable(self) -> bool:
        return not self.breaker.failures and not self.bulkhead.running and not self.bulkhead.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """An operation whose system rests, and for how many seconds yet."""

    operation: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many calls of a provider run at this moment, and how many wait."""

    provider: str
    running: int
    waiting: int


class Resilience:
    """Makes calls for one process. Use one object per event loop."""

    def __init__(self) -> None:
        self._providers: dict[str, _Provider] = {}
        self._operations: dict[tuple[str, str], _Operation] = {}
        self._observers: list[TurnObserver] = []

    def on_turn(self, observer: TurnObserver) -> None:
        """Have each rest that begins or is over shown to a function, which must be quick and raise nothing."""
        self._observers.append(observer)

    async def call(self, errand: Errand, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make a call of a provider's operation, trying again where that is harmless and helps.

        Raises SystemResting and SystemBusy before anything is sent, and what `make` raises.
        """
        operation = self._operation(errand)
        operation.provider.budget.earn()
        retries = 0
        while True:
            try:
                return await _in_place(errand, make, operation)
            except AdapterError as error:
                pause = retry_pause_seconds(retries, random.random())  # noqa: S311 - spreads load, keeps no secret
                seconds_left = errand.deadline - time.monotonic() - pause
                if not may_be_retried(errand, error, retries, seconds_left) or not _has_hope(operation):
                    raise
            await asyncio.sleep(pause)
            retries += 1

    def resting(self) -> tuple[Resting, ...]:
        """Say which operations' systems rest, for an operator's tools."""
        now = time.monotonic()
        waits = ((name, watched.breaker.wait_seconds(now)) for (name, _), watched in self._operations.items())
        return tuple(Resting(operation=name, seconds=seconds) for name, seconds in waits if seconds)

    def loads(self) -> tuple[Load, ...]:
        """Say how busy each provider is that was called, for an operator's tools."""
        return tuple(
            Load(
                provider=name,
                running=provider.bulkhead.running,
                waiting=provider.bulkhead.waiting + self._waiting_for_operations(provider),
            )
            for name, provider in self._providers.items()
        )

    def _waiting_for_operations(self, provider: _Provider) -> int:
        return sum(each.bulkhead.waiting for each in self._operations.values() if each.provider is provider)

    def _operation(self, errand: Errand) -> _Operation:
        """Give what is kept of an operation where it is called now: another address is another system."""
        key = (errand.name, errand.address)
        if key not in self._operations:
            if len(self._operations) >= OPERATIONS_MAX:
                self._operations = {at: kept for at, kept in self._operations.items() if not kept.is_forgettable}
            self._operations[key] = _Operation(
                self._providers.setdefault(errand.provider, _Provider()), self._observers
            )
        return self._operations[key]


async def _in_place(errand: Errand, make: Callable[[], Awaitable[Answer]], operation: _Operation) -> Answer:
    """Make the call once it has its places: of the operation first, so that its line fills no other's."""
    _refuse_while_resting(errand, operation)
    places = (operation.bulkhead, operation.provider.bulkhead)
    return await _within(places, errand, lambda: _watched(errand, make, operation))


async def _within(places: tuple[Bulkhead, ...], errand: Errand, make: Callable[[], Awaitable[Answer]]) -> Answer:
    if not places:
        return await make()
    await places[0].enter(errand.name, errand.deadline)
    try:
        return await _within(places[1:], errand, make)
    finally:
        places[0].leave()


async def _watched(errand: Errand, make: Callable[[], Awaitable[Answer]], operation: _Operation) -> Answer:
    """Make the call and tell the breaker how it ended; one whose time went by in a line is not made."""
    _refuse_while_resting(errand, operation)
    if errand.deadline <= time.monotonic():
        raise SystemBusy(errand.name)
    operation.breaker = operation.breaker.begun()
    period, verdict = operation.breaker.period, Verdict.UNKNOWN
    try:
        answer = await _in_time(errand, make)
        verdict = Verdict.WELL
        return answer
    except AdapterError as error:
        verdict = verdict_on(error)
        raise
    finally:
        _learn(operation, errand.name, operation.breaker.ended(period, verdict, time.monotonic()))


async def _in_time(errand: Errand, make: Callable[[], Awaitable[Answer]]) -> Answer:
    seconds = errand.deadline - time.monotonic()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds + OVERTIME_SECONDS):
            return await make()
    raise LegacySystemSilent(errand.name, waited_seconds=round(seconds, 1))


def _refuse_while_resting(errand: Errand, operation: _Operation) -> None:
    seconds = operation.breaker.wait_seconds(time.monotonic())
    if seconds:
        raise SystemResting(errand.name, seconds=math.ceil(seconds))


def _has_hope(operation: _Operation) -> bool:
    """Say whether a retry would be let through and paid for."""
    return operation.breaker.rests_until is None and operation.provider.budget.spend()


def _learn(operation: _Operation, name: str, breaker: Breaker) -> None:
    """Keep what is known now, and tell the operator's log and the observers of a rest that begins or is over."""
    before, operation.breaker = operation.breaker, breaker
    is_resting = breaker.rests_until is not None
    if is_resting and breaker.rests_until != before.rests_until:
        _log.warning("a system is let rest", operation=name, seconds=breaker.rest_seconds)
    elif not is_resting and before.rests_until is not None:
        _log.info("a system is back", operation=name)
    if is_resting != (before.rests_until is not None):
        for observe in operation.observers:
            observe(name, is_resting)
