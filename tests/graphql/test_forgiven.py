"""What was forgiven comes to stand in the value where its null is."""

from typing import Any

from sacbe_graphql import forgiven
from sacbe_graphql.forgiven import Forgiven
from sacbe_terms.errors import Problem
from sacbe_terms.exchange import Outcome, PlannedCall
from tests.graphql import offers

CALL = PlannedCall(
    paths=("exchange.renap.persona",),
    service=offers.REGISTRY.providers[0].data_services[0].identifier,
    operation_code="consultarPersona",
    arguments={},
)


def shown(value: object, *places: str) -> Any:
    """Give the value of an outcome with problems at these places."""
    problems = tuple(Problem(where=place, reason=f"wrong {place}") for place in places)
    return forgiven.shown(Outcome(call=CALL, value=value, problems=problems)).value


def places(error: object) -> list[str]:
    """Give the places that an error in a value names."""
    assert isinstance(error, Forgiven)
    return [each.where for each in error.errors]


def test_a_sound_outcome_is_the_same_object() -> None:
    """Nothing is copied where nothing was forgiven."""
    outcome = Outcome(call=CALL, value={"a": [1]})
    assert forgiven.shown(outcome) is outcome


def test_the_error_stands_where_the_null_is() -> None:
    """At the field, at the null above it, or for the whole: the rest of the value stays, and so does the original."""
    value: Any = {"a": None, "b": [{"c": None, "d": 1}, {"c": 2}], "e": None}
    found = shown(value, "a", "b/0/c", "e/f/0", "e/g")
    assert places(found["a"]) == ["a"]
    assert places(found["b"][0]["c"]) == ["b/0/c"]
    assert (found["b"][0]["d"], found["b"][1]) == (1, {"c": 2})
    assert places(found["e"]) == ["e/f/0", "e/g"]
    assert value["a"] is None
    assert value["b"][0]["c"] is None


def test_a_place_that_is_not_there_is_told_above() -> None:
    """A problem is never lost: what cannot be reached is told at the last place that can."""
    assert places(shown(None, "")) == ["the whole answer"]
    assert places(shown([1, 2], "7/x")) == ["7/x"]
    assert places(shown({}, "missing")["missing"]) == ["missing"]
