"""Carries a query's plan and follows its links: each further call is made as soon as its inputs are there.

The plan is a first wave; whatever one of its calls answers is followed at once, while others are still under
way, and so on down. The same call is never made twice: what an earlier one asked for, or asks for at this
moment, is waited for (`docs/decisions/0201`). A linked call that fails, or may not be made any more, is an
error at its places; the records that they belong to stay.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from typing import Protocol

from sacbe_graphql import forgiven, linked_calls, linked_plan
from sacbe_graphql.limits import Limits
from sacbe_graphql.linked_calls import Demand, Key, LinkedCall, dotted
from sacbe_graphql.linked_plan import Branch, Path
from sacbe_terms.errors import LimitExceeded, SacbeError
from sacbe_terms.exchange import Consumer, Outcome, Plan, PlannedCall
from sacbe_xroad_like import selected

CALLS_AT_ONCE_MAX = 16
"""How many linked calls of one query run at the same time."""

Branches = Mapping[str, Branch]
"""The linked fields below each exchange field, by its path."""


class Carrier(Protocol):
    """What carries plans: the bus, or in the sandbox what answers from samples."""

    async def carry(
        self, plan: Plan, *, consumer: Consumer, until: float = inf, ended: Callable[[Outcome], None] | None = None
    ) -> tuple[Outcome, ...]:
        """Give each call's outcome, told at once to `ended`; see `Bus.carry`."""

    async def carry_each(
        self,
        plan: Plan,
        *,
        consumer: Consumer,
        places: asyncio.Semaphore,
        ended: Callable[[Outcome], None],
        until: float = inf,
    ) -> None:
        """Tell `ended` each call's outcome at once, refused ones too; see `Bus.carry_each`."""

    def refuse_without_rights(self, plan: Plan, *, consumer: Consumer) -> None:
        """Raise what `carry` would refuse whatever the arguments are."""


_Answers = Mapping[Key, Outcome]

_NOTHING = Branch()


@dataclass(frozen=True, slots=True)
class _Made:
    """What was asked by a call that was made or is under way, and what it answers."""

    fields: str
    answers: Awaitable[_Answers]

    def covers(self, fields: str) -> bool:
        """Say whether all these fields are among those asked for."""
        asked, wanted = selected.paths(self.fields), selected.paths(fields)
        return asked is None or (wanted is not None and wanted <= asked)


@dataclass(frozen=True, slots=True)
class _Given:
    """What came to one place of the answer, and the linked fields below it."""

    path: Path
    outcome: Outcome
    below: Branch


def possible(planned: Plan, branches: Branches) -> Plan:
    """Give a plan with every linked call in it, without arguments, to be refused where it must be."""
    further = (call for path, found in branches.items() for call in linked_plan.possible(found, tuple(path.split("."))))
    return replace(planned, calls=(*planned.calls, *further))


async def carried(
    bus: Carrier, planned: Plan, branches: Branches, *, consumer: Consumer, limits: Limits, until: float = inf
) -> Mapping[str, Outcome]:
    """Carry a plan and follow its links; gives the outcome at each path of the answer.

    No call runs beyond `until`, a time of `time.monotonic()`.
    Raises what `bus.carry` raises, for linked calls too, before any call is made.
    """
    bus.refuse_without_rights(possible(planned, branches), consumer=consumer)
    refused: SacbeError | None = None
    async with asyncio.TaskGroup() as tasks:
        following = _Following(bus, consumer, branches, tasks, limits, until)
        try:
            await following.begin(planned)
        except SacbeError as error:  # raised before any call: no task runs
            refused = error
    if refused is not None:
        raise refused
    return following.outcomes


class _Group:
    """Calls that became possible together: carried as one plan, each answered as soon as it ends."""

    def __init__(self, calls: Sequence[LinkedCall]) -> None:
        loop = asyncio.get_running_loop()
        self._calls: Mapping[str, tuple[LinkedCall, asyncio.Future[_Answers]]] = {
            call.planned.paths[0]: (call, loop.create_future()) for call in calls
        }

    @property
    def plan(self) -> Plan:
        """The calls, as the bus takes them."""
        return Plan(calls=tuple(call.planned for call, _ in self._calls.values()))

    def under_way(self) -> Iterable[tuple[LinkedCall, asyncio.Future[_Answers]]]:
        """Give each call with what will be its answers."""
        return self._calls.values()

    def ended(self, outcome: Outcome) -> None:
        """Answer the call that came to this."""
        call, answers = self._calls[outcome.call.paths[0]]
        answers.set_result(linked_calls.answers(call, forgiven.shown(outcome)))

    def fail(self, error: SacbeError) -> None:
        """Answer every call with one error."""
        for call, _ in self._calls.values():
            self.ended(Outcome(call=call.planned, error=error))


