"""The static schema: what the door offers before anything is published.

strawberry declares it; graphql-core runs it. Plain fields get resolvers of our own that read one
attribute, several times faster than strawberry's.
"""

from collections.abc import Callable, Iterable
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
    is_non_null_type,
    print_schema,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from sacbe_graphql.queries import Mutation, Query
from sacbe_graphql.scalars import STATIC_SCALARS, Base64Binary, DateTime, Json, Long, Time, Xml
from sacbe_graphql.subscriptions.subscription_types import Subscription


def schema() -> GraphQLSchema:
    """Build the static schema; every custom scalar is in it, so that published fields can share it."""
    declared = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Long, DateTime, Time, Base64Binary, Json, Xml],
        config=StrawberryConfig(scalar_map=STATIC_SCALARS),
    )
    core: GraphQLSchema = declared._schema  # strawberry has no public name for it; the version is pinned
    for named in core.type_map.values():
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            _make_fast(named)
            _drop_null_defaults(argument for field in named.fields.values() for argument in field.args.values())
        elif isinstance(named, GraphQLInputObjectType):
            _drop_null_defaults(named.fields.values())
    _tell_one_of(core)
    return core


def printed() -> str:
    """Give the static schema in schema definition language, as `graphql/schema.graphql` has it."""
    return print_schema(schema()) + "\n"


def _make_fast(named: GraphQLObjectType) -> None:
    named.is_type_of = None
    for core_field in named.fields.values():
        declared = core_field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if isinstance(declared, StrawberryField) and declared.is_basic_field:
            core_field.resolve = _attribute(declared.python_name, core_field)


def _tell_one_of(core: GraphQLSchema) -> None:
    """Undo what strawberry does to introspection: it tells `isOneOf` of its own types only."""
    introspected = core.type_map["__Type"]
    assert isinstance(introspected, GraphQLObjectType)
    introspected.fields["isOneOf"] = GraphQLField(
        GraphQLBoolean, resolve=lambda named, _info: getattr(named, "is_one_of", None)
    )


def _drop_null_defaults(inputs: Iterable[GraphQLArgument | GraphQLInputField]) -> None:
    """Let `query: String` stand in the schema where strawberry would write `query: String = null`."""
    for each in inputs:
        if each.default is not None and each.default.value is None and each.default.literal is None:
            each.default = None
        if each.default_value is None:
            each.default_value = Undefined


def _attribute(name: str, core_field: GraphQLField) -> Callable[[Any, GraphQLResolveInfo[Any]], object]:
    def given(source: Any, _info: GraphQLResolveInfo[Any]) -> object:
        return getattr(source, name)

    def known(source: Any, _info: GraphQLResolveInfo[Any]) -> object:
        value = getattr(source, name)
        return None if value == "" else value

    return given if is_non_null_type(core_field.type) else known
