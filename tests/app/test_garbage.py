"""What a process keeps for long costs the garbage collector nothing, and what is new joins it."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from sacbe.garbage import Lasting
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.registry import Provider, Registry

SETTLED_SECONDS_MAX = 5.0


class Schema:
    """Holds itself, as a schema's types hold each other."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _looked_at_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def registry(*aliases: str) -> Registry:
    return Registry(providers=tuple(map(provider, aliases)))


def provider(alias: str) -> Provider:
    subsystem = SubsystemId(MemberId("GT", "GOV", "100"), alias)
    return Provider(alias=alias, subsystem=subsystem, title=alias, data_services=())


async def test_what_a_process_has_when_it_is_ready_is_in_no_round_of_the_collector() -> None:
    schema = Schema()
    Lasting(registry())
    assert not any(each is schema for each in gc.get_objects())


async def test_what_is_new_after_a_publication_is_set_aside_too() -> None:
    """And what became garbage until then is let go first."""
    lasting = Lasting(registry(), settle_seconds=0.0)
    schema, garbage = Schema(), Schema()
    let_go = asyncio.Event()
    weakref.finalize(garbage, let_go.set)
    del garbage
    await lasting.after(registry("published"))
    await asyncio.wait_for(let_go.wait(), SETTLED_SECONDS_MAX)
    assert not any(each is schema for each in gc.get_objects())


async def test_what_was_set_aside_is_not_looked_at_for_a_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round over all that lasts would hold up every request."""
    lasting = Lasting(registry(), settle_seconds=0.0)
    rounds: list[int] = []
    monkeypatch.setattr(gc, "unfreeze", lambda: rounds.append(1))
    await lasting.after(registry("published"))
    await asyncio.sleep(0.05)
    assert not rounds


async def test_several_publications_at_a_time_cost_one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    lasting = Lasting(registry(), settle_seconds=0.05)
    rounds: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: rounds.append(1))
    for number in range(5):
        await lasting.after(registry(str(number)))
    await asyncio.sleep(0.2)
    assert len(rounds) == 1


async def test_a_change_that_publishes_nothing_costs_no_round(monkeypatch: pytest.MonkeyPatch) -> None:
    before = registry("published")
    lasting = Lasting(before, settle_seconds=0.0)
    rounds: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: rounds.append(1))
    await lasting.after(Registry(providers=before.providers, suspended={}))
    await asyncio.sleep(0.05)
    assert not rounds
