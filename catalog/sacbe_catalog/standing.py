"""Where registered data services stand: their state, and how the newest draft relates to what is in force.

For those who keep them; what a reader sees of what is published is in `data_services`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import paging
from sacbe_catalog.data_service_tables import data_service, description
from sacbe_catalog.data_services import State
from sacbe_catalog.paging import Place
from sacbe_catalog.views import Page
from sacbe_terms.errors import DataServiceUnknown
from sacbe_terms.identifiers import DataServiceId

LIST = "standing"
"""What the cursors of `of_providers` are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One registered data service: a draft waits where the newest version is not the one published."""

    identifier: DataServiceId
    state: State
    newest_version: int
    published_version: int | None
    """In force, or the last that was."""
    endpoint: str
    """Where the newest version is called."""


async def of(engine: AsyncEngine, identifier: DataServiceId) -> Standing:
    """Say where a data service stands; raises DataServiceUnknown."""
    async with engine.connect() as connection:
        row = (await connection.execute(_NEWEST.where(data_service.c.identifier == str(identifier)))).first()
    if row is None:
        raise DataServiceUnknown(
            what=f"No data service {identifier} is registered.",
            where=str(identifier),
            hint="Register it with `sacbe adapter register`, or with the mutation `registerDataService`.",
        )
    return _read(row)


async def of_members(engine: AsyncEngine, members: Collection[str], first: int, after: str | None) -> Page[Standing]:
    """List what these members, or all of these instances, have registered; raises CursorNotValid, LimitExceeded."""
    paging.check_first(first)
    place = paging.place(after, LIST, str)
    theirs = sa.or_(*(data_service.c.identifier.startswith(f"{member}/", autoescape=True) for member in members))
    statement = _NEWEST.where(theirs if members else sa.false())
    behind = [] if place is None else [data_service.c.identifier > place.key]
    page = statement.where(*behind).order_by(data_service.c.identifier).limit(first + 1)
    async with engine.connect() as connection:
        total = await connection.scalar(sa.select(sa.func.count()).select_from(statement.subquery()))
        rows = (await connection.execute(page)).all()
    return Page(
        nodes=tuple(_read(row) for row in rows[:first]),
        cursors=tuple(paging.cursor(Place(LIST, row.identifier, 1)) for row in rows[:first]),
        total_count=total or 0,
        has_next_page=len(rows) > first,
        has_previous_page=after is not None,
    )


_earlier = description.alias("earlier")
_LATEST = (
    sa.select(sa.func.max(_earlier.c.version))
    .where(_earlier.c.data_service == data_service.c.identifier)
    .correlate(data_service)
    .scalar_subquery()
)
_NEWEST = (
    sa.select(
        data_service.c.identifier,
        data_service.c.state,
        data_service.c.published_version,
        description.c.version,
        description.c.endpoint_address,
    )
    .select_from(data_service)
    .join(description, description.c.data_service == data_service.c.identifier)
    .where(description.c.version == _LATEST)
)


def _read(row: Any) -> Standing:
    return Standing(
        identifier=DataServiceId.parse(row.identifier),
        state=State(row.state),
        newest_version=row.version,
        published_version=row.published_version,
        endpoint=row.endpoint_address,
    )
