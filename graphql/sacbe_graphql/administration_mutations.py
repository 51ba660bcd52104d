"""The stewards' mutations: each mirrors a command, and does its work at the desk of whoever asks.

They run one after another in document order, each in a transaction of its own: what one refuses leaves
the others as they are, so each root field is nullable.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import strawberry
from strawberry import argument, field

from sacbe_graphql import administration_inputs as inputs
from sacbe_graphql import administration_payloads as payloads
from sacbe_graphql import administration_shown as showing
from sacbe_graphql import administration_types as shown
from sacbe_graphql.context import Info
from sacbe_graphql.exchange_types import DataServiceOperation
from sacbe_graphql.scalars import Date, DateTime
from sacbe_terms.choices import OperationChoice
from sacbe_terms.descriptions import Operation
from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId
from sacbe_xroad_like import group
from sacbe_xroad_like.access import Terms
from sacbe_xroad_like.administration import offering, people, rights, taking_part
from sacbe_xroad_like.administration.actor import Role
from sacbe_xroad_like.administration.desk import Desk, Done
from sacbe_xroad_like.administration.trail import Outcome
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.approval_rule import ApprovalRule
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.group import GroupId

NUMBER_DIGITS_MAX = 18

_WHAT = argument(description="What to do it to, and how.")
OPERATION_SLASHES = 5
"""In the printed form of an operation's identifier."""


async def _add_member(info: Info, input: Annotated[inputs.AddMemberInput, _WHAT]) -> payloads.MemberPayload:
    done = await taking_part.add_member(_desk(info, input), MemberId.parse(input.identifier), title=input.title)
    return payloads.MemberPayload(outcome=_outcome(done.outcome), identifier=showing.identifier(done.value))


async def _add_subsystem(info: Info, input: Annotated[inputs.AddSubsystemInput, _WHAT]) -> payloads.SubsystemPayload:
    done = await taking_part.add_subsystem(
        _desk(info, input), SubsystemId.parse(input.identifier), title=input.title, alias=input.alias
    )
    return payloads.SubsystemPayload(
        outcome=_outcome(done.outcome),
        identifier=showing.identifier(done.value.identifier),
        title=done.value.title,
        alias=done.value.alias,
    )


async def _add_client_key(info: Info, input: Annotated[inputs.AddClientKeyInput, _WHAT]) -> payloads.ClientKeyPayload:
    done = await taking_part.add_key(_desk(info, input), SubsystemId.parse(input.client), _bytes(input.key))
    return payloads.ClientKeyPayload(outcome=_outcome(done.outcome), client_key=showing.client_key(done.value))


async def _remove_client_key(info: Info, input: Annotated[inputs.NumberInput, _WHAT]) -> payloads.ClientKeyPayload:
    done = await taking_part.remove_key(_desk(info, input), _number(input.number))
    return payloads.ClientKeyPayload(outcome=_outcome(done.outcome), client_key=showing.client_key(done.value))


async def _set_connection(info: Info, input: Annotated[inputs.SetConnectionInput, _WHAT]) -> payloads.ConnectionPayload:
    chosen = ConnectionType(str(input.connection.value))
    done = await taking_part.set_connection(_desk(info, input), SubsystemId.parse(input.client), chosen)
    return payloads.ConnectionPayload(outcome=_outcome(done.outcome), connection=input.connection)


async def _revoke_client_tokens(info: Info, input: Annotated[inputs.ClientInput, _WHAT]) -> payloads.TokensPayload:
    done = await taking_part.revoke_tokens(_desk(info, input), SubsystemId.parse(input.client))
    return payloads.TokensPayload(outcome=_outcome(done.outcome), count=done.value)


async def _invite_user(info: Info, input: Annotated[inputs.InviteUserInput, _WHAT]) -> payloads.InvitationPayload:
    done = await people.invite(
        _desk(info, input), input.email, Role[input.role.name], MemberId.parse(input.institution)
    )
    written = done.value
    return payloads.InvitationPayload(
        outcome=_outcome(done.outcome),
        email=written.email,
        role=input.role,
        institution=showing.identifier(written.held.institution),
        invitation=written.text,
        expires_at=DateTime(written.expires_at.isoformat()),
    )


