"""Patterns of XML Schema: exact, and never slow."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters.soap import patterns

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", "[a-c]", "1", r"\.", "-"])
COUNTS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({}){}".format, inner, COUNTS),
        st.builds("{}{}".format, inner, inner),
        st.builds("({}|{})".format, inner, inner),
    )


PATTERNS = st.recursive(st.builds("{}{}".format, ATOMS, COUNTS), _grown, max_leaves=6)


@settings(deadline=None, max_examples=300)
@given(PATTERNS, st.lists(st.text("ab1c.-", max_size=7), min_size=1, max_size=8))
def test_means_what_it_says(pattern: str, texts: list[str]) -> None:
    """Where XML Schema and Python share the language, both say the same of every text."""
    fits = patterns.compiled(pattern)
    assert [bool(fits(text)) for text in texts] == [re.fullmatch(pattern, text) is not None for text in texts]


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"\i\c*", "_a-1", "1a"),
        (r"[\i-[:]][\c-[:]]*", "a1", "a:1"),
        (r"\p{Lu}\p{Ll}+", "Ñandú", "ñandú"),
        (r"\P{L}+", "12", "1a"),
        (r"\p{IsBasicLatin}*", "abc", "ñ"),
        (r"\w+", "añ+1", "a-b"),
        (r"\W", "-", "a"),
        (r"\S+@\S+\.\S+", "a@b.c", "a@b c"),
        (r"[\d\-]+", "1-2", "1+2"),
        (r"[+\-.]", "-", ","),
        (r"[a\]]", "]", "["),
        (r"\t|\n", "\t", " "),
        (r"^\d{2}$", "12", "^12$"),
        (r"a|", "", "b"),
        (r"(?:ab)+", "abab", "aba"),
        (r"\$\/", "$/", "$"),
        (r".", "é", "\n"),
        (r"\d+", "٣", "a"),
    ],
)
def test_knows_the_language(pattern: str, right: str, wrong: str) -> None:
    """Classes, categories, subtraction and the anchors that authors write in spite of the standard."""
    fits = patterns.compiled(pattern)
    assert (bool(fits(right)), bool(fits(wrong))) == (True, False)


@pytest.mark.parametrize(
    "pattern", ["(", "a)", "[", "[a", "a{", "a{x}", "a{3,1}", "*a", r"\p{Zz}", r"\p{IsMaya}", "[b-a]", r"\q", "a\\"]
)
def test_refuses_what_is_no_pattern(pattern: str) -> None:
    """What is not of the language is refused with a reason."""
    with pytest.raises(patterns.PatternNotCovered, match="it "):
        patterns.compiled(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*b",
        "(a|aa)+b",
        "a*a*a*a*a*a*b",
        "(a?){60}a{60}b",
        "((a{0,9}){0,9}){0,4}b",
        "(((a*)*)*)*b",
        ".*.*.*.*=.*b",
        "(a|b|ab)*c",
        "a{1,30}a{1,30}b",
    ],
)
def test_no_pattern_hangs(pattern: str) -> None:
    """A pattern that drives other readers into endless trying answers, or is refused for its size."""
    try:
        fits = patterns.compiled(pattern)
    except patterns.PatternNotCovered:
        return
    assert not fits("a" * 20_000)


@pytest.mark.parametrize(
    "pattern",
    ["(((a{99}){9}){9}b*){9}", "((((|a){400}){400}){400}){400}", "(((((){400}){400}){400}){400})*", "a*a{1000000}"],
)
def test_no_pattern_grows(pattern: str) -> None:
    """Counts within counts are refused before they are written out."""
    with pytest.raises(patterns.PatternNotCovered, match="too large"):
        patterns.compiled(pattern)


def test_a_pattern_that_outgrows_its_use_holds_for_all() -> None:
    """Once the automaton has kept all that it may keep, every text fits and nothing is worked out any more."""
    fits = patterns.compiled("(a|b)*a(a|b){150}" + r"[\w\d]*")
    signs = "".join("ab"[(number * number // 7) % 2] for number in range(40_000))
    assert fits(signs)
