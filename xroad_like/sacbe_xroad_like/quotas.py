"""Daily quotas: how many calls of an agreement were made today, over all processes of the node.

A process takes a lease of a few calls at a time from the one count in the database, and spends it
from memory. The count holds what was leased, so calls never exceed the quota, and most calls cost
no round trip. The fewer calls are left, the smaller the leases (`docs/decisions/0160`).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import QuotaUsedUp
from sacbe_xroad_like.agreement import Agreement

LEASE_CALLS_MAX = 50
"""No lease is larger, unless a single plan needs more calls."""

LEASE_SHARE = 50
"""A lease is at most one part in so many of what is left; of fewer calls each is counted alone."""

KEPT_DAYS = 31
"""Counts of earlier days are forgotten after so many days."""

_LEASE = sa.text(
    """
    insert into bus.quota_use as kept (agreement, day, used, leased)
    select :agreement, :day, part.calls, part.calls
    from (select greatest(:calls, least(:lease_max, :per_day / :share)) as calls) part
    where :calls <= :per_day
    on conflict (agreement, day) do update
        set leased = greatest(:calls, least(:lease_max, (:per_day - kept.used) / :share)),
            used = kept.used + greatest(:calls, least(:lease_max, (:per_day - kept.used) / :share))
        where kept.used + :calls <= :per_day
    returning leased
    """
).bindparams(*(sa.bindparam(name, type_=sa.Integer) for name in ("calls", "lease_max", "per_day", "share")))
_USED = sa.text("select used from bus.quota_use where agreement = :agreement and day = :day")
_GIVE_BACK = sa.text("update bus.quota_use set used = used - :calls where agreement = :agreement and day = :day")
_FORGET = sa.text("delete from bus.quota_use where day < :day")


@dataclass(slots=True)
class _Lease:
    """Calls of one agreement that this process may still make on one day."""

    day: date
    left: int = 0
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Quotas:
    """What this process may still call today, taken from the node's one count."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._leases: dict[int, _Lease] = {}

    async def count(self, agreements: Sequence[Agreement], at: datetime) -> None:
        """Count one call for each of these agreements, or none at all.

        Raises QuotaUsedUp, naming the quota, what is used of it, and when it starts anew (midnight, UTC).
        """
        limited = {each.id: each for each in agreements if each.per_day is not None}
        if not limited:
            return
        day = at.astimezone(UTC).date()
        calls = Counter(each.id for each in agreements if each.id in limited)
        taken: list[tuple[_Lease, int]] = []
        try:
            for number, agreement in limited.items():
                lease = self._lease(number, day)
                await self._take(agreement, lease, calls[number])
                taken.append((lease, calls[number]))
        except BaseException:
            for lease, unspent in taken:
                lease.left += unspent
            raise

    async def give_back(self) -> None:
        """Return what was leased and not called, so that other processes may use it."""
        leases, self._leases = self._leases, {}
        rows = [{"agreement": key, "day": each.day, "calls": each.left} for key, each in leases.items() if each.left]
        if rows:
            async with self._engine.begin() as connection:
                await connection.execute(_GIVE_BACK, rows)

    async def forget(self, today: date) -> None:
        """Forget the counts of days long past."""
        async with self._engine.begin() as connection:
            await connection.execute(_FORGET, {"day": today - timedelta(days=KEPT_DAYS)})

    def _lease(self, number: int, day: date) -> _Lease:
        """Give the lease of this day; what is left of another day's is worth nothing."""
        lease = self._leases.get(number)
        if lease is None or lease.day != day:
            lease = self._leases[number] = _Lease(day)
        return lease

    async def _take(self, agreement: Agreement, lease: _Lease, calls: int) -> None:
        """Spend calls of a lease, leasing more first if need be; one task of the process leases at a time."""
        if calls <= lease.left:
            lease.left -= calls
            return
        async with lease.taking:
            held = min(calls, lease.left)
            lease.left -= held
            leased = 0
            try:
                leased = await self._leased(agreement, lease.day, calls - held) if held < calls else 0
            except BaseException:
                lease.left += held
                raise
            lease.left += held + leased - calls

    async def _leased(self, agreement: Agreement, day: date, calls: int) -> int:
        """Lease at least so many calls from the node's count, in one statement; raises QuotaUsedUp."""
        row = {"agreement": agreement.id, "day": day}
        wanted = {"calls": calls, "per_day": agreement.per_day, "lease_max": LEASE_CALLS_MAX, "share": LEASE_SHARE}
        async with self._engine.begin() as connection:
            leased: int | None = await connection.scalar(_LEASE, {**row, **wanted})
            if leased is None:
                raise _used_up(agreement, day, await connection.scalar(_USED, row) or 0)
        return leased


def _used_up(agreement: Agreement, day: date, used: int) -> QuotaUsedUp:
    anew = datetime.combine(day + timedelta(days=1), time(), UTC)
    error = QuotaUsedUp(
        what=f"{agreement.consumer} has used {used} of the {agreement.per_day} calls a day to {agreement.about};"
        f" the count starts anew at {anew:%Y-%m-%dT%H:%M:%SZ}.",
        where=f"agreement {agreement.id}",
        hint="Try again then, or ask the provider for more with `sacbe access request`.",
    )
    error.retry_after_seconds = max(1, int((anew - datetime.now(UTC)).total_seconds()))
    return error
