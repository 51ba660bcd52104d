"""Sealing: every row once, in an order that is signed, whatever crashes between its steps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_signing import checkpoint, merkle
from sacbe_terms.errors import LogBroken
from sacbe_xroad_like import log_record, sealing
from sacbe_xroad_like.checkpoint_file import CheckpointFile
from sacbe_xroad_like.log_record import APPENDED, COLUMNS, Entry
from sacbe_xroad_like.sealing import Sealer
from tests.xroad_like.test_message_log import entry
from tests.xroad_like.town import authority


@pytest.fixture
def file(tmp_path: Path) -> CheckpointFile:
    """The checkpoints outside."""
    return sealing.checkpoints_file(tmp_path)


@pytest.fixture
async def sealer(engine: AsyncEngine, tmp_path: Path, file: CheckpointFile) -> AsyncIterator[Sealer]:
    """A sealer that seals when it is told to."""
    made = Sealer(engine, authority(tmp_path), file)
    yield made
    await made.stop()


async def write(connection: asyncpg.Connection, *entries: Entry) -> None:
    """Append entries as the log does."""
    await connection.copy_records_to_table("message_log", schema_name="bus", columns=APPENDED, records=entries)


async def leaves(connection: asyncpg.Connection) -> list[bytes]:
    """Recompute the leaf hashes of the rows in the tree's order."""
    rows = await connection.fetch(
        f"select {', '.join(COLUMNS)} from bus.message_log join bus.log_leaf on entry_id = id order by leaf_index"
    )
    return [log_record.leaf(row) for row in rows]


async def test_what_is_written_is_sealed(sealer: Sealer, owner: asyncpg.Connection, file: CheckpointFile) -> None:
    """After a round all rows are leaves, and the signed root, outside and inside, is theirs."""
    for count in (1, 2, 5):
        await write(owner, *(entry(f"{count}-{number}") for number in range(count)))
        await sealer.seal()
    note = file.last()
    assert note is not None
    signed = checkpoint.parse(note)
    found = await leaves(owner)
    assert (signed.size, signed.root) == (8, merkle.root(found))
    assert [checkpoint.parse(each).size for each in file.notes()] == [1, 3, 8]
    assert [row["note"] for row in await owner.fetch("select note from bus.log_checkpoint order by size")] == list(
        file.notes()
    )


async def test_nothing_new_is_nothing_done(sealer: Sealer, owner: asyncpg.Connection, file: CheckpointFile) -> None:
    """Without new rows no checkpoint is made."""
    await sealer.seal()
    assert file.notes() == ()
    await write(owner, entry("a"))
    await sealer.seal()
    await sealer.seal()
    assert len(file.notes()) == 1


async def test_a_late_commit_is_not_missed(
    sealer: Sealer, owner: asyncpg.Connection, database_url: str, file: CheckpointFile
) -> None:
    """A row whose transaction began before others and commits after their seal is sealed in a later round."""
    late = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    transaction = late.transaction()
    await transaction.start()
    await write(late, entry("late"))
    await write(owner, entry("early"))
    for _ in range(3):
        await sealer.seal()
    await write(owner, entry("middle"))
    await sealer.seal()
    await transaction.commit()
    await late.close()
    await sealer.seal()
    rows = await owner.fetch(
        "select message_id from bus.message_log join bus.log_leaf on entry_id = id order by leaf_index"
    )
    assert [row["message_id"] for row in rows] == ["early", "middle", "late"]


async def test_one_seals_at_a_time(
    sealer: Sealer, engine: AsyncEngine, owner: asyncpg.Connection, tmp_path: Path, file: CheckpointFile
) -> None:
    """A second process waits for the place, and goes on where the first one stopped."""
    second = Sealer(engine, authority(tmp_path), file)
    await write(owner, entry("a"))
    await sealer.seal()
    await write(owner, entry("b"))
    assert not await second.seal()
    assert len(await leaves(owner)) == 1
    await sealer.stop()
    await write(owner, entry("c"))
    async with asyncio.timeout(10):
        while len(await leaves(owner)) < 3:  # the server gives the place back when it sees the connection end
            await second.seal()
            await asyncio.sleep(0.01)
    await second.stop()
    note = file.last()
    assert note is not None
    assert checkpoint.parse(note).root == merkle.root(await leaves(owner))
    assert checkpoint.parse(note).size == 3


