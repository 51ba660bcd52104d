"""The stewards' mutations: each mirrors a command, and does its work at the desk of whoever asks.

They run one after another in document order, each in a transaction of its own: what one refuses leaves
the others as they are, so each root field is nullable. Here are those about who takes part; beside this
stand `access_mutations` and `offering_mutations`."""

from typing import Annotated

import strawberry
from strawberry import field

from sacbe_graphql import administration_given as given
from sacbe_graphql import administration_inputs as inputs
from sacbe_graphql import administration_payloads as payloads
from sacbe_graphql import administration_shown as showing
from sacbe_graphql.access_mutations import AccessMutation
from sacbe_graphql.administration_given import WHAT, desk_for
from sacbe_graphql.context import Info
from sacbe_graphql.link_mutations import LinkMutation
from sacbe_graphql.offering_mutations import OfferingMutation
from sacbe_graphql.sample_mutations import SampleMutation
from sacbe_graphql.scalars import DateTime
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.administration import people, taking_part
from sacbe_xroad_like.administration.actor import Role
from sacbe_xroad_like.connection_types import ConnectionType


async def _add_member(info: Info, input: Annotated[inputs.AddMemberInput, WHAT]) -> payloads.MemberPayload:
    done = await taking_part.add_member(desk_for(info, input), MemberId.parse(input.identifier), title=input.title)
    return payloads.MemberPayload(outcome=given.outcome(done.outcome), identifier=showing.identifier(done.value))


async def _add_subsystem(info: Info, input: Annotated[inputs.AddSubsystemInput, WHAT]) -> payloads.SubsystemPayload:
    done = await taking_part.add_subsystem(
        desk_for(info, input), SubsystemId.parse(input.identifier), title=input.title, alias=input.alias
    )
    return payloads.SubsystemPayload(
        outcome=given.outcome(done.outcome),
        identifier=showing.identifier(done.value.identifier),
        title=done.value.title,
        alias=done.value.alias,
    )


async def _add_client_key(info: Info, input: Annotated[inputs.AddClientKeyInput, WHAT]) -> payloads.ClientKeyPayload:
    done = await taking_part.add_key(desk_for(info, input), SubsystemId.parse(input.client), _bytes(input.key))
    return payloads.ClientKeyPayload(outcome=given.outcome(done.outcome), client_key=showing.client_key(done.value))


async def _remove_client_key(info: Info, input: Annotated[inputs.NumberInput, WHAT]) -> payloads.ClientKeyPayload:
    done = await taking_part.remove_key(desk_for(info, input), given.number(input.number))
    return payloads.ClientKeyPayload(outcome=given.outcome(done.outcome), client_key=showing.client_key(done.value))


async def _set_connection(info: Info, input: Annotated[inputs.SetConnectionInput, WHAT]) -> payloads.ConnectionPayload:
    chosen = ConnectionType(str(input.connection.value))
    done = await taking_part.set_connection(desk_for(info, input), SubsystemId.parse(input.client), chosen)
    return payloads.ConnectionPayload(outcome=given.outcome(done.outcome), connection=input.connection)


async def _revoke_client_tokens(info: Info, input: Annotated[inputs.ClientInput, WHAT]) -> payloads.TokensPayload:
    done = await taking_part.revoke_tokens(desk_for(info, input), SubsystemId.parse(input.client))
    return payloads.TokensPayload(outcome=given.outcome(done.outcome), count=done.value)


async def _invite_user(info: Info, input: Annotated[inputs.InviteUserInput, WHAT]) -> payloads.InvitationPayload:
    done = await people.invite(
        desk_for(info, input), input.email, Role[input.role.name], MemberId.parse(input.institution)
    )
    written = done.value
    return payloads.InvitationPayload(
        outcome=given.outcome(done.outcome),
        email=written.email,
        role=input.role,
        institution=showing.identifier(written.held.institution),
        invitation=written.text,
        expires_at=DateTime(written.expires_at.isoformat()),
    )


async def _accept_invitation(info: Info, input: Annotated[inputs.AcceptInvitationInput, WHAT]) -> payloads.UserPayload:
    done = await people.accept(desk_for(info, input), input.invitation, _bytes(input.key))
    return payloads.UserPayload(outcome=given.outcome(done.outcome), user=showing.user(done.value))


async def _revoke_user(info: Info, input: Annotated[inputs.RevokeUserInput, WHAT]) -> payloads.RevokedUserPayload:
    institution = None if input.institution is None else MemberId.parse(input.institution)
    done = await people.revoke(desk_for(info, input), input.email, institution)
    return payloads.RevokedUserPayload(outcome=given.outcome(done.outcome), roles=showing.roles(done.value))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8")


@strawberry.type
class AdministrationMutation(AccessMutation, OfferingMutation, LinkMutation, SampleMutation):
    """The part of `Mutation` that is for people with roles, by the names of `rules.Act`."""

    add_member: payloads.MemberPayload | None = field(
        resolver=_add_member, description="Register a member. For an authority of the instance."
    )
    add_subsystem: payloads.SubsystemPayload | None = field(
        resolver=_add_subsystem, description="Register a subsystem. For stewards of the member, and the authority."
    )
    add_client_key: payloads.ClientKeyPayload | None = field(
        resolver=_add_client_key, description="Register a key of a client. For stewards of its member."
    )
    remove_client_key: payloads.ClientKeyPayload | None = field(
        resolver=_remove_client_key,
        description="Forget a key and its tokens. For stewards of its member, and the authority.",
    )
    set_connection: payloads.ConnectionPayload | None = field(
        resolver=_set_connection, description="Say how a client must connect. For stewards of its member."
    )
    revoke_client_tokens: payloads.TokensPayload | None = field(
        resolver=_revoke_client_tokens,
        description="Take back every token of a client. For stewards of its member, and the authority.",
    )
    invite_user: payloads.InvitationPayload | None = field(
        resolver=_invite_user,
        description="Invite a person to a role. For stewards of the institution, and the authority.",
    )
    accept_invitation: payloads.UserPayload | None = field(
        resolver=_accept_invitation, description="Accept an invitation with a key. For whoever has it."
    )
    revoke_user: payloads.RevokedUserPayload | None = field(
        resolver=_revoke_user,
        description="Take back a person's roles. For stewards of the institution, and the authority.",
    )
