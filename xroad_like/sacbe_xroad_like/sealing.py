"""Seals the log: gives its rows their order, adds them to the tree, and signs what the tree then says.

One process of the node seals at a time (a session lock tells which), once a second while there is
something new. Writers never wait for it. No row is missed: a round takes every row that it sees and that
has no leaf, among those whose transaction may not have been finished a round ago.

Three steps, each durable before the next, so that a crash between any two raises no false alarm:
leaves in the database; the signed checkpoint in the file outside; the checkpoint in the database.
The file is thus ahead of the checkpoint table by one at most, and never of the leaves.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_signing import checkpoint
from sacbe_signing.checkpoint import Checkpoint
from sacbe_signing.keys import KeyRing
from sacbe_signing.merkle import Frontier
from sacbe_terms.errors import LogBroken, SacbeError
from sacbe_xroad_like import tree_store
from sacbe_xroad_like.checkpoint_file import CheckpointFile
from sacbe_xroad_like.dedicated import DedicatedConnection
from sacbe_xroad_like.log_record import COLUMNS, leaf

ORIGIN = "sacbe/message-log"
"""Names the log in its checkpoints; the key id beside it tells the node."""

SEAL_SECONDS = 1.0
"""Pause between two rounds."""

TAKE_OVER_SECONDS = 2.0
"""How often a process asks whether the sealer's place has become free, or tries again after a fault."""

ROWS_MAX = 2000
"""Most rows in one round; a fuller one is followed by the next at once."""

PREFETCH_ROWS = 25
"""Rows fetched at a time, with their bodies."""

FETCHED_BODY_BYTES_MAX = 128 * 1024
"""A larger body is fetched alone, so that few megabytes of the log are in memory at a time."""

LOCK = 0x5ACBE1
"""Key of the session lock that the sealing process holds."""

_FETCHED = ["case when octet_length(body) <= $2 then body end as body" if each == "body" else each for each in COLUMNS]
_UNSEALED = f"""
    select {", ".join(_FETCHED)}, octet_length(body) > $2 as has_large_body from bus.message_log as message
    where transaction_id >= $1
      and not exists (select from bus.log_leaf where entry_id = message.id)
    order by id limit {ROWS_MAX}
"""  # noqa: S608 - constants of this house only

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Place:
    """Where the sealer stands: the tree, how much of it is signed, and from which transaction on to look."""

    frontier: Frontier
    signed_size: int
    horizon: int = 0


def checkpoints_file(node_folder: Path) -> CheckpointFile:
    """Say where a node keeps its checkpoints outside the database."""
    return CheckpointFile(node_folder / "checkpoints.log")


class Sealer:
    """Seals while it holds the lock; every process runs one."""

    def __init__(self, engine: AsyncEngine, keys: KeyRing, file: CheckpointFile) -> None:
        self._connection = DedicatedConnection(engine)
        self._keys = keys
        self._file = file
        self._place: _Place | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Begin to seal, or to wait for the place; needs a running event loop."""
        self._task = asyncio.create_task(self._seal_on(), name="sealer")

    async def stop(self) -> None:
        """Seal once more if this process is the one that seals, then let go of the place."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        await self._let_go()

    async def seal(self) -> bool:
        """Do one round, taking the place if it is free; True if there may be more to do at once.

        Raises LogBroken when the tree no longer has what was signed, and what the database raises.
        """
        connection = await self._connection.raw()
        if self._place is None:
            if not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
                return False
            self._place = await self._taken_over(connection)
        is_full = await self._add_leaves(connection, self._place)
        if self._place.frontier.size > self._place.signed_size:
            await self._sign(connection, self._place)
        return is_full

    async def _seal_on(self) -> None:
        while not self._stopping.is_set():
            pause = await self._round()
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        await self._round()

    async def _round(self) -> float:
        """Seal what there is; gives the seconds to wait before the next round."""
        try:
            is_full = True
            while is_full:
                is_full = await self.seal()
        except SacbeError as error:
            _log.error("the log is not sealed", error=error.code, what=error.what, where=error.where)
        except Exception as error:  # the database is away, or the disk: begin anew from what is durable
            _log.warning("the log cannot be sealed at the moment", error=type(error).__name__)
        else:
            return TAKE_OVER_SECONDS if self._place is None else SEAL_SECONDS
        await self._let_go()
        return TAKE_OVER_SECONDS

    async def _let_go(self) -> None:
        self._place = None
        await self._connection.drop()

    async def _taken_over(self, connection: asyncpg.Connection) -> _Place:
        """Find where the last sealer stopped, at whichever step; raises LogBroken."""
        size = await tree_store.size_of(connection)
        note = await asyncio.to_thread(self._file.last)
        signed = None if note is None else checkpoint.verify(note, self._keys.trust())
        try:
            if signed is not None and note is not None:
                await _require_same(connection, signed, size)
                await _keep_inside(connection, signed.size, note)
            return _Place(await tree_store.frontier(connection, size), 0 if signed is None else signed.size)
        except LookupError as error:
            raise _broken(str(error), size) from error

    async def _add_leaves(self, connection: asyncpg.Connection, place: _Place) -> bool:
        """First step: every row seen that has no leaf gets one; True if the round was full."""
        frontier, leaves = place.frontier, []
        async with connection.transaction(isolation="repeatable_read"):
            horizon = await connection.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            unsealed = connection.cursor(_UNSEALED, place.horizon, FETCHED_BODY_BYTES_MAX, prefetch=PREFETCH_ROWS)
            async for row in unsealed:
                appended = frontier.append(leaf(await _whole(connection, row)))
                leaves.append((frontier.size, row["id"], b"".join(appended.completed)))
                frontier = appended.frontier
            if leaves:
                await connection.copy_records_to_table("log_leaf", schema_name="bus", records=leaves)
        place.frontier = frontier
        is_full = len(leaves) == ROWS_MAX
        if not is_full:
            place.horizon = horizon
        return is_full

    async def _sign(self, connection: asyncpg.Connection, place: _Place) -> None:
        """Second and third step: the checkpoint outside, then inside."""
        size, root = place.frontier.size, place.frontier.root()
        note = checkpoint.sign(Checkpoint(origin=ORIGIN, size=size, root=root, at=datetime.now(UTC)), self._keys.node())
        await asyncio.to_thread(self._file.append, note)
        await _keep_inside(connection, size, note)
        place.signed_size = size


async def _whole(connection: asyncpg.Connection, row: asyncpg.Record) -> list[Any]:
    """Give a row's values in the order of COLUMNS, its body fetched if it stayed behind."""
    values = dict(row)
    if values.pop("has_large_body"):
        values["body"] = await connection.fetchval("select body from bus.message_log where id = $1", row["id"])
    return list(values.values())


async def _require_same(connection: asyncpg.Connection, signed: Checkpoint, size: int) -> None:
    """Refuse to go on from a tree that is not what was signed: signing it would cover the break."""
    if signed.size > size:
        raise _broken(f"{signed.size} leaves were signed", size)
    if (await tree_store.frontier(connection, signed.size)).root() != signed.root:
        raise _broken(f"the first {signed.size} leaves are not those that were signed", size)


async def _keep_inside(connection: asyncpg.Connection, size: int, note: str) -> None:
    await connection.execute(
        "insert into bus.log_checkpoint (size, note) values ($1, $2) on conflict do nothing", size, note
    )


def _broken(reason: str, size: int) -> LogBroken:
    return LogBroken(
        what=f"The message log has {size} leaves, and {reason}.",
        where="bus.log_leaf",
        hint="Nothing is sealed on top of it. Run `sacbe log verify`, and restore the database from a good backup.",
    )
