"""Links as the node keeps them: declared, read with the registry, removed. Who did so stands in the trail."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog import tables as catalogue_tables
from sacbe_catalog.data_services import DataServices
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import DataServiceUnknown, LinkNotValid, RecordNotFound, SacbeError
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_terms.links import Batch, Link, Supply
from sacbe_xroad_like import access, link_check, members
from sacbe_xroad_like.tables import link as links
from sacbe_xroad_like.tables import supply as supplies

EVIDENCE_CHARACTERS_MAX = 500
"""Of an evidence's identifier."""


async def add(engine: AsyncEngine, link: Link, *, by: str = "") -> Link:
    """Declare a link; raises LinkNotValid, and DataServiceUnknown unless both data services are published."""
    await refuse_unfit(engine, link)
    async with engine.begin() as connection:
        made = insert(links).values(_row(link, by)).on_conflict_do_nothing().returning(links.c.id)
        if (await connection.execute(made)).first() is None:
            raise _taken(link)
        await members.tell(connection, str(link.service))
    return link


async def refuse_unfit(engine: AsyncEngine, link: Link) -> None:
    """Raise what `add` raises for a link that does not fit what is in force; stores nothing."""
    here, there = await _in_force(engine, link.service), await _in_force(engine, link.target.service)
    link_check.refuse_unfit(link, here, there)


async def checked(engine: AsyncEngine, draft: DataServiceId | None = None) -> list[tuple[Link, SacbeError | None]]:
    """Give every link with what keeps it out of the schema, now or once the newest draft of a data service is live.

    Raises DataServiceUnknown if that is not registered.
    """
    drafted = {} if draft is None else {draft: (await DataServices(engine).newest(draft)).description}
    return [(link, await _misfit(engine, link, drafted)) for link in await all_links(engine)]


async def _misfit(engine: AsyncEngine, link: Link, drafted: Mapping[DataServiceId, Description]) -> SacbeError | None:
    try:
        here = drafted.get(link.service) or await _in_force(engine, link.service)
        there = drafted.get(link.target.service) or await _in_force(engine, link.target.service)
        link_check.refuse_unfit(link, here, there)
    except (LinkNotValid, DataServiceUnknown) as error:
        return error
    return None


async def remove(engine: AsyncEngine, service: DataServiceId, type_name: str, field: str) -> Link:
    """Take a link back; raises RecordNotFound."""
    this = sa.and_(links.c.data_service == str(service), links.c.type_name == type_name, links.c.field == field)
    async with engine.begin() as connection:
        row = (await connection.execute(sa.delete(links).where(this).returning(links))).first()
        if row is None:
            raise RecordNotFound("link", f"{service} {type_name}.{field}")
        await members.tell(connection, str(service))
    return from_row(row)


async def all_links(engine: AsyncEngine) -> tuple[Link, ...]:
    """Give every link, by data service, type and field."""
    async with engine.connect() as connection:
        return tuple(map(from_row, (await connection.execute(_LINKS)).all()))


async def by_service(connection: AsyncConnection) -> Mapping[str, tuple[Link, ...]]:
    """Give the links of each data service's types, by its printed identifier."""
    found: defaultdict[str, list[Link]] = defaultdict(list)
    for row in (await connection.execute(_LINKS)).all():
        found[row.data_service].append(from_row(row))
    return {service: tuple(each) for service, each in found.items()}


async def add_supply(engine: AsyncEngine, supply: Supply, *, by: str = "") -> Supply:
    """Say that an operation gives what an evidence shows.

    Raises RecordNotFound for an evidence that the catalogue has not, and DataServiceUnknown for an operation
    that is not published.
    """
    await _refuse_unknown_evidence(engine, supply.evidence)
    there = await _in_force(engine, supply.operation.service)
    if there.operation(supply.operation.operation_code) is None:
        raise access.operation_unknown(supply.operation, [each.code for each in there.operations])
    async with engine.begin() as connection:
        row = {"evidence": supply.evidence, "operation": str(supply.operation), "made_by": by}
        await connection.execute(insert(supplies).values(row).on_conflict_do_nothing())
        await members.tell(connection, supply.evidence)
    return supply


async def remove_supply(engine: AsyncEngine, supply: Supply) -> Supply:
    """Take that back; raises RecordNotFound."""
    this = sa.and_(supplies.c.evidence == supply.evidence, supplies.c.operation == str(supply.operation))
    async with engine.begin() as connection:
        if not (await connection.execute(sa.delete(supplies).where(this))).rowcount:
            raise RecordNotFound("supply", f"{supply.evidence} {supply.operation}")
        await members.tell(connection, supply.evidence)
    return supply


async def all_supplies(engine: AsyncEngine) -> tuple[Supply, ...]:
    """Give every operation that supplies an evidence."""
    async with engine.connect() as connection:
        return tuple(map(_supply, (await connection.execute(_SUPPLIES)).all()))


async def by_evidence(connection: AsyncConnection) -> Mapping[str, tuple[OperationId, ...]]:
    """Give the operations that supply each evidence."""
    found: defaultdict[str, list[OperationId]] = defaultdict(list)
    for each in map(_supply, (await connection.execute(_SUPPLIES)).all()):
        found[each.evidence].append(each.operation)
    return {evidence: tuple(operations) for evidence, operations in found.items()}


_LINKS = sa.select(links).order_by(links.c.data_service, links.c.type_name, links.c.field)
_SUPPLIES = sa.select(supplies).order_by(supplies.c.evidence, supplies.c.operation)


async def _in_force(engine: AsyncEngine, service: DataServiceId) -> Description:
    stored = await DataServices(engine).in_force(service)
    if stored is None:
        raise DataServiceUnknown(
            what=f"No data service {service} is published on this node.",
            where=str(service),
            hint="Publish it first: a link joins what is in force.",
        )
    return stored.description


def _taken(link: Link) -> LinkNotValid:
    hint = "`sacbe link list` shows it. Remove that one first, or choose another name."
    return LinkNotValid(link.name, reason="it is declared already", hint=hint)


async def _refuse_unknown_evidence(engine: AsyncEngine, identifier: str) -> None:
    node = catalogue_tables.node
    known = sa.and_(node.c.kind == "evidence", node.c.identifier == identifier[:EVIDENCE_CHARACTERS_MAX])
    statement = sa.select(sa.exists().where(known))
    async with engine.connect() as connection:
        if not (await connection.execute(statement)).scalar_one():
            raise RecordNotFound("evidence", identifier)


def _row(link: Link, by: str) -> dict[str, Any]:
    return {
        "data_service": str(link.service),
        "type_name": link.type_name,
        "field": link.field,
        "operation": str(link.target),
        "arguments": dict(link.arguments),
        "batch": None if link.batch is None else msgspec.to_builtins(link.batch),
        "made_by": by,
    }


def from_row(row: sa.Row[Any]) -> Link:
    """Read a row of the table."""
    return Link(
        service=DataServiceId.parse(row.data_service),
        type_name=row.type_name,
        field=row.field,
        target=OperationId.parse(row.operation),
        arguments=row.arguments,
        batch=None if row.batch is None else Batch(**row.batch),
    )


def _supply(row: sa.Row[Any]) -> Supply:
    return Supply(evidence=row.evidence, operation=OperationId.parse(row.operation))
