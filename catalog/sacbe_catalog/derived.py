"""Keeps what readers and search use in step with the records, in the transaction that changes them.

A service's views show its institutions, events, norms and places too, so a change of one of those
renders anew every service that shows it. Counts of services count the published ones.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import loading, tables
from sacbe_catalog.bulk import among
from sacbe_catalog.overlap import Told
from sacbe_catalog.records import PublicService
from sacbe_catalog.texts import chains
from sacbe_catalog.view_rows import SERVICES_AT_ONCE, Rendering

_COUNTED: Final = (
    (tables.institution, tables.service_institution),
    (tables.event, tables.service_event),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a change will touch, as it stands before it: services that show it, and parts it holds."""

    services: frozenset[int]
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Services as they were given, by their nodes' ids, and all that they point to."""

    services: Mapping[int, PublicService]
    around: Collection[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a change wrote: every node, which of them are services, and these as they were given, piece by piece."""

    ids: Sequence[int]
    services: Collection[int]
    given: Iterable[Given]


async def before(connection: AsyncConnection, ids: Sequence[int]) -> Before:
    """Look at the records that a put will replace, before it does."""
    if not ids:
        return Before(services=frozenset(), parts=())
    return Before(services=await _shown_in(connection, ids), parts=await _parts_below(connection, ids))


async def after(connection: AsyncConnection, was: Before, written: Written, base_iri: str, told: Told) -> None:
    """Derive anew all that a put touched."""
    counted = await _count_services(connection)
    if await _order_languages(connection):
        await derive_everything(connection, base_iri)
        return
    touched = [*written.ids, *counted]
    services = (was.services | await _shown_in(connection, touched)).difference(written.services)
    rendering = await Rendering.begin(connection, base_iri)
    for one in written.given:
        await rendering.given_services(one.services, one.around, told)
    await _derive(
        rendering, await _of_kind(connection, "service", services), await _owners_to_render(connection, touched)
    )


async def derive_everything(connection: AsyncConnection, base_iri: str) -> int:
    """Derive every view and search row from the records; gives the number of services."""
    services = await _of_kind(connection, "service", None)
    owners = [*await _of_kind(connection, "institution", None), *await _of_kind(connection, "event", None)]
    await _derive(await Rendering.begin(connection, base_iri), services, owners)
    return len(services)


# What is touched --------------------------------------------------------------------------


async def _shown_in(connection: AsyncConnection, ids: Sequence[int]) -> frozenset[int]:
    """Give the services whose views show any of these nodes, themselves included."""
    shows = loading.shown_edges().subquery()
    start = among(ids).cte("shown", recursive=True)
    holders = start.union(sa.select(shows.c.source_id).join(start, start.c.id == shows.c.target_id))
    found = await connection.execute(sa.select(tables.service.c.id).join(holders, holders.c.id == tables.service.c.id))
    return frozenset(found.scalars())


async def _parts_below(connection: AsyncConnection, ids: Sequence[int]) -> tuple[int, ...]:
    holds = loading.part_edges().subquery()
    start = among(ids).cte("held", recursive=True)
    held = start.union(sa.select(holds.c.target_id).join(start, start.c.id == holds.c.source_id))
    is_part = tables.node.c.kind.in_(sorted(link.target for link in loading.LINKS if link.is_part))
    found = sa.select(held.c.id).join(tables.node, tables.node.c.id == held.c.id).where(is_part)
    return tuple((await connection.execute(found)).scalars())


async def _of_kind(connection: AsyncConnection, kind: str, ids: Iterable[int] | None) -> list[int]:
    chosen = sa.select(tables.node.c.id).where(tables.node.c.kind == kind).order_by(tables.node.c.id)
    if ids is not None:
        chosen = chosen.where(tables.node.c.id.in_(among(list(ids))))
    return list((await connection.execute(chosen)).scalars())


async def _owners_to_render(connection: AsyncConnection, touched: Sequence[int]) -> list[int]:
    """Give the institutions and events that are touched themselves or through the kind they show."""
    of_kind = sa.select(tables.institution.c.id).where(tables.institution.c.kind_id.in_(among(touched)))
    held = sa.select(tables.institution_contact_point.c.source_id).where(
        tables.institution_contact_point.c.target_id.in_(among(touched))
    )
    found = [*touched, *(await connection.execute(sa.union(of_kind, held))).scalars()]
    return [*await _of_kind(connection, "institution", found), *await _of_kind(connection, "event", found)]


async def _count_services(connection: AsyncConnection) -> list[int]:
    """Bring the counts of services up to date; gives the institutions and events whose count changed."""
    changed: list[int] = []
    for owner, link in _COUNTED:
        services = sa.select(sa.func.count(sa.distinct(link.c.source_id))).where(
            link.c.target_id == owner.c.id,
            link.c.source_id == tables.service.c.id,
            tables.service.c.is_public,
        )
        now = services.correlate(owner).scalar_subquery()
        counts = sa.select(owner.c.id, now.label("services")).subquery()
        update = (
            sa.update(owner)
            .values(service_count=counts.c.services)
            .where(owner.c.id == counts.c.id, owner.c.service_count != counts.c.services)
            .returning(owner.c.id)
        )
        changed += (await connection.execute(update)).scalars()
    return changed


async def _order_languages(connection: AsyncConnection) -> bool:
    """Bring the chains of languages up to date; says whether any chain changed that was in use."""
    own, other = tables.language, tables.language.alias("other")
    stored = sa.select(own.c.tag, sa.func.coalesce(other.c.tag, ""), own.c.chain)
    rows = (await connection.execute(stored.outerjoin_from(own, other, own.c.fallback_id == other.c.id))).all()
    wanted = chains({tag: fallback for tag, fallback, _ in rows})
    stale = {tag: chain for tag, _, chain in rows if tuple(chain) != wanted[tag]}
    for tag in stale:
        await connection.execute(sa.update(own).where(own.c.tag == tag).values(chain=list(wanted[tag])))
    return any(stale.values())


# Deriving ---------------------------------------------------------------------------------


async def _derive(rendering: Rendering, services: Sequence[int], owners: Sequence[int]) -> None:
    """Render services, institutions and events anew from what is stored, by their nodes' ids."""
    for start in range(0, len(services), SERVICES_AT_ONCE):
        await rendering.services(services[start : start + SERVICES_AT_ONCE])
    await rendering.institutions(owners)
    await rendering.events(owners)
