"""The stewards' mutations about access: agreements, the rules that approve them, and groups that hold them.

See administration_mutations."""

from typing import Annotated

import strawberry
from strawberry import field

from sacbe_graphql import administration_given as given
from sacbe_graphql import administration_inputs as inputs
from sacbe_graphql import administration_payloads as payloads
from sacbe_graphql import administration_shown as showing
from sacbe_graphql.administration_given import WHAT, desk_for
from sacbe_graphql.context import Info
from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import group
from sacbe_xroad_like.access import Terms
from sacbe_xroad_like.administration import rights
from sacbe_xroad_like.administration.desk import Done
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.approval_rule import ApprovalRule
from sacbe_xroad_like.group import GroupId


async def _request_access(info: Info, input: Annotated[inputs.AccessInput, WHAT]) -> payloads.AgreementPayload:
    desk, consumer = desk_for(info, input), SubsystemId.parse(input.consumer)
    return _agreed(await rights.request(desk, consumer, given.service(input.service), **_terms(input)))


async def _grant_access(info: Info, input: Annotated[inputs.AccessInput, WHAT]) -> payloads.AgreementPayload:
    desk, consumer = desk_for(info, input), group.holder(input.consumer)
    return _agreed(await rights.grant(desk, consumer, given.service(input.service), **_terms(input)))


async def _approve_access(info: Info, input: Annotated[inputs.NumberInput, WHAT]) -> payloads.AgreementPayload:
    return _agreed(await rights.approve(desk_for(info, input), given.number(input.number)))


async def _refuse_access(info: Info, input: Annotated[inputs.RefuseAccessInput, WHAT]) -> payloads.AgreementPayload:
    return _agreed(await rights.refuse(desk_for(info, input), given.number(input.number), reason=input.reason))


async def _revoke_access(info: Info, input: Annotated[inputs.NumberInput, WHAT]) -> payloads.AgreementPayload:
    return _agreed(await rights.revoke(desk_for(info, input), given.number(input.number)))


async def _add_approval_rule(
    info: Info, input: Annotated[inputs.ApprovalRuleInput, WHAT]
) -> payloads.ApprovalRulePayload:
    desk, service = desk_for(info, input), given.service(input.service)
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


async def _end_approval_rule(info: Info, input: Annotated[inputs.NumberInput, WHAT]) -> payloads.ApprovalRulePayload:
    return _ruled(await rights.end_rule(desk_for(info, input), given.number(input.number)))


def _ruled(done: Done[ApprovalRule]) -> payloads.ApprovalRulePayload:
    return payloads.ApprovalRulePayload(outcome=given.outcome(done.outcome), rule=showing.approval_rule(done.value))


async def _set_local_group(info: Info, input: Annotated[inputs.GroupInput, WHAT]) -> payloads.GroupPayload:
    return await _set_group(info, input, is_global=False)


async def _set_global_group(info: Info, input: Annotated[inputs.GroupInput, WHAT]) -> payloads.GroupPayload:
    return await _set_group(info, input, is_global=True)


async def _set_group(info: Info, input: inputs.GroupInput, *, is_global: bool) -> payloads.GroupPayload:
    desk, identifier = desk_for(info, input), GroupId.parse(input.identifier)
    if identifier.is_global is not is_global:
        raise IdentifierNotValid(input.identifier, kind=f"a {'global' if is_global else 'local'} group")
    done = await rights.set_group(
        desk, identifier, title=input.title, include=_clients(input.include), exclude=_clients(input.exclude)
    )
    return payloads.GroupPayload(outcome=given.outcome(done.outcome), group=showing.group(done.value))


def _clients(listed: list[strawberry.ID] | None) -> tuple[SubsystemId, ...]:
    return tuple(map(SubsystemId.parse, listed or ()))


def _terms(asked: inputs.AccessInput) -> Terms:
    inputs.check_range("perDay", asked.per_day, inputs.PER_DAY_MAX)
    return Terms(
        purpose=asked.purpose,
        legal_basis=asked.legal_basis or "",
        until=given.day(asked.until),
        review_on=given.day(asked.review_on),
        per_day=asked.per_day,
        fields=tuple(asked.fields or ()),
        routes=tuple(asked.routes or ()),
    )


def _agreed(done: Done[Agreement]) -> payloads.AgreementPayload:
    return payloads.AgreementPayload(outcome=given.outcome(done.outcome), agreement=showing.agreement(done.value))


@strawberry.type
class AccessMutation:
    """What decides who may call what, by the names of `rules.Act`."""

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