class _Following:
    def __init__(
        self,
        bus: Carrier,
        consumer: Consumer,
        branches: Branches,
        tasks: asyncio.TaskGroup,
        limits: Limits,
        until: float,
    ) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._bus = bus
        self._consumer = consumer
        self._branches = branches
        self._tasks = tasks
        self._limits = limits
        self._until = until
        self._calls = self._places = self._bytes = 0
        self._at_once = asyncio.Semaphore(CALLS_AT_ONCE_MAX)
        self._made: dict[Key, list[_Made]] = {}
        self._first: dict[str, asyncio.Future[_Answers]] = {}

    async def begin(self, planned: Plan) -> None:
        """Carry the first wave. What changes something is all done before its links are followed."""
        self._calls = len(planned.calls)
        if planned.is_changing:
            for outcome in await self._bus.carry(planned, consumer=self._consumer, until=self._until):
                self._ended(outcome)
            return
        for call in planned.calls:
            self._first[call.paths[0]] = answers = asyncio.get_running_loop().create_future()
            self._made[_key(call)] = [_Made(call.fields, answers)]
        await self._bus.carry(planned, consumer=self._consumer, until=self._until, ended=self._ended)

    def _ended(self, ended: Outcome) -> None:
        """Take in what a call of the first wave came to, and follow it."""
        outcome, call = forgiven.shown(ended), ended.call
        if call.paths[0] in self._first:
            self._first[call.paths[0]].set_result({_key(call): outcome})
        for path in call.paths:
            self._give([_Given(tuple(path.split(".")), outcome, self._branches.get(path, _NOTHING))])

    def _give(self, given: Sequence[_Given]) -> None:
        """Put values at their places, and ask for every linked field below; what leads to too many is an error."""
        left = self._limits.linked_max - self._places
        below = (place for each in given for place in linked_plan.places(each.below, each.outcome.value, each.path))
        places = list(islice(below, left + 1))
        if len(places) > left:
            error = LimitExceeded(
                "number of linked fields", value=self._places + len(places), allowed=self._limits.linked_max
            )
            self._put(given, error)
        else:
            self._places += len(places)
            self._put(given)
            self._ask(linked_calls.demands(places))

    def _put(self, given: Iterable[_Given], error: SacbeError | None = None) -> None:
        for each in given:
            outcome = each.outcome if error is None else replace(each.outcome, value=None, error=error)
            self.outcomes[dotted(each.path)] = outcome

    def _ask(self, demands: Mapping[Key, Demand]) -> None:
        self._start([demand for key, demand in demands.items() if self._covering(key, demand) is None])
        for group in _followed_together(demands.values()):
            self._tasks.create_task(self._deliver(group))

    def _covering(self, key: Key, demand: Demand) -> _Made | None:
        return next((made for made in self._made.get(key, ()) if made.covers(demand.fields)), None)

    def _start(self, demands: Sequence[Demand]) -> None:
        """Make the calls that answer these demands: all, or none if that would be too many for one query."""
        calls = list(linked_calls.calls(demands))
        needed = self._calls + len(calls)
        allowed = self._limits.calls_max
        if needed <= allowed:
            self._calls = needed
        group = _Group(calls)
        for call, answers in group.under_way():
            for demand in call.demands:
                self._made.setdefault(demand.key, []).append(_Made(call.planned.fields, answers))
        if needed > allowed:
            group.fail(LimitExceeded("number of calls", value=needed, allowed=allowed))
        elif calls:
            self._tasks.create_task(self._carry(group))

    async def _carry(self, group: _Group) -> None:
        try:
            await self._bus.carry_each(
                group.plan, consumer=self._consumer, places=self._at_once, ended=group.ended, until=self._until
            )
        except SacbeError as error:  # raised before any call
            group.fail(error)

    async def _deliver(self, demands: Sequence[Demand]) -> None:
        """Put what came of these demands at their places, and follow it further."""
        given: list[_Given] = []
        for demand in demands:
            made = self._covering(demand.key, demand)
            assert made is not None
            outcome = self._within_size((await made.answers)[demand.key], len(demand.places))
            given += (_Given(place.path, outcome, place.asked.below) for place in demand.places)
        self._give(given)

    def _within_size(self, outcome: Outcome, times: int) -> Outcome:
        """Give an outcome that will stand so often in the answer; an error where that makes the answer too large."""
        allowed, self._bytes = self._limits.answer_bytes_max, self._bytes + _size(outcome.value) * times
        if self._bytes <= allowed:
            return outcome
        return replace(outcome, value=None, error=LimitExceeded("answer's bytes", value=self._bytes, allowed=allowed))


def _followed_together(demands: Iterable[Demand]) -> Iterable[Sequence[Demand]]:
    """Say what is followed as soon as it is there by itself; what list calls follow waits for each other."""
    waiting: list[Demand] = []
    for demand in demands:
        if any(place.asked.below.asks_lists for place in demand.places):
            waiting.append(demand)
        else:
            yield [demand]
    if waiting:
        yield waiting


def _size(value: object) -> int:
    """Say about how many bytes a value takes in an answer."""
    if isinstance(value, dict):
        return sum(len(name) + 4 + _size(member) for name, member in value.items())
    if isinstance(value, list):
        return sum(1 + _size(item) for item in value)
    return len(value) if isinstance(value, str) else 1


def _key(call: PlannedCall) -> Key:
    return linked_calls.key_of(call.service, call.operation_code, call.arguments)
