"""Pages of lists that the bus keeps, with the catalogue's cursors."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import paging
from sacbe_catalog.paging import Place
from sacbe_catalog.views import Page

T = TypeVar("T")


class Wanted(NamedTuple):
    """Which part of a list is asked for."""

    first: int = 20
    after: str | None = None


async def by_number(
    engine: AsyncEngine, statement: sa.Select[Any], number: sa.Column[int], wanted: Wanted, read: Callable[[Any], T]
) -> Page[T]:
    """Give a page of rows that have a number, the greatest first; raises CursorNotValid and LimitExceeded."""
    paging.check_first(wanted.first)
    fingerprint = paging.fingerprint(str(number))
    after = paging.place(wanted.after, fingerprint, str)
    behind = [] if after is None else [number < after.id]
    page = statement.where(*behind).order_by(number.desc()).limit(wanted.first + 1)
    async with engine.connect() as connection:
        total = await connection.scalar(sa.select(sa.func.count()).select_from(statement.subquery()))
        rows = (await connection.execute(page)).all()
    cursors = [paging.cursor(Place(fingerprint, "", row._mapping[number])) for row in rows]
    return _page([read(row) for row in rows], cursors, total or 0, wanted)


async def by_name(engine: AsyncEngine, statement: sa.Select[Any], name: sa.Column[str], wanted: Wanted) -> Page[str]:
    """Give a page of names, of which the statement has each once; raises CursorNotValid and LimitExceeded."""
    paging.check_first(wanted.first)
    fingerprint = paging.fingerprint(str(name))
    after = paging.place(wanted.after, fingerprint, str)
    behind = [] if after is None else [name > after.key]
    page = statement.where(*behind).order_by(name).limit(wanted.first + 1)
    async with engine.connect() as connection:
        total = await connection.scalar(sa.select(sa.func.count()).select_from(statement.subquery()))
        names = (await connection.scalars(page)).all()
    return _page(names, [paging.cursor(Place(fingerprint, each, 1)) for each in names], total or 0, wanted)


def of(page: Page[Any], nodes: Sequence[T]) -> Page[T]:
    """Give the same page of other nodes, one for each."""
    return Page(
        nodes=tuple(nodes),
        cursors=page.cursors,
        total_count=page.total_count,
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
    )


def _page(nodes: Any, cursors: Any, total: int, wanted: Wanted) -> Page[Any]:
    return Page(
        nodes=tuple(nodes[: wanted.first]),
        cursors=tuple(cursors[: wanted.first]),
        total_count=total,
        has_next_page=len(nodes) > wanted.first,
        has_previous_page=wanted.after is not None,
    )
