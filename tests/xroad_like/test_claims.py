"""Exactly once: a repeat under the same id is answered from the record, and a change is never made twice."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from sacbe_terms.errors import LegacySystemFault, MessageIdTaken, OutcomeUnknown, Problem
from sacbe_terms.exchange import Call, Outcome, Plan
from sacbe_xroad_like.bus import Bus
from tests.xroad_like.town import ANSWER, Office, call, consumer, fault, plan

CHANGE = plan(call("inscribir", nombres="Ixchel"), is_changing=True)


async def ask(bus: Bus, asked: Plan, message_id: str = "mine") -> Outcome:
    """Carry a plan of one call under an id."""
    (outcome,) = await bus.carry(asked, consumer=consumer(message_id=message_id))
    return outcome


@pytest.mark.parametrize("asked", [plan(), CHANGE], ids=["read", "change"])
async def test_a_repeat_gets_the_recorded_answer(
    bus: Bus, office: Office, owner: asyncpg.Connection, asked: Plan
) -> None:
    """The ministry hears the request once, the record holds it once, and both answers are the same."""
    first, second = await ask(bus, asked), await ask(bus, asked)
    assert first.value == second.value == ANSWER
    assert first.message_id == second.message_id
    assert len(office.heard) == 1
    assert await owner.fetchval("select count(*) from bus.message_log") == 2


async def test_a_recorded_fault_is_the_answer_too(bus: Bus, office: Office) -> None:
    """A fault of the ministry is told again with its code, text and detail, and an error of ours with its code."""
    office.answer = fault
    first, second = await ask(bus, CHANGE), await ask(bus, CHANGE)
    assert isinstance(first.error, LegacySystemFault)
    assert isinstance(second.error, LegacySystemFault)
    assert (second.error.fault_code, second.error.fault_text) == (first.error.fault_code, first.error.fault_text)
    assert second.error.detail == first.error.detail
    assert len(office.heard) == 1

    async def broken(_: Call) -> object:
        raise KeyError

    office.answer = broken
    failed, again = await ask(bus, CHANGE, "other"), await ask(bus, CHANGE, "other")
    assert failed.error is not None
    assert again.error is not None
    assert (again.error.code, again.error.what) == (failed.error.code, failed.error.what)


async def test_what_was_forgiven_is_told_again(bus: Bus, office: Office) -> None:
    """A lenient answer is repeated with its problems."""
    office.problems = (Problem(where="nombres", reason="a text was expected"),)
    assert (await ask(bus, plan())).problems == (await ask(bus, plan())).problems == office.problems
    assert len(office.heard) == 1


async def test_another_request_under_the_id_is_refused(bus: Bus, office: Office) -> None:
    """Other arguments, other fields or another operation are another request; the ministry hears nothing of them."""
    await ask(bus, plan())
    for other in (plan(call(cui="1")), plan(call("listarPersonas", limite=1)), CHANGE):
        assert isinstance((await ask(bus, other)).error, MessageIdTaken)
    assert len(office.heard) == 1
    assert (await ask(bus, plan(call(cui="1")), "another")).error is None


async def test_a_change_whose_outcome_is_unknown_is_not_made_again(
    bus: Bus, office: Office, owner: asyncpg.Connection
) -> None:
    """While it runs, or after a crash, a repeat is told since when, and calls nobody."""
    heard, running = asyncio.Event(), asyncio.Event()

    async def slowly(_: Call) -> object:
        heard.set()
        await running.wait()
        return ANSWER

    office.answer = slowly
    first = asyncio.create_task(ask(bus, CHANGE))
    await heard.wait()
    error = (await ask(bus, CHANGE)).error
    assert isinstance(error, OutcomeUnknown)
    assert f"{datetime.now(UTC):%Y-%m-%d}" in error.what
    running.set()
    assert (await first).value == (await ask(bus, CHANGE)).value == ANSWER
    await owner.execute("delete from bus.message_log where direction = 'reply'")
    assert isinstance((await ask(bus, CHANGE)).error, OutcomeUnknown)
    assert len(office.heard) == 1


async def test_a_read_without_a_record_is_made_again(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """Asking twice for a read does no harm."""
    await ask(bus, plan())
    await owner.execute("truncate bus.message_log")
    assert (await ask(bus, plan())).value == ANSWER
    assert len(office.heard) == 2


async def test_many_repeats_at_once_make_one_change(bus: Bus, office: Office) -> None:
    """Of requests that race under one id, one reaches the ministry."""
    outcomes = await asyncio.gather(*(ask(bus, CHANGE) for _ in range(20)))
    assert len(office.heard) == 1
    assert all(outcome.error is None or isinstance(outcome.error, OutcomeUnknown) for outcome in outcomes)
    assert any(outcome.value == ANSWER for outcome in outcomes)


async def test_a_claim_lasts_a_day(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """After 24 hours an id may name another request."""
    await ask(bus, plan())
    await owner.execute("update bus.message_claim set claimed_at = now() - interval '25 hours'")
    assert (await ask(bus, CHANGE)).error is None
    assert len(office.heard) == 2
