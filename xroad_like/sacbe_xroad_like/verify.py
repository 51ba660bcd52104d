"""Verifies the whole log, or one message of it: finds any change, and says where.

Read order makes it right while the node works: the outside checkpoints first, since their leaves are
durable before them; then the database in one snapshot; then the outside file again, since every
checkpoint of the snapshot stood in the file before it stood in the database.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_signing import checkpoint, merkle
from sacbe_signing.checkpoint import Checkpoint
from sacbe_signing.trust import Trust
from sacbe_terms.errors import LogBroken, MessageUnknown, Problem, SignatureNotValid
from sacbe_xroad_like import log_record, tree_store
from sacbe_xroad_like.checkpoint_file import CheckpointFile
from sacbe_xroad_like.dedicated import DedicatedConnection
from sacbe_xroad_like.log_record import COLUMNS, Entry
from sacbe_xroad_like.row_check import RowCheck
from sacbe_xroad_like.tree_check import HINT, TreeCheck
from sacbe_xroad_like.witness import gone_file

PROBLEMS_MAX = 1000
"""When so many problems are found, reading stops: the log is broken beyond a list."""

CHUNK_ROWS = 50
"""Rows fetched and checked at a time; each may hold a body of some megabytes."""

SEAL_WAIT_SECONDS = 5.0
"""How long the verification of one message waits for its seal, which comes within about a second."""

_ROW = ", ".join(f"message.{column}" for column in COLUMNS)

_SEALED = f"""
    select leaf_index, subtrees, {_ROW}
    from bus.log_leaf left join bus.message_log as message on message.id = entry_id order by leaf_index
"""  # noqa: S608 - constants of this house only

_UNSEALED = f"""
    select null::bigint as leaf_index, null::bytea as subtrees, {_ROW} from bus.message_log as message
    where not exists (select from bus.log_leaf where entry_id = message.id) order by message.id
"""  # noqa: S608 - constants of this house only

_TWICE = """
    select min(message_id) as message_id, min(consumer) as consumer, direction from bus.message_log
    group by request_id, direction having count(*) > 1 order by 1 limit 100
"""

_MESSAGE = f"""
    select leaf_index, subtrees, {_ROW}
    from bus.message_log as message left join bus.log_leaf on entry_id = message.id
    where message_id = $1 order by message.id
