"""A bounded memory of things that cost to make: the longest unused leave first."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Things by key, together never heavier than `weight_max`, in whatever unit the caller weighs."""

    def __init__(self, weight_max: int) -> None:
        self._weight_max = weight_max
        self._weight = 0
        self._things: OrderedDict[bytes, tuple[T, int]] = OrderedDict()

    def find(self, key: bytes) -> T | None:
        """Give the thing of this key, if it is still here."""
        found = self._things.get(key)
        if found is None:
            return None
        self._things.move_to_end(key)
        return found[0]

    def keep(self, key: bytes, thing: T, *, weight: int) -> None:
        """Keep a thing, and let others go where it gets too much."""
        _, before = self._things.pop(key, (None, 0))
        self._things[key] = thing, weight
        self._weight += weight - before
        while self._weight > self._weight_max:
            _, (_, leaving) = self._things.popitem(last=False)
            self._weight -= leaving
