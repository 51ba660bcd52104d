"""Lexicons as stewards have them: versions in the database, the newest of each language over what ships.

A version has only what a steward adds: its sayings take the place of the same ones that ship, and an upgrade's new
sayings still arrive. Nothing is written over; going back is putting an older version once more.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import filters, lexicon, lexicons
from sacbe_catalog.lexicon import Lexicon, Lexicons, Meaning
from sacbe_catalog.metadata import metadata
from sacbe_catalog.search import Query
from sacbe_terms.errors import RecordNotFound

CHANNEL: Final = "sacbe_lexicons"
"""PostgreSQL channel on which a new version's language is told."""

VERSIONS_SHOWN_MAX: Final = 100
"""Of one language's, the newest first."""

lexicon_version = sa.Table(
    "lexicon_version",
    metadata,
    sa.Column("version", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("content", pg.JSON, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("ix_lexicon_version_language", "language", "version"),
)


class LexiconVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Who put a version of a language's lexicon, when, and why."""

    version: int
    language: str
    entries: int
    who: str
    why: str
    made_at: datetime


async def put(engine: AsyncEngine, added: Lexicon, *, who: str, why: str) -> int:
    """Put a lexicon in force over what ships, and tell every process; gives its version."""
    values = {"language": added.language, "content": msgspec.to_builtins(added), "who": who, "why": why}
    async with engine.begin() as connection:
        version = await connection.scalar(
            sa.insert(lexicon_version).values(values).returning(lexicon_version.c.version)
        )
        await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, added.language)))
    return int(version or 0)


async def versions(engine: AsyncEngine, language: str) -> tuple[LexiconVersion, ...]:
    """Give who changed a language's lexicon, the newest first."""
    at = lexicon_version.c
    counted = sa.func.coalesce(sa.func.json_array_length(at.content["entries"]), 0).label("entries")
    chosen = (
        sa.select(at.version, at.language, counted, at.who, at.why, at.made_at)
        .where(_is_of(language))
        .order_by(at.version.desc())
        .limit(VERSIONS_SHOWN_MAX)
    )
    async with engine.connect() as connection:
        return tuple(LexiconVersion(**row) for row in (await connection.execute(chosen)).mappings())


async def kept(engine: AsyncEngine, language: str, version: int | None = None) -> Lexicon:
    """Give what stewards added to a language's lexicon: the newest version, or one of them.

    Raises RecordNotFound where there is none.
    """
    at = lexicon_version.c
    chosen = sa.select(at.content).where(_is_of(language)).order_by(at.version.desc()).limit(1)
    if version is not None:
        chosen = chosen.where(at.version == version)
    async with engine.connect() as connection:
        content = await connection.scalar(chosen)
    if content is None:
        raise RecordNotFound("lexicon version", language if version is None else f"{language} {version}")
    return msgspec.convert(content, Lexicon)


def _is_of(language: str) -> sa.ColumnElement[bool]:
    return lexicon_version.c.language == language if filters.storable(language) else sa.false()


class LexiconsInForce:
    """What queries are read by in one process: what ships, until `load` has read what stewards added."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._current = lexicons.shipped()
        self._loading: asyncio.Task[None] | None = None
        self.version = 0
        """Grows with every load: what was read by an older one is to be read anew."""

    def read(self, query: Query) -> Meaning:
        """Say what a query may mean, as `Lexicons.read` does."""
        return self._current.read(query)

    def hear(self, _language: str | None = None) -> None:
        """Load anew soon: a version was put, or some may have been missed."""
        self._loading = asyncio.get_running_loop().create_task(self.load())

    async def load(self) -> None:
        """Read the newest version of every language, and read queries by them from now on."""
        at = lexicon_version.c
        newest = sa.select(at.content).where(at.version.in_(sa.select(sa.func.max(at.version)).group_by(at.language)))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(newest)).scalars().all()
        self._current = Lexicons(_together(lexicons.each(), rows))
        self.version += 1


def _together(shipped: Sequence[Lexicon], rows: Sequence[Any]) -> list[Lexicon]:
    added = {one.language: one for one in (msgspec.convert(row, Lexicon) for row in rows)}
    below = {one.language: one for one in shipped}
    return [
        lexicon.over(below.get(language, Lexicon(language=language)), added.get(language, Lexicon(language=language)))
        for language in {**below, **added}
    ]
