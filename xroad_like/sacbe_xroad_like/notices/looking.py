"""What time brings and nobody does: agreements about to expire, and unusual volumes. Looked for once an hour.

One process of the node looks in each hour: whoever moves the one row of `notice_look` first. Each finding is
told once, by a name of its own, so looking again does no harm.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import access, groups, unusual_volumes
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.notices import kinds, outbox
from sacbe_xroad_like.notices.outbox import Fact
from sacbe_xroad_like.notices.tables import look
from sacbe_xroad_like.tables import agreement as agreements
from sacbe_xroad_like.tables import operational_record
from sacbe_xroad_like.unusual_volumes import OfficialsDay, Unusual

PAUSE = timedelta(hours=1)
"""Between two looks of the node."""

MARKS_DAYS = (7, 30)
"""So many days before its last one an agreement is about to expire, the nearest first."""


async def take_turn(engine: AsyncEngine) -> bool:
    """Say whether this process shall look now; no other does within the hour."""
    moved = sa.update(look).where(look.c.looked_at < sa.func.now() - PAUSE).values(looked_at=sa.func.now())
    async with engine.begin() as connection:
        return (await connection.execute(moved)).rowcount > 0


async def tell_findings(engine: AsyncEngine, now: datetime) -> None:
    """Find and tell; raises what the database raises."""
    today = now.astimezone(UTC).date()
    unusual = await _unusual(engine, today - timedelta(days=1))
    async with engine.begin() as connection:
        await _tell_expiring(connection, today)
        await _tell_unusual(connection, unusual)


def mark_passed(agreement: Agreement, today: date) -> int | None:
    """Give the nearest of MARKS_DAYS that an agreement has passed since it was given; None while it has not."""
    if agreement.until is None or agreement.decided_at is None:
        return None
    mark = next((days for days in MARKS_DAYS if (agreement.until - today).days <= days), None)
    is_news = mark is not None and agreement.decided_at.astimezone(UTC).date() < agreement.until - timedelta(mark)
    return mark if is_news else None


async def _tell_expiring(connection: AsyncConnection, today: date) -> None:
    until = agreements.c.until
    near = until.between(today, today + timedelta(days=max(MARKS_DAYS)))
    in_force = sa.select(agreements).where(agreements.c.is_approved, agreements.c.revoked_at.is_(None), near)
    inside = await groups.members_of(connection)
    for each in map(access.from_row, (await connection.execute(in_force)).all()):
        mark = mark_passed(each, today)
        for client in access.clients_of(each, inside) if mark is not None else ():
            facts = {**outbox.facts_of(each, client), "day": str(each.until)}
            once = f"{kinds.ACCESS_EXPIRING.name}/{each.id}/{client}/{each.until}/{mark}"
            await outbox.tell(connection, kinds.ACCESS_EXPIRING, client.member, facts, once=once)


async def _unusual(engine: AsyncEngine, since: date) -> list[Unusual]:
    """Give every unusual day since a day, at whoever's services."""
    recent = operational_record.c.recorded_at >= datetime(since.year, since.month, since.day, tzinfo=UTC)
    query = sa.select(operational_record.c.provider).distinct().where(recent)
    async with engine.connect() as connection:
        providers = (await connection.scalars(query)).all()
    members = sorted({SubsystemId.parse(provider).member for provider in providers if provider})
    return [one for member in members for one in await unusual_volumes.unusual(engine, member, since)]


async def _tell_unusual(connection: AsyncConnection, found: Iterable[Unusual]) -> None:
    officials = Counter(one.found._replace(user_id="", calls=0) for one in found)
    for day, count in officials.items():
        service, provider = _service(day), SubsystemId.parse(day.provider).member
        facts: dict[str, Fact] = {"consumer": day.consumer, "provider": day.provider, "service": str(service)}
        facts |= {"day": str(day.day), "officials": count}
        once = f"{kinds.UNUSUAL_VOLUME.name}/{day.day}/{day.consumer}/{service}"
        await outbox.tell(connection, kinds.UNUSUAL_VOLUME, provider, facts, once=once)


def _service(day: OfficialsDay) -> DataServiceId | OperationId:
    service = DataServiceId(SubsystemId.parse(day.provider), day.service_code)
    return OperationId(service, day.operation_code) if day.operation_code else service
