"""Records as everybody may have them: pages of services with all that they touch, and all records of a kind in turn.

What is not shown to readers is not published, nor is it pointed to.
"""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog import history, loading, tables
from sacbe_catalog.bulk import among
from sacbe_catalog.history import record_version
from sacbe_catalog.mapping import BY_KIND
from sacbe_catalog.records import Catalogue, PublicService

RECORDS_AT_ONCE: Final = 500
"""Records that are read together where all of a kind are."""

_BETWEEN: Final = (tables.service_requires, tables.service_related)


@dataclass(frozen=True, slots=True)
class PublicPage:
    """Some services with all that they touch; services that they name are there by name only, and not in `own`."""

    catalogue: Catalogue
    own: tuple[str, ...]
    items: int
    """Services on all pages."""


async def newest_change(engine: AsyncEngine) -> int:
    """Give the number of the last change of any record; 0 before the first."""
    async with engine.connect() as connection:
        return int(await connection.scalar(sa.select(sa.func.max(record_version.c.number))) or 0)


async def page(engine: AsyncEngine, *, number: int, size: int, since: datetime | None = None) -> PublicPage:
    """Give a page of the public services, counted from one, in the order of their first storing.

    With `since`, of those only that changed at that time or later.
    """
    async with engine.connect() as connection:
        chosen = _public(since)
        items = await connection.scalar(sa.select(sa.func.count()).select_from(chosen.subquery()))
        ordered = chosen.order_by(tables.service.c.id).limit(size).offset((number - 1) * size)
        ids = list((await connection.execute(ordered)).scalars())
        found = await loading.load(connection, roots=ids, with_implied=False)
        named = await _named(connection, ids)
        hidden = await _names(connection, named, is_public=False)
        around = await loading.load(connection, roots=await _public_among(connection, named), with_implied=False)
        itself = await _itself(connection)
    own = {one.identifier for one in found.services}
    whole = [_pointing_to_none_of(one, hidden) for one in found.services]
    by_name = [_by_name(one) for one in around.services if one.identifier not in own]
    together = _with(itself, found, around, (*whole, *by_name))
    return PublicPage(together, tuple(one.identifier for one in whole), int(items or 0))


async def itself(engine: AsyncEngine) -> Catalogue:
    """Give what the catalogue says of itself, with the institution that publishes it."""
    async with engine.connect() as connection:
        return await _itself(connection)


async def _itself(connection: AsyncConnection) -> Catalogue:
    own = list((await connection.execute(sa.select(tables.catalogue.c.id))).scalars())
    return await loading.load(connection, roots=own, with_implied=False)


async def all_of(engine: AsyncEngine, kind: str) -> AsyncIterator[Any]:
    """Give every record of a kind that readers see, by identifier; no more than some are in memory."""
    after = ""
    while True:
        async with engine.connect() as connection:
            rows = (await connection.execute(_newest(kind, after))).all()
        for row in rows:
            if row.is_public:
                yield msgspec.json.decode(row.content, type=BY_KIND[kind].record)
        if len(rows) < RECORDS_AT_ONCE:
            return
        after = rows[-1].identifier


def _newest(kind: str, after: str) -> sa.Select[Any]:
    at = record_version.c
    content = sa.cast(at.content, sa.Text).label("content")
    chosen = sa.select(at.identifier, content, at.is_public).where(at.kind == kind, at.identifier > after)
    newest = chosen.ext(history.newest_of_each()).order_by(at.identifier, at.kind, at.number.desc())
    return newest.limit(RECORDS_AT_ONCE)


def _public(since: datetime | None) -> sa.Select[int]:
    chosen = sa.select(tables.service.c.id).where(tables.service.c.is_public)
    if since is None:
        return chosen
    at = record_version.c
    changed = sa.select(at.identifier).where(at.kind == "service", at.made_at >= since)
    return chosen.join(tables.node, tables.node.c.id == tables.service.c.id).where(
        tables.node.c.identifier.in_(changed)
    )


async def _named(connection: AsyncConnection, ids: Collection[int]) -> list[int]:
    """Give the nodes of the services that some services point to."""
    pointed = (sa.select(link.c.target_id).where(link.c.source_id.in_(among(list(ids)))) for link in _BETWEEN)
    return list((await connection.execute(sa.union(*pointed))).scalars())


async def _public_among(connection: AsyncConnection, ids: Collection[int]) -> list[int]:
    chosen = sa.select(tables.service.c.id).where(tables.service.c.is_public, tables.service.c.id.in_(among(list(ids))))
    return list((await connection.execute(chosen)).scalars())


async def _names(connection: AsyncConnection, ids: Collection[int], *, is_public: bool) -> frozenset[str]:
    """Give all names of some services: identifiers and IRIs."""
    shown = sa.select(tables.service.c.id).where(tables.service.c.is_public.is_(is_public))
    chosen = sa.select(tables.node.c.identifier, tables.node.c.iri).where(
        tables.node.c.id.in_(among(list(ids))), tables.node.c.id.in_(shown)
    )
    return frozenset(name for row in await connection.execute(chosen) for name in row)


def _pointing_to_none_of(service: PublicService, hidden: frozenset[str]) -> PublicService:
    if not hidden:
        return service
    return msgspec.structs.replace(
        service,
        requires=tuple(one for one in service.requires if one not in hidden),
        related=tuple(one for one in service.related if one not in hidden),
    )


def _by_name(service: PublicService) -> PublicService:
    """Give what the profile wants of a service that others point to."""
    return PublicService(
        identifier=service.identifier,
        title=service.title,
        description=service.description,
        institutions=service.institutions,
        status=service.status,
        iri=service.iri,
    )


def _with(itself: Catalogue, found: Catalogue, around: Catalogue, services: tuple[PublicService, ...]) -> Catalogue:
    """Give the catalogue itself with all their records, each once."""
    fields = {
        field: tuple({_key(one): one for some in (itself, found, around) for one in getattr(some, field)}.values())
        for field in ("institutions", "events", "legal_resources", "concepts", "areas", "languages")
    }
    return msgspec.structs.replace(itself, services=services, **fields)


def _key(record: Any) -> tuple[str, str]:
    return getattr(record, "scheme", ""), record.identifier
