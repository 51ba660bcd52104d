"""Which paths of a REST service a right covers: X-Road's normal form of paths, and its globs.

A path is decoded once and its dot segments are worked out before it is matched (PR-REST; the
shipped server since 7.7.1). An encoded slash stays encoded, since the provider receives it so.
In a glob `*` stands for any run without `/`, `**` (or more stars) for any run at all, `\\*` and
`\\\\` for themselves; all else is literal, and the whole path must match.
"""

from collections import defaultdict
from functools import lru_cache
from urllib.parse import unquote

PATH_CHARACTERS_MAX = 8192
"""A longer path is covered by no right."""

GLOBS_MAX = 4096
"""Globs kept ready for matching."""


def normalized(path: str) -> str | None:
    """Give the path by which rights are decided; None where it climbs above its root, or hides how it is cut."""
    decoded = "%2F".join(map(unquote, path.replace("%2f", "%2F").split("%2F")))
    if len(path) > PATH_CHARACTERS_MAX or "\\" in decoded or not decoded.isprintable():
        return None
    kept: list[str] = []
    *before, last = decoded.split("/")
    for segment in (*before, "" if last == "." else last):
        if segment == ".." and kept and kept[-1] not in ("", ".."):
            kept.pop()
        elif segment != ".":
            kept.append(segment)
    if last == ".." and kept and kept[-1] != "..":
        kept.append("")
    normal = "/".join(kept)
    return None if ".." in normal.replace("%2F", "/").split("/") else normal


def matches(glob: str, path: str) -> bool:
    """Say whether a glob covers a path, in time proportional to the path."""
    return _compiled(glob).covers(path)


class _Glob:
    """A glob as a set of states, one bit each: bit n is set where the first n pieces have been matched."""

    __slots__ = ("_accepted", "_literals", "_runs", "_short_runs")

    def __init__(self, glob: str) -> None:
        self._literals: defaultdict[str, int] = defaultdict(int)
        self._runs = self._short_runs = 0
        pieces = _pieces(glob)
        for position, piece in enumerate(pieces):
            if piece == "**":
                self._runs |= 1 << position
            elif piece == "*":
                self._short_runs |= 1 << position
            else:
                self._literals[piece[-1]] |= 1 << position
        self._accepted = 1 << len(pieces)

    def covers(self, path: str) -> bool:
        states = self._with_empty_runs(1)
        for character in path:
            stay = self._runs if character == "/" else self._runs | self._short_runs
            went_on = (states & self._literals.get(character, 0)) << 1
            states = self._with_empty_runs(went_on | (states & stay))
        return bool(states & self._accepted)

    def _with_empty_runs(self, states: int) -> int:
        """A run may be empty; two never stand side by side, so one step is enough."""
        return states | (states & (self._runs | self._short_runs)) << 1


def _pieces(glob: str) -> list[str]:
    """Cut a glob into `*`, `**` and literals, each literal behind a `=` that keeps it from being a star."""
    pieces: list[str] = []
    at = 0
    while at < len(glob):
        if glob[at] == "*":
            stars = len(glob[at:]) - len(glob[at:].lstrip("*"))
            pieces.append("*" if stars == 1 else "**")
            at += stars
        else:
            is_escape = glob[at] == "\\" and glob[at + 1 : at + 2] in ("*", "\\")
            at += is_escape
            pieces.append("=" + glob[at])
            at += 1
    return pieces


@lru_cache(maxsize=GLOBS_MAX)
def _compiled(glob: str) -> _Glob:
    return _Glob(glob)
