"""Rows turned back into records: the whole catalogue, or some services with all that they touch.

One statement brings every table's rows as JSON, so the database does the gathering and msgspec
the reading. The way there is `rows.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import tables
from sacbe_catalog.bulk import Row, among
from sacbe_catalog.mapping import BY_KIND, MAPPINGS, Link, Mapping
from sacbe_catalog.records import Catalogue

LINKS = tuple(link for mapping in MAPPINGS for link in mapping.links)
"""Every link of every kind."""

_BETWEEN_SERVICES = (tables.service_requires, tables.service_related)


def edges(*, between_services: bool) -> sa.CompoundSelect[int, int]:
    """Give who points to whom, over all links and references, as `source_id` and `target_id`."""
    of_links = [
        sa.select(link.table.c.source_id, link.table.c.target_id)
        for link in LINKS
        if between_services or link.table not in _BETWEEN_SERVICES
    ]
    of_references = [
        sa.select(mapping.table.c.id.label("source_id"), mapping.table.c[one.column].label("target_id")).where(
            mapping.table.c[one.column].is_not(None)
        )
        for mapping in MAPPINGS
        for one in mapping.references
    ]
    return sa.union_all(*of_links, *of_references)


def part_edges() -> sa.CompoundSelect[int, int]:
    """Give who keeps a part in being: the records that hold it, and a cost that names its channel."""
    held = (sa.select(link.table.c.source_id, link.table.c.target_id) for link in LINKS if link.is_part)
    named = sa.select(tables.cost.c.id, tables.cost.c.channel_id).where(tables.cost.c.channel_id.is_not(None))
    return sa.union_all(*held, named)


def shown_edges() -> sa.CompoundSelect[int, int]:
    """Give what is shown within what: all links but those between services, and an institution's kind."""
    links = (
        sa.select(link.table.c.source_id, link.table.c.target_id)
        for link in LINKS
        if link.table not in _BETWEEN_SERVICES
    )
    kind = sa.select(tables.institution.c.id, tables.institution.c.kind_id).where(
        tables.institution.c.kind_id.is_not(None)
    )
    return sa.union_all(*links, kind)


async def load(connection: AsyncConnection, *, roots: Sequence[int] | None, with_implied: bool) -> Catalogue:
    """Read the whole catalogue, or some records (by their nodes' ids) with all that they touch."""
    ids = None if roots is None else await _touched(connection, roots)
    return (await _assembled(connection, ids)).catalogue(with_implied=with_implied)


async def load_parts(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, msgspec.Struct]:
    """Read single records by their nodes' ids, their own parts included."""
    assembly = await _assembled(connection, await _touched(connection, ids))
    return {one: assembly.record(one) for one in ids}


async def _assembled(connection: AsyncConnection, ids: Sequence[int] | None) -> "_Assembly":
    some = {} if ids is None else {"ids": ids}
    found = await connection.execute(_everything(is_partial=ids is not None), some)
    return _Assembly({name: msgspec.json.decode(rows) for name, rows in found if rows})


async def _touched(connection: AsyncConnection, ids: Sequence[int]) -> list[int]:
    """Follow every edge downwards from some nodes; a service is not followed into others."""
    return list((await connection.execute(_downwards(), {"ids": ids})).scalars())


_IDS = sa.bindparam("ids", type_=pg.ARRAY(sa.BigInteger))


@cache
def _downwards() -> sa.Select[int]:
    start = among(_IDS).cte("touched", recursive=True)
    pairs = edges(between_services=False).subquery()
    touched = start.union(sa.select(pairs.c.target_id).join(start, start.c.id == pairs.c.source_id))
    return sa.select(touched.c.id)


@cache
def _everything(*, is_partial: bool) -> sa.CompoundSelect[str, str]:
    mapped = [mapping.table for mapping in MAPPINGS]
    linked = [link.table for link in LINKS]
    all_tables = (*mapped, *linked, tables.text_value, tables.extra_triple, tables.source_note)
    return sa.union_all(_named(is_partial), *(_rows(table, is_partial) for table in all_tables))


def _rows(table: sa.Table, is_partial: bool) -> sa.Select[str, str]:
    owner, *_ = table.primary_key.columns
    chosen = sa.select(table).where(owner.in_(among(_IDS))) if is_partial else sa.select(table)
    return _as_json(table.name, chosen.order_by(*table.primary_key.columns))


