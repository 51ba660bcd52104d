"""Limits: refused before validation, by the limit's name and the value; what is within them passes."""

from contextlib import suppress
from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from sacbe_graphql import documents, limits, static, validation_rules
from sacbe_graphql.kept import Kept
from sacbe_graphql.limits import Limits
from sacbe_graphql.refusal import Refused
from sacbe_terms.errors import LimitExceeded, SacbeError

SCHEMA = static.schema()
USUAL = Limits()


def ready(text: str, given_limits: Limits = USUAL) -> documents.ReadyDocument:
    """Make a document ready."""
    return documents.ready(text, SCHEMA, given_limits, hide_suggestions=True)


def nested(field: str, depth: int) -> str:
    """Give a field within itself, so many levels deep."""
    return "{" + f"{field}{{" * (depth - 1) + field + "}" * depth


DOUBLING = "{...A0}" + "".join(
    f"fragment A{level} on Query{{a:services{{...A{level + 1}}} b:services{{...A{level + 1}}}}}" for level in range(30)
)
HOSTILE = {
    "document's bytes": "{ __typename }" + " " * USUAL.document_bytes_max,
    "number of tokens": "{" + "a " * USUAL.tokens_max + "}",
    "nesting": "{a(b:" + "[" * USUAL.nesting_max + "]" * USUAL.nesting_max + ")}",
    "depth": nested("a", USUAL.depth_max + 1),
    "introspection depth": "{__schema" + nested("ofType", USUAL.introspection_depth_max) + "}",
    "number of aliases": "{" + " ".join(f"a{number}:__typename" for number in range(USUAL.aliases_max + 1)) + "}",
    "number of directives in one place": "{__typename" + "@skip(if:false)" * (USUAL.directives_max + 1) + "}",
    "number of root fields": "{" + "x " * (USUAL.root_fields_max + 1) + "}",
    "number of fields": "{a{" + "...F " * 40 + "}} fragment F on X{" + "b " * 40 + "}",
    "repetition of one field": "{" + "a{b b b ...{b}}" * 6 + "}",
}


@pytest.mark.parametrize("limit", HOSTILE)
def test_a_document_beyond_a_limit_is_refused_by_name(limit: str) -> None:
    """Each limit refuses on its own, saying the value and what is allowed, before the schema is asked."""
    with pytest.raises(LimitExceeded) as refused:
        ready(HOSTILE[limit])
    assert refused.value.limit == limit
    assert "at most" in refused.value.what


def test_a_literals_first_misfits_are_told() -> None:
    """Of hundreds of fields that an input has not, three are named, each with what stands there."""
    with pytest.raises(Refused) as refused:
        ready("{services(filter:{" + " ".join(f"a{number}:1" for number in range(240)) + "}){totalCount}}")
    assert len(refused.value.entries) == validation_rules.MISFITS_MAX
    assert ["'a0'" in entry.message for entry in refused.value.entries] == [True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        nested("a", 190),
        nested("a", 5_000)[:15_000],
        "{" + "[" * 5_000,
        "{a(b:" + "[" * 300 + "]" * 300 + ")}",
        "{a(b:" + "{c:" * 190 + "1" + "}" * 190 + ")}",
        "#" * 14_000,
        "# x\n" * 1_001 + "{__typename}",
        '"' * 14_001,
        "\ud800",
        "{ a }" * 200,
        DOUBLING,
        "{...A} fragment A on Query{...B} fragment B on Query{...A}",
        "{...A} fragment A on Query{services{nodes{institution{...A}}}}",
        "query " + "$a:Int " * 400,
        "{a @a" + "@a" * 400 + "}",
        "subscription { x }",
        "type Query { a: Int }",
        "",
        "\x00",
        "{}",
    ],
    ids=range(20),
)
def test_hostile_documents_end_as_errors(text: str) -> None:
    """Whatever the text, the answer is one of our errors: never a crash, never a hang."""
    with pytest.raises((SacbeError, Refused)):
        ready(text)


@given(st.text(alphabet="{}()[]@#\"'.:!$|&= \n\\abcqueryfragmenton__typename0189éñ😀", max_size=300))
def test_any_text_is_refused_or_ready(text: str) -> None:
    """No text at all brings anything but a ready document or one of our errors."""
    with suppress(SacbeError, Refused):
        assert ready(text).operations


def test_variables_beyond_a_limit_are_refused_by_name() -> None:
    """Values in variables are counted through lists and objects, and no further than the limit."""
    assert limits.check_variables({"a": [{"b": [1, 2], "c": None}], "d": "x" * 900_000}, USUAL) == 7
    assert limits.check_variables(None, USUAL) == 0
    with pytest.raises(LimitExceeded, match="number of values in variables is 5001"):
        limits.check_variables({"a": [[[0] * 100] * 100] * 100}, USUAL)


def test_fragments_count_where_they_are_spread() -> None:
    """Aliases hidden in a fragment count at each of its spreads."""
    text = "{ ...A ...A } fragment A on Query { " + " ".join(f"a{number}: __typename" for number in range(8)) + " }"
    with pytest.raises(LimitExceeded, match="aliases is 16"):
        limits.check(parse(text), USUAL)


def test_the_tools_introspection_passes() -> None:
    """The query that every tool sends to read a schema is within the limits."""
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert ready(query).operation(None).is_introspection


def test_introspection_stands_alone() -> None:
    """Introspection mixed with other root fields is refused; `__typename` beside either is not."""
    with pytest.raises(SacbeError, match="SACBE-102"):
        ready("{ __schema { queryType { name } } services { totalCount } }")
    with pytest.raises(SacbeError, match="SACBE-102"):
        ready('{ ...A services { totalCount } } fragment A on Query { __type(name: "Query") { name } }')
    assert not ready("{ __typename services { totalCount } }").operation(None).is_introspection


def test_what_is_kept_never_weighs_too_much() -> None:
    """The memory of documents lets the longest unused go first."""
    kept = Kept[str](weight_max=10)
    for key, weight in ((b"a", 4), (b"b", 4), (b"a", 5), (b"c", 4)):
        kept.find(b"a")
        kept.keep(key, key.decode(), weight=weight)
    assert [kept.find(key) for key in (b"a", b"b", b"c")] == ["a", None, "c"]
    kept.keep(b"d", "d", weight=11)
    assert [kept.find(key) for key in (b"a", b"c", b"d")] == [None, None, None]


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.integers(0, 8))))
def test_kept_weight_is_never_beyond_its_limit(steps: list[tuple[bytes, int]]) -> None:
    """Whatever is kept in whatever order, the weight of what can be found stays within the limit."""
    kept, weights = Kept[int](weight_max=10), dict[bytes, Any]()
    for key, weight in steps:
        kept.keep(key, weight, weight=weight)
        weights[key] = weight
        assert sum(kept.find(each) or 0 for each in weights) <= 10
