"""The root fields, one read of the catalogue each."""

from typing import Annotated

import strawberry
from strawberry import argument, field

from sacbe_catalog import paging, views
from sacbe_catalog.data_services import DataServiceView
from sacbe_catalog.history import RecordVersion
from sacbe_catalog.understanding import Understanding
from sacbe_catalog.upkeep import InstitutionUpkeep
from sacbe_catalog.views import Page
from sacbe_graphql import catalogue_types as shown
from sacbe_graphql import connections
from sacbe_graphql.administration_mutations import AdministrationMutation
from sacbe_graphql.administration_queries import AdministrationQuery
from sacbe_graphql.change_types import RecordChange
from sacbe_graphql.context import Info
from sacbe_graphql.exchange_types import DataService, ExchangeMutation, ExchangeQuery
from sacbe_graphql.review_types import InstitutionReview
from sacbe_graphql.search_types import SearchUnderstanding

LANGUAGE = "es"
"""The language of texts where the caller names none."""

PAGE_RECORDS = 20
"""How many records a page has where the caller does not say."""

SUGGESTIONS = 8
"""How many completions are given where the caller does not say."""

Query_ = Annotated[str | None, argument(description="Words to look for; without them, everything.")]
Language = Annotated[str | None, argument(description="Language of the texts (BCP 47), such as `es`, `en`, `quc`.")]
First = Annotated[int | None, argument(description="How many at most, up to 100.")]
After = Annotated[str | None, argument(description="The cursor behind which to go on.")]
Identifier = Annotated[strawberry.ID, argument(description="Its identifier.")]
Filter = Annotated[shown.ServiceFilter | None, argument(description="Narrows the list.")]
Kind = Annotated[shown.EventKind | None, argument(description="Only events of this kind.")]
ProviderId = Annotated[strawberry.ID | None, argument(description="Only those of this subsystem.")]
Prefix = Annotated[str, argument(description="What was typed so far.")]


def _size(first: int | None, usual: int) -> int:
    size = usual if first is None else first
    paging.check_first(size)
    return size


def _language(asked: str | None) -> str:
    return asked or LANGUAGE


async def _services(
    info: Info,
    query: Query_ = None,
    filter: Filter = None,
    language: Language = LANGUAGE,
    first: First = PAGE_RECORDS,
    after: After = None,
) -> Page[views.PublicServiceView]:
    return await info.context.catalogue.services(
        query=query,
        filter=views.ServiceFilter() if filter is None else filter.view(),
        language=_language(language),
        first=_size(first, PAGE_RECORDS),
        after=after,
        with_facets="facets" in info.context.mentioned,
    )


async def _reviews(
    info: Info, filter: Filter = None, first: First = PAGE_RECORDS, after: After = None
) -> Page[views.PublicServiceView]:
    wanted = views.ServiceFilter() if filter is None else filter.view()
    return await info.context.catalogue.services(filter=wanted, first=_size(first, PAGE_RECORDS), after=after)


async def _institution_reviews(info: Info, language: Language = LANGUAGE) -> tuple[InstitutionUpkeep, ...]:
    return await info.context.catalogue.upkeep(language=_language(language))


async def _service(info: Info, identifier: Identifier, language: Language = LANGUAGE) -> views.PublicServiceView | None:
    return await info.context.catalogue.service(identifier, language=_language(language))


async def _institutions(
    info: Info,
    query: Query_ = None,
    language: Language = LANGUAGE,
    first: First = PAGE_RECORDS,
    after: After = None,
) -> Page[views.InstitutionView]:
    return await info.context.catalogue.institutions(
        query=query, language=_language(language), first=_size(first, PAGE_RECORDS), after=after
    )


async def _institution(
    info: Info, identifier: Identifier, language: Language = LANGUAGE
) -> views.InstitutionView | None:
    return await info.context.catalogue.institution(identifier, language=_language(language))


async def _events(info: Info, kind: Kind = None, language: Language = LANGUAGE) -> tuple[views.EventView, ...]:
    return await info.context.catalogue.events(
        kind=None if kind is None else str(kind.value), language=_language(language)
    )


