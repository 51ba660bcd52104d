"""Connections on which readers ask single statements, at the driver's own cost.

The engine's pool makes them, with its settings, and then lets go of them: borrowing and giving back
costs three times what a short statement does. They end with the engine (`dispose`).
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.concurrency import greenlet_spawn

READERS_MAX: Final = 8
"""Statements at once; who comes after waits."""

PLANNED_ONCE: Final = "SET plan_cache_mode = force_generic_plan"
"""A statement's parts are chosen before it is written, so that its values change nothing in the plan; planning a
search anew takes as long as a third of it."""


class ReadingConnections:
    """Made when needed, the last used one first."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._free: list[asyncpg.Connection] = []
        self._places = asyncio.Semaphore(READERS_MAX)
        sa.event.listen(engine.sync_engine, "engine_disposed", self._end)

    async def row(self, sql: str, values: Sequence[Any]) -> asyncpg.Record:
        """Run a statement that gives one row, and give it; raises what the driver raises."""
        async with self._places:
            connection = await self._taken()
            try:
                return await connection.fetchrow(sql, *values)
            finally:
                self._free.append(connection)

    async def _taken(self) -> asyncpg.Connection:
        while self._free:
            kept = self._free.pop()
            if not kept.is_closed():
                return kept
        pooled = await greenlet_spawn(self._engine.sync_engine.pool.connect)
        made: Any = pooled.driver_connection
        pooled.detach()
        try:
            await made.execute(PLANNED_ONCE)
        except BaseException:
            made.terminate()  # nobody else knows of it any more
            raise
        return made

    def _end(self, _engine: sa.Engine) -> None:
        while self._free:
            self._free.pop().terminate()
