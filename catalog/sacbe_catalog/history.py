"""Every change of a record, numbered in the order of its commit: versions, who changed it, why, and a feed.

Nothing changes silently: labels of codes, institutions and norms are records with versions of their own, so that
the newest version of each, read from the first number on, is the catalogue exactly. A put writes its versions in
its own transaction, and puts come one after another, so that whoever has read up to a number has missed nothing.
Who reads from outside sees what readers of the catalogue see, and of a record that went out of sight, that it did.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.ext import DistinctOnClause
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog import bulk, schemes
from sacbe_catalog.mapping import BY_KIND
from sacbe_catalog.metadata import metadata
from sacbe_catalog.nodes import Key, Node
from sacbe_catalog.records import Catalogue, PublicService
from sacbe_terms.errors import RecordNotFound

FEED_PAGE_MAX: Final = 1_000
"""Changes that one page of the feed holds."""

VERSIONS_SHOWN_MAX: Final = 100
"""Of one record's, the newest first."""

AT_ONCE: Final = 5_000
"""Versions that are written together; bounds what a put holds in memory."""

DIGEST_BYTES: Final = 16
"""Of a record's content, to see that it is another."""

record_version = sa.Table(
    "record_version",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("content", pg.JSON, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("was_public", sa.Boolean, nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("ix_record_version_record", "identifier", "kind", "number"),
)


class Author(msgspec.Struct, frozen=True):
    """Who changes records, and why, for whoever reads their versions."""

    who: str = "operator"
    why: str = ""


class What(Enum):
    """What became of a record, as readers see it."""

    ADDED = "added"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    HIDDEN = "hidden"
    """Changed where readers do not see it."""


class RecordVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it was from one change on; `content` is its JSON, as `records.py` has it, in every language."""

    number: int
    kind: str
    identifier: str
    content: msgspec.Raw
    was_public: bool
    is_public: bool
    who: str
    why: str
    made_at: datetime

    @property
    def key(self) -> Key:
        """Kind and identifier."""
        return self.kind, self.identifier

    @property
    def what(self) -> What:
        """What this change was to readers."""
        if self.is_public:
            return What.CHANGED if self.was_public else What.ADDED
        return What.WITHDRAWN if self.was_public else What.HIDDEN


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force of a record: the number of its newest version, the digest of it, who sees it."""

    number: int
    digest: bytes
    is_public: bool


_NOBODY: Final = Standing(0, b"", is_public=False)


async def standing(connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, Standing]:
    """Give what is in force of some records; of one that was never stored, nothing."""
    at, wanted = record_version.c, set(keys)
    names = sa.cast(sorted({identifier for _, identifier in wanted}), pg.ARRAY(sa.Text))
    newest = (
        sa.select(at.kind, at.identifier, at.number, at.digest, at.is_public)
        .where(at.identifier.in_(sa.select(sa.func.unnest(names))))
        .ext(newest_of_each())
        .order_by(at.identifier, at.kind, at.number.desc())
    )
    rows = await connection.execute(newest)
    found = {(row.kind, row.identifier): Standing(row.number, row.digest, row.is_public) for row in rows}
    return {key: one for key, one in found.items() if key in wanted}


async def keep(connection: AsyncConnection, nodes: Sequence[Node], author: Author) -> None:
    """Add a version of every record that is another than the one in force."""
    kept = [node for node in nodes if has_versions(node)]
    before = await standing(connection, (node.key for node in kept))
    for start in range(0, len(kept), AT_ONCE):
        rows = _rows(kept[start : start + AT_ONCE], before, author)
        await bulk.add(connection, record_version, list(rows))


def newest_of_each() -> DistinctOnClause:
    """Give the clause that leaves one version of each record, for what is ordered by these and the number downwards."""
    return pg.distinct_on(record_version.c.identifier, record_version.c.kind)


def has_versions(node: Node) -> bool:
    """Say whether a node is a record of its own, that somebody stated."""
    return bool(node.mapping.catalogue_field or node.kind == "catalogue") and not node.is_implied


def _rows(nodes: Iterable[Node], before: Mapping[Key, Standing], author: Author) -> Iterator[bulk.Row]:
    for node in nodes:
        was, digest = before.get(node.key, _NOBODY), _digest(node.record)
        if digest != was.digest:
            yield {
                "kind": node.kind,
                "identifier": node.identifier,
                "content": msgspec.json.encode(node.record).decode(),
                "digest": digest,
                "was_public": was.is_public,
                "is_public": not isinstance(node.record, PublicService) or schemes.is_shown(node.record.status),
                "who": author.who,
                "why": author.why,
            }


def _digest(record: msgspec.Struct) -> bytes:
    """Digest what a record says: neither the order of languages nor writing out what is so anyway makes it another."""
    said = msgspec.json.encode(msgspec.structs.astuple(record), order="deterministic")
    return blake2b(said, digest_size=DIGEST_BYTES).digest()


# Reading ----------------------------------------------------------------------------------


async def feed(engine: AsyncEngine, *, since: int, first: int, is_whole: bool = False) -> tuple[RecordVersion, ...]:
    """Give the changes after a number, the oldest first; the whole feed has what readers do not see, too."""
    at = record_version.c
    chosen = _chosen().where(at.number > since).order_by(at.number).limit(min(first, FEED_PAGE_MAX))
    return await _read(engine, chosen if is_whole else chosen.where(at.was_public | at.is_public))


async def newest_changes(engine: AsyncEngine, *, first: int) -> tuple[RecordVersion, ...]:
    """Give the last changes of services that readers see or saw, the newest first."""
    at = record_version.c
    seen = _chosen().where(at.kind == "service", at.was_public | at.is_public)
    return await _read(engine, seen.order_by(at.number.desc()).limit(first))


async def versions(engine: AsyncEngine, kind: str, identifier: str) -> tuple[RecordVersion, ...]:
    """Give a record's versions, the newest first; raises RecordNotFound where there is none."""
    found = await _read(engine, _of(kind, identifier).limit(VERSIONS_SHOWN_MAX))
    if not found:
        raise RecordNotFound(kind, identifier)
    return found


async def version(engine: AsyncEngine, kind: str, identifier: str, number: int | None = None) -> RecordVersion:
    """Give one version of a record, the newest where no number is said; raises RecordNotFound."""
    chosen = _of(kind, identifier).limit(1)
    found = await _read(engine, chosen if number is None else chosen.where(record_version.c.number == number))
    if not found:
        raise RecordNotFound(kind, identifier if number is None else f"{identifier}, version {number}")
    return found[0]


def _of(kind: str, identifier: str) -> sa.Select[Any]:
    at = record_version.c
    return _chosen().where(at.kind == kind, at.identifier == identifier).order_by(at.number.desc())


def _chosen() -> sa.Select[Any]:
    at = record_version.c
    content = sa.cast(at.content, sa.Text).label("content")
    return sa.select(
        at.number, at.kind, at.identifier, content, at.was_public, at.is_public, at.who, at.why, at.made_at
    )


async def _read(engine: AsyncEngine, chosen: sa.Select[Any]) -> tuple[RecordVersion, ...]:
    async with engine.connect() as connection:
        rows = (await connection.execute(chosen)).mappings()
        return tuple(RecordVersion(**{**row, "content": msgspec.Raw(row["content"].encode())}) for row in rows)


# Making anew ------------------------------------------------------------------------------


def record_of(one: RecordVersion) -> msgspec.Struct:
    """Give the record that a version holds."""
    record: msgspec.Struct = msgspec.json.decode(one.content, type=BY_KIND[one.kind].record)
    return record


def replayed(changes: Iterable[RecordVersion]) -> Catalogue:
    """Make the catalogue that changes lead to, given from the first on; one out of readers' sight is not in theirs."""
    newest: dict[Key, RecordVersion] = {}
    for change in changes:
        newest[change.key] = change
    return together((kind, record_of(one)) for (kind, _), one in newest.items())


def together(records: Iterable[tuple[str, msgspec.Struct]]) -> Catalogue:
    """Put records, each with its kind, into one catalogue."""
    itself, fields = Catalogue(), dict[str, list[msgspec.Struct]]()
    for kind, record in records:
        if isinstance(record, Catalogue):
            itself = record
        else:
            fields.setdefault(BY_KIND[kind].catalogue_field, []).append(record)
    return msgspec.structs.replace(itself, **{field: tuple(some) for field, some in fields.items()})
