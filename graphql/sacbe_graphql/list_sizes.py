"""How long a list is taken to be: every list field declares it, so that a query's cost is known before it runs.

A list in pages is as long as its argument `first` asks. Any other list has a usual length, in the
words of the GraphQL Cost Directives (section "The @listSize directive") an assumed size: not the
most that there could be, but what a long one of its kind has.
"""

from collections.abc import Mapping

FIRST = "first"
"""The argument that says how long a page is."""

PAGED = frozenset({"nodes", "edges"})
"""The fields of a connection that are as long as its page."""

DESCRIBED_ITEMS = 100
"""Of a list that a ministry's operation gives: its document does not say how long it is."""

DESCRIBED_PART_ITEMS = 10
"""Of a list within a record that a ministry's operation gives."""

ASSUMED: Mapping[str, int] = {
    "Query.dataServiceChanges": 50,
    "Query.events": 30,
    "Query.institutionReviews": 100,
    "SearchPart.words": 3,
    "SearchUnderstanding.parts": 4,
    "AdministrativeAct.members": 2,
    "Agreement.fields": 10,
    "Agreement.routes": 5,
    "ApprovalRule.fields": 10,
    "ApprovalRule.routes": 5,
    "Channel.openingHours": 3,
    "CheckPayload.changes": 50,
    "CheckPayload.driftedDocuments": 5,
    "ClientGroup.members": 20,
    "DataService.operations": 20,
    "DataServiceHealth.resting": 5,
    "Evidence.suppliedBy": 3,
    "ExchangeMutation.providers": 50,
    "ExchangeQuery.providers": 50,
    "Institution.addresses": 2,
    "Institution.emails": 2,
    "Institution.telephones": 2,
    "Me.roles": 3,
    "PersonNumberProposal.places": 5,
    "Provider.dataServices": 4,
    "PublicService.areas": 3,
    "PublicService.audiences": 3,
    "PublicService.channels": 3,
    "PublicService.costs": 3,
    "PublicService.events": 3,
    "PublicService.evidences": 5,
    "PublicService.institutions": 2,
    "PublicService.keywords": 5,
    "PublicService.languages": 3,
    "PublicService.legalResources": 3,
    "PublicService.notKnown": 3,
    "PublicService.outputs": 2,
    "PublicService.requirements": 5,
    "PublicService.sources": 2,
    "PublicService.texts": 20,
    "PublicServiceConnection.facets": 80,
    "PublishedPayload.operations": 20,
    "Quality.missing": 5,
    "RecordReview.findings": 5,
    "RegisteredPayload.changes": 50,
    "RegisteredPayload.operations": 20,
    "RegisteredPayload.proposals": 10,
    "Requirement.evidences": 2,
    "Requirement.legalResources": 2,
    "RevokedUserPayload.roles": 3,
    "ServiceChange.institutions": 2,
    "Truth.parts": 5,
    "User.keys": 3,
    "User.roles": 3,
}
"""Lists of the static schema by type and field; a test holds this table and the schema together."""


def assumed(type_name: str, field: str) -> int:
    """Give the usual length of a list that is not in pages; a record's that a description brings has its own."""
    return ASSUMED.get(f"{type_name}.{field}", DESCRIBED_PART_ITEMS)
