"""What a query's resolvers are given: the catalogue, the providers, and the outcomes of its exchange."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import strawberry

from sacbe_catalog.data_services import DataServices
from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql.subscriptions.feeds import Feeds
from sacbe_terms.exchange import Outcome
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.administration.desk import Desk
from sacbe_xroad_like.registry import Provider, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who follows, and what there is to follow."""

    feeds: Feeds
    is_known: bool
    consumer: SubsystemId | None
    """None for a person, and for whoever shows no token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request's."""

    catalogue: CatalogueReader
    data_services: DataServices
    desk: Desk
    """Where whoever asks administers."""
    providers: tuple[Provider, ...]
    registry: Registry = field(default_factory=Registry)
    """What is in force at this moment; `providers` are those of the schema that the request keeps to."""
    mentioned: frozenset[str] = frozenset()
    """Names of all fields in the document, so that nothing is counted that nobody asked for."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By response path, such as `exchange.renap.persona`."""
    subscriber: Subscriber | None = None
    """Of a subscription."""


Info = strawberry.Info[Context, None]
