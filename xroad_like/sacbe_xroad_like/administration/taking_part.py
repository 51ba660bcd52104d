"""Acts about who takes part: members, subsystems, and the keys and connections of clients."""

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import ClientKeyNotUsable, MemberUnknown
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like import clients, members, tokens
from sacbe_xroad_like.administration.desk import Desk, Done
from sacbe_xroad_like.administration.rules import Act
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.members import Subsystem


async def add_member(desk: Desk, identifier: MemberId, *, title: str) -> Done[MemberId]:
    """Register a member, or give it another title; raises IdentifierNotValid."""
    async with desk.performing(Act.ADD_MEMBER, identifier, identifier) as under_way:
        if dict(await members.all_members(desk.engine)).get(identifier) == title:
            return under_way.stands(identifier)
        await members.add(under_way.engine, identifier, title=title)
        return Done(identifier)


async def add_subsystem(
    desk: Desk, identifier: SubsystemId, *, title: str, alias: str | None = None
) -> Done[Subsystem]:
    """Register a subsystem, or change its title and alias; raises IdentifierNotValid, MemberUnknown, NameClash."""
    async with desk.performing(Act.ADD_SUBSYSTEM, identifier, identifier.member) as under_way:
        before = await _subsystem_if_any(desk.engine, identifier)
        if before is not None and before.title == title and alias in (None, before.alias):
            return under_way.stands(before)
        await members.add_subsystem(under_way.engine, identifier, title=title, alias=alias)
        return Done(await members.subsystem(under_way.engine, identifier))


async def add_key(desk: Desk, client: SubsystemId, content: bytes) -> Done[ClientKey]:
    """Register a client's key or certificate; raises ClientKeyNotUsable and MemberUnknown."""
    async with desk.performing(Act.ADD_CLIENT_KEY, client, client.member) as under_way:
        known = {key.id for key in await clients.keys(desk.engine, client)}
        key = await clients.add_key(under_way.engine, client, content)
        return under_way.stands(key) if key.id in known else Done(key)


async def remove_key(desk: Desk, number: int) -> Done[ClientKey]:
    """Forget a key, and its tokens with it; raises ClientKeyNotUsable."""
    key = next((key for key in await clients.keys(desk.engine) if key.id == number), None)
    if key is None:
        raise ClientKeyNotUsable(
            what=f"No client's key has the number {number}.", where=str(number), hint="`clientKeys` gives them."
        )
    async with desk.performing(Act.REMOVE_CLIENT_KEY, f"{key.client} {key.name}", key.client.member) as under_way:
        return Done(await clients.remove_key(under_way.engine, number))


async def set_connection(desk: Desk, client: SubsystemId, chosen: ConnectionType) -> Done[ConnectionType]:
    """Say how a client must connect; raises MemberUnknown."""
    async with desk.performing(Act.SET_CONNECTION, f"{client} {chosen}", client.member) as under_way:
        if (await clients.connections(desk.engine)).get(client) is chosen:
            return under_way.stands(chosen)
        await clients.choose_connection(under_way.engine, client, chosen)
        return Done(chosen)


async def revoke_tokens(desk: Desk, client: SubsystemId) -> Done[int]:
    """Take every token of a client back; gives how many there were."""
    async with desk.performing(Act.REVOKE_CLIENT_TOKENS, client, client.member) as under_way:
        count = await tokens.revoke_all(under_way.engine, client)
        return Done(count) if count else under_way.stands(count)


async def make_token(desk: Desk, client: SubsystemId, *, stated: tokens.Stated) -> str:
    """Make a development token of a client, as the operator may; raises MemberUnknown."""
    async with desk.performing(Act.MAKE_TOKEN, client, client.member) as under_way:
        return await tokens.make(under_way.engine, client, stated=stated)


async def _subsystem_if_any(engine: AsyncEngine, identifier: SubsystemId) -> Subsystem | None:
    try:
        return await members.subsystem(engine, identifier)
    except MemberUnknown:
        return None
