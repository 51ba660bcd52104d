"""What changed in the catalogue, told to every process of the node when it is committed (NOTIFY).

Only what readers may see is named: a service that is not published yet is nobody's news. A put of many
services is told as one change without names, since a whole country's would fill the database's queue.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_catalog import tables
from sacbe_catalog.bulk import among

CHANNEL: Final = "sacbe_catalogue"
"""Where changes are told."""

NAMED_MAX: Final = 200
"""A put of more services is told without their names."""

TELLING_BYTES_MAX: Final = 7_500
"""Of one telling; PostgreSQL takes 8000."""


class Kind(Enum):
    """What became of a public service, as readers see it."""

    ADDED = "added"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    MANY = "many"
    """So much changed that it is not named."""


class ServiceChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change. That of many has neither identifier nor institutions."""

    kind: Kind
    identifier: str = ""
    institutions: tuple[str, ...] = ()
    """Identifiers of who answers for it, and of who did until now."""


MANY: Final = ServiceChange(kind=Kind.MANY)

Shown = Mapping[str, frozenset[str]]
"""Public services by identifier, with the institutions that answer for them."""

_decoder = msgspec.json.Decoder(tuple[ServiceChange, ...])


async def shown(connection: AsyncConnection, ids: Collection[int]) -> Shown:
    """Give those of these nodes that are services which readers see; nothing of too many."""
    if not ids or len(ids) > NAMED_MAX:
        return {}
    institution = tables.node.alias()
    link, service = tables.service_institution.c, tables.service.c
    statement = (
        sa.select(tables.node.c.identifier, sa.func.array_agg(institution.c.identifier).label("held"))
        .join_from(tables.service, tables.node, tables.node.c.id == service.id)
        .outerjoin(tables.service_institution, link.source_id == service.id)
        .outerjoin(institution, institution.c.id == link.target_id)
        .where(service.is_public, service.id.in_(among(list(ids))))
        .group_by(tables.node.c.identifier)
    )
    rows = await connection.execute(statement)
    return {row.identifier: frozenset(filter(None, row.held)) for row in rows}


def between(before: Shown, after: Shown) -> tuple[ServiceChange, ...]:
    """Say what readers see change."""
    return tuple(
        ServiceChange(
            kind=_kind(identifier in before, identifier in after),
            identifier=identifier,
            institutions=tuple(sorted(before.get(identifier, frozenset()) | after.get(identifier, frozenset()))),
        )
        for identifier in sorted({*before, *after})
    )


def _kind(was_shown: bool, is_shown: bool) -> Kind:
    if was_shown:
        return Kind.CHANGED if is_shown else Kind.WITHDRAWN
    return Kind.ADDED


async def tell(connection: AsyncConnection, changes: Sequence[ServiceChange]) -> None:
    """Tell every process of the node when this commits; without any change, that something around them did."""
    for telling in _tellings(changes):
        await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, telling.decode())))


def _tellings(changes: Sequence[ServiceChange]) -> Iterator[bytes]:
    """Give the changes in as many tellings as they need; one that fits into none is told as many are."""
    written = msgspec.json.encode(tuple(changes))
    if len(written) <= TELLING_BYTES_MAX:
        yield written
    elif len(changes) == 1:
        yield msgspec.json.encode((MANY,))
    else:
        half = len(changes) // 2
        yield from _tellings(changes[:half])
        yield from _tellings(changes[half:])


def read(telling: str) -> tuple[ServiceChange, ...]:
    """Read a telling; one that cannot be read, as of another release, is told as many changes are."""
    try:
        return _decoder.decode(telling)
    except msgspec.MsgspecError:
        return (MANY,)