async def _accept_invitation(info: Info, input: Annotated[inputs.AcceptInvitationInput, _WHAT]) -> payloads.UserPayload:
    done = await people.accept(_desk(info, input), input.invitation, _bytes(input.key))
    return payloads.UserPayload(outcome=_outcome(done.outcome), user=showing.user(done.value))


async def _revoke_user(info: Info, input: Annotated[inputs.RevokeUserInput, _WHAT]) -> payloads.RevokedUserPayload:
    institution = None if input.institution is None else MemberId.parse(input.institution)
    done = await people.revoke(_desk(info, input), input.email, institution)
    return payloads.RevokedUserPayload(outcome=_outcome(done.outcome), roles=showing.roles(done.value))


async def _request_access(info: Info, input: Annotated[inputs.AccessInput, _WHAT]) -> payloads.AgreementPayload:
    desk, consumer = _desk(info, input), SubsystemId.parse(input.consumer)
    return _agreed(await rights.request(desk, consumer, _service(input.service), **_terms(input)))


async def _grant_access(info: Info, input: Annotated[inputs.AccessInput, _WHAT]) -> payloads.AgreementPayload:
    desk, consumer = _desk(info, input), group.holder(input.consumer)
    return _agreed(await rights.grant(desk, consumer, _service(input.service), **_terms(input)))


async def _approve_access(info: Info, input: Annotated[inputs.NumberInput, _WHAT]) -> payloads.AgreementPayload:
    return _agreed(await rights.approve(_desk(info, input), _number(input.number)))


async def _refuse_access(info: Info, input: Annotated[inputs.RefuseAccessInput, _WHAT]) -> payloads.AgreementPayload:
    return _agreed(await rights.refuse(_desk(info, input), _number(input.number), reason=input.reason))


async def _revoke_access(info: Info, input: Annotated[inputs.NumberInput, _WHAT]) -> payloads.AgreementPayload:
    return _agreed(await rights.revoke(_desk(info, input), _number(input.number)))


async def _add_approval_rule(
    info: Info, input: Annotated[inputs.ApprovalRuleInput, _WHAT]
) -> payloads.ApprovalRulePayload:
    desk, service = _desk(info, input), _service(input.service)
    inputs.check_range("daysMax", input.days_max, inputs.DAYS_MAX)
    inputs.check_range("perDayMax", input.per_day_max, inputs.PER_DAY_MAX)
    done = await rights.add_rule(
        desk,
        service,
        who=input.who,
        days_max=input.days_max,
        fields=tuple(input.fields or ()),
        routes=tuple(input.routes or ()),
        per_day_max=input.per_day_max,
        allows_personal=input.allows_personal,
    )
    return _ruled(done)


async def _end_approval_rule(info: Info, input: Annotated[inputs.NumberInput, _WHAT]) -> payloads.ApprovalRulePayload:
    return _ruled(await rights.end_rule(_desk(info, input), _number(input.number)))


def _ruled(done: Done[ApprovalRule]) -> payloads.ApprovalRulePayload:
    return payloads.ApprovalRulePayload(outcome=_outcome(done.outcome), rule=showing.approval_rule(done.value))


async def _set_local_group(info: Info, input: Annotated[inputs.GroupInput, _WHAT]) -> payloads.GroupPayload:
    return await _set_group(info, input, is_global=False)


async def _set_global_group(info: Info, input: Annotated[inputs.GroupInput, _WHAT]) -> payloads.GroupPayload:
    return await _set_group(info, input, is_global=True)


async def _set_group(info: Info, input: inputs.GroupInput, *, is_global: bool) -> payloads.GroupPayload:
    desk, identifier = _desk(info, input), GroupId.parse(input.identifier)
    if identifier.is_global is not is_global:
        raise IdentifierNotValid(input.identifier, kind=f"a {'global' if is_global else 'local'} group")
    done = await rights.set_group(
        desk, identifier, title=input.title, include=_clients(input.include), exclude=_clients(input.exclude)
    )
    return payloads.GroupPayload(outcome=_outcome(done.outcome), group=showing.group(done.value))


