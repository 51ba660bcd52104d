"""The life of approval rules: made by a provider, ended by it, applied to each new request. Nothing is deleted."""

from datetime import UTC, datetime
from typing import Any, Required, TypedDict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_terms.errors import RecordNotFound
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like import approval_rule
from sacbe_xroad_like.approval_rule import ApprovalRule, Asked
from sacbe_xroad_like.tables import approval_rule as approval_rules

NUMBER_MAX = 2**63 - 1
"""Greatest number that a rule can have."""


class Limits(TypedDict, total=False):
    """What a rule approves at most; see ApprovalRule."""

    who: Required[str]
    days_max: Required[int]
    fields: tuple[str, ...]
    routes: tuple[str, ...]
    per_day_max: int | None
    allows_personal: bool


async def insert(engine: AsyncEngine, row: dict[str, Any]) -> ApprovalRule:
    """Keep a rule whose columns were looked at; see `access.make_rule`."""
    async with engine.begin() as connection:
        made = await connection.execute(sa.insert(approval_rules).values(row).returning(approval_rules))
        return from_row(made.one())


async def end(engine: AsyncEngine, number: int, *, by: str = "") -> ApprovalRule:
    """End a rule; what it approved stays. Raises RecordNotFound unless it is in force."""
    in_force = sa.and_(approval_rules.c.id == number, approval_rules.c.ended_at.is_(None))
    change = sa.update(approval_rules).where(in_force).values(ended_at=sa.func.now(), ended_by=by)
    async with engine.begin() as connection:
        row = (await connection.execute(change.returning(approval_rules))).first() if is_number(number) else None
    if row is None:
        raise RecordNotFound("approval rule in force", str(number))
    return from_row(row)


async def all_rules(engine: AsyncEngine) -> tuple[ApprovalRule, ...]:
    """Give every rule there ever was, in the order of their making."""
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(approval_rules).order_by(approval_rules.c.id))).all()
    return tuple(map(from_row, rows))


async def rule(engine: AsyncEngine, number: int) -> ApprovalRule:
    """Give a rule, ended or not; raises RecordNotFound."""
    found = [each for each in await all_rules(engine) if each.id == number]
    if not found:
        raise RecordNotFound("approval rule", str(number))
    return found[0]


async def approving(connection: AsyncConnection, service: DataServiceId, asked: Asked) -> ApprovalRule | None:
    """Give the first rule that a request fits; it cannot end before the connection's transaction does."""
    in_force = sa.select(approval_rules).where(
        approval_rules.c.data_service == str(service), approval_rules.c.ended_at.is_(None)
    )
    rows = (await connection.execute(in_force.order_by(approval_rules.c.id).with_for_update(read=True))).all()
    today = datetime.now(UTC).date()
    return next((each for each in map(from_row, rows) if approval_rule.fits(each, asked, today)), None)


def is_number(number: int) -> bool:
    """Say whether a rule can have this number."""
    return 0 < number <= NUMBER_MAX


def from_row(row: sa.Row[Any]) -> ApprovalRule:
    """Read a row of the table."""
    columns = dict(row._mapping)
    columns["data_service"] = DataServiceId.parse(columns["data_service"])
    columns |= {"fields": tuple(columns["fields"]), "routes": tuple(columns["routes"])}
    return ApprovalRule(**columns)
