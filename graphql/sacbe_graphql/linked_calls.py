"""Which calls answer a group of linked fields: the same is asked once, and many keys by one list call. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import msgspec

from sacbe_graphql import selection
from sacbe_graphql.linked_plan import Path, Place
from sacbe_graphql.selection import Linked, Selection, together
from sacbe_terms.exchange import Outcome, PlannedCall
from sacbe_terms.identifiers import DataServiceId

Key = tuple[DataServiceId, str, bytes]
"""The same for what asks the same: a call, or one key of a list call."""


@dataclass(slots=True)
class Demand:
    """All records of a group that ask the same."""

    linked: Linked
    arguments: Mapping[str, object]
    """As they are called with; of a list operation, with a list of this one key."""
    match: object
    """The key by which a list's answer is found; None for a call of its own."""
    selection: Selection = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """What it asks."""
        return key_of(self.linked.service, self.linked.operation_code, self.arguments)

    @property
    def fields(self) -> str:
        """What it asks of the answer, printed."""
        return selection.printed(self.selection)


@dataclass(frozen=True, slots=True)
class LinkedCall:
    """A call, and the demands that it answers."""

    planned: PlannedCall
    demands: tuple[Demand, ...]


def key_of(service: DataServiceId, operation_code: str, arguments: Mapping[str, object]) -> Key:
    """Give the key of a call."""
    return service, operation_code, msgspec.json.encode(arguments, order="sorted")


def demands(places: Iterable[Place]) -> Mapping[Key, Demand]:
    """Put together what asks the same, in the order of the answer."""
    found: dict[Key, Demand] = {}
    for place in places:
        new = _demand(place)
        demand = found.setdefault(new.key, new)
        demand.selection = together(demand.selection, place.asked.selection)
        demand.places.append(place)
    return found


def calls(asked: Iterable[Demand]) -> Iterator[LinkedCall]:
    """Give the calls that answer these demands: one for each, or one for as many keys as a list takes."""
    lists: defaultdict[Key, list[Demand]] = defaultdict(list)
    for demand in asked:
        if demand.linked.batch is None:
            yield _call(demand.arguments, [demand])
        else:
            linked = demand.linked
            lists[key_of(linked.service, linked.operation_code, linked.constants)].append(demand)
    for alike in lists.values():
        size = min(demand.linked.keys_max for demand in alike)
        for begin in range(0, len(alike), size):
            part = alike[begin : begin + size]
            argument = part[0].linked.batch.argument if part[0].linked.batch else ""
            yield _call({**part[0].arguments, argument: [demand.match for demand in part]}, part)


def answers(call: LinkedCall, outcome: Outcome) -> Mapping[Key, Outcome]:
    """Give each demand's part of what a call came to; what a list does not hold is null."""
    batch = call.demands[0].linked.batch
    if batch is None or outcome.error is not None:
        return {demand.key: outcome for demand in call.demands}
    by_key: dict[object, Any] = {}
    for record in outcome.value if isinstance(outcome.value, list) else ():
        match = record.get(batch.match) if isinstance(record, dict) else None
        if isinstance(match, str | int):
            by_key.setdefault(match, record)
    return {demand.key: replace(outcome, value=by_key.get(demand.match)) for demand in call.demands}


def dotted(path: Path) -> str:
    """Print a response path."""
    return ".".join(map(str, path))


def _demand(place: Place) -> Demand:
    linked = place.asked.linked
    if linked.batch is None:
        return Demand(linked, {**linked.constants, **place.arguments}, None)
    [match] = place.arguments.values()
    return Demand(linked, {**linked.constants, linked.batch.argument: [match]}, match)


def _call(arguments: Mapping[str, object], answered: Sequence[Demand]) -> LinkedCall:
    linked = answered[0].linked
    planned = PlannedCall(
        paths=tuple(dotted(place.path) for demand in answered for place in demand.places),
        service=linked.service,
        operation_code=linked.operation_code,
        arguments=arguments,
        fields=selection.printed(reduce(together, (demand.selection for demand in answered))),
    )
    return LinkedCall(planned, tuple(answered))
