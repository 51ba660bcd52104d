"""What breaks clients between two schemas is named."""

import pytest

from sacbe_graphql import schema_changes, static
from sacbe_terms.errors import SchemaNotReadable
from tests.graphql import offers

IN_FORCE = schema_changes.in_force(offers.REGISTRY.providers)


def test_a_schema_breaks_nothing_against_itself() -> None:
    """What is printed can be read again, and nothing has changed."""
    assert schema_changes.between(IN_FORCE, IN_FORCE, where="a") == schema_changes.SchemaChanges(
        breaking=(), dangerous=()
    )


def test_a_suspended_provider_breaks() -> None:
    """The fields that are gone are named."""
    found = schema_changes.between(IN_FORCE, schema_changes.in_force(offers.REGISTRY.providers[:1]), where="a")
    assert "ExchangeQuery.sat was removed." in {each.description.replace("Field ", "") for each in found.breaking}
    assert {each.kind for each in found.breaking} == {"FIELD_REMOVED", "TYPE_REMOVED"}


def test_a_published_provider_breaks_nothing() -> None:
    """More fields break nobody."""
    found = schema_changes.between(schema_changes.in_force(()), IN_FORCE, where="a")
    assert found.breaking == ()


def test_the_static_schema_breaks_nothing_since_the_release() -> None:
    """Who wrote queries for the last release can go on."""
    assert schema_changes.since_release().breaking == ()


def test_a_new_value_may_surprise() -> None:
    """A value that clients do not know yet is dangerous, and does not break."""
    before = "type Query { a: E } enum E { A }"
    found = schema_changes.between(before, before.replace("{ A }", "{ A B }"), where="a")
    assert [each.kind for each in found.dangerous] == ["VALUE_ADDED_TO_ENUM"]
    assert found.breaking == ()


@pytest.mark.parametrize(
    "text", ["", "type", "type Query { a: Unknown }", "<html>", "{ a }", "[" * 100_000, "type A"], ids=range(7)
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    """A file that holds none is named, with the first thing that is wrong."""
    with pytest.raises(SchemaNotReadable, match=r"file\.graphql holds no GraphQL schema"):
        schema_changes.between(text, static.printed(), where="file.graphql")
