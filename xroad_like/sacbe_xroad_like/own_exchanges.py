"""A client's own exchanges, as they are recorded: whichever process of the node and whichever door they went through.

Records are written behind the exchanges, in batches (`operational_log.py`). While somebody follows, one
reader per process looks for new ones each second; a record that becomes visible later than a younger one
is found all the same, since the last seconds are read again each time.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_xroad_like.operational_log import WRITE_SECONDS_MAX
from sacbe_xroad_like.tables import operational_record

PAUSE_SECONDS = 1.0
"""Between two readings."""

AGAIN_SECONDS = 3 * WRITE_SECONDS_MAX
"""A record becomes visible no later after the time that it bears."""

GAP_SECONDS_MAX = 300.0
"""After a time in which the database could not be read, records of so long ago are still told."""

RECORDS_MAX = 2_000
"""Of one reading; the newest."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnExchange:
    """One exchange or refusal, without anything of its content. Times of stages are in seconds."""

    consumer: str
    data_service: str
    operation: str | None
    """Its code; None on X-Road's wire, where the service is called as a whole."""
    message_id: str | None
    """None for what was refused before it became a message."""
    door: str
    succeeded: bool
    code: str | None
    """Of the error."""
    asked_at_ms: int
    """Milliseconds since 1970."""
    access_seconds: float
    sign_seconds: float
    call_seconds: float
    log_seconds: float
    recorded: float
    """When it was recorded, by `time.monotonic()` of this process."""


class OwnExchanges:
    """Reads for one process while anybody follows, and tells each record once."""

    def __init__(self, engine: AsyncEngine, tell: Callable[[OwnExchange], None]) -> None:
        self._engine = engine
        self._tell = tell
        self._followed = Counter[str]()
        self._told: dict[int, float] = {}
        self._read_at = 0.0
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is read, since nobody follows."""
        return self._reader is None or self._reader.done()

    def follow(self, consumer: str) -> None:
        """Begin to read this client's exchanges; each `follow` needs a `leave`."""
        self._followed[consumer] += 1
        if self.is_idle:
            self._read_at = time.monotonic()
            self._reader = asyncio.create_task(self._read_on(), name="own exchanges")

    def leave(self, consumer: str) -> None:
        """Read no longer, unless others follow; the reader ends by itself."""
        self._followed[consumer] -= 1
        if self._followed[consumer] <= 0:
            del self._followed[consumer]

    async def stop(self) -> None:
        """End the reader."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read_on(self) -> None:
        while self._followed:
            try:
                await self._read()
            except Exception as error:  # the driver raises its own and the system's kinds when a connection breaks
                _log.warning("exchanges cannot be read at the moment", error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self) -> None:
        began = time.monotonic()
        seconds = min(began - self._read_at, GAP_SECONDS_MAX) + AGAIN_SECONDS
        values = {"seconds": seconds, "consumers": list(self._followed)}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_NEW, values)).all()
        self._read_at = began
        for row in reversed(rows):
            if row.id not in self._told:
                self._tell(_exchange(row, began))
        kept = {identifier: at for identifier, at in self._told.items() if began - at < GAP_SECONDS_MAX}
        self._told = kept | {row.id: began for row in rows}


_NEW = (
    sa.select(
        operational_record,
        sa.func.extract("epoch", sa.func.now() - operational_record.c.recorded_at).cast(sa.Double).label("age"),
    )
    .where(
        operational_record.c.recorded_at
        > sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.bindparam("seconds", type_=sa.Double)),
        operational_record.c.consumer == sa.any_(sa.bindparam("consumers", type_=pg.ARRAY(sa.Text))),
    )
    .order_by(operational_record.c.id.desc())
    .limit(RECORDS_MAX)
)


def _exchange(row: Any, now: float) -> OwnExchange:
    return OwnExchange(
        consumer=row.consumer,
        data_service=f"{row.provider}/{row.service_code}",
        operation=row.operation_code or None,
        message_id=row.message_id or None,
        door=row.door,
        succeeded=row.succeeded,
        code=row.fault_code or None,
        asked_at_ms=row.request_in_ts,
        access_seconds=row.access_seconds,
        sign_seconds=row.sign_seconds,
        call_seconds=row.call_seconds,
        log_seconds=row.log_seconds,
        recorded=now - row.age,
    )
