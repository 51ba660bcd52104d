"""The statements that readers use: each answers one question, whole, with one JSON text.

What is wanted comes as a projection; the database chooses each record's view along the reader's chain
of languages and writes the answer from the view's columns. Each combination of a question's parts and
a projection is built and compiled once; after that a read costs no statement building at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from sacbe_catalog import facets, filters, pages, ranking, tables
from sacbe_catalog.projection import Projection, names, written, written_list

STATEMENTS_MAX: Final = 1024
"""Statements that are kept compiled; each takes some kilobytes."""

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its constructor untyped


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as the driver takes it, and its parameters in their order: names, with the value of constants."""

    sql: str
    parameters: tuple[tuple[str, Any], ...]

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """Give the parameters' values in their order."""
        return [values.get(name, constant) for name, constant in self.parameters]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesShape:
    """Which parts a question about services has; the statement depends on nothing else but the projection."""

    filters: tuple[str, ...] = ()
    listed_by: str | None = None
    """The filter, with one identifier in it, whose list is already in order."""
    by_charge: bool = False
    is_search: bool = False
    is_nothing: bool = False
    """A search whose query asks for nothing that could be found."""
    is_continued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionsShape:
    """The same of a question about institutions."""

    is_search: bool = False
    is_nothing: bool = False
    is_continued: bool = False


@lru_cache(maxsize=STATEMENTS_MAX)
def services(shape: ServicesShape, wanted: Projection) -> Statement:
    """Give the statement for a page of services, by rank for a search, else in order of title.

    Parameters: language, size, those of the filters used, of the search, of cursors, and key and id where continued.
    """
    chain = _chain()
    results = _nothing() if shape.is_nothing else _services(shape, chain)
    found = pages.Found("service", results, is_descending=shape.is_search, is_continued=shape.is_continued)
    facet = facets.gathered(results, _tags(chain)) if "facets" in names(wanted) else None
    return _compiled(pages.statement(found, wanted, chain, facet))


@lru_cache(maxsize=STATEMENTS_MAX)
def institutions(shape: InstitutionsShape, wanted: Projection) -> Statement:
    """Give the statement for a page of institutions. Parameters: language, size, folded, of cursors, key and id."""
    view = tables.institution_view.c
    if shape.is_search:
        folded = sa.bindparam("folded", type_=sa.Text)
        likeness = sa.func.max(sa.func.public.word_similarity(folded, view.folded))
        key = sa.cast(likeness * ranking.SCORE_SCALE, sa.Integer).label("key")
        floor = sa.bindparam("floor", type_=sa.Float)
        chosen = sa.select(view.institution_id.label("id"), key).group_by(view.institution_id).having(likeness >= floor)
    else:
        chosen = sa.select(view.institution_id.label("id"), view.sort_key.label("key")).where(view.language == "es")
    results = _nothing() if shape.is_nothing else chosen.cte("results")
    found = pages.Found("institution", results, is_descending=shape.is_search, is_continued=shape.is_continued)
    return _compiled(pages.statement(found, wanted, _chain(), None))


@lru_cache(maxsize=STATEMENTS_MAX)
def one(kind: str, wanted: Projection) -> Statement:
    """Give the statement for one service or institution, without a row where there is none.

    Parameters: language, identifier.
    """
    node = tables.node.c
    record = sa.select(node.id).where(node.kind == kind, node.identifier == sa.bindparam("identifier", type_=sa.Text))
    if kind == "service":
        record = record.where(node.id.in_(sa.select(tables.service.c.id).where(tables.service.c.is_public)))
    source = sa.text(f"record, {pages.view_of(kind, wanted, 'record')}")
    chosen = sa.select(_text(written(wanted, pages.view_column))).select_from(source)
    return _compiled(chosen.add_cte(_chain(), record.cte("record")))


@lru_cache(maxsize=STATEMENTS_MAX)
def events(wanted: Projection, *, by_kind: bool) -> Statement:
    """Give the statement for all events, in the order stored. Parameters: language, and kind."""
    record = sa.select(tables.event.c.id)
    if by_kind:
        record = record.where(tables.event.c.kind == sa.bindparam("kind", type_=sa.Text))
    source = f"record, {pages.view_of('event', wanted, 'record')}"
    chosen = sa.select(_text(written_list(written(wanted, pages.view_column), source, "record.id")))
    return _compiled(chosen.add_cte(_chain(), record.cte("record")))


