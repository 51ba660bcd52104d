"""Names of a document's types: readable, each once, and the same again when the document grows.

A shared schema has the name that the document gives it, and nothing else can take it. What is
written where it is used is called by its title, else by what holds it; only where both are taken
does a number follow.
"""

from collections.abc import Iterable

from sacbe_adapters import naming
from sacbe_terms.descriptions import Scalar

NAMES_OF_OTHERS = frozenset({*Scalar, "ID", "Query", "Mutation", "Subscription"})
"""Names that a type of a document may not take."""
TITLE_CHARACTERS_MAX = 60
"""A longer title is a sentence and makes no name."""


class TypeNames:
    """The names given so far; those of `shared` schemas, by their places, are kept for them."""

    def __init__(self, shared: Iterable[tuple[str, str]]) -> None:
        self._kept: dict[str, str] = {}
        self._taken: set[str] = set(NAMES_OF_OTHERS)
        for at, name in shared:
            self._kept[at] = self._fresh(naming.type_name(name))

    def give(self, at: str, title: object, hint: str) -> str:
        """Give a name to the type at a place, for good."""
        if at in self._kept:
            return self._kept[at]
        wanted = [naming.type_name(hint)]
        if isinstance(title, str) and 0 < len(title.strip()) <= TITLE_CHARACTERS_MAX:
            wanted.insert(0, naming.type_name(title))
        name = next((name for name in wanted if name not in self._taken), None) or self._fresh(wanted[-1])
        self._taken.add(name)
        return name

    def _fresh(self, name: str) -> str:
        """Give the name, with the first number that is free where it is taken."""
        stem, number, fresh = f"{name}_" if name[-1].isdigit() else name, 1, name
        while fresh in self._taken:
            number += 1
            fresh = f"{stem}{number}"
        self._taken.add(fresh)
        return fresh
