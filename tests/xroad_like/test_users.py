"""People of institutions: invited, come with a key, hold roles, and are out at once when revoked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_signing import public_keys
from sacbe_terms.errors import (
    ClientKeyNotUsable,
    EmailNotValid,
    InvitationNotValid,
    MemberUnknown,
    NotAuthenticated,
    RoleMissing,
    SacbeError,
    UserUnknown,
)
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like import members
from sacbe_xroad_like.administration import people, taking_part, user_tokens, users
from sacbe_xroad_like.administration.actor import NOBODY, OPERATOR, Actor, HeldRole, Role
from sacbe_xroad_like.administration.users import Invitation
from sacbe_xroad_like.bus import Bus
from tests.signing.signed import EC, OTHER
from tests.xroad_like.town import CONSUMER, PROVIDER, Office, add_members, altered, authority

HERS = EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
OTHERS = OTHER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
STEWARD = HeldRole(Role.STEWARD, PROVIDER.member)
AUDITOR = HeldRole(Role.AUDITOR, CONSUMER.member)
HER = "ixchel@renap.example"


@pytest.fixture(autouse=True)
async def town(engine: AsyncEngine) -> None:
    """The members."""
    await add_members(engine)


@pytest.fixture
def bus(engine: AsyncEngine, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Bus:
    """A bus that is not started: people need none that is."""
    folder = tmp_path_factory.mktemp("bus")
    return Bus(engine, {"office": office}, authority(folder), folder)


async def invited(engine: AsyncEngine, held: HeldRole = STEWARD, email: str = HER) -> Invitation:
    """Invite her."""
    return await users.invite(engine, email, held, by="operator")


async def test_an_invitation_makes_a_user(engine: AsyncEngine, owner: asyncpg.Connection) -> None:
    """Accepted with a key, it gives the role; the database never held its text."""
    written = await invited(engine, email=" IXCHEL@renap.example ")
    rows = await owner.fetch("select i::text from bus.invitation i")
    assert written.text not in str(rows)
    assert written.text.partition(":")[2] not in str(rows)
    user = await users.accept(engine, written.text, HERS)
    assert (user.email, user.roles) == (HER, (STEWARD,))
    assert user.key_names == (public_keys.thumbprint(EC.public_key()),)
    assert await users.waiting(engine) == ()


async def test_an_invitation_is_good_once(engine: AsyncEngine) -> None:
    """Of many who accept it at the same time, one does."""
    written = await invited(engine)
    said = await asyncio.gather(*(users.accept(engine, written.text, HERS) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(each, InvitationNotValid) for each in said) == 4
    with pytest.raises(InvitationNotValid):
        await users.accept(engine, written.text, HERS)


async def test_an_invitation_ends(engine: AsyncEngine, owner: asyncpg.Connection) -> None:
    """After its seven days it is as if it had never been."""
    written = await invited(engine)
    await owner.execute("update bus.invitation set expires_at = now() - interval '1 second'")
    with pytest.raises(InvitationNotValid):
        await users.accept(engine, written.text, HERS)


async def test_a_newer_invitation_replaces_the_older(engine: AsyncEngine) -> None:
    """Whoever lost hers is sent another, and the lost one is worth nothing."""
    lost, sent = await invited(engine), await invited(engine)
    with pytest.raises(InvitationNotValid):
        await users.accept(engine, lost.text, HERS)
    assert (await users.accept(engine, sent.text, HERS)).email == HER


async def test_an_invitation_is_bound_to_its_address(engine: AsyncEngine) -> None:
    """With another address before it, cut or changed, it is none; and it stays good for her."""
    written = await invited(engine)
    secret = written.text.partition(":")[2]
    for wrong in (
        f"mallory@renap.example:{secret}",
        secret,
        written.text[:-1],
        written.text + "x",
        "",
        "\x00",
        "é" * 9999,
    ):
        with pytest.raises(InvitationNotValid):
            await users.accept(engine, wrong, HERS)
    assert (await users.accept(engine, written.text, HERS)).email == HER


async def test_nobody_joins_a_user_by_an_invitation(engine: AsyncEngine) -> None:
    """Who has a key accepts with that one alone: an inviter cannot add his own and have her other roles."""
    await users.accept(engine, (await invited(engine)).text, HERS)
    again = await invited(engine, AUDITOR)
    with pytest.raises(InvitationNotValid, match="has a key already"):
        await users.accept(engine, again.text, OTHERS)
    assert (await users.found(engine, HER)).roles == (STEWARD,)
    assert (await users.accept(engine, again.text, HERS)).roles == (AUDITOR, STEWARD)


async def test_a_bad_key_leaves_the_invitation(engine: AsyncEngine) -> None:
    """Who sends a wrong file may try again."""
    written = await invited(engine)
    with pytest.raises(ClientKeyNotUsable):
        await users.accept(engine, written.text, b"no key")
    assert (await users.accept(engine, written.text, HERS)).email == HER


@pytest.mark.parametrize(
    "text", ["", "x", "a@b", "a b@c.example", "a@b..example", "<a@b.example>", "a@b.example\n", "a/b@c.example",
             "ñ@b.example", "a@b.example\x00", "x" * 65 + "@b.example", "a@" + "b." * 150 + "example"],
)  # fmt: skip
async def test_what_is_no_address(engine: AsyncEngine, text: str) -> None:
    """A text that is no plain e-mail address names nobody; ends of lines are no part of one."""
    if text.strip() == "a@b.example":
        assert users.email_of(text) == "a@b.example"
        return
    with pytest.raises(EmailNotValid):
        await users.invite(engine, text, STEWARD, by="test")


async def test_an_unknown_institution_has_no_people(engine: AsyncEngine) -> None:
    """Nobody is invited to a member that is not registered."""
    with pytest.raises(MemberUnknown):
        await users.invite(engine, HER, HeldRole(Role.STEWARD, MemberId("GT", "GOV", "9")), by="test")


async def test_a_revoked_user_is_out_at_once(engine: AsyncEngine, bus: Bus) -> None:
    """Her token ends with her roles, and her key with it; another's stay."""
    await users.accept(engine, (await invited(engine)).text, HERS)
    await users.give_role(engine, "otra@renap.example", STEWARD, by="test")
    tokens = [await user_tokens.make(engine, email) for email in (HER, "otra@renap.example")]
    assert (await bus.actor(tokens[0])).roles == (STEWARD,)
    assert await users.revoke(engine, HER) == (STEWARD,)
    with pytest.raises(NotAuthenticated):
        await bus.actor(tokens[0])
    assert (await bus.actor(tokens[1])).name == "otra@renap.example"
    assert await users.keys(engine, HER) == ()
    with pytest.raises(UserUnknown):
        await users.revoke(engine, HER)


