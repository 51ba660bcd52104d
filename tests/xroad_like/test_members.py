"""Members, subsystems and tokens."""

from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import IdentifierNotValid, MemberUnknown, NameClash, NotAuthenticated
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like import members, tokens
from sacbe_xroad_like.bus import Bus
from tests.xroad_like.town import CONSUMER, PROVIDER, STRANGER, add_members


async def test_members_are_added_and_renamed(engine: AsyncEngine) -> None:
    """Adding again changes the title and loses nothing; an alias that was set stays."""
    await add_members(engine)
    await members.add(engine, PROVIDER.member, title="RENAP")
    await members.add_subsystem(engine, PROVIDER, title="Registro")
    assert (PROVIDER.member, "RENAP") in await members.all_members(engine)
    found = await members.subsystem(engine, PROVIDER)
    assert (found.title, found.alias) == ("Registro", "renap")
    assert found in await members.all_subsystems(engine)


async def test_a_subsystem_needs_its_member(engine: AsyncEngine) -> None:
    """A subsystem of nobody is refused."""
    with pytest.raises(MemberUnknown, match="GT/GOV/2001"):
        await members.add_subsystem(engine, PROVIDER, title="x")
    with pytest.raises(MemberUnknown, match="ventanilla"):
        await members.subsystem(engine, CONSUMER)


async def test_a_member_itself_is_a_client(engine: AsyncEngine) -> None:
    """X-Road lets a member take part without a subsystem; it is no subsystem in a list."""
    await members.add(engine, MemberId("GT", "GOV", "2001"), title="RENAP")
    itself = SubsystemId(MemberId("GT", "GOV", "2001"), "")
    await members.add_subsystem(engine, itself, title="RENAP", alias="renapDirecto")
    assert (await members.subsystem(engine, itself)).alias == "renapDirecto"
    assert await members.all_subsystems(engine) == ()


async def test_odd_identifiers_are_not_registered(engine: AsyncEngine) -> None:
    """What X-Road does not allow in an identifier is refused when it is registered."""
    with pytest.raises(IdentifierNotValid):
        await members.add(engine, MemberId("GT", "GOV", ""), title="x")
    for code in ("a/b", "a b", "ñ", "a%b", "x" * 256):
        with pytest.raises(IdentifierNotValid):
            await members.add(engine, MemberId("GT", "GOV", code), title="x")
        with pytest.raises(IdentifierNotValid):
            await members.add_subsystem(engine, SubsystemId(MemberId("GT", "GOV", "1"), code), title="x")


@pytest.mark.parametrize("alias", ["", "Renap", "re-nap", "1a", "__a", "a" * 64])
def test_an_alias_is_a_field_name(alias: str) -> None:
    """What could be no field of the schema is no alias."""
    with pytest.raises(IdentifierNotValid):
        members.refuse_alias(alias)


async def test_an_alias_is_of_one_provider(engine: AsyncEngine) -> None:
    """Neither another's alias nor the schema's own field can be taken."""
    await add_members(engine)
    for alias in ("renap", "providers"):
        with pytest.raises(NameClash, match=alias):
            await members.add_subsystem(engine, CONSUMER, title="x", alias=alias)


async def test_a_token_stands_for_its_owner(engine: AsyncEngine, bus: Bus) -> None:
    """A token made now is understood at once, and after the registry has heard of it."""
    token = await tokens.make(engine, CONSUMER)
    assert await bus.who(token) == CONSUMER
    await bus._watch.refresh()
    assert tokens.digest(token) in bus.registry.tokens
    assert await bus.who(token) == CONSUMER


async def test_what_is_no_token_stands_for_nobody(engine: AsyncEngine, bus: Bus) -> None:
    """Anything else is refused; an expired token too, and it is swept away when the next one is made."""
    for text in ("", "x", "\ud800", "a" * 10_000, "\x00"):
        with pytest.raises(NotAuthenticated, match="not known"):
            await bus.who(text)
    over = await tokens.make(engine, STRANGER, life=timedelta(0))
    with pytest.raises(NotAuthenticated, match="no longer valid"):
        await bus.who(over)
    await tokens.make(engine, STRANGER)
    assert await tokens.look_up(engine, over) is None


async def test_no_token_is_stored(engine: AsyncEngine, owner: asyncpg.Connection) -> None:
    """The database holds a digest alone."""
    await add_members(engine)
    token = await tokens.make(engine, CONSUMER)
    stored = str(await owner.fetch("select * from bus.access_token"))
    assert token not in stored
    assert token.encode().hex() not in stored
