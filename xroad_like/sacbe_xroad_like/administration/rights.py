"""Acts about access: asked for by the consumer, decided by the provider.

The agreement says who asked and who decided: the actor, or whom the operator names by `by`. The trail
has the actor alone.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Unpack

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import RecordNotFound
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId
from sacbe_xroad_like import access, approval_rules, group, groups, routes
from sacbe_xroad_like.access import Terms
from sacbe_xroad_like.administration.desk import Desk, Done
from sacbe_xroad_like.administration.rules import Act
from sacbe_xroad_like.agreement import Agreement, State
from sacbe_xroad_like.approval_rule import ApprovalRule
from sacbe_xroad_like.approval_rules import Limits
from sacbe_xroad_like.group import GroupId, Holder
from sacbe_xroad_like.groups import Group
from sacbe_xroad_like.tables import agreement as agreements

Asked = DataServiceId | OperationId

NUMBER_MAX = 2**63 - 1
"""Greatest number that an agreement can have."""

_UNSAID = {"legal_basis": "", "until": None, "review_on": None, "per_day": None, "fields": (), "routes": ()}
"""The terms that may be left out, as they stand then."""


async def request(
    desk: Desk, consumer: SubsystemId, service: Asked, *, by: str = "", **terms: Unpack[Terms]
) -> Done[Agreement]:
    """Ask for a right; the client itself may, and its stewards. Raises as `access.request`."""
    itself = desk.actor.client == consumer
    async with desk.performing(
        Act.REQUEST_ACCESS,
        f"{consumer} {service}",
        consumer.member,
        concerning=(_provider(service),),
        may=itself,
    ) as under_way:
        same = await _same(desk.engine, consumer, service, terms, {State.WAITING, State.IN_FORCE})
        if same is not None:
            return under_way.stands(same)
        return Done(await access.request(under_way.engine, consumer, service, by=by or desk.actor.name, **terms))


async def grant(
    desk: Desk, consumer: Holder, service: Asked, *, by: str = "", **terms: Unpack[Terms]
) -> Done[Agreement]:
    """Give a right, to a client or to a group, without being asked; raises as `access.grant`."""
    async with desk.performing(
        Act.GRANT_ACCESS, f"{consumer} {service}", _provider(service), concerning=group.concerned(consumer)
    ) as under_way:
        same = await _same(desk.engine, consumer, service, terms, {State.IN_FORCE})
        if same is not None:
            return under_way.stands(same)
        return Done(await access.grant(under_way.engine, consumer, service, by=by or desk.actor.name, **terms))


async def approve(desk: Desk, number: int, *, by: str = "") -> Done[Agreement]:
    """Give the right that was asked for; raises RecordNotFound unless it waits, or is in force already."""
    found = await agreement(desk.engine, number)
    async with desk.performing(
        Act.APPROVE_ACCESS, _subject(found), _provider(found.about), concerning=group.concerned(found.consumer)
    ) as under_way:
        if _state(found) is State.IN_FORCE:
            return under_way.stands(found)
        return Done(await access.approve(under_way.engine, number, by=by or desk.actor.name))


async def refuse(desk: Desk, number: int, *, reason: str, by: str = "") -> Done[Agreement]:
    """Refuse what was asked for; raises RecordNotFound unless it waits, or was refused already."""
    found = await agreement(desk.engine, number)
    async with desk.performing(
        Act.REFUSE_ACCESS, _subject(found), _provider(found.about), concerning=group.concerned(found.consumer)
    ) as under_way:
        if _state(found) is State.REFUSED:
            return under_way.stands(found)
        return Done(await access.refuse(under_way.engine, number, reason=reason, by=by or desk.actor.name))


async def revoke(desk: Desk, number: int, *, by: str = "") -> Done[Agreement]:
    """Take a right back; raises RecordNotFound unless it was given."""
    found = await agreement(desk.engine, number)
    async with desk.performing(
        Act.REVOKE_ACCESS, _subject(found), _provider(found.about), concerning=group.concerned(found.consumer)
    ) as under_way:
        if _state(found) is State.REVOKED:
            return under_way.stands(found)
        return Done(await access.revoke(under_way.engine, number, by=by or desk.actor.name))


async def set_group(
    desk: Desk,
    identifier: GroupId,
    *,
    title: str | None = None,
    include: Collection[SubsystemId] = (),
    exclude: Collection[SubsystemId] = (),
) -> Done[Group]:
    """Make a group, or change its title and who is in it; raises as `groups.keep`.

    A local group is kept by its provider's stewards, a global one by the authority.
    """
    act = Act.SET_GLOBAL_GROUP if identifier.is_global else Act.SET_LOCAL_GROUP
    members = sorted({client.member for client in (*include, *exclude)})
    async with desk.performing(act, identifier, identifier.keeper, concerning=members) as under_way:
        before = await _group_if_any(desk.engine, identifier)
        kept = await groups.keep(under_way.engine, identifier, title=title, include=include, exclude=exclude)
        return under_way.stands(kept) if kept == before else Done(kept)


async def add_rule(desk: Desk, service: Asked, **limits: Unpack[Limits]) -> Done[ApprovalRule]:
    """Have requests within these limits approved by themselves; raises as `access.make_rule`."""
    async with desk.performing(Act.ADD_APPROVAL_RULE, f"{service} {limits['who']}", _provider(service)) as under_way:
        return Done(await access.make_rule(under_way.engine, service, by=desk.actor.name, **limits))


async def end_rule(desk: Desk, number: int) -> Done[ApprovalRule]:
    """End an approval rule; raises RecordNotFound."""
    found = await approval_rules.rule(desk.engine, number)
    async with desk.performing(
        Act.END_APPROVAL_RULE, f"{number}: {found.about}", found.data_service.subsystem.member
    ) as under_way:
        if found.ended_at is not None:
            return under_way.stands(found)
        return Done(await approval_rules.end(under_way.engine, number, by=desk.actor.name))


async def _group_if_any(engine: AsyncEngine, identifier: GroupId) -> Group | None:
    return next((each for each in await groups.all_groups(engine) if each.identifier == identifier), None)


async def agreement(engine: AsyncEngine, number: int) -> Agreement:
    """Give an agreement, whatever became of it; raises RecordNotFound."""
    row = None
    if 0 < number <= NUMBER_MAX:
        async with engine.connect() as connection:
            row = (await connection.execute(sa.select(agreements).where(agreements.c.id == number))).first()
    if row is None:
        raise RecordNotFound("agreement", str(number))
    return access.from_row(row)


async def _same(
    engine: AsyncEngine, consumer: Holder, service: Asked, terms: Terms, states: set[State]
) -> Agreement | None:
    """Give what was agreed or asked already in exactly these terms, if it is in one of these states."""
    asked: dict[str, Any] = {**_UNSAID, **terms}
    asked |= {
        "purpose": terms["purpose"].strip(),
        "fields": tuple(asked["fields"]),
        "routes": routes.read(asked["routes"]),
    }
    held = await access.all_agreements(engine, consumer=consumer)
    return next(
        (
            each
            for each in held
            if each.about == service
            and _state(each) in states
            and all(getattr(each, name) == value for name, value in asked.items())
        ),
        None,
    )


def _state(found: Agreement) -> State:
    return found.state(datetime.now(UTC))


def _subject(found: Agreement) -> str:
    return f"{found.id}: {found.consumer} {found.about}"


def _provider(service: Asked) -> MemberId:
    data_service = service.service if isinstance(service, OperationId) else service
    return data_service.subsystem.member
