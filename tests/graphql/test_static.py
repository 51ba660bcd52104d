"""The static schema: checked in, described, and without a hidden graphql-core."""

from pathlib import Path

import graphql
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type

from sacbe_graphql import static

ROOM = Path(static.__file__).parents[1]


def test_the_checked_in_schema_is_the_one_served() -> None:
    """`graphql/schema.graphql` is what the code says; `python -m sacbe_graphql.schema` prints it."""
    assert (ROOM / "schema.graphql").read_text(encoding="utf-8") == static.printed()


def test_our_folder_does_not_hide_graphql_core() -> None:
    """`import graphql` is the library, never our folder of that name."""
    assert "site-packages" in graphql.__file__
    assert not (ROOM / "__init__.py").exists()


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Give what a reader of the schema would find without an explanation."""
    found = []
    for named in schema.type_map.values():
        if named.name.startswith("__"):
            continue
        found += [] if named.description else [named.name]
        if isinstance(named, GraphQLObjectType | GraphQLInputObjectType):
            found += [f"{named.name}.{name}" for name, field in named.fields.items() if not field.description]
        if isinstance(named, GraphQLObjectType):
            found += [
                f"{named.name}.{name}({argument})"
                for name, field in named.fields.items()
                for argument, given in field.args.items()
                if not given.description
            ]
    return found


def test_everything_is_described() -> None:
    """Every type, field and argument of the static schema says what it is."""
    assert undescribed(static.schema()) == []


def test_no_static_type_leads_back_to_the_exchange() -> None:
    """Nothing but the two roots refers to a type that is made anew at each change of the registry."""
    rebuilt = {"Query", "Mutation", "ExchangeQuery", "ExchangeMutation"}
    schema = static.schema()
    for named in schema.type_map.values():
        assert not isinstance(named, GraphQLUnionType)
        if isinstance(named, GraphQLObjectType) and named.name not in ("Query", "Mutation"):
            assert not rebuilt & {get_named_type(field.type).name for field in named.fields.values()}
