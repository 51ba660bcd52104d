"""What stands before ill systems: breakers, places and retries, as laws and with a system that fails on demand."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from structlog.testing import capture_logs

from sacbe_adapters import resilience
from sacbe_adapters.memory.adapter import MemoryAdapter
from sacbe_adapters.resilience import Breaker, Errand, Resilience, RetryBudget, Verdict
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description, Field, Operation
from sacbe_terms.errors import (
    AdapterError,
    ArgumentsNotValid,
    LegacySystemFault,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyNotReadable,
    SystemBusy,
    SystemResting,
)
from sacbe_terms.exchange import Call, Endpoint, Reply

NAME = "GT/GOV/2001/registro/personas/consultar"
RESULT = Field(name="result", wire="", type="String")
READS = Operation(code="consultar", alias="consultar", reads=True, arguments=(), result=RESULT)
CHANGES = Operation(code="inscribir", alias="inscribir", reads=False, arguments=(), result=RESULT)
DESCRIPTION = Description(kind="moody", title="", operations=(READS, CHANGES))


def well(call: Call) -> str:
    return "x"


class Moody(MemoryAdapter):
    """Answers as a test tells it, and counts what it heard."""

    def __init__(self) -> None:
        super().__init__(HttpTransport(()))
        self.times = 0
        self.answer: Callable[[Call], Any] = well

    async def call(self, call: Call) -> Reply:
        self.times += 1
        value = self.answer(call)
        return Reply(value=await value if asyncio.iscoroutine(value) else value, wire_bytes=1)


def a_call(*, operation: Operation = READS, seconds: float = 5.0, name: str = NAME, address: str = "moody:a") -> Call:
    return Call(
        name=name,
        operation=operation,
        description=DESCRIPTION,
        endpoint=Endpoint(address=address),
        arguments={},
        deadline=time.monotonic() + seconds,
        message_id="m",
    )


def unreachable(call: Call) -> None:
    raise LegacySystemUnreachable(call.name)


def fault(call: Call) -> None:
    raise LegacySystemFault(call.name, fault_code="NoExiste", fault_text="no hay")


async def never(call: Call) -> None:
    await asyncio.Event().wait()


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
async def standing() -> Resilience:
    """One that knows nothing yet."""
    return Resilience()


async def turns() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def leave(tasks: list[asyncio.Task[AdapterError | None]]) -> None:
    """Have the callers go away."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def ends(standing: Resilience, moody: Moody, call: Call | None = None) -> AdapterError | None:
    """Make a call; give the error that it ended with."""
    try:
        made = call or a_call()
        await standing.call(Errand.of(made, provider="GT/GOV/2001/registro"), lambda: moody.call(made))
    except AdapterError as error:
        return error
    return None


# The breaker ----------------------------------------------------------------------------


@dataclass
class Flight:
    """A call under way: when it began, and whether its end will tell anything."""

    period: int
    is_probe: bool
    counts: bool = True


class BreakerMachine(RuleBasedStateMachine):
    """Calls that begin and end in any order, at any time, beside a model that counts."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = 1000.0
        self.flying: list[Flight] = []
        self.in_a_row = self.failed_probes = 0
        self.opened_at: float | None = None

    @property
    def rest(self) -> float:
        """The rest that the model expects: 30 s, doubled by each failed probe, at most 300 s."""
        return min(30.0 * 2.0**self.failed_probes, 300.0)

    @property
    def probes(self) -> int:
        return sum(flight.is_probe for flight in self.flying)

    @rule(seconds=st.floats(0.0, 400.0))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def a_call_comes(self) -> None:
        wait = self.breaker.wait_seconds(self.now)
        is_resting = self.opened_at is not None and self.now < self.opened_at + self.rest
        assert (wait > 0) is (is_resting or self.probes > 0)
        if not wait:
            self.breaker = self.breaker.begun()
            self.flying.append(Flight(self.breaker.period, self.opened_at is not None))

    @precondition(lambda self: self.flying)
    @rule(which=st.integers(0, 1000), verdict=st.sampled_from(Verdict))
    def a_call_ends(self, which: int, verdict: Verdict) -> None:
        flight = self.flying.pop(which % len(self.flying))
        self.breaker = self.breaker.ended(flight.period, verdict, self.now)
        if not flight.counts or verdict is Verdict.UNKNOWN:
            return
        self.in_a_row = self.in_a_row + 1 if verdict is Verdict.ILL else 0
        if flight.is_probe:
            self.changes_state(opened=verdict is Verdict.ILL, failed_probes=self.failed_probes + 1)
        elif self.in_a_row == 5:
            self.changes_state(opened=True, failed_probes=0)

    @rule(times=st.integers(1, 6))
    def calls_fail_one_after_another(self, times: int) -> None:
        for _ in range(times):
            before = len(self.flying)
            self.a_call_comes()
            if len(self.flying) > before:
                self.a_call_ends(before, Verdict.ILL)

    @precondition(lambda self: self.opened_at is not None)
    @rule()
    def the_rest_is_over(self) -> None:
        assert self.opened_at is not None
        self.now = max(self.now, self.opened_at + self.rest)

    def changes_state(self, *, opened: bool, failed_probes: int) -> None:
        """Those under way began in a state that is over, and their ends tell nothing of the new one."""
        self.opened_at = self.now if opened else None
        self.failed_probes = failed_probes if opened else 0
        for flight in self.flying:
            flight.counts = False

    @invariant()
    def is_as_the_model_says(self) -> None:
        """Open exactly when the model is, for as long; at most one probe is under way."""
        assert (self.breaker.rests_until is None) is (self.opened_at is None)
        if self.opened_at is not None:
            assert self.breaker.rests_until == self.opened_at + self.rest
        assert self.probes <= 1


TestBreaker = BreakerMachine.TestCase
TestBreaker.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (LegacySystemSilent(NAME, waited_seconds=1), Verdict.ILL),
        (LegacySystemUnreachable(NAME), Verdict.ILL),
        (ReplyNotReadable(NAME, reason="the HTTP status is 503 and there is no fault"), Verdict.ILL),
        (LegacySystemFault(NAME, fault_code="X", fault_text="y"), Verdict.WELL),
        (ArgumentsNotValid(what="no"), Verdict.UNKNOWN),
        (SystemBusy(NAME), Verdict.UNKNOWN),
    ],
)
def test_what_an_error_tells_of_the_system(error: AdapterError, verdict: Verdict) -> None:
    """Silence, absence and nonsense are illness; a ministry's own fault is not; our own refusals tell nothing."""
    assert resilience.verdict_on(error) is verdict


