"""What an actor may read of what is not published: that of the members for whom she has a role that reads.

A client reads the agreements of its own subsystem, and nothing else of this.
"""

import sqlalchemy as sa

from sacbe_catalog import standing
from sacbe_catalog.standing import Standing
from sacbe_catalog.views import Page
from sacbe_terms.comparison import Comparison
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like import access, approval_rules, clients, groups
from sacbe_xroad_like.administration import pages, rules, trail, users
from sacbe_xroad_like.administration.actor import Actor, Role
from sacbe_xroad_like.administration.desk import Desk
from sacbe_xroad_like.administration.pages import Wanted
from sacbe_xroad_like.administration.rules import Act
from sacbe_xroad_like.administration.tables import administrative_act, user_role
from sacbe_xroad_like.administration.trail import Recorded
from sacbe_xroad_like.administration.users import User
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.approval_rule import ApprovalRule
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.group import GLOBAL
from sacbe_xroad_like.groups import Group
from sacbe_xroad_like.tables import agreement, approval_rule, client_group, client_group_member, client_key


async def agreements(desk: Desk, wanted: Wanted, *, waiting: bool = False) -> Page[Agreement]:
    """Give the agreements of which one side is the actor's, the newest first; or those that wait alone."""
    statement = sa.select(agreement).where(_sides(desk.actor))
    if waiting:
        statement = statement.where(agreement.c.is_approved.is_(None))
    return await pages.by_number(desk.engine, statement, agreement.c.id, wanted, access.from_row)


async def acts(desk: Desk, wanted: Wanted) -> Page[Recorded]:
    """Give the trail of the actor's members, the newest act first."""
    concerned = sa.func.unnest(administrative_act.c.members).table_valued("member").render_derived()
    mine = sa.exists(sa.select(1).select_from(concerned).where(_below(concerned.c.member, _scopes(desk.actor))))
    return await trail.acts(desk.engine, mine, wanted)


async def people(desk: Desk, wanted: Wanted) -> Page[User]:
    """Give the users of the actor's members, by e-mail address."""
    return await users.users(desk.engine, _below(user_role.c.institution, _scopes(desk.actor)), wanted)


async def keys(desk: Desk, wanted: Wanted) -> Page[ClientKey]:
    """Give the keys of the clients of the actor's members, the newest first."""
    statement = sa.select(client_key).where(_below(client_key.c.subsystem, _scopes(desk.actor)))
    return await pages.by_number(desk.engine, statement, client_key.c.id, wanted, clients.from_row)


async def offered(desk: Desk, wanted: Wanted) -> Page[Standing]:
    """Give what the actor's members have registered, drafts and all, by identifier."""
    return await standing.of_members(desk.engine, _scopes(desk.actor), wanted.first, wanted.after)


async def changes(desk: Desk, identifier: DataServiceId) -> Comparison:
    """Say what publishing the newest draft would change; raises RoleMissing and DataServiceUnknown."""
    desk.require(Act.READ, identifier.subsystem.member)
    return await desk.registration.diff(identifier)


async def approvals(desk: Desk, wanted: Wanted) -> Page[ApprovalRule]:
    """Give the approval rules of the actor's members, the newest first."""
    statement = sa.select(approval_rule).where(_below(approval_rule.c.data_service, _scopes(desk.actor)))
    return await pages.by_number(desk.engine, statement, approval_rule.c.id, wanted, approval_rules.from_row)


async def client_groups(desk: Desk, wanted: Wanted) -> Page[Group]:
    """Give the groups of the actor's members and the global ones of her instances, by identifier."""
    scopes = _scopes(desk.actor)
    instances = sorted({held.institution.instance for held in desk.actor.roles})
    theirs = sa.or_(
        _below(client_group.c.provider, scopes),
        *(client_group.c.identifier.startswith(f"{GLOBAL}{each}/", autoescape=True) for each in instances),
    )
    name = client_group.c.identifier
    page = await pages.by_name(desk.engine, sa.select(name).where(theirs), name, wanted)
    known = {str(each.identifier): each for each in await groups.all_groups(desk.engine)}
    return pages.of(page, [known[name] for name in page.nodes])


def _scopes(actor: Actor) -> list[str]:
    """Give the beginnings of identifiers that the actor may read: of members, and of whole instances."""
    rules.refuse_unless_reads(actor)
    return sorted(
        held.institution.instance if held.role is Role.AUTHORITY else str(held.institution)
        for held in actor.roles
        if held.role in rules.NEEDED[Act.READ]
    )


def _below(column: sa.ColumnElement[str], scopes: list[str]) -> sa.ColumnElement[bool]:
    """Say of a column of identifiers that it names one of these or something below it."""
    return sa.or_(*(_is_or_below(column, scope) for scope in scopes))


def _is_or_below(column: sa.ColumnElement[str], scope: str) -> sa.ColumnElement[bool]:
    return sa.or_(column == scope, column.startswith(f"{scope}/", autoescape=True))


def _sides(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.client is not None:
        return sa.or_(agreement.c.consumer == str(actor.client), _by_group(_MEMBER.c.client == str(actor.client)))
    scopes = _scopes(actor)
    return sa.or_(
        _below(agreement.c.consumer, scopes),
        _by_group(_below(_MEMBER.c.client, scopes)),
        _below(agreement.c.data_service, scopes),
    )


_MEMBER = client_group_member


def _by_group(holds: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Say of an agreement that a group holds it in which there is a client of which this holds."""
    return agreement.c.client_group.in_(sa.select(_MEMBER.c.client_group).where(holds))