def _clients(given: list[strawberry.ID] | None) -> tuple[SubsystemId, ...]:
    return tuple(map(SubsystemId.parse, given or ()))


async def _register_data_service(
    info: Info, input: Annotated[inputs.RegisterDataServiceInput, _WHAT]
) -> payloads.RegisteredPayload:
    done = await offering.register(
        _desk(info, input),
        SubsystemId.parse(input.provider),
        name=input.name,
        source=input.source,
        document=input.document,
        endpoint=input.endpoint,
        kind=input.kind,
    )
    registered = done.value
    return payloads.RegisteredPayload(
        outcome=_outcome(done.outcome),
        identifier=showing.identifier(registered.identifier),
        version=registered.version,
        endpoint=registered.endpoint.address,
        operations=_operations(registered.description.operations),
        changes=showing.changes(registered.changes),
        proposals=[
            shown.PersonNumberProposal(operation=code, places=list(places))
            for code, places in registered.proposals.items()
        ],
    )


async def _set_data_service(info: Info, input: Annotated[inputs.SetDataServiceInput, _WHAT]) -> payloads.DraftPayload:
    desk, identifier = _desk(info, input), DataServiceId.parse(input.identifier)
    inputs.check_range("callSecondsMax", input.call_seconds_max, inputs.CALL_SECONDS_MAX)
    inputs.check_range("replyBytesMax", input.reply_bytes_max, inputs.REPLY_BYTES_MAX)
    done = await offering.set_calling(
        desk,
        identifier,
        address=input.endpoint,
        call_seconds_max=input.call_seconds_max,
        reply_bytes_max=input.reply_bytes_max,
        is_lenient=input.is_lenient,
    )
    return _drafted(done, identifier)


async def _mark_operation(info: Info, input: Annotated[inputs.MarkOperationInput, _WHAT]) -> payloads.DraftPayload:
    places, identifier = tuple(input.person_numbers or ()), DataServiceId.parse(input.identifier)
    choice = OperationChoice(
        alias=input.alias or "",
        reads=input.reads,
        is_personal=True if places and input.is_personal is None else input.is_personal,
        person_numbers=places,
    )
    return _drafted(await offering.mark(_desk(info, input), identifier, input.operation, choice), identifier)


async def _check_data_service(info: Info, input: Annotated[inputs.DataServiceInput, _WHAT]) -> payloads.CheckPayload:
    done = await offering.check(_desk(info, input), DataServiceId.parse(input.identifier))
    health, drift = done.value
    return payloads.CheckPayload(
        outcome=_outcome(done.outcome),
        is_healthy=health.is_healthy,
        reason=health.reason or None,
        drifted_documents=list(drift.documents),
        drift_reason=drift.reason or None,
        changes=showing.changes(drift.changes),
    )


async def _publish_data_service(
    info: Info, input: Annotated[inputs.PublishDataServiceInput, _WHAT]
) -> payloads.PublishedPayload:
    identifier = DataServiceId.parse(input.identifier)
    done = await offering.publish(_desk(info, input), identifier, accepts_breaking=input.accept_breaking)
    return payloads.PublishedPayload(
        outcome=_outcome(done.outcome),
        identifier=showing.identifier(identifier),
        operations=_operations(done.value.operations),
    )


async def _suspend_data_service(
    info: Info, input: Annotated[inputs.DataServiceInput, _WHAT]
) -> payloads.SuspendedPayload:
    identifier = DataServiceId.parse(input.identifier)
    done = await offering.suspend(_desk(info, input), identifier)
    return payloads.SuspendedPayload(outcome=_outcome(done.outcome), identifier=showing.identifier(identifier))


def _desk(info: Info, given: object) -> Desk:
    """Give the desk of whoever asks, once all that she sends can be kept; raises VariablesNotValid."""
    inputs.check(given)
    return info.context.desk


