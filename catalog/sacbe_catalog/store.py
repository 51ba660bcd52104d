"""The catalogue's one writer: whole sets of records, stored all or not at all.

A record takes the place of the one with its identifier. What a record held before and no record
holds any more goes away. One put at a time; readers never wait for it and see all of it or nothing.
What readers and search use is derived in the same transaction (`derived.py`).
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog import changes, checks, derived, history, implied, loading, search_rows, tables
from sacbe_catalog.bulk import add, among, upsert
from sacbe_catalog.directory import Directory, Entry
from sacbe_catalog.history import Author
from sacbe_catalog.mapping import MAPPINGS
from sacbe_catalog.nodes import Node, Pointed, pointed_to, taken_apart
from sacbe_catalog.overlap import Told, overlapped
from sacbe_catalog.records import Catalogue
from sacbe_catalog.rows import Rows, rows_of
from sacbe_terms.errors import ImportRefused, Problem

PUT_LOCK: Final = 0x5ACBECA7
"""Key of the advisory lock that keeps puts one after another."""

PUT_SECONDS_MAX: Final = 600
"""How long one step of a put may take: a whole country's catalogue comes in one put."""

NODES_AT_ONCE: Final = 5_000
"""Nodes that are turned into rows and stored together; bounds what a put holds in memory."""

SETTLED_MIN: Final = 500
"""A put of more services settles what the database keeps for its own upkeep, so that readers are fast at once."""

Progress = Callable[[str, int, int], None]
"""Told what is stored, how many of it are, and how many there will be."""

_OWNED_TABLES = (*(link.table for link in loading.LINKS), tables.text_value, tables.extra_triple, tables.source_note)


def _tell_nobody(_what: str, _done: int, _of: int) -> None:
    """Keep progress to oneself."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a put did: identifiers of the services that were new, and of those that were there before."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogueStore:
    """Writes records, and reads them back whole. `base_iri` is where IRIs of our own are minted."""

    engine: AsyncEngine
    base_iri: str

    async def put(
        self,
        catalogue: Catalogue,
        *,
        source: str = "the catalogue's records",
        author: Author = Author(),  # noqa: B008 - an immutable value
        progress: Progress = _tell_nobody,
    ) -> Stored:
        """Store all records of a catalogue in one transaction, each in place of the one it follows.

        Each that is another than before gets a version, which says `author`.
        Raises ImportRefused, naming `source`, with every located problem; nothing is stored then.
        """
        async with self.changing() as connection:
            return await self.put_within(connection, catalogue, source=source, author=author, progress=progress)

    async def put_in_pieces(
        self, pieces: Iterable[Catalogue], *, source: str, author: Author, progress: Progress = _tell_nobody
    ) -> Stored:
        """Do as `put` does with records that come in pieces, all of them or none; one piece is in memory.

        They are gone through twice: first stored, then derived from. A piece may point to what came before it.
        """
        async with self.changing() as connection:
            return await _Put(connection, self.base_iri, source, author, progress).carry_out(pieces)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction in which no other put happens, for what is to be true together with one."""
        async with self.engine.begin() as connection:
            await _begin(connection)
            yield connection

    async def put_within(
        self,
        connection: AsyncConnection,
        catalogue: Catalogue,
        *,
        source: str,
        author: Author,
        progress: Progress = _tell_nobody,
    ) -> Stored:
        """Do as `put` does, in a transaction that `changing` gave."""
        return await _Put(connection, self.base_iri, source, author, progress).carry_out((catalogue,))

    async def everything(self) -> Catalogue:
        """Read every record back, in the order of its first storing."""
        async with self.engine.connect() as connection:
            return await loading.load(connection, roots=None, with_implied=False)

    async def around_services(self) -> Catalogue:
        """Read every record but the services: what names in files are looked up in."""
        kinds = [mapping.kind for mapping in MAPPINGS if mapping.catalogue_field and mapping.kind != "service"]
        chosen = sa.select(tables.node.c.id).where(tables.node.c.kind.in_(kinds), ~tables.node.c.is_implied)
        async with self.engine.connect() as connection:
            roots = list((await connection.execute(chosen)).scalars())
            return await loading.load(connection, roots=roots, with_implied=False)

    async def public_record(self, kind: str, identifier: str) -> Catalogue | None:
        """Read a record that is shown to everybody, with every record that it touches; None where there is none."""
        at, hidden = tables.node.c, sa.select(tables.service.c.id).where(~tables.service.c.is_public)
        is_named = at.identifier.in_(_rows_of_texts({identifier}))
        named = sa.select(at.id).where(is_named, at.kind == kind, at.id.not_in(hidden), ~at.is_implied)
        async with self.engine.connect() as connection:
            found = await connection.scalar(named)
            return None if found is None else await loading.load(connection, roots=[found], with_implied=False)

    async def is_empty(self) -> bool:
        """Say whether no record was ever stored."""
        async with self.engine.connect() as connection:
            found = await connection.scalar(sa.select(sa.exists().where(tables.node.c.is_implied.is_(False))))
            return not found

    async def refresh(self) -> int:
        """Derive anew what readers and search use; needed after an upgrade that renders differently.

        Gives the number of services.
        """
        async with self.changing() as connection:
            await changes.tell(connection, (changes.MANY,))
            return await derived.derive_everything(connection, self.base_iri)