async def test_a_system_that_fails_is_let_rest(standing: Resilience, moody: Moody) -> None:
    """After five failures in a row nothing is sent, the refusal says how long to wait, and operators see it."""
    moody.answer = unreachable
    with capture_logs() as said:
        for _ in range(5):
            await ends(standing, moody)
    assert [entry["event"] for entry in said] == ["a system is let rest"]
    heard = moody.times
    error = await ends(standing, moody)
    assert isinstance(error, SystemResting)
    assert error.retry_after_seconds == 30
    assert moody.times == heard
    (resting,) = standing.resting()
    assert resting.operation == NAME
    assert 29 < resting.seconds <= 30


async def test_one_operations_rest_is_its_own(standing: Resilience, moody: Moody) -> None:
    """Other operations, and the same one at the address it moved to, are called as before."""
    moody.answer = unreachable
    for _ in range(6):
        await ends(standing, moody)
    moody.answer = well
    assert isinstance(await ends(standing, moody), SystemResting)
    assert await ends(standing, moody, a_call(name=NAME + "2")) is None
    assert await ends(standing, moody, a_call(address="moody:b")) is None


async def test_one_probe_finds_out(standing: Resilience, moody: Moody, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the rest is over one call goes through, the others wait for what it finds; a probe that is left frees it."""
    monkeypatch.setattr(resilience, "REST_SECONDS_MIN", 0.0)
    moody.answer = unreachable
    for _ in range(5):
        await ends(standing, moody)
    moody.answer = never
    probe = asyncio.create_task(ends(standing, moody))
    await turns()
    assert isinstance(await ends(standing, moody), SystemResting)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    moody.answer = well
    assert await ends(standing, moody) is None
    assert standing.resting() == ()


async def test_a_fault_never_opens_a_breaker(standing: Resilience, moody: Moody) -> None:
    """A ministry that answers with its own faults is well, and none of them is asked for twice."""
    moody.answer = fault
    for _ in range(20):
        assert isinstance(await ends(standing, moody), LegacySystemFault)
    assert moody.times == 20


# Retries --------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=600))
def test_a_budget_is_never_overdrawn(asked: list[bool]) -> None:
    """Retries are at most the saved ones and a tenth of the calls, in any order of calls and retries."""
    budget, calls, retries = RetryBudget(), 0, 0
    for is_retry in asked:
        if is_retry:
            retries += budget.spend()
        else:
            budget.earn()
            calls += 1
        assert retries <= resilience.RETRIES_SAVED_MAX + calls / resilience.CALLS_PER_RETRY


ERRORS = [LegacySystemUnreachable(NAME), LegacySystemSilent(NAME, waited_seconds=1), ReplyNotReadable(NAME, reason="x")]


@given(st.sampled_from(ERRORS), st.integers(0, 5), st.floats(-10, 10), st.booleans())
def test_what_may_be_tried_again(error: AdapterError, retries: int, seconds_left: float, reads: bool) -> None:
    """Only reads, only what nothing was heard of, at most twice, and only with time left before the deadline."""
    errand = Errand.of(a_call(operation=READS if reads else CHANGES), provider="GT/GOV/2001/registro")
    if resilience.may_be_retried(errand, error, retries, seconds_left):
        assert reads
        assert error.retryable
        assert retries < resilience.RETRIES_MAX
        assert seconds_left > 0


@given(st.integers(0, 2), st.floats(0, 1))
def test_pauses_are_short(retries: int, chance: float) -> None:
    """A pause is spread between nothing and its bound."""
    assert 0 <= resilience.retry_pause_seconds(retries, chance) <= resilience.RETRY_PAUSE_SECONDS_MAX * 2**retries


async def test_a_read_is_tried_again(standing: Resilience, moody: Moody) -> None:
    """A read whose connection failed twice is answered by the third attempt."""

    def answer(call: Call) -> str:
        if moody.times < 3:
            unreachable(call)
        return "x"

    moody.answer = answer
    assert await ends(standing, moody) is None
    assert moody.times == 3


async def test_a_change_is_never_tried_again(standing: Resilience, moody: Moody) -> None:
    """Whether a lost change was carried out is not known: it is made once."""
    moody.answer = unreachable
    assert isinstance(await ends(standing, moody, a_call(operation=CHANGES)), LegacySystemUnreachable)
    assert moody.times == 1


async def test_no_retry_outlives_the_deadline(standing: Resilience, moody: Moody) -> None:
    """With less time left than a retry needs, the first error is the answer."""
    moody.answer = unreachable
    assert isinstance(await ends(standing, moody, a_call(seconds=0.05)), LegacySystemUnreachable)
    assert moody.times == 1


async def test_retries_end_with_the_budget(standing: Resilience, moody: Moody) -> None:
    """A provider that is away is asked its saved retries, and then once per call."""
    moody.answer = unreachable
    for number in range(20):
        await ends(standing, moody, a_call(name=f"{NAME}{number}"))
    saved = resilience.RETRIES_SAVED_MAX
    assert 20 + saved <= moody.times <= 20 + saved + 20 / resilience.CALLS_PER_RETRY


# Places ---------------------------------------------------------------------------------


async def test_a_full_provider_keeps_no_room_from_others(
    standing: Resilience, moody: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one provider's places and line are full, its next call is refused at once and another's is answered."""
    monkeypatch.setattr(resilience, "WAITING_MAX", 3)
    moody.answer = never
    stuck = [asyncio.create_task(ends(standing, moody)) for _ in range(resilience.OPERATION_PLACES + 3)]
    await turns()
    (load,) = standing.loads()
    assert (load.running, load.waiting) == (resilience.OPERATION_PLACES, 3)
    assert isinstance(await ends(standing, moody), SystemBusy)
    other = Moody()
    for number in range(100):
        call = a_call(name=f"otro/{number % 3}")
        await standing.call(Errand.of(call, provider="GT/GOV/2002/otro"), partial(other.call, call))
    assert other.times == 100
    await leave(stuck)
    moody.answer = well
    assert await ends(standing, moody) is None


async def test_one_slow_operation_leaves_room_for_its_providers_others(standing: Resilience, moody: Moody) -> None:
    """An operation that holds all its places leaves places of the provider free."""
    moody.answer = never
    stuck = [asyncio.create_task(ends(standing, moody)) for _ in range(100)]
    await turns()
    moody.answer = well
    assert await ends(standing, moody, a_call(name=NAME + "2")) is None
    await leave(stuck)


async def test_a_call_waits_for_its_place(standing: Resilience, moody: Moody) -> None:
    """Calls beyond the places wait their turn and are all answered; never more than the places run at once."""
    running, most = 0, 0

    async def answer(call: Call) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return "x"

    moody.answer = answer
    ended = await asyncio.gather(*(ends(standing, moody) for _ in range(resilience.OPERATION_PLACES + 50)))
    assert ended == [None] * len(ended)
    assert most == resilience.OPERATION_PLACES


async def test_waiting_ends_at_the_deadline(standing: Resilience, moody: Moody) -> None:
    """A call that finds no place within its time is refused, and the system never hears it."""
    moody.answer = never
    stuck = [asyncio.create_task(ends(standing, moody)) for _ in range(resilience.OPERATION_PLACES)]
    await turns()
    assert isinstance(await ends(standing, moody, a_call(seconds=0.05)), SystemBusy)
    assert moody.times == len(stuck)
    await leave(stuck)


async def test_a_line_does_not_wait_for_what_rests(standing: Resilience, moody: Moody) -> None:
    """Calls in the line of a system that is found ill are refused as soon as they have a place."""
    gate = asyncio.Event()

    async def answer(call: Call) -> None:
        await gate.wait()
        raise ReplyNotReadable(call.name, reason="a web page")

    moody.answer = answer
    asked = [asyncio.create_task(ends(standing, moody)) for _ in range(resilience.OPERATION_PLACES + 20)]
    await turns()
    gate.set()
    ended = await asyncio.gather(*asked)
    assert moody.times == resilience.OPERATION_PLACES
    assert sum(isinstance(error, SystemResting) for error in ended) == 20


async def test_what_need_not_be_remembered_is_forgotten(
    standing: Resilience, moody: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operations that come and go take no memory for ever; one that rests is kept."""
    monkeypatch.setattr(resilience, "OPERATIONS_MAX", 3)
    moody.answer = unreachable
    for _ in range(6):
        await ends(standing, moody, replace(a_call(), name="ill"))
    moody.answer = well
    for number in range(50):
        await ends(standing, moody, a_call(name=f"{NAME}{number}"))
    assert isinstance(await ends(standing, moody, a_call(name="ill")), SystemResting)
    assert len(standing._operations) <= 4