"""  # noqa: S608 - constants of this house only

Progress = Callable[[int, int], None]
"""Is told how many messages are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was verified, and every problem found. `unsealed` messages have no signed checkpoint yet;
    `unanswered` requests have no reply, as a crash during a changing call leaves them."""

    messages: int
    checkpoints: int
    unsealed: int
    unanswered: int
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems

    def refuse_if_broken(self) -> None:
        """Raise LogBroken with every problem, if there is one."""
        if self.problems:
            raise LogBroken(
                what=f"The message log does not hold: {self.problems[0]}.",
                where=self.problems[0].where,
                hint=HINT,
                problems=self.problems,
            )


async def verify(
    engine: AsyncEngine, file: CheckpointFile, trust: Trust, *, progress: Progress | None = None
) -> Verification:
    """Verify every leaf, checkpoint, signature and pair of the log; raises only what the database raises."""
    held = DedicatedConnection(engine)
    try:
        connection = await held.raw()
        run = _Run(await asyncio.to_thread(file.notes), trust)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            total = await connection.fetchval("select count(*) from bus.message_log")
            inside = await connection.fetch("select size, note from bus.log_checkpoint order by size")
            run.begin([row["note"] for row in inside])
            async for rows in _chunks(connection, _SEALED):
                await asyncio.to_thread(run.take_sealed, rows)
                _tell(progress, run, total)
            async for rows in _chunks(connection, _UNSEALED):
                await asyncio.to_thread(run.take_unsealed, rows)
                _tell(progress, run, total)
            run.take_twice(await connection.fetch(_TWICE))
            run.take_gone(await asyncio.to_thread(gone_file(file).lines))
        return run.finish(await asyncio.to_thread(file.notes))
    finally:
        await held.drop()


async def verify_message(engine: AsyncEngine, file: CheckpointFile, trust: Trust, message_id: str) -> Verification:
    """Verify one message: both signatures, that they belong together, and their places under the last checkpoint.

    Waits some seconds for a message that is not sealed yet. Raises MessageUnknown.
    """
    held = DedicatedConnection(engine)
    try:
        connection = await held.raw()
        rows, signed = await _sealed_message(connection, file, trust, message_id)
        checker, problems = RowCheck(trust), []
        for row in rows:
            problems += [Problem(where=_name(row), reason=fault) for fault in checker.faults(_entry(row))]
            problems += await _place_problems(connection, row, signed)
    finally:
        await held.drop()
    return Verification(
        messages=len(rows),
        checkpoints=0 if signed is None else 1,
        unsealed=sum(row["leaf_index"] is None for row in rows),
        unanswered=checker.unanswered,
        problems=tuple(problems),
    )


class _Run:
    """One verification of the whole log, fed with what was read."""

    def __init__(self, outside: Sequence[str], trust: Trust) -> None:
        self._trust = trust
        self._outside = outside
        self._inside: Sequence[str] = ()
        self._tree = TreeCheck({})
        self._rows = RowCheck(trust)
        self._unsealed = 0
        self._messages = 0
        self._checkpoints = 0
        self._problems: list[Problem] = []

    @property
    def messages(self) -> int:
        """How many messages were taken."""
        return self._messages

    def begin(self, inside: Sequence[str]) -> None:
        """Take the checkpoints of both copies."""
        self._inside = inside
        roots: dict[int, bytes] = {}
        for place, notes in (("outside", self._outside), ("database", inside)):
            for number, note in enumerate(notes, start=1):
                self._take_note(note, f"checkpoint {number} of the copy {place}", roots)
        self._checkpoints = len(roots)
        self._tree = TreeCheck(roots)

    def take_sealed(self, rows: Sequence[asyncpg.Record]) -> None:
        """Take rows with leaves, in the order of these."""
        for row in rows:
            if len(self._problems) < PROBLEMS_MAX:
                is_gone = row["id"] is None
                recomputed = None if is_gone else log_record.leaf(row[2:])
                self._problems += self._tree.take(row["leaf_index"], row["subtrees"], recomputed, name=_name(row))
                if not is_gone:
                    self._take_row(row)

    def take_unsealed(self, rows: Sequence[asyncpg.Record]) -> None:
        """Take rows that have no leaf yet, in the order of their writing."""
        self._unsealed += len(rows)
        for row in rows:
            self._take_row(row)

    def take_twice(self, rows: Sequence[asyncpg.Record]) -> None:
        """Take what stands in the log more than once under one id."""
        for row in rows:
            where = f"message {row['message_id']} ({row['direction']})"
            self._add(where, f"it stands more than once for {row['consumer']}")

    def take_gone(self, lines: Sequence[str]) -> None:
        """Take what a process of the node saw gone before it was sealed."""
        for line in lines[:PROBLEMS_MAX]:
            seen, _, what = line.partition(" ")
            direction, _, message_id = what.partition(" ")
            self._add(f"message {message_id} ({direction})", f"it was logged, and had gone before its seal, at {seen}")

    def finish(self, outside: Sequence[str]) -> Verification:
        """Compare the two copies of the checkpoints, and say what came of it all."""
        self._problems += self._tree.finish()
        self._compare_copies(set(outside))
        return Verification(
            messages=self._messages,
            checkpoints=self._checkpoints,
            unsealed=self._unsealed,
            unanswered=self._rows.unanswered,
            problems=tuple(self._problems[:PROBLEMS_MAX]),
        )

    def _take_note(self, note: str, name: str, roots: dict[int, bytes]) -> None:
        try:
            read = checkpoint.verify(note, self._trust)
        except SignatureNotValid as error:
            self._add(name, error.what)
            return
        if roots.setdefault(read.size, read.root) != read.root:
            self._add(name, f"another checkpoint of {read.size} leaves has another root")

    def _take_row(self, row: asyncpg.Record) -> None:
        self._messages += 1
        if len(self._problems) < PROBLEMS_MAX:
            for fault in self._rows.faults(_entry(row)):
                self._add(_name(row), fault)

    def _compare_copies(self, outside_later: set[str]) -> None:
        """The last one outside may not stand inside yet, or a crash came between; any other must."""
        inside = set(self._inside)
        for note in self._inside:
            if note not in outside_later:
                self._add(_note_name(note), "it stands in the database and not in the copy outside")
        for note in self._outside[:-1]:
            if note not in inside:
                self._add(_note_name(note), "it stands in the copy outside and not in the database")

    def _add(self, where: str, reason: str) -> None:
        self._problems.append(Problem(where=where, reason=reason, hint=HINT))


async def _chunks(connection: asyncpg.Connection, statement: str) -> AsyncIterator[list[asyncpg.Record]]:
    cursor = await connection.cursor(statement)
    while rows := await cursor.fetch(CHUNK_ROWS):
        yield rows


def _tell(progress: Progress | None, run: _Run, total: int) -> None:
    if progress is not None:
        progress(run.messages, total)


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(*islice(row.values(), 4, None))


def _name(row: asyncpg.Record) -> str:
    place = "not sealed yet" if row["leaf_index"] is None else f"leaf {row['leaf_index']}"
    return f"message {row['message_id']} ({row['direction']}), {place}"


def _note_name(note: str) -> str:
    try:
        return f"checkpoint of {checkpoint.parse(note).size} leaves"
    except SignatureNotValid:
        return "a checkpoint that cannot be read"


async def _sealed_message(
    connection: asyncpg.Connection, file: CheckpointFile, trust: Trust, message_id: str
) -> tuple[list[Any], Checkpoint | None]:
    """Give the rows of a message and the last checkpoint, once that covers them or waiting was in vain."""
    until = asyncio.get_running_loop().time() + SEAL_WAIT_SECONDS
    while True:
        rows = await connection.fetch(_MESSAGE, message_id)
        if not rows:
            raise _unknown(message_id)
        note = await asyncio.to_thread(file.last)
        signed = None if note is None else checkpoint.verify(note, trust)
        if all(_is_covered(row, signed) for row in rows) or asyncio.get_running_loop().time() > until:
            return rows, signed
        await asyncio.sleep(0.2)


def _is_covered(row: asyncpg.Record, signed: Checkpoint | None) -> bool:
    return signed is not None and row["leaf_index"] is not None and row["leaf_index"] < signed.size


async def _place_problems(
    connection: asyncpg.Connection, row: asyncpg.Record, signed: Checkpoint | None
) -> list[Problem]:
    """Say whether a row, as it stands, is a leaf under the signed root."""
    if signed is None or not _is_covered(row, signed):
        return [Problem(where=_name(row), reason="no signed checkpoint covers it", hint="Is the node running?")]
    index = row["leaf_index"]
    ranges = merkle.inclusion_ranges(index, signed.size)
    try:
        found = await tree_store.roots(connection, ranges)
    except LookupError as error:
        return [Problem(where=_name(row), reason=str(error), hint=HINT)]
    proof = [found[each] for each in ranges]
    if merkle.verify_inclusion(log_record.leaf(row[2:]), index, signed.size, proof, signed.root):
        return []
    return [Problem(where=_name(row), reason="it is not what was sealed there", hint=HINT)]


def _unknown(message_id: str) -> MessageUnknown:
    return MessageUnknown(
        what=f"The log holds no message {message_id}.",
        where=message_id,
        hint="An answer's `extensions.sacbe.messages` gives the ids of its messages.",
    )
