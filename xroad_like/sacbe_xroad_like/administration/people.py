"""Acts about people: invited, come, revoked."""

from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like.administration import rules, users
from sacbe_xroad_like.administration.actor import OPERATOR, Actor, HeldRole, Role
from sacbe_xroad_like.administration.desk import Desk, Done
from sacbe_xroad_like.administration.rules import Act
from sacbe_xroad_like.administration.users import Invitation, User


async def invite(desk: Desk, email: str, role: Role, institution: MemberId) -> Done[Invitation]:
    """Invite a person to a role; raises EmailNotValid and MemberUnknown. The text is told this once."""
    address = users.email_of(email)
    async with desk.performing(Act.INVITE_USER, f"{address} {role}", institution) as under_way:
        rules.refuse_to_give(desk.actor, role, institution)
        held = HeldRole(role, institution)
        return Done(await users.invite(under_way.engine, address, held, by=desk.actor.name))


async def accept(desk: Desk, invitation: str, key: bytes) -> Done[User]:
    """Accept an invitation: whoever has it may, and needs no role; raises InvitationNotValid, ClientKeyNotUsable.

    It holds as long as whoever wrote it may still write it.
    """
    held = await users.invited(desk.engine, invitation)
    if not rules.may_invite(await _writer(desk, held), held.held.role, held.held.institution):
        raise users.invitation_unknown()
    subject = f"{held.email} {held.held.role}"
    async with desk.performing(Act.ACCEPT_INVITATION, subject, held.held.institution, may=True) as under_way:
        user = await users.accept(under_way.engine, invitation, key)
        under_way.actor_name = user.email
        return Done(user)


async def _writer(desk: Desk, written: Invitation) -> Actor:
    """Give whoever wrote an invitation, with the roles of now."""
    if written.invited_by == OPERATOR.name:
        return OPERATOR
    user = await users.found_if_any(desk.engine, written.invited_by)
    return Actor(name=written.invited_by, roles=user.roles if user else ())


async def revoke(desk: Desk, email: str, institution: MemberId | None = None) -> Done[tuple[HeldRole, ...]]:
    """Take a person's roles back, at one institution or at all; raises UserUnknown and EmailNotValid.

    At all of them means a role for each: whoever may not revoke one of them revokes none. A waiting
    invitation is revoked by whoever may write it.
    """
    address = users.email_of(email)
    found = await users.held_or_offered(desk.engine, address, institution)
    touched = sorted({held.institution for held in found}) if institution is None else [institution]
    if not touched:
        raise users.unknown(address)
    async with desk.performing(Act.REVOKE_USER, address, touched[0], concerning=touched[1:]) as under_way:
        await users.lock(under_way.engine, address)
        # Read again: since then she may have come to others, who are not this actor's.
        for held in await users.held_or_offered(under_way.engine, address, institution):
            desk.require(Act.REVOKE_USER, held.institution)
            rules.refuse_to_give(desk.actor, held.role, held.institution)
        return Done(await users.revoke(under_way.engine, address, institution))