async def test_many_rows_take_many_rounds(
    sealer: Sealer, owner: asyncpg.Connection, file: CheckpointFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full round says that there is more, and misses nothing."""
    monkeypatch.setattr(sealing, "ROWS_MAX", 2)
    monkeypatch.setattr(sealing, "_UNSEALED", sealing._UNSEALED.replace("limit 2000", "limit 2"))
    await write(owner, *(entry(f"m{number}") for number in range(5)))
    assert [await sealer.seal() for _ in range(3)] == [True, True, False]
    assert len(await leaves(owner)) == 5


class Crash(Exception):
    """What a killed process looks like from inside."""


@dataclass(frozen=True)
class DyingBefore(CheckpointFile):
    """The process dies after the leaves are durable, before the file is written."""

    def append(self, note: str) -> None:
        """Die."""
        raise Crash(note)


@dataclass(frozen=True)
class DyingWithin(CheckpointFile):
    """The process dies in the middle of a write to the file."""

    def append(self, note: str) -> None:
        """Write a part and die."""
        with self.path.open("ab") as file:
            file.write(note.encode()[:-30])
        raise Crash(note)


@dataclass(frozen=True)
class DyingAfter(CheckpointFile):
    """The process dies after the file is durable, before the checkpoint is in the database."""

    def append(self, note: str) -> None:
        """Write and die."""
        super().append(note)
        raise Crash(note)


@pytest.mark.parametrize("dying", [DyingBefore, DyingWithin, DyingAfter])
async def test_a_crash_at_any_step_is_mended(
    engine: AsyncEngine,
    owner: asyncpg.Connection,
    tmp_path: Path,
    file: CheckpointFile,
    dying: type[CheckpointFile],
) -> None:
    """The next sealer goes on from what is durable: same order, no gap, both copies of the checkpoints alike."""
    keys = authority(tmp_path)
    before = Sealer(engine, keys, file)
    await write(owner, entry("a"), entry("b"))
    await before.seal()
    await before.stop()
    await write(owner, entry("c"), entry("d"))
    crashing = Sealer(engine, keys, dying(file.path))
    with pytest.raises(Crash):
        await crashing.seal()
    await crashing._let_go()
    sealed_then = await leaves(owner)
    await write(owner, entry("e"))
    after = Sealer(engine, keys, file)
    await after.seal()
    await after.stop()
    found = await leaves(owner)
    note = file.last()
    assert note is not None
    assert found[:4] == sealed_then
    assert (checkpoint.parse(note).size, checkpoint.parse(note).root) == (5, merkle.root(found))
    inside = [row["note"] for row in await owner.fetch("select note from bus.log_checkpoint order by size")]
    assert inside == list(file.notes())


async def test_a_killed_connection_loses_the_place_alone(
    sealer: Sealer, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running sealer begins anew after its connection is cut, and stops when told."""
    monkeypatch.setattr(sealing, "SEAL_SECONDS", 0.01)
    monkeypatch.setattr(sealing, "TAKE_OVER_SECONDS", 0.01)
    sealer.start()
    for number in range(4):
        await write(owner, entry(f"m{number}"))
        await asyncio.sleep(0.02)
        await owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    await sealer.stop()
    sealed = len(await leaves(owner))
    assert sealed in (3, 4), "the last row may have come together with the last cut"


@pytest.mark.parametrize(
    "break_it",
    [
        "delete from bus.log_leaf where leaf_index = 1",
        "delete from bus.log_leaf",
        "update bus.log_leaf set subtrees = set_byte(subtrees, 40, get_byte(subtrees, 40) # 1) where leaf_index = 1",
    ],
)
async def test_a_broken_tree_is_not_sealed_over(
    engine: AsyncEngine, owner: asyncpg.Connection, tmp_path: Path, file: CheckpointFile, break_it: str
) -> None:
    """A sealer that finds another tree than was signed refuses to sign on top of it."""
    first = Sealer(engine, authority(tmp_path), file)
    await write(owner, entry("a"), entry("b"))
    await first.seal()
    await first.stop()
    notes = file.notes()
    await owner.execute(break_it)
    await write(owner, entry("c"))
    second = Sealer(engine, authority(tmp_path), file)
    with pytest.raises(LogBroken):
        await second.seal()
    await second._let_go()
    assert file.notes() == notes
