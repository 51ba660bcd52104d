"""Groups: what a group holds is every member's, as long as it is in it, and nobody else's."""

import asyncio
import time

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import AccessRefused, GroupUnknown, IdentifierNotValid, MemberUnknown
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like import access, groups, members
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.group import GroupId, holder
from tests.xroad_like.town import CONSUMER, PERSONS, PROVIDER, STRANGER, consumer, plan, until

LOCAL = GroupId(PROVIDER, "ventanillas")
GLOBAL = GroupId(PROVIDER.member.instance, "municipalidades")
HELD_SECONDS_MAX = 1.0
"""A change holds in every process within a second."""


@pytest.mark.parametrize(
    "text", ["LOCALGROUP:GT/GOV/2001/registro-civil/ventanillas", "LOCALGROUP:GT/GOV/2001/v", "GLOBALGROUP:GT/x"]
)
def test_a_group_is_printed_as_it_is_read(text: str) -> None:
    assert str(GroupId.parse(text)) == text
    assert holder(text) == GroupId.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "GT/GOV/2001", "GLOBALGROUP:", "GLOBALGROUP:x", "GLOBALGROUP:/x", "GLOBALGROUP:GT/", "GLOBALGROUP:GT/a/b",
        "LOCALGROUP:ventanillas", "LOCALGROUP:GT/GOV/v", "LOCALGROUP:GT/GOV/2001/a/", "localgroup:GT/GOV/2001/a/b",
        "GLOBALGROUP:GT/é", "GLOBALGROUP:GT/a b", "GLOBALGROUP:GT/" + "x" * 300, "LOCALGROUP:GT//2001/a/b",
    ],
)  # fmt: skip
def test_what_is_no_group_is_refused(text: str) -> None:
    with pytest.raises(IdentifierNotValid):
        GroupId.parse(text)


@pytest.mark.parametrize("group", [LOCAL, GLOBAL])
async def test_a_member_of_a_group_calls_by_its_right_until_it_is_put_out(
    bus: Bus, engine: AsyncEngine, group: GroupId
) -> None:
    await groups.keep(engine, group, title="Grupo")
    await access.grant(engine, group, PERSONS, purpose="Por grupo")
    with pytest.raises(AccessRefused):
        await bus.carry(plan(), consumer=consumer(STRANGER))
    await groups.keep(engine, group, include=[STRANGER])
    await until(lambda: bool(bus.registry.in_force(STRANGER, PERSONS)))
    (outcome,) = await bus.carry(plan(), consumer=consumer(STRANGER))
    assert outcome.error is None
    await groups.keep(engine, group, exclude=[STRANGER])
    await until(lambda: not bus.registry.in_force(STRANGER, PERSONS))
    with pytest.raises(AccessRefused):
        await bus.carry(plan(), consumer=consumer(STRANGER))


async def test_a_subsystem_is_not_in_a_group_because_its_member_is(bus: Bus, engine: AsyncEngine) -> None:
    """Nor the other way round, as X-Road has it."""
    itself = SubsystemId(STRANGER.member, "")
    await groups.keep(engine, GLOBAL, include=[itself])
    await access.grant(engine, GLOBAL, PERSONS, purpose="x")
    await until(lambda: bool(bus.registry.in_force(itself, PERSONS)))
    assert not bus.registry.in_force(STRANGER, PERSONS)


async def test_a_local_group_is_for_its_own_provider_alone(bus: Bus, engine: AsyncEngine) -> None:
    other = GroupId(CONSUMER, "ventanillas")
    await groups.keep(engine, other, include=[STRANGER])
    abroad = GroupId("SV", "municipalidades")
    await groups.keep(engine, abroad, include=[STRANGER])
    for group in (other, abroad):
        with pytest.raises(GroupUnknown, match="no group for"):
            await access.grant(engine, group, PERSONS, purpose="x")


async def test_what_is_not_registered_is_in_no_group(bus: Bus, engine: AsyncEngine) -> None:
    """And nothing is kept of the attempt."""
    ghost = SubsystemId(MemberId("GT", "GOV", "404"), "nadie")
    with pytest.raises(MemberUnknown):
        await groups.keep(engine, LOCAL, include=[STRANGER, ghost])
    with pytest.raises(MemberUnknown):
        await groups.keep(engine, GroupId(ghost, "x"))
    with pytest.raises(IdentifierNotValid):
        await groups.keep(engine, LOCAL, include=[STRANGER], exclude=[STRANGER])
    assert await groups.all_groups(engine) == ()
    with pytest.raises(GroupUnknown):
        await access.grant(engine, LOCAL, PERSONS, purpose="x")


async def test_a_group_keeps_its_title_and_members_where_nothing_is_said(bus: Bus, engine: AsyncEngine) -> None:
    await groups.keep(engine, LOCAL, title="Ventanillas", include=[STRANGER, CONSUMER])
    kept = await groups.keep(engine, LOCAL, exclude=[CONSUMER])
    assert (kept.title, kept.members) == ("Ventanillas", (STRANGER,))
    assert await groups.keep(engine, LOCAL, include=[STRANGER]) == kept


async def test_consumers_that_break_are_counted_through_their_groups(bus: Bus, engine: AsyncEngine) -> None:
    await groups.keep(engine, LOCAL, include=[STRANGER])
    await access.grant(engine, LOCAL, PERSONS, purpose="x")
    assert await access.holders(engine, PERSONS, ["consultarPersona"]) == {CONSUMER, STRANGER}


async def test_nobody_calls_by_a_right_that_was_taken_while_calls_run(bus: Bus, engine: AsyncEngine) -> None:
    """Two clients go in and out of groups while they and a third call without a pause: no call passes a second later.

    The third is in no group, and never passes.
    """
    outsider = SubsystemId(STRANGER.member, "fuera")
    inside = (STRANGER, SubsystemId(STRANGER.member, "dentro"))
    for each in (outsider, inside[1]):
        await members.add_subsystem(engine, each, title="x")
    await groups.keep(engine, LOCAL)
    await access.grant(engine, LOCAL, PERSONS, purpose="x")
    await until(lambda: outsider in bus.registry.subsystems)
    passed: list[tuple[SubsystemId, float]] = []
    spans: dict[SubsystemId, list[tuple[float, float]]] = {each: [] for each in (*inside, outsider)}
    is_over = asyncio.Event()

    async def calls(who: SubsystemId) -> None:
        while not is_over.is_set():
            began = time.monotonic()
            try:
                await bus.carry(plan(), consumer=consumer(who))
            except AccessRefused:
                await asyncio.sleep(0)
            else:
                passed.append((who, began))

    callers = [asyncio.create_task(calls(who)) for who in (*inside, outsider) for _ in range(3)]
    for turn in range(8):
        who = inside[turn % 2]
        began = time.monotonic()
        await groups.keep(engine, LOCAL, include=[who])
        await until(lambda who=who: bool(bus.registry.in_force(who, PERSONS)))  # type: ignore[misc]
        await asyncio.sleep(0.05)
        await groups.keep(engine, LOCAL, exclude=[who])
        spans[who].append((began, time.monotonic() + HELD_SECONDS_MAX))
        await until(lambda who=who: not bus.registry.in_force(who, PERSONS))  # type: ignore[misc]
    is_over.set()
    await asyncio.gather(*callers)
    assert {who for who, _ in passed} == set(inside)
    assert all(any(start <= at <= end for start, end in spans[who]) for who, at in passed)
