"""What our comparison calls breaking is what GraphQL itself calls so, over the schemas of both descriptions."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, find_breaking_changes
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sacbe_graphql import outcomes
from sacbe_graphql.described_types import offered
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.comparison import compared
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Operation, Record
from sacbe_terms.identifiers import DataServiceId
from tests.graphql import offers

SERVICE = DataServiceId(offers.CIVIL_REGISTRY, "personas")
Alteration = Callable[[Field], Field]

ALTERATIONS: Sequence[Alteration] = (
    lambda field: replace(field, is_required=not field.is_required),
    lambda field: replace(field, is_nullable=not field.is_nullable),
    lambda field: replace(field, list_depth=(field.list_depth + 1) % 3),
    lambda field: replace(field, items_nullable=not field.items_nullable) if field.list_depth else field,
    lambda field: replace(field, type="Boolean", default=None),
    lambda field: replace(field, type="Estado", default=None),
    lambda field: replace(field, name=f"{field.name}X"),
    lambda field: replace(field, documentation="otra"),
    lambda field: replace(field, wire="otro"),
)


def schema(description: Description) -> GraphQLSchema:
    """Give the description's part of the schema."""
    offer = offered(description, SERVICE, TypeNames(set(), prefix="renap"), resolve=outcomes.outcome)
    return GraphQLSchema(
        query=GraphQLObjectType("Query", offer.reads),
        mutation=GraphQLObjectType("Mutation", offer.changes) if offer.changes else None,
    )


@st.composite
def altered(draw: st.DrawFn) -> Description:
    """Give the civil registry's description with one to three alterations anywhere."""
    description = offers.PERSONS
    for _ in range(draw(st.integers(1, 3))):
        step: Callable[..., Description] = draw(st.sampled_from((in_argument, in_record, in_enumeration, in_choice)))
        description = step(description, draw)
    return description


def in_argument(description: Description, draw: st.DrawFn) -> Description:
    """Change, drop or add an argument of one operation."""
    number = draw(st.integers(0, len(description.operations) - 1))
    operations = list(description.operations)
    operation: Operation = operations[number]
    operations[number] = replace(operation, arguments=some_fields(operation.arguments, draw))
    return replace(description, operations=tuple(operations))


def in_record(description: Description, draw: st.DrawFn) -> Description:
    """Change, drop or add a field of a record."""
    name = draw(st.sampled_from(("Persona", "Cedula", "Dpi")))
    record = description.types[name]
    assert isinstance(record, Record)
    fields = some_fields(record.fields, draw) or record.fields
    return replace(description, types={**description.types, name: replace(record, fields=fields)})


def some_fields(fields: tuple[Field, ...], draw: st.DrawFn) -> tuple[Field, ...]:
    """Drop, add or change one field."""
    new = Field(name="nuevo", wire="nuevo", type="String", is_required=draw(st.booleans()))
    if not fields:
        return (new,)
    number = draw(st.integers(0, len(fields) - 1))
    alteration: Any = draw(st.sampled_from(("drop", "add", *ALTERATIONS)))
    if alteration == "drop":
        return (*fields[:number], *fields[number + 1 :])
    changed = new if alteration == "add" else alteration(fields[number])
    others = fields if alteration == "add" else (*fields[:number], *fields[number + 1 :])
    return fields if any(field.name == changed.name for field in others) else (*others, changed)


def in_enumeration(description: Description, draw: st.DrawFn) -> Description:
    """Drop a value, or add one."""
    enumeration = description.types["Estado"]
    assert isinstance(enumeration, Enumeration)
    known = {value.name: value for value in (*enumeration.values, replace(enumeration.values[0], name="VIUDO"))}
    values = draw(st.sampled_from((enumeration.values[:1], tuple(known.values()))))
    return replace(description, types={**description.types, "Estado": replace(enumeration, values=values)})


def in_choice(description: Description, draw: st.DrawFn) -> Description:
    """Drop a member."""
    name = draw(st.sampled_from(("Documento", "Criterio")))
    choice = description.types[name]
    assert isinstance(choice, Choice)
    return replace(description, types={**description.types, name: replace(choice, members=choice.members[:1])})


@settings(max_examples=150, deadline=None)
@given(altered())
def test_breaking_means_what_graphql_means(after: Description) -> None:
    """For whatever was altered, both find something breaking or neither does."""
    ours = compared(offers.PERSONS, after).breaking
    theirs = find_breaking_changes(schema(offers.PERSONS), schema(after))
    assert bool(ours) == bool(theirs), (ours, theirs)
