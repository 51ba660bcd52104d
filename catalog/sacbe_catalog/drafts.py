"""Changes before they are in force: draft, review, scheduled, published or withdrawn, with who, why and when.

A draft holds whole records, one or many, and knows which versions it was made from. One made from a version that
somebody has changed since is refused with the differences of both sides, and stays as it is: nothing is lost or
silently overwritten. What is decided and what it does to the catalogue happen in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import differences, history
from sacbe_catalog.differences import Difference
from sacbe_catalog.history import Author
from sacbe_catalog.metadata import metadata
from sacbe_catalog.nodes import Key, taken_apart
from sacbe_catalog.records import Catalogue
from sacbe_catalog.store import CatalogueStore, Stored
from sacbe_terms.errors import DraftStateRefused, ImportRefused, Problem, RecordNotFound, SacbeError, StaleDraft

SHOWN_MAX: Final = 200
"""Drafts that one list shows, the newest first."""

RECORDS_MAX: Final = 1_000
"""Records of one draft; more are imported."""

BYTES_MAX: Final = 4 * 1024 * 1024
"""Of one draft, as JSON."""


class State(StrEnum):
    """Where a draft stands."""

    DRAFT = "draft"
    REVIEW = "review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


OPEN: Final = (State.DRAFT, State.REVIEW, State.SCHEDULED)
"""What may still change."""

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("content", pg.JSON, nullable=False),
    sa.Column("bases", pg.JSON, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
    sa.Column("decision", sa.Text, nullable=False, server_default=""),
    sa.Column("publish_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("state IN ('draft', 'review', 'scheduled', 'published', 'withdrawn')", name="state"),
    sa.Index("ix_draft_open", "state", "number"),
)


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The version that a draft's record was made from; 0 says that there was none."""

    kind: str
    identifier: str
    number: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Records on their way into the catalogue."""

    number: int
    state: State
    content: Catalogue
    bases: tuple[Base, ...]
    who: str
    why: str
    made_at: datetime
    decided_by: str
    decision: str
    publish_at: datetime | None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft would change in one record, and what somebody changed in it since the draft was made."""

    kind: str
    identifier: str
    changes: tuple[Difference, ...]
    meanwhile: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafts:
    """Where drafts are kept, and from where they go into the store."""

    store: CatalogueStore

    async def open(self, content: Catalogue, author: Author) -> int:
        """Keep records as a draft that was made from what is in force now; gives its number.

        Raises ImportRefused for none, for too many, and for what no file of records would be taken with.
        """
        _refuse_size(content)
        async with self.store.engine.begin() as connection:
            standing = await history.standing(connection, _keys(content))
            bases = [
                Base(kind=kind, identifier=identifier, number=standing[kind, identifier].number)
                if (kind, identifier) in standing
                else Base(kind=kind, identifier=identifier, number=0)
                for kind, identifier in _keys(content)
            ]
            values = {
                "state": State.DRAFT,
                "content": msgspec.to_builtins(content),
                "bases": msgspec.to_builtins(bases),
                "who": author.who,
                "why": author.why,
            }
            number = await connection.scalar(sa.insert(draft).values(values).returning(draft.c.number))
        return int(number or 0)

    async def all(self, *, state: State | None = None) -> tuple[Draft, ...]:
        """Give drafts of a state, or those that are open, the newest first."""
        states = OPEN if state is None else (state,)
        chosen = sa.select(draft).where(draft.c.state.in_(states)).order_by(draft.c.number.desc()).limit(SHOWN_MAX)
        async with self.store.engine.connect() as connection:
            return tuple(_draft(row) for row in (await connection.execute(chosen)).mappings())

    async def one(self, number: int) -> Draft:
        """Give a draft; raises RecordNotFound."""
        async with self.store.engine.connect() as connection:
            return await _one(connection, number)

    async def review(self, number: int) -> tuple[Review, ...]:
        """Say what a draft would change, record by record; raises RecordNotFound."""
        async with self.store.engine.connect() as connection:
            found = await _one(connection, number)
            return await self._reviewed(found, await history.standing(connection, _keys(found.content)))

    async def submit(self, number: int, author: Author) -> None:
        """Ask for a review of a draft; raises RecordNotFound and DraftStateRefused."""
        async with self.store.engine.begin() as connection:
            await _move(connection, number, (State.DRAFT,), State.REVIEW, author)

    async def give_back(self, number: int, author: Author) -> None:
        """Give a draft back to whoever wrote it; raises RecordNotFound and DraftStateRefused."""
        async with self.store.engine.begin() as connection:
            await _move(connection, number, (State.REVIEW, State.SCHEDULED), State.DRAFT, author)

    async def withdraw(self, number: int, author: Author) -> None:
        """Give a draft up; it stays to be read. Raises RecordNotFound and DraftStateRefused."""
        async with self.store.engine.begin() as connection:
            await _move(connection, number, OPEN, State.WITHDRAWN, author)

    async def approve(self, number: int, author: Author, *, at: datetime | None = None) -> Stored | None:
        """Publish a draft now, or have it published at a time to come; gives what that did if it was now.

        Raises RecordNotFound, DraftStateRefused, StaleDraft with the differences, and ImportRefused with every problem;
        the draft is then as it was.
        """
        async with self.store.changing() as connection:
            found = await _move(connection, number, OPEN, State.SCHEDULED, author, at=at)
            if at is not None and at > datetime.now(UTC):
                await self._refuse_stale(connection, found)
                return None
            return await self._publish(connection, found, author)

    async def publish_due(self) -> tuple[int, ...]:
        """Publish what was scheduled up to now, each draft by itself; gives their numbers.

        One that cannot be published any more goes back to its writer with the reason.
        """
        done = []
        for number in await self._due():
            try:
                if await self._publish_if_due(number):
                    done.append(number)
            except SacbeError as error:
                await self.give_back(number, Author("schedule", f"{error.what} {error.hint}"))
        return tuple(done)

    async def _due(self) -> tuple[int, ...]:
        waiting = sa.select(draft.c.number).where(_is_due()).order_by(draft.c.publish_at)
        async with self.store.engine.connect() as connection:
            return tuple((await connection.execute(waiting)).scalars())

    async def _publish_if_due(self, number: int) -> bool:
        """Publish, unless another process of the node did first."""
        async with self.store.changing() as connection:
            chosen = sa.select(draft).where(draft.c.number == number, _is_due())
            row = (await connection.execute(chosen)).mappings().first()
            if row is not None:
                await self._publish(connection, _draft(row), Author(row["decided_by"], row["decision"]))
            return row is not None

    async def _publish(self, connection: AsyncConnection, found: Draft, author: Author) -> Stored:
        await self._refuse_stale(connection, found)
        stored = await self.store.put_within(
            connection,
            found.content,
            source=f"draft {found.number}",
            author=Author(found.who, found.why),
        )
        await _move(connection, found.number, (State.SCHEDULED,), State.PUBLISHED, author)
        return stored

    async def _refuse_stale(self, connection: AsyncConnection, found: Draft) -> None:
        standing = await history.standing(connection, _keys(found.content))
        stale = [base for base in found.bases if _number(standing, base) != base.number]
        if stale:
            reviews = {(one.kind, one.identifier): one for one in await self._reviewed(found, standing)}
            problems = [problem for base in stale for problem in _told(reviews[base.kind, base.identifier])]
            raise StaleDraft(found.number, problems)

    async def _reviewed(self, found: Draft, standing: Mapping[Key, history.Standing]) -> tuple[Review, ...]:
        records = {node.key: node.record for node in taken_apart(found.content) if history.has_versions(node)}
        return tuple(
            [
                Review(
                    kind=base.kind,
                    identifier=base.identifier,
                    changes=differences.differences(
                        await self._at(base, base.number), records[base.kind, base.identifier]
                    ),
                    meanwhile=differences.differences(
                        await self._at(base, base.number), await self._at(base, _number(standing, base))
                    ),
                )
                for base in found.bases
            ]
        )

    async def _at(self, base: Base, number: int) -> object:
        """Give the record at a version; of none, nothing."""
        if number == 0:
            return {}
        return history.record_of(await history.version(self.store.engine, base.kind, base.identifier, number))


