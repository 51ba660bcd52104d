"""Samples as they are stored: at most one of each operation, made and removed by its provider."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import LimitExceeded, NoSample
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like import messages
from sacbe_xroad_like.tables import sample as samples

SAMPLE_BYTES_MAX = 256 * 1024
"""No sample is larger: it is there to be read by people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What an operation might answer; nothing in it is anybody's."""

    operation: OperationId
    value: object
    recorded_at: datetime
    recorded_by: str = ""


async def keep(engine: AsyncEngine, operation: OperationId, value: object, *, by: str = "") -> Sample:
    """Keep the sample of an operation, in place of an earlier one; raises LimitExceeded."""
    written = messages.written(value)
    if len(written) > SAMPLE_BYTES_MAX:
        raise LimitExceeded("sample's bytes", value=len(written), allowed=SAMPLE_BYTES_MAX)
    row = {**_key(operation), "value": written.decode(), "recorded_by": by}
    news = {"value": row["value"], "recorded_by": by, "recorded_at": sa.func.now()}
    statement = insert(samples).values(row).on_conflict_do_update(index_elements=list(_key(operation)), set_=news)
    async with engine.begin() as connection:
        return _from_row((await connection.execute(statement.returning(samples))).one())


async def remove(engine: AsyncEngine, operation: OperationId) -> None:
    """Remove the sample of an operation; raises NoSample."""
    async with engine.begin() as connection:
        if not (await connection.execute(sa.delete(samples).filter_by(**_key(operation)))).rowcount:
            raise lacking(operation)


async def of(engine: AsyncEngine, operation: OperationId) -> Sample:
    """Give the sample of an operation; raises NoSample."""
    found = await of_each(engine, [operation])
    if not found:
        raise lacking(operation)
    return found[operation]


async def of_each(engine: AsyncEngine, operations: Iterable[OperationId]) -> dict[OperationId, Sample]:
    """Give the samples that there are of these operations."""
    columns = sa.tuple_(samples.c.data_service, samples.c.operation_code)
    asked = columns.in_([tuple(_key(operation).values()) for operation in operations])
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(samples).where(asked))).all()
    return {found.operation: found for found in map(_from_row, rows)}


def lacking(operation: OperationId, reason: str = "There is no sample of it") -> NoSample:
    """Make the error for an operation that the sandbox cannot answer."""
    return NoSample(
        what=f"The sandbox cannot answer {operation}. {reason}.",
        where=str(operation),
        hint=f"Its provider makes one: `sacbe sandbox record {operation}`. Without Sacbe-Sandbox the system is asked.",
    )


def _key(operation: OperationId) -> dict[str, str]:
    return {"data_service": str(operation.service), "operation_code": operation.operation_code}


def _from_row(row: sa.Row[Any]) -> Sample:
    return Sample(
        operation=OperationId(DataServiceId.parse(row.data_service), row.operation_code),
        value=msgspec.json.decode(row.value),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )
