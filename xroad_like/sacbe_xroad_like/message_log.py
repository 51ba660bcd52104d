"""The message log: proof, kept, of what was asked and answered.

Nothing is given out before it stands here. Callers wait together: one task takes all that is
waiting and appends it with one COPY, so that many exchanges share one commit and no writer waits
for another's. An exchange's entries are appended together or not at all.

After a lost connection nobody knows whether a batch was written. It is appended again: the unique
request id then tells.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import NotLogged
from sacbe_xroad_like import person_accesses
from sacbe_xroad_like.dedicated import DedicatedConnection
from sacbe_xroad_like.log_record import APPENDED, Entry
from sacbe_xroad_like.person_accesses import Access

LOGGED_BODY_BYTES_MAX = 10 * 1024 * 1024
"""A larger body is logged by its digest alone; X-Road has the same limit and refuses beyond it."""

BATCH_ENTRIES_MAX = 500
"""Most entries in one COPY."""

WAITING_MAX = 5000
"""When so many exchanges wait for the log, further ones are refused at once."""

APPEND_SECONDS_MAX = 5.0
"""How long appending is tried for an exchange, lost connections included; one attempt takes no longer either."""

RETRY_SECONDS = 0.05
"""Pause before a lost connection is tried again."""

_ENDINGS = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InternalServerError)
"""Errors with which the server ends a connection, or after which it is better ended."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    entries: Sequence[Entry]
    accesses: Sequence[Access]
    until: float
    written: asyncio.Future[None]


class MessageLog:
    """Appends to `bus.message_log`. Each process has one."""

    def __init__(self, engine: AsyncEngine, written: Callable[[Sequence[Entry]], None]) -> None:
        """Each exchange's entries are handed to `written` once they are durable."""
        self._written = written
        self._connection = DedicatedConnection(engine)
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._is_open = False

    def start(self) -> None:
        """Begin to write; needs a running event loop."""
        self._is_open = True
        self._writer = asyncio.create_task(self._write_on(), name="message log")

    async def stop(self) -> None:
        """Write what is waiting, then let go of the connection."""
        self._is_open = False
        self._wake.set()
        if self._writer is not None:
            await self._writer
        await self._connection.drop()

    async def append(self, entries: Sequence[Entry], accesses: Sequence[Access] = ()) -> None:
        """Return when the entries of one exchange are durable, all of them, with the accesses to persons' data.

        Raises NotLogged when they could not be written in time, or when the database refuses them.
        """
        if not self._is_open or len(self._waiting) >= WAITING_MAX:
            raise not_logged(entries[0].message_id, "the log takes no more at the moment")
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(entries, accesses, time.monotonic() + APPEND_SECONDS_MAX, written))
        self._wake.set()
        await written

    async def _write_on(self) -> None:
        while self._is_open or self._waiting:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            await self._write(self._batch())

    def _batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        count = 0
        while self._waiting and count + len(self._waiting[0].entries) <= BATCH_ENTRIES_MAX:
            batch.append(self._waiting.popleft())
            count += len(batch[-1].entries)
        return batch

    async def _write(self, batch: list[_Waiting]) -> None:
        """Settle each of a batch: together if all goes well, one by one if the database refuses."""
        while batch := _still_waiting(batch):
            try:
                refusal = await self._copy(batch)
                if refusal is None:
                    return self._settle(batch)
                if len(batch) == 1:
                    return await self._settle_refused(batch[0], refusal)
            except Exception as error:  # asyncpg raises its own and the system's kinds when a connection breaks
                await self._lose(error)
                continue
            for each in batch:
                await self._write([each])
            return None
        return None

    async def _copy(self, batch: Sequence[_Waiting]) -> asyncpg.PostgresError | None:
        """Append a batch, whole or not at all; gives the database's refusal, raises if the connection is lost."""
        async with asyncio.timeout(APPEND_SECONDS_MAX):
            connection = await self._connection.raw()
            try:
                await _append(connection, batch)
            except asyncpg.PostgresError as error:
                if connection.is_closed() or isinstance(error, _ENDINGS):
                    raise
                return error
        return None

    async def _lose(self, error: Exception) -> None:
        _log.warning("message log lost its connection", error=type(error).__name__)
        await self._connection.drop()
        await asyncio.sleep(RETRY_SECONDS)

    async def _settle_refused(self, waiting: _Waiting, error: asyncpg.PostgresError) -> None:
        """Tell a refused writer; entries that our own lost batch has written already are a success."""
        message_id = waiting.entries[0].message_id
        if isinstance(error, asyncpg.UniqueViolationError) and await self._is_ours(waiting.entries):
            self._settle([waiting])
        else:
            _log.error("message log refused an entry", error=type(error).__name__, sqlstate=error.sqlstate)
            _fail(waiting, not_logged(message_id, "the log's database refused it"))

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Let those go on whose entries are durable."""
        for waiting in batch:
            self._written(waiting.entries)
            if not waiting.written.done():
                waiting.written.set_result(None)

    async def _is_ours(self, entries: Sequence[Entry]) -> bool:
        """Say whether the log holds exactly these entries: a batch is written whole, so each tells for all."""
        connection = await self._connection.raw()
        found = await connection.fetchval(
            "select count(*) from bus.message_log"
            " where message_id = $1 and consumer = $2 and request_id = $3 and direction = any($4)",
            entries[0].message_id,
            entries[0].consumer,
            entries[0].request_id,
            [entry.direction for entry in entries],
        )
        return bool(found == len(entries))


async def _append(connection: asyncpg.Connection, batch: Sequence[_Waiting]) -> None:
    """Copy a batch in: one statement where it is about no person, else one transaction."""
    entries = [entry for waiting in batch for entry in waiting.entries]
    accesses = [access for waiting in batch for access in waiting.accesses]
    log = partial(connection.copy_records_to_table, "message_log", schema_name="bus", columns=APPENDED, records=entries)
    if not accesses:
        await log()
        return
    async with connection.transaction():
        await log()
        await connection.copy_records_to_table(
            "person_access", schema_name="bus", columns=person_accesses.COLUMNS, records=accesses
        )


def _still_waiting(batch: Sequence[_Waiting]) -> list[_Waiting]:
    """Give those who still wait; whoever has waited too long is told so."""
    now = time.monotonic()
    for each in batch:
        if each.until <= now:
            _fail(each, not_logged(each.entries[0].message_id, "the log's database does not answer"))
    return [each for each in batch if not each.written.done()]


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.written.done():
        waiting.written.set_exception(error)


def not_logged(message_id: str, reason: str) -> NotLogged:
    """Make the error for an exchange whose record could not be made durable."""
    return NotLogged(
        what=f"The exchange could not be recorded, so its answer is not given: {reason}.",
        where=message_id,
        hint="Try again; the operator sees the state of the log under /readyz.",
    )
