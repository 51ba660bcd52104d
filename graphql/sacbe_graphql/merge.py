"""The schema in force: the static one, with every published operation below `exchange`.

A pure function from the registry to a schema. A description that cannot be shown is left out with
the reason, and never takes the others down. graphql-core offers no way to put fields into a
finished type, so the types on the way to the exchange are made anew and all others are shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLSchema

from sacbe_graphql import linked_fields, outcomes
from sacbe_graphql.described_types import Offer, check_names, offered
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.errors import NameClash
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like.registry import Provider, PublishedDataService

IS_ROUTE = "sacbe.route"
"""Key in a type's `extensions`: it leads to exchange fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A published data service, or one link of its records, that cannot be shown, and why."""

    service: DataServiceId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A schema, and what is missing from it."""

    schema: GraphQLSchema
    left_out: tuple[LeftOut, ...]


@dataclass(slots=True)
class _Exchange:
    """What was put below `ExchangeQuery` and `ExchangeMutation` so far, and which type names are taken."""

    taken: set[str]
    reads: dict[str, GraphQLField] = field(default_factory=dict)
    changes: dict[str, GraphQLField] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)


def merged(static: GraphQLSchema, providers: Sequence[Provider]) -> Merged:
    """Build the schema in force; the static one stays as it is."""
    exchange = _Exchange(taken=set(static.type_map))
    for provider in providers:
        _add_provider(exchange, provider)
    linked = linked_fields.add((*exchange.reads.values(), *exchange.changes.values()), providers)
    exchange.left_out += (LeftOut(service=service, reason=reason) for service, reason in linked.left_out)
    schema = _with_exchange(static, exchange, {linked_fields.LINK_NAMES: frozenset(linked.names)})
    return Merged(schema=schema, left_out=tuple(exchange.left_out))


def _add_provider(exchange: _Exchange, provider: Provider) -> None:
    below = Offer()
    for service in provider.data_services:
        try:
            _add_service(below, service, provider, exchange)
        except Exception as error:  # whatever is wrong with one description, the others stay
            exchange.left_out.append(LeftOut(service=service.identifier, reason=str(error)))
    for kind, fields, aliases in (
        ("Query", below.reads, exchange.reads),
        ("Mutation", below.changes, exchange.changes),
    ):
        if fields:
            names = TypeNames(exchange.taken, prefix=provider.alias)
            aliases[provider.alias] = _provider_field(provider, names.give(kind), fields)
            names.settle()


def _add_service(below: Offer, service: PublishedDataService, provider: Provider, exchange: _Exchange) -> None:
    check_names(str(provider.subsystem), (provider.alias,))
    if provider.alias in exchange.reads or provider.alias in exchange.changes or provider.alias == "providers":
        raise _clash(provider.alias, str(provider.subsystem))
    names = TypeNames(exchange.taken, prefix=provider.alias, qualifier=service.identifier.service_code)
    offer = offered(service.description, service.identifier, names, resolve=outcomes.outcome)
    for alias in (*offer.reads, *offer.changes):
        if alias in below.reads or alias in below.changes:
            raise _clash(alias, str(service.identifier))
    names.settle()
    below.reads.update(offer.reads)
    below.changes.update(offer.changes)


def _provider_field(provider: Provider, name: str, fields: dict[str, GraphQLField]) -> GraphQLField:
    named = GraphQLObjectType(
        name, fields, description=f"{provider.title} ({provider.subsystem}).", extensions={IS_ROUTE: True}
    )
    return GraphQLField(GraphQLNonNull(named), resolve=outcomes.onward, description=provider.title or None)


def _with_exchange(static: GraphQLSchema, exchange: _Exchange, extensions: dict[str, Any]) -> GraphQLSchema:
    types = dict(static.type_map)
    for root, below, fields in (
        ("Query", "ExchangeQuery", exchange.reads),
        ("Mutation", "ExchangeMutation", exchange.changes),
    ):
        wider = _widened(types[below], fields)
        types[below], types[root] = wider, _widened(types[root], {"exchange": _leading_to(types[root], wider)})
    arguments = static.to_kwargs()
    arguments["types"] = tuple(types[named.name] for named in arguments["types"] or ())
    arguments["query"], arguments["mutation"] = _object(types["Query"]), _object(types["Mutation"])
    arguments["extensions"] = {**static.extensions, **extensions}
    # Every part was validated by itself and no two types share a name: the whole needs no second walk.
    arguments["assume_valid"] = True
    return GraphQLSchema(**arguments)


def _object(named: object) -> GraphQLObjectType:
    assert isinstance(named, GraphQLObjectType)
    return named


def _widened(named: object, fields: dict[str, GraphQLField]) -> GraphQLObjectType:
    arguments = _object(named).to_kwargs()
    arguments["fields"] = {**_object(named).fields, **fields}
    arguments["extensions"] = {**_object(named).extensions, IS_ROUTE: True}
    return GraphQLObjectType(**arguments)


def _leading_to(root: object, exchange: GraphQLObjectType) -> GraphQLField:
    arguments = _object(root).fields["exchange"].to_kwargs()
    arguments["type_"] = GraphQLNonNull(exchange)
    arguments["resolve"] = outcomes.onward
    return GraphQLField(**arguments)


def _clash(alias: str, where: str) -> NameClash:
    return NameClash(
        what=f"The name '{alias}' is already taken.", where=where, hint="Give one of the two another alias."
    )