async def _begin(connection: AsyncConnection) -> None:
    """Wait for the put before this one, and take the time that a whole country's catalogue needs."""
    limit = f"{PUT_SECONDS_MAX}s"
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        await connection.execute(sa.select(sa.func.set_config(setting, limit, True)))
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PUT_LOCK)))


@dataclass(slots=True, kw_only=True)
class _Done:
    """What a put has written so far: `around` has what each piece's services point to."""

    ids: list[int] = field(default_factory=list)
    services: dict[str, int] = field(default_factory=dict)
    around: list[frozenset[int]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    shown_before: dict[str, frozenset[str]] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Put:
    """One put on its way through the database."""

    connection: AsyncConnection
    base_iri: str
    source: str
    author: Author
    progress: Progress

    async def carry_out(self, pieces: Iterable[Catalogue]) -> Stored:
        """Store every piece, judged against itself and what is stored, then derive from all of them."""
        done = _Done()
        for piece in pieces:
            await self._store_piece(piece, done)
        await self._derive(pieces, done)
        return Stored(added=tuple(done.added), replaced=tuple(done.replaced))

    async def _store_piece(self, piece: Catalogue, done: "_Done") -> None:
        stated = tuple(taken_apart(piece))
        _refuse(self.source, checks.clashes(stated, self.base_iri))
        stated = _each_once(stated)
        nodes = (*stated, *implied.built_in(stated))
        pointed = pointed_to(nodes)
        known = await self._known(nodes, pointed)
        directory = Directory()
        directory.add(known)
        own = await self._with_ids(nodes, known)
        directory.add(own)
        foreign = implied.of_others(pointed, directory)
        directory.add(await self._with_ids(foreign, known))
        await self._refuse_problems(stated, own, known, directory)
        done.around.append(directory.all_of(pointed))
        await self._store((*nodes, *foreign), known, directory, done)

    async def _store(
        self, everyone: Sequence[Node], known: Sequence[Entry], directory: Directory, done: "_Done"
    ) -> None:
        stored_before = {entry.id for entry in known}
        implied_before = {entry.id for entry in known if entry.is_implied}
        writable = [node for node in everyone if not (node.is_implied and directory.ids[node.key] in stored_before)]
        replaced = [one for node in writable if (one := directory.ids[node.key]) in stored_before]
        services = {node.identifier: directory.ids[node.key] for node in everyone if node.kind == "service"}
        done.shown_before |= await changes.shown(self.connection, list(services.values()))
        before = await derived.before(self.connection, replaced)
        await self._replace_rows(writable, directory, stored_before)
        await self._drop_orphans(before.parts)
        await history.keep(self.connection, writable, self.author)
        old = stored_before - implied_before
        done.touched |= before.services
        done.ids += (directory.ids[node.key] for node in writable)
        done.services |= services
        done.added += (name for name, one in services.items() if one not in old)
        done.replaced += (name for name, one in services.items() if one in old)

    async def _derive(self, pieces: Iterable[Catalogue], done: "_Done") -> None:
        ids = done.services
        given = (
            derived.Given(services={ids[one.identifier]: one for one in piece.services}, around=around)
            for piece, around in zip(pieces, done.around, strict=True)
        )
        written = derived.Written(ids=done.ids, services=ids.values(), given=given)
        before = derived.Before(services=frozenset(done.touched), parts=())
        await derived.after(self.connection, before, written, self.base_iri, self._told("services to search"))
        if len(ids) > SETTLED_MIN:
            await search_rows.settle(self.connection)
        if len(ids) > changes.NAMED_MAX:
            await changes.tell(self.connection, (changes.MANY,))
        else:
            shown_after = await changes.shown(self.connection, list(ids.values()))
            await changes.tell(self.connection, changes.between(done.shown_before, shown_after))

    def _told(self, what: str) -> Told:
        return lambda done, of: self.progress(what, done, of)

    # Who is there already ---------------------------------------------------------------

    async def _known(self, nodes: Sequence[Node], pointed: Sequence[Pointed]) -> list[Entry]:
        """Find the stored nodes that these are or point to; of code lists, places and languages all."""
        names = {node.identifier for node in nodes}
        names |= {reference for *_, reference in pointed}
        iris = {node.iri(self.base_iri) for node in nodes} | names
        at = tables.node.c
        ids = sa.union(
            sa.select(at.id).where(at.kind.in_(("concept", "concept_scheme", "area", "language"))),
            sa.select(at.id).where(at.identifier.in_(_rows_of_texts(names))),
            sa.select(at.id).where(at.iri.in_(_rows_of_texts(iris))),
        )
        notation = sa.func.coalesce(tables.concept.c.notation, "")
        chosen = (
            sa.select(at.id, at.kind, at.identifier, at.iri, notation, at.is_implied)
            .select_from(tables.node.outerjoin(tables.concept))
            .where(at.id.in_(ids))
        )
        return [Entry(*row) for row in await self.connection.execute(chosen)]

    async def _with_ids(self, nodes: Sequence[Node], known: Sequence[Entry]) -> list[Entry]:
        """Give each node its id: the one it has, that of the implied node whose IRI it takes over, or a new one."""
        ids = {(entry.kind, entry.identifier): entry.id for entry in known}
        taken_over = {(entry.kind, entry.iri): entry.id for entry in known if entry.is_implied}
        fresh = iter(await self._new_ids(len(nodes)))
        entries = []
        for node in nodes:
            iri = node.iri(self.base_iri)
            own = ids.get(node.key) or taken_over.get((node.kind, iri)) or next(fresh)
            notation = getattr(node.record, "identifier", "")
            entries.append(Entry(own, node.kind, node.identifier, iri, notation, node.is_implied))
        return entries

    async def _new_ids(self, count: int) -> list[int]:
        sequence = sa.func.nextval(sa.text("'catalog.node_id_seq'"))
        numbers = sa.select(sequence).select_from(sa.func.generate_series(1, count).alias("number"))
        return list((await self.connection.execute(numbers)).scalars())

    # What must hold ---------------------------------------------------------------------

    async def _refuse_problems(
        self, nodes: Sequence[Node], own: Sequence[Entry], known: Sequence[Entry], directory: Directory
    ) -> None:
        languages = [entry.identifier for entry in (*known, *own) if entry.kind == "language"]
        _refuse(self.source, checks.problems(nodes, directory, languages))
        _refuse(self.source, checks.taken_iris(nodes, own, known))
        _refuse(self.source, await self._parts_of_others(nodes, directory, {entry.id for entry in known}))

    async def _parts_of_others(
        self, nodes: Sequence[Node], directory: Directory, stored: set[int]
    ) -> tuple[Problem, ...]:
        """Find parts that a record outside this put holds too, and that would change under it."""
        parts = {directory.ids[node.key]: node for node in nodes if node.is_part and directory.ids[node.key] in stored}
        if not parts:
            return ()
        holders = loading.part_edges().subquery()
        own = among([directory.ids[node.key] for node in nodes])
        foreign = sa.select(holders.c.target_id).where(
            holders.c.target_id.in_(among(list(parts))), holders.c.source_id.not_in(own)
        )
        shared = list((await self.connection.execute(foreign.distinct())).scalars())
        present = await loading.load_parts(self.connection, shared) if shared else {}
        return checks.changed_parts({one: parts[one] for one in shared}, present)

    # Rows -------------------------------------------------------------------------------

    async def _replace_rows(self, nodes: Sequence[Node], directory: Directory, stored: set[int]) -> None:
        replaced = [directory.ids[node.key] for node in nodes if directory.ids[node.key] in stored]
        if replaced:
            for table in _OWNED_TABLES:
                owner, *_ = table.primary_key.columns
                await self.connection.execute(sa.delete(table).where(owner.in_(among(replaced))))
        await overlapped(
            nodes,
            size=NODES_AT_ONCE,
            make=lambda some: rows_of(some, directory, self.base_iri),
            keep=self._add_rows,
            told=self._told("records"),
        )

    async def _add_rows(self, rows: Rows) -> None:
        for table in (tables.node, *(mapping.table for mapping in MAPPINGS)):
            await upsert(self.connection, table, rows.get(table.name, []))
        for table in _OWNED_TABLES:
            await add(self.connection, table, rows.get(table.name, []))

    async def _drop_orphans(self, candidates: Sequence[int]) -> None:
        """Delete parts that were held by a replaced record and that nobody holds or points to any more."""
        holders = loading.part_edges().subquery()
        is_held = sa.exists().where(holders.c.target_id == tables.node.c.id)
        lost = sa.delete(tables.node).where(tables.node.c.id.in_(among(candidates)), ~is_held)
        while candidates and (await self.connection.execute(lost.returning(tables.node.c.id))).all():
            pass


def _each_once(nodes: Sequence[Node]) -> tuple[Node, ...]:
    return tuple({node.key: node for node in nodes}.values())


def _rows_of_texts(names: set[str]) -> sa.Select[str]:
    """Give names as rows, without what no stored name can be: asking for it is an error of the database's."""
    storable = [name for name in names if "\0" not in name and name.encode(errors="replace").decode() == name]
    return sa.select(sa.func.unnest(sa.cast(storable, pg.ARRAY(sa.Text))))


def _refuse(source: str, problems: tuple[Problem, ...]) -> None:
    if problems:
        raise ImportRefused(source, problems)
