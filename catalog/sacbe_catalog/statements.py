"""The statements that readers use: each answers one question, whole, as one JSON text.

The database chooses each record's document along the reader's chain of languages and puts the page
together; msgspec then reads views straight from it. Each combination of question parts is built and
compiled once; after that a read costs no statement building at all.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import facets, filters, ranking, tables
from sacbe_catalog.metadata import metadata

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its constructor untyped


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as the driver takes it, and its parameters in their order: names, with the value of constants."""

    sql: str
    parameters: tuple[tuple[str, Any], ...]

    async def text(self, connection: AsyncConnection, values: dict[str, Any]) -> str | None:
        """Run it, and give the one text that it answers with."""
        bound = tuple(values.get(name, constant) for name, constant in self.parameters)
        result = await connection.exec_driver_sql(self.sql, bound)
        found: str | None = result.scalar()
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which parts a question about services has; the statement depends on nothing else."""

    filters: tuple[str, ...] = ()
    by_charge: bool = False
    is_search: bool = False
    is_continued: bool = False
    with_facets: bool = False


@lru_cache(maxsize=512)
def services(shape: Shape) -> Statement:
    """Give the statement for a page of services, by rank for a search, else in order of title.

    Parameters: language, size, those of the filters used, of the search, and key and id where continued.
    """
    chain = _chain()
    chosen = sa.select(tables.service.c.id, tables.service.c.sort_key).where(
        *filters.conditions(shape.filters, by_charge=shape.by_charge)
    )
    return _compiled(_ranked_page(shape, chain, chosen) if shape.is_search else _ordered_page(shape, chain, chosen))


@lru_cache
def one(kind: str) -> Statement:
    """Give the statement for one service or institution. Parameters: language, identifier."""
    node = tables.node.c
    record = sa.select(node.id).where(node.kind == kind, node.identifier == sa.bindparam("identifier", type_=sa.Text))
    if kind == "service":
        record = record.where(node.id.in_(sa.select(tables.service.c.id).where(tables.service.c.is_public)))
    found = record.cte("found")
    chain = _chain()
    return _compiled(sa.select(_text(_document(kind, found.c.id, chain))).select_from(found))


@lru_cache
def institutions(*, is_search: bool, is_continued: bool) -> Statement:
    """Give the statement for a page of institutions. Parameters: language, size, folded, key and id."""
    chain = _chain()
    view = tables.institution_view.c
    if is_search:
        folded = sa.bindparam("folded", type_=sa.Text)
        likeness = sa.func.max(sa.func.public.word_similarity(folded, view.folded))
        key = sa.cast(likeness * ranking.SCORE_SCALE, sa.Integer).label("key")
        floor = sa.bindparam("floor", type_=sa.Float)
        results = (
            sa.select(view.institution_id.label("id"), key).group_by(view.institution_id).having(likeness >= floor)
        )
        return _compiled(_answer("institution", results.cte("results"), chain, is_continued, descending=True))
    results = sa.select(view.institution_id.label("id"), view.sort_key.label("key")).where(view.language == "es")
    return _compiled(_answer("institution", results.cte("results"), chain, is_continued, descending=False))


@lru_cache
def events(*, by_kind: bool) -> Statement:
    """Give the statement for all events. Parameters: language, and kind."""
    chain = _chain()
    document = _document("event", tables.event.c.id, chain)
    order = sa.cast(tables.event.c.id, sa.BigInteger)
    gathered = sa.func.json_agg(pg.aggregate_order_by(document, order))
    chosen = sa.select(_text(gathered)).select_from(tables.event)
    if by_kind:
        chosen = chosen.where(tables.event.c.kind == sa.bindparam("kind", type_=sa.Text))
    return _compiled(chosen)


@lru_cache
def suggestions() -> Statement:
    """Give the statement for completions. Parameters: language, prefix, inner_prefix, size."""
    chain = _chain()
    title, node = tables.service_title.c, tables.node.c
    starts = title.folded.like(sa.bindparam("prefix", type_=sa.Text))
    matching = (
        sa.select(
            title.title.label("text"),
            node.identifier,
            sa.func.row_number()
            .over(partition_by=title.service_id, order_by=(starts.desc(), sa.func.length(title.title), title.position))
            .label("place"),
            starts.label("starts"),
        )
        .join(tables.node, node.id == title.service_id)
        .where(
            sa.or_(starts, title.folded.like(sa.bindparam("inner_prefix", type_=sa.Text))),
            title.language == sa.func.any(_tags(chain)),
        )
        .subquery()
    )
    best = (
        sa.select(matching)
        .where(matching.c.place == 1)
        .order_by(matching.c.starts.desc(), sa.func.length(matching.c.text), matching.c.text)
        .limit(sa.bindparam("size", type_=sa.Integer))
        .subquery()
    )
    pair = sa.func.json_build_object("text", best.c.text, "identifier", best.c.identifier)
    return _compiled(sa.select(_text(sa.func.json_agg(pair))))


# Pages --------------------------------------------------------------------------------------


def _ordered_page(shape: Shape, chain: sa.CTE, chosen: sa.Select[Any]) -> sa.Select[Any]:
    """Page by Spanish title; the count and the page are looked up each by its own best index."""
    own = chosen.subquery("chosen")
    results = sa.select(own.c.id, own.c.sort_key.label("key"))
    facet = facets.gathered(sa.select(own.c.id).cte("results"), _tags(chain)) if shape.with_facets else None
    return _answer("service", results, chain, shape.is_continued, descending=False, facet=facet)


def _ranked_page(shape: Shape, chain: sa.CTE, chosen: sa.Select[Any]) -> sa.Select[Any]:
    is_filtered = bool(shape.filters or shape.by_charge)
    ranked = ranking.ranked(chain, chosen.cte("allowed") if is_filtered else None)
    results = sa.select(ranked.c.id, ranked.c.score.label("key"))
    facet = facets.gathered(ranked, _tags(chain)) if shape.with_facets else None
    return _answer("service", results, chain, shape.is_continued, descending=True, facet=facet)


def _answer(
    kind: str,
    results: sa.Select[Any] | sa.CTE,
    chain: sa.CTE,
    is_continued: bool,
    *,
    descending: bool,
    facet: sa.ColumnElement[Any] | None = None,
) -> sa.Select[Any]:
    """Put a page together: nodes with their place, the count of all, whether more follow, facets."""
    source = results.subquery("results") if isinstance(results, sa.Select) else results
    counted = sa.select(sa.func.count()).select_from(source).scalar_subquery()
    order = (source.c.key.desc(), source.c.id) if descending else (source.c.key, source.c.id)
    page = sa.select(source.c.id, source.c.key).order_by(*order).limit(sa.bindparam("size", type_=sa.Integer))
    if is_continued:
        page = page.where(_beyond(source, descending=descending))
    shown = page.cte("page")
    node = sa.func.json_build_object("id", shown.c.id, "key", shown.c.key, "view", _document(kind, shown.c.id, chain))
    shown_order = (shown.c.key.desc(), shown.c.id) if descending else (shown.c.key, shown.c.id)
    nodes = sa.select(sa.func.json_agg(pg.aggregate_order_by(node, *shown_order))).scalar_subquery()
    parts: list[Any] = ["total", counted, "nodes", sa.func.coalesce(nodes, sa.text("'[]'::json"))]
    if facet is not None:
        parts += ["facets", facet]
    return sa.select(_text(sa.func.json_build_object(*parts)))


def _beyond(source: sa.FromClause, *, descending: bool) -> sa.ColumnElement[bool]:
    last = sa.bindparam("id", type_=sa.BigInteger)
    if descending:
        score = sa.bindparam("key", type_=sa.Integer)
        return sa.or_(source.c.key < score, sa.and_(source.c.key == score, source.c.id > last))
    return sa.tuple_(source.c.key, source.c.id) > sa.tuple_(sa.bindparam("key", type_=sa.Text), last)


# Languages ----------------------------------------------------------------------------------


def _chain() -> sa.CTE:
    """Give the reader's languages in turn; Spanish alone where the catalogue does not know hers."""
    asked = sa.bindparam("language", type_=sa.Text)
    known = sa.select(tables.language.c.chain).where(tables.language.c.tag == asked).scalar_subquery()
    return sa.select(sa.func.coalesce(known, sa.text("ARRAY['es']::text[]")).label("tags")).cte("chain")


def _tags(chain: sa.CTE) -> sa.ColumnElement[Any]:
    return sa.cast(sa.select(chain.c.tags).scalar_subquery(), pg.ARRAY(sa.Text))


def _document(kind: str, own: sa.ColumnElement[int], chain: sa.CTE) -> sa.ScalarSelect[Any]:
    """Give a record's document in the first language of the chain that it was rendered in."""
    table = metadata.tables[f"catalog.{kind}_view"]
    owner, *_ = table.primary_key.columns
    tags = _tags(chain)
    return (
        sa.select(table.c.document)
        .where(owner == own, table.c.language == sa.func.any(tags))
        .order_by(sa.func.array_position(tags, table.c.language))
        .limit(1)
        .correlate_except(table, chain)
        .scalar_subquery()
    )


def _text(value: Any) -> sa.ColumnElement[str]:
    return sa.cast(value, sa.Text)


def _compiled(statement: sa.Select[Any]) -> Statement:
    compiled = statement.compile(dialect=_DIALECT)
    return Statement(str(compiled), tuple((name, compiled.params[name]) for name in compiled.positiontup or ()))
