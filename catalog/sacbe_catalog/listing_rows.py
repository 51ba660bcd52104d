"""Keeps the lists of services: those of each institution and event, in the order in which readers page through them."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import tables
from sacbe_catalog.bulk import among

_LINKS: Final = (tables.service_institution, tables.service_event)


async def keep(connection: AsyncConnection, services: Sequence[int]) -> None:
    """Bring services into the lists where they are published, and out of them where they are not."""
    listed, service = tables.listed_service, tables.service.c
    await connection.execute(sa.delete(listed).where(listed.c.service_id.in_(among(services))))
    of_owners = sa.union(
        *(
            sa.select(link.c.target_id, service.sort_key, service.id)
            .join(tables.service, service.id == link.c.source_id)
            .where(service.id.in_(among(services)), service.is_public)
            for link in _LINKS
        )
    )
    await connection.execute(sa.insert(listed).from_select([column.name for column in listed.c], of_owners))
