"""Each person can see who asked for her data; the table alone names nobody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.choices import OperationChoice
from sacbe_terms.errors import NotLogged, SettingUnsafe
from sacbe_terms.exchange import Call
from sacbe_xroad_like import message_log, person_accesses
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.person_accesses import PersonKeys
from sacbe_xroad_like.person_numbers import in_arguments, in_result, normalized
from tests.xroad_like.town import (
    CONSUMER,
    PERSONS,
    SECRET,
    Office,
    altered,
    authority,
    call,
    consumer,
    fault,
    plan,
    running_bus,
)

HER, HIM = "2345678901234", "1234567890123"
CHOICES = {
    "consultarPersona": OperationChoice(person_numbers=("arguments/cui", "result/nombres")),
    "listarPersonas": OperationChoice(person_numbers=("result/nombres",)),
    "inscribir": OperationChoice(person_numbers=("arguments/nombres", "result/nombres")),
}


@pytest.fixture
async def marked(engine: AsyncEngine, office: Office, tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus whose office's operations are marked; the persons' numbers stand in the field `nombres`."""

    async def answer(asked: Call) -> object:
        return {"nombres": HIM}

    office.answer = answer
    async with running_bus(engine, office, tmp_path) as bus:
        await bus.registration.mark(PERSONS, CHOICES)
        await bus.registration.publish(PERSONS, accepts_breaking=True)
        await bus._watch.refresh()
        yield bus


async def test_she_sees_who_asked_and_why(marked: Bus) -> None:
    """Consumer, operation, agreed purpose and message id, by her number however she writes it."""
    (outcome,) = await marked.carry(plan(call(cui="2345 67890 1234")), consumer=consumer())
    (access,) = await marked.person_accesses("2345-67890-1234")
    assert (access.consumer, access.operation) == (str(CONSUMER), f"{PERSONS}/consultarPersona")
    assert (access.agreement, access.purpose) == (1, "Trámite de licencia")
    assert access.message_id == outcome.message_id
    assert len(await marked.person_accesses(HIM)) == 1
    assert await marked.person_accesses("1") == []


async def test_a_list_counts_for_each_person(marked: Bus, office: Office) -> None:
    """Every person in a reply sees it once, though she stands in it twice."""

    async def answer(asked: Call) -> object:
        return [{"nombres": HER}, {"nombres": None}, {"nombres": HIM}, {"nombres": HER}]

    office.answer = answer
    await marked.carry(plan(replace(call("listarPersonas", limite=9), fields="")), consumer=consumer())
    assert (len(await marked.person_accesses(HER)), len(await marked.person_accesses(HIM))) == (1, 1)


async def test_she_counts_whose_number_was_not_asked_for(marked: Bus) -> None:
    """Whoever asks for a date of birth alone has asked for hers: the number counts that the ministry gave."""
    await marked.carry(plan(replace(call(), fields="{ fechaNacimiento }")), consumer=consumer())
    assert len(await marked.person_accesses(HIM)) == 1


async def test_asking_counts_without_an_answer(marked: Bus, office: Office) -> None:
    """Who asked for her is told to her, though the ministry answered with a fault."""
    office.answer = fault
    await marked.carry(plan(), consumer=consumer())
    assert len(await marked.person_accesses(HER)) == 1


async def test_a_change_is_told_once(marked: Bus, office: Office) -> None:
    """A change is told with its request, before the ministry hears it, and not again with its reply."""
    told: list[int] = []

    async def answer(asked: Call) -> object:
        told.append(len(await marked.person_accesses(HER)))
        return [{"nombres": HER}, {"nombres": HIM}]

    office.answer = answer
    await marked.carry(plan(replace(call("inscribir", nombres=HER), fields=""), is_changing=True), consumer=consumer())
    assert told == [1]
    assert (len(await marked.person_accesses(HER)), len(await marked.person_accesses(HIM))) == (1, 1)


async def test_no_access_without_a_record(
    marked: Bus, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be told to the person is not given, and the log has no half of it."""
    monkeypatch.setattr(message_log, "APPEND_SECONDS_MAX", 0.3)
    there = "revoke insert on bus.person_access from sacbe_node"
    async with altered(owner, there, back="grant insert on bus.person_access to sacbe_node"):
        (outcome,) = await marked.carry(plan(), consumer=consumer())
    assert isinstance(outcome.error, NotLogged)
    assert await owner.fetchval("select count(*) from bus.message_log") == 0


async def test_without_a_secret_no_person_is_asked_for(
    marked: Bus, engine: AsyncEngine, office: Office, tmp_path: Path
) -> None:
    """A node that could not tell her does not ask for her."""
    bare = Bus(engine, {"office": office}, authority(tmp_path), tmp_path)
    await bare.start()
    with pytest.raises(SettingUnsafe):
        await bare.carry(plan(), consumer=consumer())
    await bare.stop()
    assert office.heard == []


async def test_the_table_names_nobody(marked: Bus, engine: AsyncEngine, owner: asyncpg.Connection) -> None:
    """No column holds a number; another secret finds nothing, an earlier one still does; nothing can be deleted."""
    await marked.carry(plan(), consumer=consumer())
    rows = await owner.fetch("select * from bus.person_access")
    assert HER not in str(rows)
    assert await person_accesses.accesses(engine, PersonKeys(("another",)), HER) == []
    assert len(await person_accesses.accesses(engine, PersonKeys(("another", SECRET)), HER)) == 1


@given(number=st.from_regex(r"[0-9A-Z]{1,20}", fullmatch=True), marks=st.text(" -./", max_size=3))
def test_a_number_is_the_same_however_it_is_written(number: str, marks: str) -> None:
    """Blanks, hyphens, points and small letters make no other person; normalizing twice is normalizing once."""
    written = marks.join(number.lower())
    assert normalized(written) == number == normalized(normalized(written))


def test_numbers_are_found_through_records_and_lists() -> None:
    """Places lead through records and lists; what is missing, null or of another shape is no number."""
    result = {"personas": [{"cui": HER}, {"cui": 7}, {"cui": None}, {}, "x"], "cui": {"a": 1}}
    assert in_result(["result/personas/cui", "result/cui", "arguments/cui"], result) == {HER, "7"}
    assert in_arguments(["arguments/a/b"], {"a": {"b": [" a1 "]}}) == {"A1"}
    assert in_result(["result"], [HER]) == {HER}
    assert in_result(["result/cui"], None) == frozenset()
