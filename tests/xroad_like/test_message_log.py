"""Appending: together with others, durable before it returns, through lost connections, never twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import NotLogged
from sacbe_xroad_like import message_log
from sacbe_xroad_like.log_record import Entry
from sacbe_xroad_like.message_log import MessageLog


def entry(message_id: str, direction: str = "request") -> Entry:
    """Give some entry of this id."""
    return Entry(
        message_id=message_id,
        direction=direction,
        consumer="GT/GOV/1/x",
        operation="GT/GOV/2/y/z/w",
        request_id=uuid4(),
        recorded_at=datetime.now(UTC),
        head=b"head",
        body=b"body",
        body_sha256=b"1" * 32,
        signature=b"signature",
        certificate_sha256=b"2" * 32,
    )


@pytest.fixture
async def log(engine: AsyncEngine) -> AsyncIterator[MessageLog]:
    """A log that is writing."""
    made = MessageLog(engine, lambda _: None)
    made.start()
    yield made
    await made.stop()


async def ids(owner: asyncpg.Connection) -> list[str]:
    """Give the message ids in the log."""
    return [row["message_id"] for row in await owner.fetch("select message_id from bus.message_log order by id")]


async def cut(owner: asyncpg.Connection) -> None:
    """Kill every other connection to this database."""
    await owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )


async def test_many_share_few_commits(log: MessageLog, owner: asyncpg.Connection) -> None:
    """What waits together is written together, and all of it is there."""
    await asyncio.gather(*(log.append([entry(f"m{number}")]) for number in range(200)))
    assert sorted(await ids(owner)) == sorted(f"m{number}" for number in range(200))
    assert await owner.fetchval("select count(distinct transaction_id) from bus.message_log") <= 3


async def test_an_exchange_is_written_whole_or_not_at_all(log: MessageLog, owner: asyncpg.Connection) -> None:
    """A clash in the second entry keeps out the first one too, and disturbs nobody else of the batch."""
    there = entry("a", "reply")
    await log.append([there])
    outcomes = await asyncio.gather(
        log.append([entry("b")]),
        log.append([entry("a"), there]),
        log.append([entry("c")]),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], NotLogged)
    assert (outcomes[0], outcomes[2]) == (None, None)
    assert await ids(owner) == ["a", "b", "c"]


async def test_a_refused_entry_disturbs_nobody(log: MessageLog, owner: asyncpg.Connection) -> None:
    """What the database cannot store is refused alone."""
    outcomes = await asyncio.gather(
        log.append([entry("a")]), log.append([entry("zero\x00")]), log.append([entry("b")]), return_exceptions=True
    )
    assert isinstance(outcomes[1], NotLogged)
    assert await ids(owner) == ["a", "b"]


async def test_a_lost_connection_costs_no_entry(log: MessageLog, owner: asyncpg.Connection) -> None:
    """Connections killed while entries are appended: each is in the log once, and each writer knows it."""
    await log.append([entry("first")])
    appending = [asyncio.create_task(log.append([entry(f"m{number}")])) for number in range(300)]
    for _ in range(3):
        await cut(owner)
        await asyncio.sleep(0.02)
    await asyncio.gather(*appending)
    assert sorted(await ids(owner)) == sorted(["first", *(f"m{number}" for number in range(300))])


async def test_written_before_the_connection_broke_is_written(log: MessageLog, owner: asyncpg.Connection) -> None:
    """The same entry again is known as our own; X-Road's clients may write another one under its message id."""
    mine = [entry("a"), entry("a", "reply")]
    mine[1] = mine[1]._replace(request_id=mine[0].request_id)
    await log.append(mine)
    await log.append(mine)
    await log.append([entry("a"), entry("a", "reply")])
    assert await ids(owner) == ["a"] * 4


async def test_a_log_that_cannot_write_says_so(
    log: MessageLog, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers are told within their time, and the log goes on when the database does."""
    monkeypatch.setattr(message_log, "APPEND_SECONDS_MAX", 0.3)
    await log.append([entry("a")])
    async with owner.transaction():
        await owner.execute("lock table bus.message_log in access exclusive mode")
        with pytest.raises(NotLogged, match="does not answer"):
            await log.append([entry("b")])
    monkeypatch.undo()
    await log.append([entry("c")])
    assert await ids(owner) in (["a", "c"], ["a", "b", "c"])


async def test_too_many_waiting_are_refused(log: MessageLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its bound the log refuses at once instead of growing."""
    monkeypatch.setattr(message_log, "WAITING_MAX", 2)
    outcomes = await asyncio.gather(*(log.append([entry(f"m{n}")]) for n in range(5)), return_exceptions=True)
    assert [isinstance(outcome, NotLogged) for outcome in outcomes] == [False, False, True, True, True]


async def test_a_stopped_log_has_written_everything(engine: AsyncEngine, owner: asyncpg.Connection) -> None:
    """Stopping writes what waits; afterwards nothing is taken."""
    log = MessageLog(engine, lambda _: None)
    log.start()
    waiting = asyncio.create_task(log.append([entry("a")]))
    await asyncio.sleep(0)
    await log.stop()
    await waiting
    assert await ids(owner) == ["a"]
    with pytest.raises(NotLogged):
        await log.append([entry("b")])
