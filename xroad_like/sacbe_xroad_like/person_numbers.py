"""Whose data a call is about: the persons' numbers at the places that the steward marked. Pure.

A place is a pointer as in `Operation.person_numbers`; lists have no step of their own, so that a reply
with many persons counts for each of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from sacbe_terms.comparison import ARGUMENTS, RESULT


def normalized(number: object) -> str:
    """Give a number's letters and digits in upper case: however it is written, it is the same person's."""
    return "".join(sign for sign in str(number) if sign.isalnum()).upper()


def in_arguments(places: Iterable[str], arguments: Mapping[str, object]) -> frozenset[str]:
    """Give the normalized numbers in what was asked."""
    return _found(places, ARGUMENTS, arguments)


def in_result(places: Iterable[str], result: object) -> frozenset[str]:
    """Give the normalized numbers in what was answered."""
    return _found(places, RESULT, result)


def _found(places: Iterable[str], root: str, value: object) -> frozenset[str]:
    found: set[str] = set()
    for place in places:
        first, *steps = place.split("/")
        if first == root:
            found.update(normalized(number) for number in _leaves(value, steps))
    return frozenset(found - {""})


def _leaves(value: object, steps: list[str]) -> Iterator[object]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _leaves(each, steps)
    elif steps and isinstance(value, Mapping):
        yield from _leaves(value.get(steps[0]), steps[1:])
    elif not steps and isinstance(value, (str, int, Decimal)):
        yield value
