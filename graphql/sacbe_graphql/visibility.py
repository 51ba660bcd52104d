"""What a caller may use and what she may ask for, and how the schema shows the difference.

Everything that is published is shown, so that it can be asked for. What she has no agreement for
bears a mark before its description, in the fields of its provider's types.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, get_named_type

from sacbe_graphql.described_types import OFFERED, Offered
from sacbe_graphql.provider_part import ProviderPart
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like.registry import Registry

MARK = "[Se puede pedir acceso. Access may be asked for.]"
"""Begins the description of what the caller has no agreement for."""

Usable = frozenset[DataServiceId | OperationId]
"""What a caller has agreements for: whole data services, and single operations."""

NOTHING: Usable = frozenset()
"""A caller whom nobody knows has no agreement."""


def usable(registry: Registry, consumer: SubsystemId | None) -> Usable:
    """Say what a caller may use now."""
    if consumer is None:
        return NOTHING
    now = datetime.now(UTC)
    return frozenset(
        agreement.about
        for service in registry.data_services
        for agreement in registry.agreements.get((consumer, service), ())
        if agreement.is_in_force(now)
    )


def route_types(part: ProviderPart) -> tuple[GraphQLObjectType, ...]:
    """Give the types of a provider that hold its operations' fields."""
    return tuple(_object(get_named_type(field.type)) for field in part.fields.values())


def to_ask_for(part: ProviderPart, held: Usable) -> frozenset[str]:
    """Give the aliases of a provider's operations that the caller may only ask for."""
    fields = (item for named in route_types(part) for item in named.fields.items())
    return frozenset(alias for alias, field in fields if not _is_usable(field.extensions[OFFERED], held))


def marked(part: ProviderPart, aliases: frozenset[str]) -> Mapping[str, GraphQLNamedType]:
    """Give the provider's types by name, with these operations marked."""
    return {named.name: _marked(named, aliases) for named in route_types(part)}


def all_marked(parts: Sequence[ProviderPart], held: Usable) -> Mapping[str, GraphQLNamedType]:
    """Give every provider's types by name as this caller is shown them."""
    return {name: named for part in parts for name, named in marked(part, to_ask_for(part, held)).items()}


def _is_usable(offered: Offered, held: Usable) -> bool:
    return offered.service in held or OperationId(offered.service, offered.operation.code) in held


def _marked(named: GraphQLObjectType, aliases: frozenset[str]) -> GraphQLObjectType:
    if aliases.isdisjoint(named.fields):
        return named
    arguments = named.to_kwargs()
    arguments["fields"] = dict(_marked_fields(named, aliases))
    return GraphQLObjectType(**arguments)


def _marked_fields(named: GraphQLObjectType, aliases: frozenset[str]) -> Iterator[tuple[str, GraphQLField]]:
    for alias, field in named.fields.items():
        yield alias, _marked_field(field) if alias in aliases else field


def _marked_field(field: GraphQLField) -> GraphQLField:
    arguments = field.to_kwargs()
    arguments["description"] = f"{MARK} {field.description or ''}".strip()
    return GraphQLField(**arguments)


def _object(named: object) -> GraphQLObjectType:
    assert isinstance(named, GraphQLObjectType)
    return named
