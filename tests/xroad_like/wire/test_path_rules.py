"""Which paths a right covers, by X-Road's rules."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_xroad_like.wire import path_rules
from sacbe_xroad_like.wire.path_rules import matches, normalized

DATA = os.environ.get("SACBE_CONFORMANCE_DATA", "")
segments = st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=6), min_size=1)


@pytest.mark.skipif(not DATA, reason="needs SACBE_CONFORMANCE_DATA")
@pytest.mark.parametrize(("file", "count"), [("path_glob.json", 23), ("path_normalize.json", 8)])
def test_the_shipped_servers_own_cases(file: str, count: int) -> None:
    """Every case that the X-Road project tests its server with comes out the same."""
    cases: list[Any] = msgspec.json.decode((Path(DATA) / "xroad" / "rest" / file).read_bytes())
    wrong = [case for case in cases if not _holds(case)]
    assert (len(cases), wrong) == (count, [])


def _holds(case: Any) -> bool:
    if "glob" in case:
        return bool(matches(case["glob"], case["path"]) == case["matches"])
    return normalized(case["in"]) == (case["normalized"] if case["acl"] == "evaluate" else None)


@pytest.mark.parametrize(
    ("glob", "path", "does"),
    [
        ("/a/*/c", "/a/b/c", True),
        ("/a/*/c", "/a/b/x/c", False),
        ("/a/**", "/a/", True),
        ("/a/**", "/a", False),
        ("/a*", "/abc", True),
        ("*", "", True),
        ("a*b*c", "abbbc", True),
        (r"\*", "*", True),
        (r"\\*", "\\x", True),
        (r"\a", r"\a", True),
    ],
)
def test_globs(glob: str, path: str, does: bool) -> None:
    """One star stays between two slashes, two go anywhere, a backslash makes a star a star."""
    assert matches(glob, path) is does


@given(segments)
def test_a_path_covers_itself(parts: list[str]) -> None:
    """A glob without stars is the path itself."""
    path = "/" + "/".join(parts)
    assert normalized(path) == path
    assert matches(path, path)
    assert not matches(path, path + "x")


@given(segments, segments)
def test_what_climbs_out_and_back_is_seen_through(parts: list[str], detour: list[str]) -> None:
    """A detour through dot segments, encoded or not, comes to the path that the provider will serve."""
    path = "/" + "/".join(parts)
    for up in ("..", "%2e%2e", ".%2E"):
        winding = "/" + "/".join([*detour, *[up] * len(detour), ".", *parts])
        assert normalized(winding) == path


@pytest.mark.parametrize(
    "path", ["/..", "/a/../..", "/%2e%2e/x", "/a/b\\..\\c", "/a%5cb", "/a%00b", "/a\nb", "/a//../b"]
)
def test_what_cannot_be_judged_is_covered_by_nothing(path: str) -> None:
    """A path that climbs above the root, or holds what a provider might read as a separator, has no normal form."""
    assert normalized(path) is None


def test_an_encoded_slash_is_no_slash() -> None:
    """The provider receives it encoded, so a star between two slashes covers it."""
    assert normalized("/a%2fb/c") == "/a%2Fb/c"
    assert matches("/*/c", "/a%2Fb/c")


def test_matching_takes_no_more_than_the_paths_length() -> None:
    """A glob full of stars is matched against a long path without trying every way to share it out."""
    glob = "**a" * 60
    assert not matches(glob, "a" * 4000 + "b")
    assert normalized("/" + "a" * path_rules.PATH_CHARACTERS_MAX) is None
