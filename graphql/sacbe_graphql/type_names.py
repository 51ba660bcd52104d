"""Names of published types, each one's own: `Persona` of the provider `renap` is `RenapPersona`.

Two providers, two data services of one provider, or a provider and the static schema may call
different things the same. Who comes first keeps the short name; the next gets its data service's
name in it, and then a number.
"""

import re
from collections.abc import Iterator
from itertools import count


class TypeNames:
    """Gives names to the types of one data service, apart from those that are taken."""

    def __init__(self, taken: set[str], *, prefix: str = "", qualifier: str = "") -> None:
        self._taken = taken
        self._prefix = capitalised(prefix)
        self._qualifier = "".join(capitalised(part) for part in re.findall(r"[A-Za-z0-9]+", qualifier))
        self._given: set[str] = set()
        self.passed_over: set[str] = set()
        """Names that would have been better and were taken by others."""

    def give(self, wanted: str) -> str:
        """Give the best free name for a type, and count it as taken from now on."""
        name = next(name for name in self._candidates(capitalised(wanted)) if self._is_free(name))
        self._given.add(name)
        return name

    def settle(self) -> None:
        """Take the given names for good. What is not settled is free again: a part that broke leaves nothing."""
        self._taken |= self._given

    @property
    def given(self) -> frozenset[str]:
        """The names that were given so far."""
        return frozenset(self._given)

    def _is_free(self, name: str) -> bool:
        if name in self._taken:
            self.passed_over.add(name)
            return False
        return name not in self._given

    def _candidates(self, wanted: str) -> Iterator[str]:
        yield f"{self._prefix}{wanted}"
        if self._qualifier:
            yield f"{self._prefix}{self._qualifier}{wanted}"
        yield from (f"{self._prefix}{self._qualifier}{wanted}{number}" for number in count(2))


def capitalised(name: str) -> str:
    """Give a name with its first letter as a capital, the rest unchanged."""
    return name[:1].upper() + name[1:]
