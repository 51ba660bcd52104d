"""Officials who ask for far more in a day than they or their colleagues do: a hint to the provider, no verdict.

A day is compared with the median of the same official's earlier days with the same operation. Who has too few
of them is compared with the median of the other officials' days with it.
"""

from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like.operational_reading import belongs
from sacbe_xroad_like.tables import operational_record

TIMES_MAX = 5
"""So many times the median are still usual."""

CALLS_MIN = 20
"""Fewer calls in a day are never unusual."""

OWN_DAYS_MIN = 5
"""From so many earlier days on, an official is compared with herself."""


class OfficialsDay(NamedTuple):
    """How often an official, as her consumer names her (X-Road-UserId), called an operation on a day (UTC)."""

    consumer: str
    user_id: str
    provider: str
    service_code: str
    operation_code: str
    day: date
    calls: int


class Unusual(NamedTuple):
    """A day that stands out, and the median that it was compared with."""

    found: OfficialsDay
    usual: float


async def unusual(engine: AsyncEngine, member: MemberId, since: date) -> list[Unusual]:
    """Give the unusual days since a day at the services of a member, the most calls first."""
    of = operational_record.c
    day = sa.cast(sa.func.timezone("UTC", of.recorded_at), sa.Date)
    keys = (of.consumer, of.user_id, of.provider, of.service_code, of.operation_code, day)
    query = sa.select(*keys, sa.func.count()).where(of.user_id != "", belongs(of.provider, str(member))).group_by(*keys)
    async with engine.connect() as connection:
        days = [OfficialsDay(*row) for row in await connection.execute(query)]
    return flagged(days, since)


def flagged(days: Sequence[OfficialsDay], since: date) -> list[Unusual]:
    """Decide which days since a day are unusual among all that are known."""
    found = [
        Unusual(each, usual)
        for each in days
        if each.day >= since and each.calls >= CALLS_MIN
        if (usual := _usual(each, days)) is not None and each.calls > TIMES_MAX * usual
    ]
    return sorted(found, key=lambda one: (-one.found.calls, one.found))


def _usual(asked: OfficialsDay, days: Sequence[OfficialsDay]) -> float | None:
    """Give the median to compare with; None where there is nothing yet."""
    alike = [each for each in days if each[2:5] == asked[2:5]]
    own = [each.calls for each in alike if each[:2] == asked[:2] and each.day < asked.day]
    others = [each.calls for each in alike if each[:2] != asked[:2]]
    compared = own if len(own) >= OWN_DAYS_MIN else others
    return median(compared) if compared else None
