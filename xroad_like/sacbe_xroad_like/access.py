"""Access rights: which consumer may ask what, and for which stated purpose. Nothing is allowed by default.

A right is given to one subsystem, for a data service or for one operation of it. It says why, it may
end on a date (that day included, UTC) and it is revoked, never deleted. Rights add up; there is no
right that denies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog.data_services import DataServices
from sacbe_terms.errors import AccessError, AccessRefused, DataServiceUnknown, PurposeMissing, RecordNotFound
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import members
from sacbe_xroad_like.tables import access_right


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRight:
    """A consumer's right. `operation_code` is empty for the whole data service; `id` is what
    `Sacbe-Purpose` names; `per_day` is at most so many calls a day."""

    id: int
    consumer: SubsystemId
    data_service: DataServiceId
    operation_code: str
    purpose: str
    until: date | None
    per_day: int | None
    granted_at: datetime
    revoked_at: datetime | None

    def covers(self, operation: OperationId) -> bool:
        """Say whether this right is about the operation, in force or not."""
        return self.operation_code in ("", operation.operation_code) and self.data_service == operation.service

    def is_in_force(self, at: datetime) -> bool:
        """Say whether it is neither revoked nor over at this time."""
        return self.revoked_at is None and (self.until is None or at.astimezone(UTC).date() <= self.until)


async def grant(
    engine: AsyncEngine,
    consumer: SubsystemId,
    service: DataServiceId | OperationId,
    *,
    purpose: str,
    until: date | None = None,
    per_day: int | None = None,
) -> AccessRight:
    """Give a right, in force at once in every process of the node.

    Raises PurposeMissing, MemberUnknown (the consumer) and DataServiceUnknown.
    """
    if not purpose.strip():
        raise _purpose_not_stated(consumer, service)
    await members.subsystem(engine, consumer)
    data_service, operation_code = await _known(engine, service)
    row = {
        "consumer": str(consumer),
        "data_service": str(data_service),
        "operation_code": operation_code,
        "purpose": purpose.strip(),
        "until": until,
        "per_day": per_day,
    }
    async with engine.begin() as connection:
        granted = await connection.execute(sa.insert(access_right).values(row).returning(access_right))
        await members.tell(connection, str(consumer))
        return from_row(granted.one())


async def revoke(engine: AsyncEngine, right_id: int) -> None:
    """Take a right back, at once in every process of the node; raises RecordNotFound."""
    statement = sa.update(access_right).where(access_right.c.id == right_id, access_right.c.revoked_at.is_(None))
    async with engine.begin() as connection:
        changed = await connection.execute(statement.values(revoked_at=sa.func.now()))
        if changed.rowcount == 0:
            raise RecordNotFound("access right in force", str(right_id))
        await members.tell(connection, str(right_id))


async def all_rights(engine: AsyncEngine, *, consumer: SubsystemId | None = None) -> tuple[AccessRight, ...]:
    """Give the rights ever given, revoked ones too, in the order of their giving."""
    statement = sa.select(access_right).order_by(access_right.c.id)
    if consumer is not None:
        statement = statement.where(access_right.c.consumer == str(consumer))
    async with engine.connect() as connection:
        return tuple(from_row(row) for row in (await connection.execute(statement)).all())


async def holders(
    engine: AsyncEngine, service: DataServiceId, operation_codes: Iterable[str]
) -> frozenset[SubsystemId]:
    """Give the consumers that may call one of these operations of a data service now."""
    operations = [OperationId(service, code) for code in operation_codes]
    now = datetime.now(UTC)
    statement = sa.select(access_right).where(access_right.c.data_service == str(service))
    async with engine.connect() as connection:
        rights = [from_row(row) for row in (await connection.execute(statement)).all()]
    return frozenset(
        right.consumer for right in rights if right.is_in_force(now) and any(map(right.covers, operations))
    )


def right_for(
    rights: Iterable[AccessRight], consumer: SubsystemId, operation: OperationId, *, purpose: str, at: datetime
) -> AccessRight:
    """Decide: give the right by which this consumer may call this operation now.

    `purpose` is the id of the right that the consumer named, or empty. Raises AccessRefused, saying
    which link is missing and how to ask for it, or PurposeMissing when another purpose is named.
    """
    return chosen([right for right in rights if right.covers(operation)], consumer, operation, purpose=purpose, at=at)


def chosen(
    covering: Iterable[AccessRight],
    consumer: SubsystemId,
    asked: DataServiceId | OperationId,
    *,
    purpose: str,
    at: datetime,
) -> AccessRight:
    """Choose among rights that are about what is asked; raises as `right_for`."""
    own = [right for right in covering if right.consumer == consumer]
    in_force = [right for right in own if right.is_in_force(at)]
    named = [right for right in in_force if purpose in ("", str(right.id))]
    if named:
        return named[0]
    if in_force:
        raise _other_purpose(consumer, asked, purpose, in_force)
    raise _refusal(consumer, asked, own)


def _refusal(consumer: SubsystemId, asked: DataServiceId | OperationId, former: Iterable[AccessRight]) -> AccessRefused:
    latest = max(former, key=lambda right: right.id, default=None)
    return AccessRefused(
        what=f"{consumer} {_missing_link(latest)} {asked}.",
        where=str(asked),
        hint=f'Ask with `sacbe access request {consumer} {asked} --purpose "..."`, or ask the provider\'s steward.',
    )


def _missing_link(latest: AccessRight | None) -> str:
    if latest is None:
        return "has no right to"
    if latest.revoked_at is not None:
        return f"had a right, revoked on {latest.revoked_at:%Y-%m-%d}, to"
    return f"had a right, over since {latest.until}, to"


def _other_purpose(
    consumer: SubsystemId, asked: DataServiceId | OperationId, purpose: str, in_force: Iterable[AccessRight]
) -> AccessError:
    held = ", ".join(f"{right.id} ({right.purpose})" for right in in_force)
    return PurposeMissing(
        what=f"The purpose '{purpose}' gives {consumer} no right to {asked}.",
        where=str(asked),
        hint=f"Send in Sacbe-Purpose one of: {held}; or leave the header out.",
    )


def _purpose_not_stated(consumer: SubsystemId, service: DataServiceId | OperationId) -> PurposeMissing:
    return PurposeMissing(
        what=f"A right of {consumer} to {service} needs a purpose.",
        where=str(service),
        hint='Say what the data are needed for, such as `--purpose "Trámite de licencia, art. 12"`.',
    )


async def _known(engine: AsyncEngine, service: DataServiceId | OperationId) -> tuple[DataServiceId, str]:
    """Split what a right is about; raises DataServiceUnknown unless it is registered."""
    if isinstance(service, DataServiceId):
        await DataServices(engine).newest(service)
        return service, ""
    stored = await DataServices(engine).newest(service.service)
    if stored.description.operation(service.operation_code) is None:
        raise operation_unknown(service, [operation.code for operation in stored.description.operations])
    return service.service, service.operation_code


def operation_unknown(operation: OperationId, known: Iterable[str]) -> DataServiceUnknown:
    """Make the error for an operation that a known data service does not have."""
    return DataServiceUnknown(
        what=f"{operation.service} has no operation '{operation.operation_code}'.",
        where=str(operation),
        hint=f"It has: {', '.join(sorted(known))}.",
    )


def from_row(row: sa.Row[Any]) -> AccessRight:
    """Read a row of the table."""
    return AccessRight(
        id=row.id,
        consumer=SubsystemId.parse(row.consumer),
        data_service=DataServiceId.parse(row.data_service),
        operation_code=row.operation_code,
        purpose=row.purpose,
        until=row.until,
        per_day=row.per_day,
        granted_at=row.granted_at,
        revoked_at=row.revoked_at,
    )