@lru_cache(maxsize=STATEMENTS_MAX)
def suggestions(wanted: Projection) -> Statement:
    """Give the statement for completions. Parameters: language, prefix, inner_prefix, size."""
    chain = _chain()
    title, node = tables.service_title.c, tables.node.c
    starts = title.folded.like(sa.bindparam("prefix", type_=sa.Text))
    place = sa.func.row_number().over(
        partition_by=title.service_id, order_by=(starts.desc(), sa.func.length(title.title), title.position)
    )
    matching = (
        sa.select(title.title.label("text"), node.identifier, place.label("place"), starts.label("starts"))
        .join(tables.node, node.id == title.service_id)
        .where(
            sa.or_(starts, title.folded.like(sa.bindparam("inner_prefix", type_=sa.Text))),
            title.language == sa.func.any(_tags(chain)),
        )
        .subquery()
    )
    order = (matching.c.starts.desc(), sa.func.length(matching.c.text), matching.c.text)
    best = (
        sa.select(matching.c.text, matching.c.identifier, sa.func.row_number().over(order_by=order).label("n"))
        .where(matching.c.place == 1)
        .order_by(*order)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )
    completion = written(wanted, lambda name: f"to_json(best.{name})")
    return _compiled(sa.select(_text(written_list(completion, "best", "best.n"))).add_cte(best.cte("best")))


@lru_cache(maxsize=STATEMENTS_MAX)
def together(some: tuple[Statement, ...]) -> str:
    """Give one statement whose row has the answer of each; their parameters follow one another."""
    columns, taken = [], 0
    for one_of in some:
        columns.append(f"({_renumbered(one_of.sql, taken)})")
        taken += len(one_of.parameters)
    return f"SELECT {', '.join(columns)}"


def _renumbered(sql: str, taken: int) -> str:
    return re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + taken}", sql) if taken else sql


# Results ------------------------------------------------------------------------------------


def _services(shape: ServicesShape, chain: sa.CTE) -> sa.CTE:
    if not shape.is_search:
        # Counting and paging each take their own best way through the indexes.
        return _chosen(shape).cte("results").prefix_with("NOT MATERIALIZED")
    is_filtered = bool(shape.filters or shape.by_charge)
    ranked = ranking.ranked(chain, _chosen(shape).cte("allowed") if is_filtered else None)
    return sa.select(ranked.c.id, ranked.c.score.label("key")).cte("results")


def _chosen(shape: ServicesShape) -> sa.Select[Any]:
    """Choose the services that a reader may see and asked to see, with the key of their order."""
    service, listed = tables.service.c, tables.listed_service.c
    if shape.listed_by is None:
        conditions = filters.conditions(shape.filters, by_charge=shape.by_charge)
        return sa.select(service.id.label("id"), service.sort_key.label("key")).where(*conditions)
    owner = sa.select(filters.named(shape.listed_by).subquery().c.id).limit(1).scalar_subquery()
    chosen = sa.select(listed.service_id.label("id"), listed.sort_key.label("key")).where(listed.owner_id == owner)
    others = tuple(name for name in shape.filters if name != shape.listed_by)
    if not others and not shape.by_charge:
        return chosen
    allowed = sa.select(service.id).where(*filters.conditions(others, by_charge=shape.by_charge))
    return chosen.where(listed.service_id.in_(allowed))


def _nothing() -> sa.CTE:
    node = tables.node.c
    return sa.select(node.id.label("id"), sa.literal_column("0").label("key")).where(sa.false()).cte("results")


# Languages ----------------------------------------------------------------------------------


def _chain() -> sa.CTE:
    """Give the reader's languages in turn; Spanish alone where the catalogue does not know hers."""
    asked = sa.bindparam("language", type_=sa.Text)
    known = sa.select(tables.language.c.chain).where(tables.language.c.tag == asked).scalar_subquery()
    return sa.select(sa.func.coalesce(known, sa.text("ARRAY['es']::text[]")).label("tags")).cte("chain")


def _tags(chain: sa.CTE) -> sa.ColumnElement[Any]:
    return sa.cast(sa.select(chain.c.tags).scalar_subquery(), pg.ARRAY(sa.Text))


def _text(sql: str) -> sa.ColumnElement[str]:
    return sa.literal_column(sql, sa.Text)


def _compiled(statement: sa.Select[Any]) -> Statement:
    compiled = statement.compile(dialect=_DIALECT)
    return Statement(str(compiled), tuple((name, compiled.params[name]) for name in compiled.positiontup or ()))
