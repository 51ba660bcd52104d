"""A connection that one task keeps for itself: to append to the log, to seal it, to listen.

It is borrowed from the engine's pool once and given back at the end; these tasks speak asyncpg
directly (COPY, LISTEN, session locks). Whatever goes wrong, `drop` throws it away for good.
"""

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class DedicatedConnection:
    """Connects when first asked, and again after `drop`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._held: AsyncConnection | None = None

    async def raw(self) -> asyncpg.Connection:
        """Give the driver's connection; raises whatever connecting raises."""
        if self._held is None:
            self._held = await self._engine.connect()
        pooled = await self._held.get_raw_connection()
        return pooled.driver_connection

    async def drop(self) -> None:
        """Cut the connection: its state is unknown, or no longer wanted."""
        held, self._held = self._held, None
        if held is None:
            return
        pooled = await held.get_raw_connection()
        if pooled.driver_connection is not None:
            pooled.driver_connection.terminate()
        await held.invalidate()
        await held.close()
