"""Groups of clients: a right that a group holds is every member's, as long as she is in it.

A change is in force at once in every process of the node, as one of a right is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_terms.errors import GroupUnknown, IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like import members
from sacbe_xroad_like.group import GroupId
from sacbe_xroad_like.tables import client_group, client_group_member

Members = Mapping[str, tuple[SubsystemId, ...]]
"""The clients in each group, by its printed form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group as it stands, its members sorted."""

    identifier: GroupId
    title: str
    members: tuple[SubsystemId, ...] = ()


async def keep(
    engine: AsyncEngine,
    identifier: GroupId,
    *,
    title: str | None = None,
    include: Collection[SubsystemId] = (),
    exclude: Collection[SubsystemId] = (),
) -> Group:
    """Make a group, or change its title and who is in it; gives it as it stands then.

    Raises MemberUnknown for a provider or a client that is not registered, and IdentifierNotValid for a
    client that is to be taken in and put out at once.
    """
    both = sorted(map(str, set(include) & set(exclude)))
    if both:
        raise IdentifierNotValid(both[0], kind="a client that is either included or excluded")
    for each in (*_provider(identifier), *include):
        await members.subsystem(engine, each)
    async with engine.begin() as connection:
        await _keep_title(connection, identifier, title)
        await _change_members(connection, str(identifier), include, exclude)
        await members.tell(connection, str(identifier))
    return await group(engine, identifier)


async def group(engine: AsyncEngine, identifier: GroupId) -> Group:
    """Give a group; raises GroupUnknown."""
    found = [each for each in await all_groups(engine) if each.identifier == identifier]
    if not found:
        raise unknown(identifier)
    return found[0]


async def all_groups(engine: AsyncEngine) -> tuple[Group, ...]:
    """Give every group, by identifier."""
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(client_group).order_by(client_group.c.identifier))).all()
        inside = await members_of(connection)
    return tuple(
        Group(identifier=GroupId.parse(row.identifier), title=row.title, members=inside.get(row.identifier, ()))
        for row in rows
    )


async def members_of(connection: AsyncConnection) -> Members:
    """Give who is in which group."""
    found: dict[str, list[SubsystemId]] = {}
    for row in (await connection.execute(_MEMBERS)).all():
        found.setdefault(row.client_group, []).append(SubsystemId.parse(row.client))
    return {name: tuple(clients) for name, clients in found.items()}


async def refuse_unfit(engine: AsyncEngine, identifier: GroupId, service: DataServiceId) -> None:
    """Raise GroupUnknown unless the group is there and a right to this data service may be given to it."""
    await group(engine, identifier)
    if not identifier.may_use(service):
        raise GroupUnknown(
            what=f"{identifier} is no group for {service}.",
            where=str(identifier),
            hint=f"Make a local group of {service.subsystem}, or ask the authority for a global one.",
        )


def unknown(identifier: GroupId) -> GroupUnknown:
    """Make the error for a group that is not there."""
    return GroupUnknown(
        what=f"There is no group {identifier}.",
        where=str(identifier),
        hint="`sacbe access group list` gives them; `sacbe access group set` makes one.",
    )


_MEMBERS = sa.select(client_group_member).order_by(client_group_member.c.client)


def _provider(identifier: GroupId) -> tuple[SubsystemId, ...]:
    return (identifier.owner,) if isinstance(identifier.owner, SubsystemId) else ()


async def _keep_title(connection: AsyncConnection, identifier: GroupId, title: str | None) -> None:
    provider = next((str(each) for each in _provider(identifier)), None)
    made = insert(client_group).values(
        identifier=str(identifier), provider=provider, title=identifier.code if title is None else title
    )
    changed = made.on_conflict_do_update(index_elements=["identifier"], set_={"title": title})
    await connection.execute(made.on_conflict_do_nothing() if title is None else changed)


async def _change_members(
    connection: AsyncConnection, name: str, include: Collection[SubsystemId], exclude: Collection[SubsystemId]
) -> None:
    if include:
        rows = [{"client_group": name, "client": str(client)} for client in include]
        await connection.execute(insert(client_group_member).values(rows).on_conflict_do_nothing())
    if exclude:
        gone = client_group_member.c.client.in_([str(client) for client in exclude])
        await connection.execute(sa.delete(client_group_member).where(client_group_member.c.client_group == name, gone))