async def return_to(store: CatalogueStore, kind: str, identifier: str, number: int, author: Author) -> Stored:
    """Put an older version of a record in force once more, as a new version.

    Raises RecordNotFound, and ImportRefused where the record does not fit what is around it any more.
    """
    older = await history.version(store.engine, kind, identifier, number)
    content = history.together([(kind, history.record_of(older))])
    return await store.put(content, source=f"version {number} of {kind} {identifier}", author=author)


def _keys(content: Catalogue) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(node.key for node in taken_apart(content) if history.has_versions(node)))


def _refuse_size(content: Catalogue) -> None:
    records = len(_keys(content))
    if not records:
        raise ImportRefused("the draft", [Problem(where="records", reason="there is none", hint="Give one at least.")])
    if records > RECORDS_MAX or len(msgspec.json.encode(content)) > BYTES_MAX:
        reason = f"a draft holds at most {RECORDS_MAX} records and {BYTES_MAX} bytes"
        raise ImportRefused("the draft", [Problem(where="records", reason=reason, hint="Divide it, or import it.")])


def _number(standing: Mapping[Key, history.Standing], base: Base) -> int:
    found = standing.get((base.kind, base.identifier))
    return found.number if found else 0


def _told(review: Review) -> list[Problem]:
    """Tell both sides of a record that two people changed."""
    sides = (("somebody else's", review.meanwhile), ("the draft's", review.changes))
    return [
        Problem(
            where=f"{review.kind} {review.identifier}, {one.place}",
            reason=f"{whose} change: {one.before or 'nothing'} -> {one.after or 'nothing'}",
        )
        for whose, some in sides
        for one in some
    ]


def _is_due() -> sa.ColumnElement[bool]:
    return sa.and_(draft.c.state == State.SCHEDULED, draft.c.publish_at <= sa.func.now())


async def _one(connection: AsyncConnection, number: int) -> Draft:
    row = (await connection.execute(sa.select(draft).where(draft.c.number == number))).mappings().first()
    if row is None:
        raise RecordNotFound("draft", str(number))
    return _draft(row)


async def _move(
    connection: AsyncConnection,
    number: int,
    allowed: tuple[State, ...],
    to: State,
    author: Author,
    *,
    at: datetime | None = None,
) -> Draft:
    values: dict[str, Any] = {"state": to, "decided_by": author.who, "decision": author.why}
    if to is State.SCHEDULED:
        values["publish_at"] = at or sa.func.now()
    change = sa.update(draft).where(draft.c.number == number, draft.c.state.in_(allowed)).values(values)
    row = (await connection.execute(change.returning(*draft.c))).mappings().first()
    if row is None:
        found = await _one(connection, number)
        raise DraftStateRefused(number, found.state, to)
    return _draft(row)


def _draft(row: sa.RowMapping) -> Draft:
    return msgspec.convert({str(name): value for name, value in row.items()}, Draft)
