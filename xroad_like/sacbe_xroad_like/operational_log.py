"""Writes operational records behind the exchanges: in batches, and never in their way.

What finds no place, or meets a database that does not take it, is lost and counted: these are
statistics, and the message log is the proof.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_xroad_like.operational_record import COLUMNS, OperationalRecord

WAITING_MAX = 10_000
"""So many records wait to be written; further ones are lost."""

BATCH_MAX = 1_000
"""Most records in one COPY."""

PAUSE_SECONDS = 0.5
"""Records are gathered for so long before they are written."""

WRITE_SECONDS_MAX = 5.0
"""One COPY, with getting a connection for it, takes no longer."""

KEPT_DAYS = 90
"""How long a record is kept."""

SWEEP_SECONDS = 3600.0
"""How often each process looks for records that are older."""

Observer = Callable[[OperationalRecord], None]

_SWEEP = sa.text("delete from bus.operational_record where recorded_at < now() - make_interval(days => :days)")

_log = structlog.get_logger(__name__)


class OperationalLog:
    """Takes records and writes them to `bus.operational_record`. Each process has one; `lost` counts from its start."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[OperationalRecord] = deque()
        self._observers: list[Observer] = []
        self._stopping = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self.lost = 0

    def on_record(self, observer: Observer) -> None:
        """Have each record shown to a function, which must be quick and raise nothing."""
        self._observers.append(observer)

    def start(self) -> None:
        """Begin to write; needs a running event loop."""
        self._stopping.clear()
        self._writer = asyncio.create_task(self._write_on(), name="operational log")

    async def stop(self) -> None:
        """Write what is waiting."""
        self._stopping.set()
        if self._writer is not None:
            await self._writer

    def add(self, record: OperationalRecord) -> None:
        """Take a record; returns at once and raises nothing."""
        for observe in self._observers:
            observe(record)
        if len(self._waiting) >= WAITING_MAX:
            self.lost += 1
        else:
            self._waiting.append(record)

    async def _write_on(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time() + SWEEP_SECONDS
        while not self._stopping.is_set():
            if loop.time() >= sweep_at:
                await self._tried(self.sweep())
                sweep_at = loop.time() + SWEEP_SECONDS
            await self._write_waiting()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), PAUSE_SECONDS)
        await self._write_waiting()

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
            if not await self._tried(self._copy(batch)):
                self.lost += len(batch)

    async def _tried(self, work: Awaitable[None]) -> bool:
        """Say whether a piece of work was done; whatever fails here is told to the operator and to nobody else."""
        try:
            async with asyncio.timeout(WRITE_SECONDS_MAX):
                await work
        except Exception as error:  # asyncpg raises its own and the system's kinds when a connection breaks
            _log.warning("operational records cannot be written", error=type(error).__name__)
            return False
        return True

    async def _copy(self, batch: Sequence[OperationalRecord]) -> None:
        async with self._engine.connect() as connection:
            raw: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
            await raw.copy_records_to_table(
                "operational_record", schema_name="bus", columns=COLUMNS, records=[record.row for record in batch]
            )

    async def sweep(self) -> None:
        """Forget the records that are older than KEPT_DAYS; raises what the database raises."""
        async with self._engine.begin() as connection:
            await connection.execute(_SWEEP, {"days": KEPT_DAYS})
