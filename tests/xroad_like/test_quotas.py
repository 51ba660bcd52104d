"""Daily quotas: counted over all processes, never exceeded, refused before anything is sent."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from sacbe_terms.errors import QuotaUsedUp
from sacbe_xroad_like import access
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.quotas import Quotas
from tests.xroad_like.town import CONSUMER, PERSONS, STRANGER, Office, authority, call, consumer, plan, until

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def agreement(per_day: int | None, *, number: int = 1) -> Agreement:
    """Give an agreement with this quota."""
    return Agreement(
        id=number,
        consumer=CONSUMER,
        data_service=PERSONS,
        operation_code="",
        purpose="x",
        per_day=per_day,
        requested_at=NOON,
        is_approved=True,
        decided_at=NOON,
    )


async def counted(quotas: Quotas, agreed: Agreement, tries: int, at: datetime = NOON) -> int:
    """Say how many of these tries were within the quota, made all at once."""
    outcomes = await asyncio.gather(*(quotas.count([agreed], at) for _ in range(tries)), return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, QuotaUsedUp) for outcome in outcomes)
    return outcomes.count(None)


@pytest.mark.parametrize("per_day", [1, 7, 60, 500])
async def test_several_processes_never_exceed_it(engine: AsyncEngine, per_day: int) -> None:
    """Four counters that all want more than is left get no more than the quota, and nearly all of it."""
    counters = [Quotas(engine) for _ in range(4)]
    allowed = sum(await asyncio.gather(*(counted(each, agreement(per_day), per_day) for each in counters)))
    assert allowed <= per_day
    assert allowed >= per_day - 4 * (per_day // 50)


async def test_one_process_uses_all_of_it(engine: AsyncEngine) -> None:
    """Alone, a process may make exactly as many calls as agreed; the error says how many and until when."""
    quotas = Quotas(engine)
    assert await counted(quotas, agreement(120), 200) == 120
    with pytest.raises(QuotaUsedUp, match="120 of the 120 calls a day") as caught:
        await quotas.count([agreement(120)], NOON)
    assert "2026-11-26T00:00:00Z" in caught.value.what
    assert caught.value.status == 429


async def test_a_new_day_starts_anew(engine: AsyncEngine) -> None:
    """At midnight UTC the whole quota is there again, and no lease of yesterday is spent."""
    quotas = Quotas(engine)
    assert await counted(quotas, agreement(100), 101) == 100
    assert await counted(quotas, agreement(100), 101, NOON + timedelta(hours=12)) == 100
    await quotas.forget(date(2027, 3, 1))
    assert await counted(Quotas(engine), agreement(100), 1) == 1


async def test_what_was_not_used_is_given_back(engine: AsyncEngine) -> None:
    """A process that stops leaves the rest of its lease to the others."""
    first, second = Quotas(engine), Quotas(engine)
    await first.count([agreement(1000)], NOON)
    await first.give_back()
    assert await counted(second, agreement(1000), 1001) == 999


async def test_without_a_quota_no_database_is_asked() -> None:
    """What has no quota is not counted: a database that is away does not matter."""
    await Quotas(create_async_engine("postgresql+asyncpg://127.0.0.1:9/nowhere")).count([agreement(None)] * 3, NOON)


async def test_a_plan_that_needs_too_much_counts_nothing(engine: AsyncEngine) -> None:
    """If one agreement of a plan has too few calls left, those of the others stay free."""
    quotas, wide, narrow = Quotas(engine), agreement(3, number=1), agreement(1, number=2)
    with pytest.raises(QuotaUsedUp, match="0 of the 1 calls"):
        await quotas.count([wide, narrow, narrow], NOON)
    await quotas.count([wide, wide, wide, narrow], NOON)


async def test_one_call_too_many_is_refused_before_it(
    engine: AsyncEngine, bus: Bus, office: Office, tmp_path: Path
) -> None:
    """Two processes of a node together carry as many calls as agreed; the ministry hears of no other."""
    await access.grant(engine, STRANGER, PERSONS, purpose="x", per_day=5)
    other = Bus(engine, {"office": office}, authority(tmp_path), tmp_path)
    await other.start()
    await until(lambda: bool(bus.registry.in_force(STRANGER, PERSONS)))
    calls = [each.carry(plan(), consumer=consumer(STRANGER)) for each in (bus, other) * 6]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    with pytest.raises(QuotaUsedUp, match="SACBE-306"):
        await bus.carry(plan(call(path="a"), call(path="b")), consumer=consumer(STRANGER))
    await other.stop()
    assert sum(isinstance(outcome, QuotaUsedUp) for outcome in outcomes) == 7
    assert len(office.heard) == 5
