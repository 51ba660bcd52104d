"""Pages of lists in SQL: a slice of what was found, and whatever is wanted of it.

A page offers `total_count`, `nodes`, `cursors`, `has_next_page`, `has_previous_page` and `facets` as
`views.Page` has them, and the same in Relay's form: `edges` of `cursor` and `node`, and `page_info`
with `start_cursor` and `end_cursor`. What is not wanted is not worked out.
"""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from sacbe_catalog.metadata import metadata
from sacbe_catalog.projection import (
    Branch,
    Constant,
    Member,
    Projection,
    names,
    quoted,
    written,
    written_list,
    written_member,
    written_object,
)

_WITH_CURSOR: Final = {"cursors", "edges", "page_info"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a page is cut from: nodes of a kind with the key of their order, as a table named `results`."""

    kind: str
    results: sa.CTE
    is_descending: bool
    is_continued: bool


def statement(found: Found, wanted: Projection, chain: sa.CTE, facets: sa.ColumnElement[Any] | None) -> sa.Select[str]:
    """Give the statement that writes what is wanted of a page.

    Parameters: first, fingerprint where cursors are wanted, key and id where continued.
    """
    shown = sa.literal_column(written_object((member.key, _member(member, found)) for member in wanted), sa.Text)
    page = _page(found, with_cursor=bool(_WITH_CURSOR & names(wanted)))
    chosen = sa.select(shown).add_cte(chain, found.results, page)
    return chosen if facets is None else chosen.add_cte(sa.select(facets.label("found")).cte("facets"))


def view_of(kind: str, wanted: Projection, record: str) -> str:
    """Give what stands after FROM for the wanted columns of a record's view, in the first language there is."""
    table = metadata.tables[f"catalog.{kind}_view"]
    columns = ", ".join(sorted(names(wanted)))
    place = f"one.{kind}_id = {record}.id AND one.language = ANY (chain.tags)"
    order = "array_position(chain.tags, one.language)"
    one = f"SELECT {columns} FROM {table.fullname} AS one WHERE {place} ORDER BY {order} LIMIT 1"  # noqa: S608 - own names
    return f"chain, LATERAL ({one}) AS view"


def view_column(name: str) -> str:
    """Say where a field's value stands in such a view."""
    return f"view.{name}"


def _page(found: Found, *, with_cursor: bool) -> sa.CTE:
    """Cut one more than is shown, so that it is known whether more follow."""
    source = found.results
    order = (source.c.key.desc(), source.c.id) if found.is_descending else (source.c.key, source.c.id)
    first = sa.bindparam("first", type_=sa.Integer)
    number = sa.func.row_number().over(order_by=order)
    page = sa.select(source.c.id, number.label("n"), (number <= first).label("is_shown"))
    if with_cursor:
        page = page.add_columns(_cursor(source).label("cursor"))
    if found.is_continued:
        page = page.where(_beyond(source, is_descending=found.is_descending))
    return page.order_by(*order).limit(first + 1).cte("page")


def _beyond(source: sa.CTE, *, is_descending: bool) -> sa.ColumnElement[bool]:
    last = sa.bindparam("id", type_=sa.BigInteger)
    if is_descending:
        score = sa.bindparam("key", type_=sa.Integer)
        return sa.or_(source.c.key < score, sa.and_(source.c.key == score, source.c.id > last))
    return sa.tuple_(source.c.key, source.c.id) > sa.tuple_(sa.bindparam("key", type_=sa.Text), last)


def _cursor(source: sa.CTE) -> sa.ColumnElement[str]:
    """Print a place as `paging.cursor` does: as JSON, in Base64 for addresses, without padding."""
    fingerprint = sa.bindparam("fingerprint", type_=sa.Text)
    place = sa.func.concat('["', fingerprint, '",', sa.func.to_json(source.c.key), ",", source.c.id, "]")
    encoded = sa.func.encode(sa.func.convert_to(place, "UTF8"), "base64")
    return sa.func.translate(encoded, "+/=\n", "-_")


# What is wanted of a page -------------------------------------------------------------------


def _member(member: Member, found: Found) -> str:
    """Write one member of a page's object."""
    if isinstance(member, Constant):
        return quoted(member.json)
    match member.name:
        case "total_count":
            return "(SELECT count(*) FROM results)"
        case "has_next_page":
            return "CASE WHEN EXISTS (SELECT FROM page WHERE NOT is_shown) THEN 'true' ELSE 'false' END"
        case "has_previous_page":
            return "'true'" if found.is_continued else "'false'"
        case "start_cursor":
            return _end_cursor("ASC")
        case "end_cursor":
            return _end_cursor("DESC")
        case "cursors":
            return written_list("to_json(page.cursor)::text", "page WHERE page.is_shown", "page.n")
        case "facets":
            return written_member(member, lambda _: "(SELECT found FROM facets)")
    assert isinstance(member, Branch)
    if member.name == "page_info":
        return written_object((below.key, _member(below, found)) for below in member.below)
    return _records(member, found)


def _end_cursor(order: str) -> str:
    chosen = f"SELECT to_json(cursor)::text FROM page WHERE is_shown ORDER BY n {order} LIMIT 1"  # noqa: S608 - own words
    return f"coalesce(({chosen}), 'null')"


def _records(member: Branch, found: Found) -> str:
    """Write the page's records, each as a node or as an edge around one."""
    if member.name == "nodes":
        return _listed(written(member.below, view_column), found, member.below)
    nodes = [below for below in member.below if isinstance(below, Branch)]
    edge = written_object((below.key, _edge_member(below)) for below in member.below)
    return _listed(edge, found, tuple(of for node in nodes for of in node.below))


def _edge_member(member: Member) -> str:
    if isinstance(member, Branch):
        return written(member.below, view_column)
    return written_member(member, lambda name: f"to_json(page.{name})")


def _listed(value: str, found: Found, wanted: Projection) -> str:
    view = view_of(found.kind, wanted, "page") if names(wanted) else ""
    return written_list(value, f"page{', ' * bool(view)}{view} WHERE page.is_shown", "page.n")
