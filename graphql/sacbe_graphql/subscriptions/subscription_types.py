"""The root `Subscription`: what can be followed, as the schema shows it.

No type here may refer to `Query`, `Mutation` or what is below `exchange`: those are made anew with each
published description, and subscriptions outlive that.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import argument, field

from sacbe_catalog import changes, views
from sacbe_graphql.catalogue_types import PublicService
from sacbe_graphql.context import Info, Subscriber
from sacbe_graphql.scalars import DateTime
from sacbe_graphql.subscriptions import health
from sacbe_terms.errors import LimitExceeded, NotAuthenticated
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import own_exchanges

IDENTIFIERS_MAX = 100
"""How many one subscription may name: they are kept for as long as it lasts."""

Identifiers = Annotated[list[strawberry.ID] | None, argument(description="Only these; without them, all.")]
Institution = Annotated[strawberry.ID | None, argument(description="Only services that this institution answers for.")]
Provider = Annotated[strawberry.ID | None, argument(description="Only data services of this subsystem.")]
DataServiceId = Annotated[strawberry.ID | None, argument(description="Only exchanges with this data service.")]
Language = Annotated[str | None, argument(description="Language of the texts (BCP 47), such as `es`, `en`, `quc`.")]


@strawberry.enum(description="What became of a public service.")
class ServiceChangeKind(Enum):
    """Values are those of `changes.Kind`."""

    ADDED = strawberry.enum_value("added", description="It is shown now.")
    CHANGED = strawberry.enum_value("changed", description="Something of it is otherwise.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="It is shown no longer.")
    MANY = strawberry.enum_value("many", description="So much changed that it is not named: read anew what you need.")


@strawberry.enum(description="Whether a data service can be called.")
class DataServiceCondition(Enum):
    """Values are those of `data_services.State`, and one for what is gone."""

    PUBLISHED = strawberry.enum_value("published", description="It can be called.")
    SUSPENDED = strawberry.enum_value("suspended", description="Its provider has suspended it.")
    GONE = strawberry.enum_value("gone", description="It is neither.")


def _kind(change: strawberry.Parent[changes.ServiceChange]) -> ServiceChangeKind:
    return ServiceChangeKind(change.kind.value)


def _changed(change: strawberry.Parent[changes.ServiceChange]) -> strawberry.ID | None:
    return strawberry.ID(change.identifier) if change.identifier else None


async def _service(
    info: Info, change: strawberry.Parent[changes.ServiceChange], language: Language = "es"
) -> views.PublicServiceView | None:
    if not change.identifier:
        return None
    return await info.context.catalogue.service(change.identifier, language=language or "es")


def _data_service(turned: strawberry.Parent[health.Health]) -> strawberry.ID:
    return strawberry.ID(str(turned.data_service))


def _condition(turned: strawberry.Parent[health.Health]) -> DataServiceCondition:
    return DataServiceCondition.GONE if turned.state is None else DataServiceCondition(turned.state.value)


def _asked_at(exchange: strawberry.Parent[own_exchanges.OwnExchange]) -> DateTime:
    asked_at = datetime.fromtimestamp(exchange.asked_at_ms / 1000, UTC)
    return DateTime(asked_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


@strawberry.type(description="A public service was added, changed or withdrawn.")
class ServiceChange:
    """A `changes.ServiceChange`."""

    kind: ServiceChangeKind = field(resolver=_kind, description="What became of it.")
    identifier: strawberry.ID | None = field(resolver=_changed, description="Its identifier; null where many changed.")
    institutions: list[strawberry.ID] = field(description="Identifiers of who answers for it, or did until now.")
    service = field(
        resolver=_service,
        graphql_type=PublicService | None,
        description="The service as it is when this is told; null where it is shown no longer, or many changed.",
    )


@strawberry.type(description="How a data service is, as far as the answering process of the node knows.")
class DataServiceHealth:
    """A `health.Health`."""

    data_service: strawberry.ID = field(resolver=_data_service, description="Its identifier.")
    condition: DataServiceCondition = field(resolver=_condition, description="Whether it can be called.")
    resting: list[str] = field(
        description="Codes of operations that failed so often that their system is let rest for a while."
    )


@strawberry.type(description="An exchange of yours, or a refusal; nothing of its content.")
class OwnExchange:
    """An `own_exchanges.OwnExchange`."""

    message_id: str | None = field(
        description="The id under which it is logged; the container of proof is fetched by it. Null for a refusal."
    )
    data_service: strawberry.ID = field(description="Who was asked.")
    operation: str | None = field(description="Code of the operation; null for a message of X-Road's wire.")
    door: str = field(description="By which way it came: `plan` (GraphQL), `rest` or `soap` (X-Road).")
    succeeded: bool = field(description="False for a refusal, a fault, or a REST status from 400 on.")
    code: str | None = field(description="Code of the error, if there was one.")
    asked_at: DateTime = field(resolver=_asked_at, description="When the request was in.")
    access_seconds: float = field(description="Time for deciding.")
    sign_seconds: float = field(description="Time for signing.")
    call_seconds: float = field(description="Time in the provider's system.")
    log_seconds: float = field(description="Time for the log.")


async def _service_changed(
    info: Info, identifiers: Identifiers = None, institution: Institution = None
) -> AsyncIterator[changes.ServiceChange]:
    async for change in _subscriber(info).feeds.services(_names(identifiers), institution):
        yield change


async def _data_service_health(
    info: Info, identifiers: Identifiers = None, provider: Provider = None
) -> AsyncIterator[health.Health]:
    subscriber = _subscriber(info)
    if not subscriber.is_known:
        raise _who_asks("How institutions' systems are, is told to those who may call them.")
    async for turned in subscriber.feeds.health(_names(identifiers), provider):
        yield turned


async def _own_exchanges(info: Info, data_service: DataServiceId = None) -> AsyncIterator[own_exchanges.OwnExchange]:
    subscriber = _subscriber(info)
    async for exchange in subscriber.feeds.exchanges(_consumer(subscriber), data_service):
        yield exchange


def _names(identifiers: list[strawberry.ID] | None) -> frozenset[str] | None:
    """Give what to look for among; raises LimitExceeded."""
    if identifiers is not None and len(identifiers) > IDENTIFIERS_MAX:
        raise LimitExceeded("number of identifiers", value=len(identifiers), allowed=IDENTIFIERS_MAX)
    return None if identifiers is None else frozenset(identifiers)


def _subscriber(info: Info) -> Subscriber:
    subscriber = info.context.subscriber
    assert subscriber is not None
    return subscriber


def _consumer(subscriber: Subscriber) -> SubsystemId:
    if subscriber.consumer is None:
        raise _who_asks("Exchanges are a client's own, and it is not known which client asks.")
    return subscriber.consumer


def _who_asks(what: str) -> NotAuthenticated:
    return NotAuthenticated(
        what=what, where="Authorization", hint="Send the token of a client: in the header, or in connection_init."
    )


@strawberry.type(description="What can be followed, as it happens.")
class Subscription:
    """Each field is one stream; nothing is told twice, and what happens while nobody follows is not told later."""

    service_changed = strawberry.subscription(
        resolver=_service_changed,
        graphql_type=ServiceChange,
        description="Public services that are added, changed or withdrawn.",
    )
    data_service_health = strawberry.subscription(
        resolver=_data_service_health,
        graphql_type=DataServiceHealth,
        description="How data services are: each as it is now, then whenever that turns. Needs a token.",
    )
    own_exchanges = strawberry.subscription(
        resolver=_own_exchanges,
        graphql_type=OwnExchange,
        description="Your own exchanges as they are recorded. Needs a client's token.",
    )
