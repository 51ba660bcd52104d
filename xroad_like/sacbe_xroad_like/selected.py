"""Which fields of a result a planned call asks for: a printed selection as a tree, and as paths. Pure."""

import re
from functools import lru_cache

from sacbe_terms.errors import RequestNotReadable

Tree = dict[str, "Tree"]
"""Below each name what is selected there; empty means all of it. A choice's member has the name `...Member`."""

MEMBER = "..."
"""Begins the name of a choice's member."""

DEPTH_MAX = 64
"""No result goes deeper; the doors ask for far less."""

PATHS_KEPT_MAX = 1024
"""So many selections are kept as the paths that they are."""

_NAME = re.compile(r"(?:\.\.\.)?[A-Za-z_][A-Za-z0-9_]*")


def tree(printed: str) -> Tree:
    """Read a printed selection (`{ nombres municipio { nombre } }`); empty for the whole answer as it is.

    Raises RequestNotReadable for what a plan does not print, a selection of nothing among it.
    """
    root: Tree = {}
    levels: list[Tree] = []
    last = root
    for word in printed.replace("... on ", MEMBER).split():
        if word == "{" and len(levels) < DEPTH_MAX and (levels or not root):
            levels.append(last)
        elif word == "}" and levels and levels[-1]:
            last = levels.pop()
        elif levels and _NAME.fullmatch(word):
            last = levels[-1].setdefault(word, {})
        else:
            raise unreadable(word)
    if levels:
        raise unreadable("its end")
    return root


@lru_cache(maxsize=PATHS_KEPT_MAX)
def paths(printed: str) -> frozenset[str] | None:
    """Give the paths of the leaves of a printed selection; the members of a choice are no step of their own.

    None means the whole answer as it is: nothing was selected. Raises as `tree`.
    """
    return frozenset(_leaves(tree(printed), "")) if printed else None


def _leaves(below: Tree, above: str) -> set[str]:
    """A field of which only `__typename` is asked is a leaf: that tells whether it is there."""
    found: set[str] = set()
    for name, selected in below.items():
        if name.startswith(MEMBER):
            found |= _leaves(selected, above)
        elif not name.startswith("__"):
            path = f"{above}{name}"
            found |= _leaves(selected, f"{path}/") or {path}
    return found


def outside(asked: frozenset[str], allowed: tuple[str, ...]) -> list[str]:
    """Give the asked paths that lie neither at nor below an allowed one, sorted."""
    return sorted(path for path in asked if not any(path == each or path.startswith(f"{each}/") for each in allowed))


def unreadable(word: str) -> RequestNotReadable:
    """Make the error for a selection that cannot be read at a word, or means nothing there."""
    return RequestNotReadable(
        what=f"The selection of a call cannot be read at {word[:40]!r}.",
        where="fields",
        hint="Print it as GraphQL does, without variables and aliases: `{ nombres direccion { calle } }`.",
    )
