"""Scoring of search by judgement lists."""

from math import log2

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_catalog import evaluate
from sacbe_catalog.evaluate import JudgedQuery
from sacbe_catalog.reading import CatalogueReader
from sacbe_terms.errors import ImportRefused

JUDGED = JudgedQuery(id="1", text="dpi", category="siglas", judgments={"a": 3, "b": 2, "c": 0})
OUTSIDE = JudgedQuery(id="2", text="torta", category="fuera")


def test_ndcg_by_hand() -> None:
    """The gain is 2^g - 1, discounted by the logarithm of the place, as a share of the best order's."""
    assert evaluate.ndcg([3, 2], {"a": 3, "b": 2}) == 1.0
    assert evaluate.ndcg([2, 3], {"a": 3, "b": 2}) == pytest.approx((3 + 7 / log2(3)) / (7 + 3 / log2(3)))
    assert evaluate.ndcg([], {"a": 3}) == 0.0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30).filter(any))
def test_best_order_scores_one(grades: list[int]) -> None:
    """The best order scores 1, no order scores more, and places after the tenth count nothing."""
    judgments = {str(at): grade for at, grade in enumerate(grades)}
    assert evaluate.ndcg(sorted(grades, reverse=True), judgments) == pytest.approx(1.0)
    assert evaluate.ndcg(grades, judgments) <= 1.0 + 1e-9
    assert evaluate.ndcg(grades[:10], judgments) == evaluate.ndcg(grades, judgments)


def test_useful_is_among_the_first_three() -> None:
    """A result of at least 2 counts as useful among the first three, and not as the fourth."""
    assert evaluate.score(JUDGED, ("c", "x", "b")).is_useful
    assert not evaluate.score(JUDGED, ("c", "x", "y", "b")).is_useful


def test_outside_expects_silence() -> None:
    """For what the catalogue does not have, silence is right and any result is wrong."""
    silent, wrong = evaluate.score(OUTSIDE, ()), evaluate.score(OUTSIDE, ("a",))
    assert (silent.ndcg, wrong.ndcg) == (1.0, 0.0)
    overall = evaluate.summary([silent, wrong, evaluate.score(JUDGED, ())]).overall
    assert (overall.queries, overall.silence, overall.no_result, overall.ndcg) == (3, 0.5, 1.0, 0.0)


def test_summary_by_category() -> None:
    """Each category has its own means, and says None for a figure that none of its queries gives."""
    found = evaluate.summary([evaluate.score(JUDGED, ("a", "b")), evaluate.score(OUTSIDE, ())])
    assert found.categories["siglas"].ndcg == 1.0
    assert found.categories["siglas"].silence is None
    assert found.categories["fuera"].ndcg is None
    assert found.categories["fuera"].silence == 1.0


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (b"", "lista.json"),
        (b"[]", "lista.json"),
        (b"{", "lista.json"),
        (b"\xff", "lista.json"),
        (b'{"queries": [{"id": "1"}]}', "lista.json"),
        (b'{"queries": [{"id": "1", "text": "a", "judgments": {"x": 4}}]}', "lista.json"),
        (b'{"queries": []}', "queries"),
        (b'{"queries": [{"id": "1", "text": " ", "judgments": {"x": 3}}]}', "queries[0] (1)"),
        (b'{"queries": [{"id": "1", "text": "a", "category": "siglas"}]}', "queries[0] (1)"),
    ],
)
def test_malformed_lists_are_located(wrong: bytes, place: str) -> None:
    """A list that is none is refused with the place of the fault."""
    with pytest.raises(ImportRefused, match=r"lista\.json") as caught:
        evaluate.queries(wrong, file="lista.json")
    assert caught.value.problems[0].where == place


def test_repeated_ids_are_located() -> None:
    """Each query has an id of its own."""
    twice = msgspec.json.encode({"queries": [JUDGED, JUDGED]})
    with pytest.raises(ImportRefused) as caught:
        evaluate.queries(twice, file="x")
    assert [(one.where, one.field) for one in caught.value.problems] == [("queries[1] (1)", "id")]


async def test_too_long_a_query_is_located(reader: CatalogueReader) -> None:
    """A query that search refuses is named by its id."""
    long = msgspec.json.encode({"queries": [{"id": "largo", "text": "a" * 301, "judgments": {"a": 3}}]})
    with pytest.raises(ImportRefused) as caught:
        await evaluate.evaluate(long, reader)
    assert caught.value.problems[0].where == "query largo"
