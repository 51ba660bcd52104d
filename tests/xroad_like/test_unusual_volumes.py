"""Unusual volumes per official: what stands out, and what does not."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_xroad_like import unusual_volumes
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.unusual_volumes import CALLS_MIN, OWN_DAYS_MIN, TIMES_MAX, OfficialsDay, flagged
from tests.xroad_like.town import CONSUMER, PROVIDER, call, consumer, plan

TODAY = date(2027, 1, 31)


def day(user_id: str, calls: int, *, ago: int = 0, operation: str = "o") -> OfficialsDay:
    """Give an official's day."""
    return OfficialsDay("c", user_id, "p", "s", operation, TODAY - timedelta(days=ago), calls)


def test_an_official_is_compared_with_herself() -> None:
    """Who has worked some days stands out only against them, however little others ask."""
    before = [day("a", 10, ago=number) for number in range(1, OWN_DAYS_MIN + 1)]
    others = [day("b", 1)]
    usual, much = day("a", TIMES_MAX * 10), day("a", TIMES_MAX * 10 + 1)
    assert flagged([*before, *others, usual], TODAY) == []
    assert [(one.found, one.usual) for one in flagged([*before, *others, much], TODAY)] == [(much, 10)]


def test_a_newcomer_is_compared_with_others() -> None:
    """Without days of her own she is compared with those who call the same operation, if there are any."""
    much = day("a", 100)
    assert [one.found for one in flagged([day("b", 2), day("c", 4), much], TODAY)] == [much]
    assert flagged([day("b", 2, operation="other"), much], TODAY) == []


def test_few_calls_never_stand_out() -> None:
    """A handful of calls, or a day before those that are asked about, is not told."""
    assert flagged([day("b", 1), day("a", CALLS_MIN - 1)], TODAY) == []
    assert flagged([day("b", 1), day("a", 100, ago=1)], TODAY) == []


async def test_the_provider_is_told(bus: Bus, engine: AsyncEngine) -> None:
    """From operational records the provider's member learns who stands out; the consumer's does not."""
    calls = [call(path=f"p{number}", cui=str(number)) for number in range(CALLS_MIN)]
    await bus.carry(plan(*calls), consumer=consumer(user_id="GT1"))
    await bus.carry(plan(), consumer=consumer(user_id="GT2"))
    await bus.records.stop()
    bus.records.start()
    today = datetime.now(UTC).date() - timedelta(days=1)
    (one,) = await unusual_volumes.unusual(engine, PROVIDER.member, today)
    assert (one.found.consumer, one.found.user_id, one.found.calls) == (str(CONSUMER), "GT1", CALLS_MIN)
    assert await unusual_volumes.unusual(engine, CONSUMER.member, today) == []
