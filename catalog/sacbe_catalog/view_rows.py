"""Keeps the rendered views: what readers get, one row per record and language, one column per field.

A record is rendered in every language in which anything that it shows is written, and in Spanish;
a reader of another language is given the first of her chain that is there, which reads the same.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import folding, listing_rows, loading, schemes, search_rows, tables
from sacbe_catalog.bulk import Row, add, among
from sacbe_catalog.overlap import Told, overlapped
from sacbe_catalog.records import Catalogue, Event, Institution, PublicService, Texts
from sacbe_catalog.render import Renderer, World, languages_of
from sacbe_catalog.searchable import Searchable, searchable
from sacbe_catalog.texts import LAST_RESORT, Chain

SERVICES_AT_ONCE: Final = 500
"""Services rendered together; bounds what a put holds in memory."""


class _Rendered(NamedTuple):
    """Some services, ready to be kept: their ids, their views, and what search looks at."""

    ids: list[int]
    views: list[Row]
    found: list[tuple[int, Searchable]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """Renders stored records and keeps the results; holds what all renderings of one put share."""

    connection: AsyncConnection
    base_iri: str
    chains: Mapping[str, Chain]
    institution_counts: Mapping[str, int]
    event_counts: Mapping[str, int]

    @classmethod
    async def begin(cls, connection: AsyncConnection, base_iri: str) -> "Rendering":
        """Read the chains of languages and the counts of services as they now stand."""
        found = await connection.execute(sa.select(tables.language.c.tag, tables.language.c.chain))
        return cls(
            connection=connection,
            base_iri=base_iri,
            chains={tag: tuple(chain) for tag, chain in found},
            institution_counts=await _counts(connection, tables.institution),
            event_counts=await _counts(connection, tables.event),
        )

    async def services(self, ids: Sequence[int]) -> None:
        """Render stored services by their nodes' ids, and bring those that are published into search."""
        catalogue = await loading.load(self.connection, roots=ids, with_implied=True)
        named = await self._names(ids)
        services = [(named[service.identifier], service) for service in catalogue.services]
        await search_rows.drop(self.connection, ids)
        await self._keep_services(self._rendered(self._world(catalogue), services))
        await search_rows.count(self.connection, ids)

    async def given_services(self, given: Mapping[int, PublicService], around: Collection[int], told: Told) -> None:
        """Render services as they were given, by their nodes' ids; `around` are the nodes that they point to."""
        if given:
            world = self._world(await loading.load(self.connection, roots=list(around), with_implied=True))
            await search_rows.drop(self.connection, list(given))
            await overlapped(
                list(given.items()),
                size=SERVICES_AT_ONCE,
                make=lambda some: self._rendered(world, some),
                keep=self._keep_services,
                told=told,
            )
            await search_rows.count(self.connection, list(given))

    def _rendered(self, world: World, services: Iterable[tuple[int, PublicService]]) -> "_Rendered":
        made = _Rendered([], [], [])
        for own, service in services:
            tags = sorted({*languages_of(service, world), LAST_RESORT})
            made.ids.append(own)
            made.views.extend({"service_id": own, **self._view(world, service, tag)} for tag in tags)
            made.found.extend((own, one) for one in _searchable(service, world, tags))
        return made

    async def _keep_services(self, made: "_Rendered") -> None:
        await self._keep(tables.service_view, made.ids, made.views)
        await listing_rows.keep(self.connection, made.ids)
        await search_rows.add(self.connection, made.found)

    async def institutions(self, ids: Sequence[int]) -> None:
        """Render those of these nodes that are institutions."""
        named = await self._names(ids, kind="institution")
        if named:
            catalogue = await loading.load(self.connection, roots=list(named.values()), with_implied=True)
            world = self._world(catalogue)
            chosen = [one for one in catalogue.institutions if one.identifier in named]
            rows = [
                {"institution_id": named[one.identifier], **self._view(world, one, tag), **_institution_keys(one, tag)}
                for one in chosen
                for tag in _tags(one.title, one.description, *_kind_labels(one, world))
            ]
            await self._keep(tables.institution_view, list(named.values()), rows)

    async def events(self, ids: Sequence[int]) -> None:
        """Render those of these nodes that are events."""
        named = await self._names(ids, kind="event")
        if named:
            catalogue = await loading.load(self.connection, roots=list(named.values()), with_implied=True)
            world = self._world(catalogue)
            rows = [
                {"event_id": named[event.identifier], **self._view(world, event, tag)}
                for event in catalogue.events
                for tag in _tags(event.title, event.description)
            ]
            await self._keep(tables.event_view, list(named.values()), rows)

    def _world(self, catalogue: Catalogue) -> World:
        return World.of(
            catalogue,
            self.base_iri,
            institution_counts=self.institution_counts,
            event_counts=self.event_counts,
        )

    def _view(self, world: World, record: PublicService | Institution | Event, tag: str) -> Row:
        view = Renderer(world, self.chains[tag]).view(record)
        fields = {name: _json(getattr(view, name)) for name in view.__struct_fields__}
        return {"language": tag, **fields}

    async def _names(self, ids: Sequence[int], kind: str = "service") -> dict[str, int]:
        at = tables.node.c
        found = sa.select(at.identifier, at.id).where(at.id.in_(among(ids)), at.kind == kind)
        return dict((await self.connection.execute(found)).all())

    async def _keep(self, table: sa.Table, ids: Sequence[int], rows: Sequence[Row]) -> None:
        owner, *_ = table.primary_key.columns
        await self.connection.execute(sa.delete(table).where(owner.in_(among(ids))))
        await add(self.connection, table, rows)


async def _counts(connection: AsyncConnection, table: sa.Table) -> dict[str, int]:
    counted = sa.select(tables.node.c.identifier, table.c.service_count).join_from(tables.node, table)
    return dict((await connection.execute(counted)).all())


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _searchable(service: PublicService, world: World, tags: Iterable[str]) -> Iterator[Searchable]:
    """Give what search looks at: nothing of a hidden service, and no language without a word of it."""
    if not schemes.is_shown(service.status):
        return
    for tag in tags:
        found = searchable(service, world, tag)
        if found.a or found.b:
            yield found


def _institution_keys(institution: Institution, tag: str) -> Row:
    title = institution.title.get(tag) or next(iter(institution.title.values()))
    return {
        "sort_key": folding.sort_key(title),
        "folded": folding.fold(f"{institution.acronym} {title} {' '.join(institution.title.values())}"),
    }


def _kind_labels(institution: Institution, world: World) -> Iterator[Texts]:
    if institution.kind:
        yield world.concept(schemes.INSTITUTION_KIND, institution.kind).labels


def _tags(*texts: Texts) -> list[str]:
    return sorted({LAST_RESORT, *(tag for one in texts for tag in one)})
