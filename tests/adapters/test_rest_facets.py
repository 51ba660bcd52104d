"""Facets of OpenAPI's schemas: arguments are held to them before anything is sent, replies are not."""

from typing import Any

import pytest

from sacbe_adapters.rest.facets import checked, of_schema
from sacbe_adapters.rest.reply import ReplyReader
from sacbe_adapters.rest.request import RequestWriter
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Facets, Field
from sacbe_terms.errors import ArgumentsNotValid
from tests.adapters.openapi_museum import read

FACETS = read("facets.yaml")


def write(code: str, **arguments: Any) -> str:
    """Write a request of an operation and give its target."""
    operation = FACETS.operation(code)
    assert operation is not None
    return RequestWriter(operation, FACETS).write(arguments, name="a/b/c").target


@pytest.mark.parametrize(
    ("name", "value", "where", "reason"),
    [
        ("dpi", "123", "dpi", "pattern"),
        ("dpi", "1234567890123\n", "dpi", "pattern"),
        ("dpi", "１234567890123", "dpi", "pattern"),
        ("corto", "a", "corto", "shorter than 2"),
        ("corto", "abcd", "corto", "longer than 3"),
        ("puntos", -1, "puntos", "below 0"),
        ("puntos", 10, "puntos", "not below 10"),
        ("monto", "0.00", "monto", "not above 0"),
        ("monto", "1000000000000000000000.51", "monto", "above 1000000000000000000000.5"),
        ("doble", 0.2, "doble", "above 0.1"),
        ("lista", [], "lista", "fewer than 1"),
        ("lista", ["a", "b", "c"], "lista", "more than 2"),
        ("lista", ["a", "bb"], "lista/1", "longer than 1"),
    ],
)
def test_arguments_are_held_to_facets(name: str, value: Any, where: str, reason: str) -> None:
    """What the description forbids is refused at its place, without the value."""
    with pytest.raises(ArgumentsNotValid, match=reason) as caught:
        write("a", **{name: value})
    assert caught.value.where == where


def test_members_of_bodies_are_held_too() -> None:
    """A member of a body is refused at its place."""
    with pytest.raises(ArgumentsNotValid, match="above 150") as caught:
        write("b", body={"edad": "151"})
    assert caught.value.where == "body/edad"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dpi", "1234567890123"),
        ("corto", "😀é"),
        ("puntos", 9),
        ("monto", "1000000000000000000000.5"),
        ("doble", 0.1),
        ("lista", ["a"]),
        ("propio", "ñ"),
    ],
)
def test_what_fits_is_sent(name: str, value: Any) -> None:
    """Bounds are exact, lengths count characters, and a pattern that Python has not is left to the system."""
    assert write("a", **{name: value})


def test_no_pattern_takes_long() -> None:
    """A pattern that could take for ever is not tried."""
    assert write("a", caro="a" * 5000 + "!")
    assert of_schema({"pattern": "^(a+)+$"}, "string") is None


@pytest.mark.parametrize("pattern", ["^[[a-z]+$", "^[a&&b]$", "^[+--]$"])
def test_patterns_that_python_may_read_otherwise_are_left_to_the_system(pattern: str) -> None:
    """What Python warns about is not tried; the description is read all the same."""
    facets = of_schema({"pattern": pattern}, "string")
    field = Field(name="a", wire="a", type="String", facets=facets)
    assert checked(str, field)("!") == "!"


def test_limits_that_are_no_numbers_ask_for_nothing() -> None:
    """YAML writes numbers that JSON does not know."""
    assert of_schema({"minimum": float("nan"), "maximum": float("inf")}, "number") is None


def test_limits_of_openapi_3_0() -> None:
    """In 3.0 the exclusive words are flags beside the limits."""
    assert of_schema({"minimum": 1, "exclusiveMinimum": True, "maximum": 2}, "integer") == Facets(
        minimum="1", maximum="2", is_above_minimum=True
    )
    assert of_schema({"minLength": "3", "pattern": 7}, "string") is None


def test_replies_are_not_held_to_facets() -> None:
    """A text that is longer than described is what the ministry keeps, and is given."""
    operation = FACETS.operation("a")
    assert operation is not None
    reply = HttpReply(status=200, headers={"content-type": "application/json"}, body=b'"largo"')
    assert ReplyReader(operation, FACETS).read(reply, name="a/b/c") == "largo"