def _named(is_partial: bool) -> sa.Select[str, str]:
    """Give the names of the nodes and of all that they point to."""
    chosen = sa.select(tables.node)
    if is_partial:
        pairs = edges(between_services=True).subquery()
        named = sa.select(pairs.c.target_id).where(pairs.c.source_id.in_(among(_IDS)))
        chosen = chosen.where(tables.node.c.id.in_(sa.union(among(_IDS), named)))
    return _as_json(tables.node.name, chosen.order_by(tables.node.c.id))


def _as_json(name: str, rows: sa.Select[Any]) -> sa.Select[str, str]:
    inner = rows.subquery()
    gathered = sa.cast(sa.func.json_agg(sa.func.row_to_json(inner.table_valued())), sa.Text)
    return sa.select(sa.literal(name), gathered).select_from(inner)


class _Assembly:
    """Rows by table and owner, put together into records."""

    def __init__(self, found: dict[str, list[Row]]) -> None:
        self._nodes = {row["id"]: row for row in found.get("node", ())}
        self._own = {m.kind: _by(found.get(m.table.name, ()), "id") for m in MAPPINGS}
        self._links = {link.table.name: _by(found.get(link.table.name, ()), "source_id") for link in LINKS}
        self._texts = _by(found.get("text_value", ()), "node_id")
        self._triples = _by(found.get("extra_triple", ()), "node_id")
        self._sources = _by(found.get("source_note", ()), "service_id")

    def catalogue(self, *, with_implied: bool) -> Catalogue:
        """Put all loaded top-level records together."""
        kept: Row = {}
        for mapping in MAPPINGS:
            if mapping.catalogue_field:
                kept[mapping.catalogue_field] = [
                    self._plain(mapping, one)
                    for one in sorted(self._own[mapping.kind])
                    if with_implied or not self._nodes[one]["is_implied"]
                ]
        for one in self._own["catalogue"]:
            itself = self._plain(BY_KIND["catalogue"], one)
            kept |= {name: value for name, value in itself.items() if name != "identifier"}
        return msgspec.convert(kept, Catalogue)

    def record(self, one: int) -> msgspec.Struct:
        """Put one record together."""
        mapping = BY_KIND[self._nodes[one]["kind"]]
        record: msgspec.Struct = msgspec.convert(self._plain(mapping, one), mapping.record)
        return record

    def _plain(self, mapping: Mapping, one: int) -> Row:
        node, [own] = self._nodes[one], self._own[mapping.kind][one]
        plain: Row = {field: own[field] for field in mapping.scalars if own[field] is not None}
        plain["identifier"] = own.get("notation", node["identifier"])
        if not node["is_iri_minted"]:
            plain["iri"] = node["iri"]
        for reference in mapping.references:
            plain[reference.field] = self._name(own[reference.column], own.get(reference.flag, False))
        for link in mapping.links:
            plain[link.field] = self._linked(link, one)
        plain |= self._texts_of(mapping, one)
        if extra := self._triples.get(one):
            plain["extra"] = extra
        if sources := self._sources.get(one):
            plain["sources"] = [{k: v for k, v in source.items() if v is not None} for source in sources]
        return plain

    def _linked(self, link: Link, one: int) -> list[Any]:
        rows = self._links[link.table.name].get(one, ())
        if link.is_part:
            return [self._plain(BY_KIND[link.target], row["target_id"]) for row in rows]
        return [self._name(row["target_id"], row["is_by_iri"]) for row in rows]

    def _name(self, target: int | None, is_by_iri: bool) -> str:
        if target is None:
            return ""
        node = self._nodes[target]
        if is_by_iri:
            return str(node["iri"])
        if node["kind"] == "concept":
            [own] = self._own["concept"].get(target) or [{}]
            return str(own["notation"])
        return str(node["identifier"])

    def _texts_of(self, mapping: Mapping, one: int) -> Row:
        texts: Row = {field: {} for field in mapping.texts}
        texts |= {field: defaultdict(list) for field in mapping.word_lists}
        texts |= {field: defaultdict(dict) for field in mapping.text_lists}
        for row in self._texts.get(one, ()):
            field, language = row["property"], row["language"]
            if field in mapping.word_lists:
                texts[field][language].append(row["value"])
            elif field in mapping.text_lists:
                texts[field][row["position"]][language] = row["value"]
            else:
                texts[field][language] = row["value"]
        return texts | {field: list(texts[field].values()) for field in mapping.text_lists}


def _by(rows: Iterable[Row], owner: str) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[owner]].append(row)
    return grouped