async def _suggest(
    info: Info, prefix: Prefix, language: Language = LANGUAGE, first: First = SUGGESTIONS
) -> tuple[views.Suggestion, ...]:
    return await info.context.catalogue.suggest(prefix, language=_language(language), first=_size(first, SUGGESTIONS))


async def _search_understanding(
    info: Info,
    query: Annotated[str, argument(description="What was searched for.")],
    language: Language = LANGUAGE,
    service: Annotated[strawberry.ID | None, argument(description="A result to explain.")] = None,
) -> Understanding:
    return await info.context.catalogue.understood(query, language=_language(language), service=service or "")


async def _record_changes(
    info: Info,
    since: Annotated[int, argument(description="The number of the last change that is known; 0 for all.")] = 0,
    first: First = PAGE_RECORDS,
) -> tuple[RecordVersion, ...]:
    return await info.context.catalogue.changes(since=since, first=_size(first, PAGE_RECORDS))


async def _data_services(
    info: Info,
    query: Query_ = None,
    provider: ProviderId = None,
    language: Language = LANGUAGE,  # noqa: ARG001 - fixed by the design; a description is in one language
    first: First = PAGE_RECORDS,
    after: After = None,
) -> Page[DataServiceView]:
    return await info.context.data_services.data_services(
        query=query, provider=provider, first=_size(first, PAGE_RECORDS), after=after
    )


async def _data_service(
    info: Info,
    identifier: Identifier,
    language: Language = LANGUAGE,  # noqa: ARG001 - fixed by the design; a description is in one language
) -> DataServiceView | None:
    return await info.context.data_services.data_service(identifier)


def _exchange_query() -> ExchangeQuery:
    return ExchangeQuery()


def _exchange_mutation() -> ExchangeMutation:
    return ExchangeMutation()


@strawberry.type(description="What can be asked of the catalogue, and through `exchange` of the institutions' systems.")
class Query(AdministrationQuery):
    """The static part; `merge` puts the published operations below `exchange`."""

    services = field(
        resolver=_services,
        graphql_type=connections.PublicServiceConnection,
        description="Public services: those that fit the words, best first.",
    )
    service = field(
        resolver=_service, graphql_type=shown.PublicService | None, description="One public service, or null."
    )
    record_reviews = field(
        resolver=_reviews,
        graphql_type=connections.RecordReviewConnection,
        description="What there is to mend in public services: in Spanish, which the rules are for.",
    )
    institution_reviews = field(
        resolver=_institution_reviews,
        graphql_type=list[InstitutionReview],
        description="How true each institution keeps its records, in alphabetical order.",
    )
    institutions = field(
        resolver=_institutions, graphql_type=connections.InstitutionConnection, description="Public institutions."
    )
    institution = field(
        resolver=_institution, graphql_type=shown.Institution | None, description="One institution, or null."
    )
    events = field(resolver=_events, graphql_type=list[shown.Event], description="Life events and business events.")
    suggest = field(
        resolver=_suggest, graphql_type=list[shown.Suggestion], description="Completions of what is being typed."
    )
    search_understanding = field(
        resolver=_search_understanding,
        graphql_type=SearchUnderstanding,
        description="What search makes of a query, what may have been meant, and why a service is a result.",
    )
    record_changes = field(
        resolver=_record_changes,
        graphql_type=list[RecordChange],
        description="The changes after a number, the oldest first; read from 0, they give the public catalogue.",
    )
    data_services = field(
        resolver=_data_services,
        graphql_type=connections.DataServiceConnection,
        description="What machines can be asked for.",
    )
    data_service = field(
        resolver=_data_service, graphql_type=DataService | None, description="One data service, or null."
    )
    exchange = field(resolver=_exchange_query, description="Institutions' systems, one field per provider; reads only.")


@strawberry.type(description="What can be changed. Root fields run one after another.")
class Mutation(AdministrationMutation):
    """The static part; `merge` puts the published operations below `exchange`."""

    exchange = field(
        resolver=_exchange_mutation,
        description="Operations that change something in an institution's system; they run in document order.",
    )
