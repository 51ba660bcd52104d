"""Each process remembers what it logged until the tree has it, and witnesses if it has gone before.

A sealed record cannot go unseen: its leaf stays behind. Between its commit and its seal, a second or so,
nothing in the database tells that it was there. The process that wrote it knows. What has gone is
written to a file outside the database, which verification reads.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_xroad_like.checkpoint_file import CheckpointFile
from sacbe_xroad_like.dedicated import DedicatedConnection
from sacbe_xroad_like.log_record import Entry

LOOK_SECONDS = 1.0
"""Pause between two looks: about as long as a record waits for its seal."""

REMEMBERED_MAX = 100_000
"""Records remembered while nothing is sealed; of more, the oldest are trusted to the database."""

_STANDING = """
    select request_id, direction, exists (select from bus.log_leaf where entry_id = message.id) as is_sealed
    from bus.message_log as message where request_id = any($1)
"""

_log = structlog.get_logger(__name__)

Key = tuple[UUID, str]
"""Request id and direction: what names a record."""


@dataclass(frozen=True, slots=True)
class GoneFile:
    """The file of what has gone: a line for each, with when that was seen, its message id and its direction."""

    path: Path

    def lines(self) -> tuple[str, ...]:
        """Give every line."""
        try:
            return tuple(self.path.read_text(encoding="utf-8", errors="replace").splitlines())
        except FileNotFoundError:
            return ()

    def append(self, lines: Sequence[str]) -> None:
        """Add lines and make them durable."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, "".join(f"{line}\n" for line in lines).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def gone_file(checkpoints: CheckpointFile) -> GoneFile:
    """Say where a node keeps what has gone: beside its checkpoints."""
    return GoneFile(checkpoints.path.with_name("gone.log"))


class Witness:
    """Remembers the records of one process."""

    def __init__(self, engine: AsyncEngine, file: GoneFile) -> None:
        self._connection = DedicatedConnection(engine)
        self._file = file
        self._remembered: dict[Key, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def remember(self, entries: Iterable[Entry]) -> None:
        """Take note of records that are durable now."""
        for entry in entries:
            self._remembered[entry.request_id, entry.direction] = entry.message_id
        while len(self._remembered) > REMEMBERED_MAX:
            del self._remembered[next(iter(self._remembered))]

    def start(self) -> None:
        """Begin to look; needs a running event loop."""
        self._task = asyncio.create_task(self._look_on(), name="witness")

    async def stop(self) -> None:
        """Look once more, then let go."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        await self._connection.drop()

    async def look(self) -> None:
        """Forget what is sealed, and write down what has gone; raises what the database or the disk raises."""
        expected = dict(self._remembered)
        if not expected:
            return
        connection = await self._connection.raw()
        rows = await connection.fetch(_STANDING, list({request_id for request_id, _ in expected}))
        standing = {(row["request_id"], row["direction"]): row["is_sealed"] for row in rows}
        gone = {key: message_id for key, message_id in expected.items() if key not in standing}
        if gone:
            await asyncio.to_thread(self._file.append, _lines(gone))
            _log.error("records have gone from the message log before their seal", count=len(gone))
        for key in expected:
            if standing.get(key, True):
                self._remembered.pop(key, None)

    async def _look_on(self) -> None:
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                pass
            await self._look_if_possible()

    async def _look_if_possible(self) -> None:
        try:
            await self.look()
        except Exception as error:  # the database is away, or the disk: what is remembered stays so
            _log.warning("the message log cannot be looked at", error=type(error).__name__)
            await self._connection.drop()


def _lines(gone: dict[Key, str]) -> list[str]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [f"{now} {direction} {message_id}" for (_, direction), message_id in gone.items()]
