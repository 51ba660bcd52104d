"""From the bus's values to what stewards are shown."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import TypeVar

import strawberry

from sacbe_catalog.standing import Standing
from sacbe_catalog.views import Page
from sacbe_graphql import administration_types as shown
from sacbe_graphql.scalars import Date, DateTime
from sacbe_terms.comparison import Comparison
from sacbe_xroad_like.administration import actor, trail, users
from sacbe_xroad_like.administration.actor import Actor
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.approval_rule import ApprovalRule
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.groups import Group

T = TypeVar("T")
ShownT = TypeVar("ShownT")


def page(found: Page[T], show: Callable[[T], ShownT]) -> Page[ShownT]:
    """Give a page of what is shown of each record."""
    return Page(
        nodes=tuple(map(show, found.nodes)),
        cursors=found.cursors,
        total_count=found.total_count,
        has_next_page=found.has_next_page,
        has_previous_page=found.has_previous_page,
    )


def me(asking: Actor) -> shown.Me | None:
    """Show whoever asks; nobody if it is not known."""
    if not asking.name:
        return None
    return shown.Me(
        email=None if asking.client else asking.name,
        client=None if asking.client is None else identifier(asking.client),
        roles=roles(asking.roles),
    )


def roles(held: Iterable[actor.HeldRole]) -> list[shown.HeldRole]:
    """Show roles."""
    return [
        shown.HeldRole(role=shown.UserRole[each.role.name], institution=identifier(each.institution)) for each in held
    ]


def user(found: users.User) -> shown.User:
    """Show a user."""
    return shown.User(email=found.email, roles=roles(found.roles), keys=list(found.key_names))


def client_key(key: ClientKey) -> shown.ClientKey:
    """Show a client's key, by its name."""
    return shown.ClientKey(
        number=identifier(key.id),
        client=identifier(key.client),
        name=key.name,
        has_certificate=key.certificate is not None,
        ends=moment(key.ends),
    )


def agreement(found: Agreement) -> shown.Agreement:
    """Show an agreement as it stands now."""
    return shown.Agreement(
        number=identifier(found.id),
        consumer=identifier(found.consumer),
        service=identifier(found.about),
        purpose=found.purpose,
        legal_basis=found.legal_basis or None,
        until=day(found.until),
        review_on=day(found.review_on),
        per_day=found.per_day,
        fields=list(found.fields),
        routes=list(found.routes),
        state=shown.AgreementState[found.state(datetime.now(UTC)).name],
        reason=found.reason or None,
        requested_at=DateTime(found.requested_at.isoformat()),
        requested_by=found.requested_by or None,
        decided_at=moment(found.decided_at),
        decided_by=found.decided_by or None,
    )


def approval_rule(found: ApprovalRule) -> shown.ApprovalRule:
    """Show an approval rule."""
    return shown.ApprovalRule(
        number=identifier(found.id),
        service=identifier(found.about),
        who=found.who,
        days_max=found.days_max,
        fields=list(found.fields),
        routes=list(found.routes),
        per_day_max=found.per_day_max,
        allows_personal=found.allows_personal,
        made_at=DateTime(found.made_at.isoformat()),
        made_by=found.made_by or None,
        ended_at=moment(found.ended_at),
    )


def group(found: Group) -> shown.ClientGroup:
    """Show a group with its members."""
    return shown.ClientGroup(
        identifier=identifier(found.identifier), title=found.title, members=list(map(identifier, found.members))
    )


def own_data_service(found: Standing) -> shown.OwnDataService:
    """Show a data service to those who keep it."""
    return shown.OwnDataService(
        identifier=identifier(found.identifier),
        state=shown.DataServiceState[found.state.name],
        newest_version=found.newest_version,
        published_version=found.published_version,
        has_draft=found.newest_version != found.published_version,
        endpoint=found.endpoint,
    )


def changes(found: Comparison) -> list[shown.DescriptionChange]:
    """Show what would change."""
    return [
        shown.DescriptionChange(
            operation=change.operation,
            place=change.place or None,
            kind=change.kind.value,
            effect=change.effect.value,
            reason=change.reason,
        )
        for change in found.changes
    ]


def act(found: trail.Recorded) -> shown.AdministrativeAct:
    """Show an act of the trail."""
    return shown.AdministrativeAct(
        at=DateTime(found.at.isoformat()),
        actor=found.actor,
        act=found.act,
        subject=found.subject,
        members=[strawberry.ID(each) for each in found.members],
        outcome=shown.ActOutcome[found.outcome.name],
        code=found.code or None,
    )


def identifier(value: object) -> strawberry.ID:
    """Give an identifier or a number in its printed form."""
    return strawberry.ID(str(value))


def moment(at: datetime | None) -> DateTime | None:
    """Give a moment as text."""
    return None if at is None else DateTime(at.isoformat())


def day(on: date | None) -> Date | None:
    """Give a day as text."""
    return None if on is None else Date(on.isoformat())
