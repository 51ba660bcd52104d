"""What stewards, auditors and the authority read of their own: each root field gives the members of whoever asks."""

from typing import Annotated

import strawberry
from strawberry import argument, field

from sacbe_catalog.views import Page
from sacbe_graphql import administration_shown as showing
from sacbe_graphql import administration_types as shown
from sacbe_graphql.context import Info
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like.administration import reading
from sacbe_xroad_like.administration.pages import Wanted

PAGE_RECORDS = 20
"""How many records a page has where the caller does not say."""

First = Annotated[int | None, argument(description="How many at most, up to 100.")]
After = Annotated[str | None, argument(description="The cursor behind which to go on.")]
Waiting = Annotated[bool, argument(description="Only those that are not decided yet.")]
DataServiceIdentifier = Annotated[strawberry.ID, argument(description="Its identifier.")]


def _wanted(first: int | None, after: str | None) -> Wanted:
    return Wanted(PAGE_RECORDS if first is None else first, after)


def _me(info: Info) -> shown.Me | None:
    return showing.me(info.context.desk.actor)


async def _access_requests(
    info: Info, waiting: Waiting = False, first: First = PAGE_RECORDS, after: After = None
) -> Page[shown.Agreement]:
    found = await reading.agreements(info.context.desk, _wanted(first, after), waiting=waiting)
    return showing.page(found, showing.agreement)


async def _own_data_services(
    info: Info, first: First = PAGE_RECORDS, after: After = None
) -> Page[shown.OwnDataService]:
    return showing.page(await reading.offered(info.context.desk, _wanted(first, after)), showing.own_data_service)


async def _data_service_changes(info: Info, identifier: DataServiceIdentifier) -> list[shown.DescriptionChange]:
    return showing.changes(await reading.changes(info.context.desk, DataServiceId.parse(identifier)))


async def _users(info: Info, first: First = PAGE_RECORDS, after: After = None) -> Page[shown.User]:
    return showing.page(await reading.people(info.context.desk, _wanted(first, after)), showing.user)


async def _client_keys(info: Info, first: First = PAGE_RECORDS, after: After = None) -> Page[shown.ClientKey]:
    return showing.page(await reading.keys(info.context.desk, _wanted(first, after)), showing.client_key)


async def _approval_rules(info: Info, first: First = PAGE_RECORDS, after: After = None) -> Page[shown.ApprovalRule]:
    return showing.page(await reading.approvals(info.context.desk, _wanted(first, after)), showing.approval_rule)


async def _client_groups(info: Info, first: First = PAGE_RECORDS, after: After = None) -> Page[shown.ClientGroup]:
    return showing.page(await reading.client_groups(info.context.desk, _wanted(first, after)), showing.group)


async def _administrative_acts(
    info: Info, first: First = PAGE_RECORDS, after: After = None
) -> Page[shown.AdministrativeAct]:
    return showing.page(await reading.acts(info.context.desk, _wanted(first, after)), showing.act)


@strawberry.type
class AdministrationQuery:
    """The part of `Query` that is for people with roles. Each field is nullable: a refusal costs only itself."""

    me = field(resolver=_me, graphql_type=shown.Me | None, description="Whoever asks; null without a token.")
    access_requests = field(
        resolver=_access_requests,
        graphql_type=shown.AgreementConnection | None,
        description="Agreements of which my member, or the client whose token it is, is one side.",
    )
    own_data_services = field(
        resolver=_own_data_services,
        graphql_type=shown.OwnDataServiceConnection | None,
        description="What my member has registered, drafts included.",
    )
    data_service_changes = field(
        resolver=_data_service_changes,
        graphql_type=list[shown.DescriptionChange] | None,
        description="What publishing the newest draft of a data service of my member would change.",
    )
    users = field(resolver=_users, graphql_type=shown.UserConnection | None, description="The people of my member.")
    client_keys = field(
        resolver=_client_keys,
        graphql_type=shown.ClientKeyConnection | None,
        description="The keys of my member's clients.",
    )
    approval_rules = field(
        resolver=_approval_rules,
        graphql_type=shown.ApprovalRuleConnection | None,
        description="By which rules requests to my member are approved, or were.",
    )
    client_groups = field(
        resolver=_client_groups,
        graphql_type=shown.ClientGroupConnection | None,
        description="The groups of my member, and the global ones.",
    )
    administrative_acts = field(
        resolver=_administrative_acts,
        graphql_type=shown.AdministrativeActConnection | None,
        description="Who did what to what of my member, and how it ended.",
    )
