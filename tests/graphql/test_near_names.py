"""Near names: "Did you mean" for those who may know, at a bounded price."""

import sys

import pytest
from graphql import GraphQLField, GraphQLInt, GraphQLObjectType, GraphQLSchema, parse, validate

from sacbe_graphql import near_names, validation_rules
from sacbe_graphql.documents import VALIDATION_ERRORS_MAX


def messages(schema: GraphQLSchema, text: str) -> list[str]:
    """Give the errors of a document, with hints."""
    rules, most = validation_rules.HINTING, VALIDATION_ERRORS_MAX
    found = validate(schema, parse(text), rules, max_errors=most, hide_suggestions=True)
    return [error.message for error in found]


def schema_of(*fields: str, types: int = 0) -> GraphQLSchema:
    """Give a schema with these root fields, and so many types beside."""
    number = GraphQLField(GraphQLInt)
    others = [GraphQLObjectType(f"RenapConsultaDePersona{each}", {"a": number}) for each in range(types)]
    return GraphQLSchema(GraphQLObjectType("Query", dict.fromkeys(fields, number)), types=others, assume_valid=True)


@pytest.mark.parametrize(
    ("asked", "near"),
    [("servises", "services"), ("dataservice", "dataServices"), ("service", "services"), ("xyz", ""), ("s", "")],
)
def test_the_nearest_field_is_proposed(asked: str, near: str) -> None:
    """A misspelt field gets the name that is most like it, one that is like none gets none."""
    [message] = messages(schema_of("services", "dataServices", "institutions"), f"{{ {asked} }}")
    assert message.endswith(f"Did you mean '{near}'?" if near else "on type 'Query'.")


def calls(schema: GraphQLSchema, text: str) -> int:
    """Count the function calls that validation takes."""
    counted = 0

    def count(_frame: object, event: str, _what: object) -> None:
        nonlocal counted
        counted += event.endswith("call")

    sys.setprofile(count)
    try:
        messages(schema, text)
    finally:
        sys.setprofile(None)
    return counted


def test_a_hint_costs_the_same_in_a_large_schema() -> None:
    """With 3,000 types more, a document with misspelt names of fields and types takes as many steps as before."""
    text = "{ servises ... on RenapConsultaDePersonaX { a } } "
    small, large = (calls(schema_of("services", types=number), text) for number in (30, 3_030))
    assert large < small * 1.1


def test_only_the_first_errors_get_a_hint() -> None:
    """Of many misspelt fields the first few are told the nearest name."""
    found = messages(schema_of("services"), "{" + " ".join(f"servises{number}" for number in range(15)) + "}")
    assert sum("Did you mean" in message for message in found) == near_names.HINTS_MAX
