"""Who sees which operational records: a member those in which it takes part, the authority the totals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.stages import STAGES
from sacbe_xroad_like.tables import operational_record

LISTED_MAX = 1_000
"""Most records that one reading gives."""

SERVICE = ("consumer", "provider", "service_code", "operation_code")
"""What totals are made for: each consumer's calls of each operation, or of each service on X-Road's wire."""

Row = Mapping[str, Any]
"""By column of `bus.operational_record`; a total by those of SERVICE, `exchanges`, `failed` and the means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records are asked for; None leaves a question open. `since` is a time with its zone."""

    consumer: SubsystemId | None = None
    provider: SubsystemId | None = None
    since: datetime | None = None


async def records(engine: AsyncEngine, member: MemberId, wanted: Wanted) -> list[Row]:
    """Give a member its own records, the newest first, at most LISTED_MAX."""
    query = (
        sa.select(operational_record)
        .where(takes_part(member), *_wanted(wanted))
        .order_by(operational_record.c.id.desc())
        .limit(LISTED_MAX)
    )
    return await _rows(engine, query)


async def totals(engine: AsyncEngine, member: MemberId | None, wanted: Wanted) -> list[Row]:
    """Give totals by consumer and operation, those with most exchanges first: a member's own, or all (None)."""
    of = operational_record.c
    keys = [of[name] for name in SERVICE]
    exchanges = sa.func.count().label("exchanges")
    query = (
        sa.select(
            *keys,
            exchanges,
            sa.func.count().filter(sa.not_(of.succeeded)).label("failed"),
            sa.func.avg(of.response_out_ts - of.request_in_ts).cast(sa.Double).label("mean_ms"),
            *(sa.func.avg(of[f"{stage}_seconds"]).label(f"mean_{stage}_seconds") for stage in STAGES),
        )
        .where(takes_part(member) if member is not None else sa.true(), *_wanted(wanted))
        .group_by(*keys)
        .order_by(exchanges.desc(), *keys)
    )
    return await _rows(engine, query)


def takes_part(member: MemberId) -> sa.ColumnElement[bool]:
    """Say of a record whether a member is its consumer or provider, by itself or as one of its subsystems."""
    sides = (operational_record.c.consumer, operational_record.c.provider)
    return sa.or_(*(belongs(side, str(member)) for side in sides))


def belongs(side: sa.ColumnElement[str], member: str) -> sa.ColumnElement[bool]:
    """Say of a printed subsystem whether it is a member, by itself or as one of its subsystems."""
    return sa.or_(side == member, side.startswith(f"{member}/", autoescape=True))


def _wanted(wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    of = operational_record.c
    if wanted.consumer is not None:
        yield of.consumer == str(wanted.consumer)
    if wanted.provider is not None:
        yield of.provider == str(wanted.provider)
    if wanted.since is not None:
        yield of.recorded_at >= wanted.since


async def _rows(engine: AsyncEngine, query: sa.Select[Any]) -> list[Row]:
    async with engine.connect() as connection:
        return [row._mapping for row in await connection.execute(query)]