def _terms(given: inputs.AccessInput) -> Terms:
    inputs.check_range("perDay", given.per_day, inputs.PER_DAY_MAX)
    return Terms(
        purpose=given.purpose,
        legal_basis=given.legal_basis or "",
        until=_day(given.until),
        review_on=_day(given.review_on),
        per_day=given.per_day,
        fields=tuple(given.fields or ()),
        routes=tuple(given.routes or ()),
    )


def _day(given: Date | None) -> date | None:
    try:
        return None if given is None else date.fromisoformat(given)
    except ValueError as error:
        raise IdentifierNotValid(given or "", kind="a day such as 2027-01-31, without a time zone") from error


def _service(text: str) -> DataServiceId | OperationId:
    return OperationId.parse(text) if text.count("/") >= OPERATION_SLASHES else DataServiceId.parse(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS_MAX):
        raise IdentifierNotValid(text, kind="a number")
    return int(text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8")


def _outcome(outcome: Outcome) -> shown.ActOutcome:
    return shown.ActOutcome[outcome.name]


def _agreed(done: Done[Agreement]) -> payloads.AgreementPayload:
    return payloads.AgreementPayload(outcome=_outcome(done.outcome), agreement=showing.agreement(done.value))


def _drafted(done: Done[int], identifier: DataServiceId) -> payloads.DraftPayload:
    return payloads.DraftPayload(
        outcome=_outcome(done.outcome), identifier=showing.identifier(identifier), version=done.value
    )


def _operations(described: Sequence[Operation]) -> list[DataServiceOperation]:
    return [
        DataServiceOperation(
            alias=operation.alias,
            code=operation.code,
            reads=operation.reads,
            is_personal=operation.is_personal,
            description=operation.documentation,
        )
        for operation in described
    ]


@strawberry.type
class AdministrationMutation:
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
    request_access: payloads.AgreementPayload | None = field(
        resolver=_request_access,
        description="Ask for access. For the client itself, with its token, and stewards of its member.",
    )
    grant_access: payloads.AgreementPayload | None = field(
        resolver=_grant_access, description="Give access without being asked. For stewards of the provider."
    )
    approve_access: payloads.AgreementPayload | None = field(
        resolver=_approve_access, description="Give what was asked for. For stewards of the provider."
    )
    refuse_access: payloads.AgreementPayload | None = field(
        resolver=_refuse_access, description="Refuse what was asked for. For stewards of the provider."
    )
    revoke_access: payloads.AgreementPayload | None = field(
        resolver=_revoke_access, description="Take access back. For stewards of the provider."
    )
    add_approval_rule: payloads.ApprovalRulePayload | None = field(
        resolver=_add_approval_rule,
        description="Have requests within limits approved by themselves. For stewards of the provider.",
    )
    end_approval_rule: payloads.ApprovalRulePayload | None = field(
        resolver=_end_approval_rule, description="End an approval rule. For stewards of the provider."
    )
    set_local_group: payloads.GroupPayload | None = field(
        resolver=_set_local_group, description="Keep a group of clients of a provider. For stewards of the provider."
    )
    set_global_group: payloads.GroupPayload | None = field(
        resolver=_set_global_group, description="Keep a group of clients of the instance. For its authority."
    )
    register_data_service: payloads.RegisteredPayload | None = field(
        resolver=_register_data_service,
        description="Keep a document as the newest draft of a data service. For stewards of the provider.",
    )
    set_data_service: payloads.DraftPayload | None = field(
        resolver=_set_data_service,
        description="Choose how a system is called, as a new draft. For stewards of the provider.",
    )
    mark_operation: payloads.DraftPayload | None = field(
        resolver=_mark_operation, description="Say what an operation is, as a new draft. For stewards of the provider."
    )
    check_data_service: payloads.CheckPayload | None = field(
        resolver=_check_data_service,
        description="Ask whether the system answers, and whether its document changed. For stewards of the provider.",
    )
    publish_data_service: payloads.PublishedPayload | None = field(
        resolver=_publish_data_service, description="Put the newest draft in force. For stewards of the provider."
    )
    suspend_data_service: payloads.SuspendedPayload | None = field(
        resolver=_suspend_data_service,
        description="Take a data service out of force. For stewards of the provider.",
    )