async def test_one_institution_takes_its_own_role_back(engine: AsyncEngine, bus: Bus) -> None:
    """A role at another institution stays, and the token with it, worth that role alone."""
    for held in (STEWARD, AUDITOR):
        await users.give_role(engine, HER, held, by="test")
    token = await user_tokens.make(engine, HER)
    await users.revoke(engine, HER, STEWARD.institution)
    assert (await bus.actor(token)).roles == (AUDITOR,)


async def test_a_waiting_invitation_is_taken_back(engine: AsyncEngine) -> None:
    """Who was invited by mistake does not come."""
    written = await invited(engine)
    assert await users.revoke(engine, HER) == ()
    with pytest.raises(InvitationNotValid):
        await users.accept(engine, written.text, HERS)


def steward(*held: HeldRole) -> Actor:
    """Give somebody with these roles."""
    return Actor(name="jefa@renap.example", roles=held)


async def test_nobody_gives_or_takes_more_than_she_has(engine: AsyncEngine, bus: Bus) -> None:
    """A steward makes no authority, and revokes none; nor somebody's roles elsewhere."""
    desk = bus.desk(steward(STEWARD))
    with pytest.raises(RoleMissing, match="authority of GT"):
        await people.invite(desk, HER, Role.AUTHORITY, PROVIDER.member)
    await users.give_role(engine, HER, HeldRole(Role.AUTHORITY, PROVIDER.member), by="test")
    with pytest.raises(RoleMissing):
        await people.revoke(desk, HER)
    await users.give_role(engine, "otra@renap.example", AUDITOR, by="test")
    await users.give_role(engine, "otra@renap.example", STEWARD, by="test")
    with pytest.raises(RoleMissing):
        await people.revoke(desk, "otra@renap.example")
    assert len((await users.found(engine, "otra@renap.example")).roles) == 2
    assert (await people.revoke(desk, "otra@renap.example", PROVIDER.member)).value == (STEWARD,)


async def trail(owner: asyncpg.Connection) -> list[tuple[str, str, str, str, str]]:
    """Read the trail."""
    rows = await owner.fetch("select actor, act, subject, outcome, code from bus.administrative_act order by id")
    return [tuple(row) for row in rows]


async def test_the_trail_has_the_operator_and_the_user(
    engine: AsyncEngine, bus: Bus, owner: asyncpg.Connection
) -> None:
    """Commands are the operator's; who accepts is named; the invitation's secret is nowhere in it."""
    written = (await people.invite(bus.desk(OPERATOR), HER, Role.STEWARD, PROVIDER.member)).value
    with pytest.raises(InvitationNotValid):
        await people.accept(bus.desk(NOBODY), "x", HERS)
    await people.accept(bus.desk(NOBODY), written.text, HERS)
    subject = f"{HER} steward"
    assert await trail(owner) == [
        ("operator", "inviteUser", subject, "done", ""),
        (HER, "acceptInvitation", subject, "done", ""),
    ]


async def test_the_trail_is_only_added_to(engine: AsyncEngine, bus: Bus) -> None:
    """The node's own role can neither change nor delete what stands in it."""
    await taking_part.add_member(bus.desk(OPERATOR), MemberId("GT", "GOV", "9"), title="Nueve")
    for statement in ("update bus.administrative_act set actor = 'x'", "delete from bus.administrative_act"):
        with pytest.raises(Exception, match="permission denied"):
            async with engine.begin() as connection:
                await connection.exec_driver_sql(statement)


