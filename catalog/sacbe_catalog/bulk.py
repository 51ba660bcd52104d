"""Many rows in one statement.

Rows that take the place of others go over as one JSON text, which the database takes apart itself.
Rows that are new go in by COPY, at a fraction of the cost.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import UserDefinedType

ROWS_AT_ONCE: Final = 5_000
"""Rows that one statement takes in; bounds what the database holds of a put in memory."""

Row = dict[str, Any]


async def add(connection: AsyncConnection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Add rows, none of whose keys is there, to a table. All rows have the same columns, dates as `date`."""
    if rows:
        names = tuple(rows[0])
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.copy_records_to_table(
            table.name, schema_name=table.schema, columns=names, records=[tuple(row.values()) for row in rows]
        )


async def upsert(connection: AsyncConnection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Bring rows into a table, each in place of the one with its key. All rows have the same columns."""
    if rows:
        await in_chunks(connection, _upsert(table, tuple(rows[0])), rows)


@cache
def _upsert(table: sa.Table, names: tuple[str, ...]) -> sa.Executable:
    given = sa.func.json_populate_recordset(
        sa.cast(sa.null(), _RowOf(table)), sa.cast(sa.bindparam("rows", type_=sa.Text), pg.JSON)
    ).table_valued(*(sa.column(name, table.c[name].type) for name in names), name="given")
    insert = pg.insert(table).from_select(names, sa.select(*given.c))
    key = [column.name for column in table.primary_key.columns]
    return insert.on_conflict_do_update(index_elements=key, set_={name: insert.excluded[name] for name in names})


async def in_chunks(connection: AsyncConnection, statement: sa.Executable, rows: Sequence[Row]) -> None:
    """Carry out a statement that takes rows as the JSON text `rows`, some thousands of them at a time."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        chunk = msgspec.json.encode(rows[start : start + ROWS_AT_ONCE]).decode()
        await connection.execute(statement, {"rows": chunk})


def among(ids: Sequence[int] | sa.BindParameter[Any]) -> sa.Select[int]:
    """Give ids, one parameter however many there are, as rows to join with: an array would be searched through."""
    return sa.select(sa.func.unnest(sa.cast(ids, pg.ARRAY(sa.BigInteger))).label("id"))


class _RowOf(UserDefinedType[Any]):
    """A table's row type, for the database to read JSON by."""

    cache_ok = True

    def __init__(self, table: sa.Table) -> None:
        self.name = table.fullname

    def get_col_spec(self, **_: Any) -> str:
        """Give the type's name."""
        return self.name
