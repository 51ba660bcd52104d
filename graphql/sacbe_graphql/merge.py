"""The schema in force: the static one, with every published operation below `exchange`.

A pure function from the registry to a schema. Each provider's part is built by itself
(`provider_part`) and taken over unchanged into the next schema until its provider changes.
graphql-core offers no way to put fields into a finished type, so the types on the way to the
exchange are made anew and all others are shared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLSchema

from sacbe_graphql import linked_fields, outcomes, provider_part
from sacbe_graphql.provider_part import IS_ROUTE, LeftOut, ProviderPart
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.registry import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A schema, the parts that it was put together from, and what is missing from it."""

    schema: GraphQLSchema
    parts: tuple[ProviderPart, ...]
    left_out: tuple[LeftOut, ...]


def merged(static: GraphQLSchema, providers: Sequence[Provider], before: Sequence[ProviderPart] = ()) -> Merged:
    """Build the schema in force; the static one stays as it is, and parts from before are taken where they fit."""
    parts, clashing = _parts_and_linked(static, providers, before)
    linked_fields.add([part for part in parts if part not in before], parts)
    left_out = (*(each for part in parts for each in (*part.left_out, *part.linked.left_out)), *clashing)
    names = frozenset[str]().union(*(part.linked.names for part in parts))
    schema = _with_exchange(static, parts, {linked_fields.LINK_NAMES: names})
    return Merged(schema=schema, parts=parts, left_out=left_out)


def _parts_and_linked(
    static: GraphQLSchema, providers: Sequence[Provider], before: Sequence[ProviderPart]
) -> tuple[tuple[ProviderPart, ...], list[LeftOut]]:
    """Give each provider's part; one whose links lead to a part that is new is new itself."""
    kept = {part.provider.subsystem: part for part in before}
    while True:
        parts, clashing = _parts(static, providers, kept)
        new = {part.provider.subsystem for part in parts if part not in before}
        gone = {part.provider.subsystem for part in before} - {part.provider.subsystem for part in parts}
        stale = {part.provider.subsystem for part in parts if part in before and part.leads_to & (new | gone)}
        if not stale:
            return parts, clashing
        kept = {part.provider.subsystem: part for part in parts if part.provider.subsystem not in stale}


def _parts(
    static: GraphQLSchema, providers: Sequence[Provider], before: Mapping[SubsystemId, ProviderPart]
) -> tuple[tuple[ProviderPart, ...], list[LeftOut]]:
    """Give each provider's part, in their order; who comes second to an alias is left out whole."""
    taken, parts, clashing = set(static.type_map), dict[str, ProviderPart](), list[LeftOut]()
    for provider in providers:
        if provider.alias in parts or provider.alias == "providers":
            clashing += provider_part.refused(provider)
        else:
            parts[provider.alias] = provider_part.fitting(before.get(provider.subsystem), provider, taken)
    return tuple(parts.values()), clashing


def _with_exchange(static: GraphQLSchema, parts: Sequence[ProviderPart], extensions: dict[str, Any]) -> GraphQLSchema:
    types = dict(static.type_map)
    for root, below in (("Query", "ExchangeQuery"), ("Mutation", "ExchangeMutation")):
        fields = {part.provider.alias: part.fields[root] for part in parts if root in part.fields}
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