async def test_what_cannot_be_recorded_is_not_done(engine: AsyncEngine, bus: Bus, owner: asyncpg.Connection) -> None:
    """An act and its place in the trail are one: without the one there is not the other."""
    there, back = (
        "revoke insert on bus.administrative_act from sacbe_node",
        "grant insert on bus.administrative_act to sacbe_node",
    )
    before = await members.all_members(engine)
    async with altered(owner, there, back):
        with pytest.raises(Exception, match="permission denied"):
            await taking_part.add_member(bus.desk(OPERATOR), MemberId("GT", "GOV", "9"), title="Nueve")
    assert await members.all_members(engine) == before


async def test_what_fails_is_undone_and_written_down(engine: AsyncEngine, bus: Bus, owner: asyncpg.Connection) -> None:
    """A clash in the middle leaves nothing, and the trail says under which code it failed."""
    desk = bus.desk(OPERATOR)
    with pytest.raises(SacbeError):
        await taking_part.add_subsystem(desk, CONSUMER, title="Otra", alias="renap")
    assert (await members.subsystem(engine, CONSUMER)).title == "Ventanilla"
    assert await trail(owner) == [("operator", "addSubsystem", str(CONSUMER), "failed", "SACBE-411")]


@asynccontextmanager
async def her_lock_held(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """Hold what changes of her roles wait for, so that they meet in a certain order."""
    async with owner.transaction():
        await owner.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", HER)
        yield


async def waiting_for_lock(owner: asyncpg.Connection, count: int) -> None:
    """Wait until so many wait for it."""
    statement = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    for _ in range(1000):
        if await owner.fetchval(statement) == count:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{count} never waited")


async def test_accepting_while_revoked(engine: AsyncEngine, owner: asyncpg.Connection) -> None:
    """Who accepts while she is revoked is told that the invitation is gone; neither stops the other."""
    written = await invited(engine)
    async with her_lock_held(owner):
        revoking = asyncio.create_task(users.revoke(engine, HER))
        await waiting_for_lock(owner, 1)
        accepting = asyncio.create_task(users.accept(engine, written.text, HERS))
        await waiting_for_lock(owner, 2)
    said = await asyncio.gather(revoking, accepting, return_exceptions=True)
    assert [type(each) for each in said] == [tuple, InvitationNotValid]
    assert await users.keys(engine, HER) == ()


async def test_of_invitations_at_once_one_is_good(engine: AsyncEngine) -> None:
    """Written at the same time for the same role, the last replaces the others."""
    await asyncio.gather(*(invited(engine) for _ in range(5)))
    assert len(await users.waiting(engine)) == 1


async def test_a_role_won_meanwhile_is_not_taken(engine: AsyncEngine, owner: asyncpg.Connection, bus: Bus) -> None:
    """Revoked everywhere by who may not do so at an institution that she joins at that moment, she keeps all."""
    await users.give_role(engine, HER, STEWARD, by="test")
    desk = bus.desk(steward(STEWARD))
    async with her_lock_held(owner):
        revoking = asyncio.create_task(people.revoke(desk, HER))
        await waiting_for_lock(owner, 1)
        row = (HER, AUDITOR.role, str(AUDITOR.institution))
        await owner.execute(
            "insert into bus.user_role (email, role, institution, given_by) values ($1, $2, $3, 'x')", *row
        )
    with pytest.raises(RoleMissing):
        await revoking
    assert (await users.found(engine, HER)).roles == (AUDITOR, STEWARD)


async def test_an_authoritys_invitation_is_the_authoritys(engine: AsyncEngine, bus: Bus) -> None:
    """A steward takes no invitation back that she could not have written."""
    await invited(engine, HeldRole(Role.AUTHORITY, PROVIDER.member))
    desk = bus.desk(steward(STEWARD))
    with pytest.raises(RoleMissing):
        await people.revoke(desk, HER, PROVIDER.member)
    assert len(await users.waiting(engine)) == 1


@pytest.mark.parametrize(
    ("role", "is_good"), [(STEWARD, True), (HeldRole(Role.AUDITOR, PROVIDER.member), False), (None, False)]
)
async def test_an_invitation_holds_as_long_as_its_writer_may_write_it(
    engine: AsyncEngine, bus: Bus, role: HeldRole | None, is_good: bool
) -> None:
    """A steward who was revoked, or became something less, has left no way in behind her."""
    writer = "otra@renap.example"
    if role is not None:
        await users.give_role(engine, writer, role, by="test")
    written = await users.invite(engine, HER, STEWARD, by=writer)
    if is_good:
        assert (await people.accept(bus.desk(NOBODY), written.text, HERS)).value.email == HER
        return
    with pytest.raises(InvitationNotValid):
        await people.accept(bus.desk(NOBODY), written.text, HERS)
    assert await users.found_if_any(engine, HER) is None
