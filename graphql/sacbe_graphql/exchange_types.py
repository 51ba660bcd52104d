"""The fixed part of the exchange: providers and their data services, whatever is published.

The fields that a description brings are added to `ExchangeQuery` and `ExchangeMutation` by
`live`; so no type here may refer to those two, or the schema would hold them twice.
"""

import strawberry
from strawberry import field

from sacbe_catalog.data_services import State
from sacbe_graphql.context import Info
from sacbe_xroad_like import registry


@strawberry.type(description="One thing that can be asked of a data service; a field below its provider.")
class DataServiceOperation:
    """A `descriptions.Operation`."""

    alias: str = field(description="Its field below the provider.")
    code: str = field(description="Its name on the wire.")
    reads: bool = field(description="True: under `Query.exchange`; false: it changes something, `Mutation.exchange`.")
    is_personal: bool = field(description="Whether its provider's steward says that it gives data of a person.")
    description: str | None = field(description="What its description says of it.")


@strawberry.type(description="A machine's way to a ministry's system: operations with typed arguments and results.")
class DataService:
    """A `data_services.DataServiceView`."""

    identifier: strawberry.ID = field(description="Such as `GT/GOV/2001/registro-civil/personas`.")
    provider: strawberry.ID = field(description="The subsystem that provides it.")
    title: str = field(description="What it is called.")
    description: str | None = field(description="What it offers.")
    kind: str = field(description="What its system speaks: `soap`, `rest`.")
    status: str = field(description="Such as `published`.")
    operations: list[DataServiceOperation] = field(description="What can be asked of it.")


@strawberry.type(description="A system on the bus that others can ask.")
class Provider:
    """A `registry.Provider`."""

    alias: str = field(description="Its field below `exchange`.")
    identifier: strawberry.ID = field(description="Its subsystem, such as `GT/GOV/2001/registro-civil`.")
    title: str = field(description="What it is called.")
    data_services: list[DataService] = field(description="What it offers.")


def _providers(info: Info) -> list[Provider]:
    return [_provider(registered) for registered in info.context.providers]


def _provider(registered: registry.Provider) -> Provider:
    return Provider(
        alias=registered.alias,
        identifier=strawberry.ID(str(registered.subsystem)),
        title=registered.title,
        data_services=[_data_service(published) for published in registered.data_services],
    )


def _data_service(published: registry.PublishedDataService) -> DataService:
    return DataService(
        identifier=strawberry.ID(str(published.identifier)),
        provider=strawberry.ID(str(published.identifier.subsystem)),
        title=published.title,
        description=published.documentation,
        kind=published.description.kind,
        status=State.PUBLISHED,
        operations=[
            DataServiceOperation(
                alias=operation.alias,
                code=operation.code,
                reads=operation.reads,
                is_personal=operation.is_personal,
                description=operation.documentation,
            )
            for operation in published.description.operations
        ],
    )


@strawberry.type(description="Reads, one field per provider, one field below it per operation.")
class ExchangeQuery:
    """What is always there."""

    providers: list[Provider] = field(resolver=_providers, description="Who can be asked, and for what.")


@strawberry.type(description="Changes, one field per provider, one field below it per operation.")
class ExchangeMutation:
    """What is always there."""

    providers: list[Provider] = field(resolver=_providers, description="Who can be asked, and for what.")
