"""Facets: what a schema asks of an argument beyond its type, read once and checked before anything is sent.

JSON Schema 2020-12, Validation, section 6. Replies are not held to them (docs/decisions/0115).
Reasons name the description's bounds and never the value.
"""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sacbe_adapters.rest.merging import Schema
from sacbe_adapters.values import Convert, Mismatch
from sacbe_terms.descriptions import Facets, Field

PATTERN_CHARACTERS_MAX = 200
"""A longer pattern is not checked."""
TEXT_CHARACTERS_MAX = 1000
"""A longer text is not held to its pattern: the work grows with the text's length more than evenly."""
REPEATS_MAX = 2
"""Open repeats in one pattern, which each multiply the work; a pattern with more is not checked."""

_OPEN_REPEAT = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\})")
_NOT_PLAIN = re.compile(r"\)\s*(?:[*+{])|\(\?(?!:)|\\[1-9kpPbBcu]|\[\^?\]|\[[^\]]*(?:\[|--|&&|~~|\|\|)")
"""A repeated group, a look-around, a reference back, and what ECMA-262 and Python read differently, now or soon."""
_NAMES = (("minLength", "length_min"), ("maxLength", "length_max"))
_LIST_NAMES = (("minItems", "items_min"), ("maxItems", "items_max"))

Test = Callable[[Any], str]
"""Gives the reason why a value does not hold; empty where it does."""


def of_schema(schema: Schema, kind: str) -> Facets | None:
    """Read the facets of a single value of this kind; None where it asks for nothing."""
    if kind == "string":
        facets = Facets(**_counts(schema, _NAMES), patterns=_patterns(schema))
    elif kind in ("integer", "number"):
        facets = _bounds(schema)
    else:
        return None
    return facets if facets != Facets() else None


def of_list(schema: Schema, items: Facets | None) -> Facets | None:
    """Add a list's own facets to those of its items."""
    counts = _counts(schema, _LIST_NAMES)
    if not counts:
        return items
    own = items or Facets()
    return Facets(**{name: getattr(own, name) for name in own.__struct_fields__} | counts)


def checked(convert: Convert, field: Field) -> Convert:
    """Give a writer of one value that raises Mismatch for what the field's facets forbid."""
    tests = _tests(field.facets) if field.facets is not None else []
    if not tests:
        return convert

    def write(value: Any) -> Any:
        written = convert(value)
        for test in tests:
            if reason := test(written):
                raise Mismatch(reason)
        return written

    return write


def counted(convert: Convert, field: Field) -> Convert:
    """Give a writer of a list that raises Mismatch for one that is too short or too long."""
    facets = field.facets
    if facets is None or (facets.items_min is None and facets.items_max is None):
        return convert
    least, most = facets.items_min or 0, facets.items_max

    def write(value: Any) -> Any:
        written = convert(value)
        if len(written) < least:
            raise Mismatch(f"it has fewer than {least} items")
        if most is not None and len(written) > most:
            raise Mismatch(f"it has more than {most} items")
        return written

    return write


def _counts(schema: Schema, names: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    found = {ours: schema.get(word) for word, ours in names}
    return {name: value for name, value in found.items() if type(value) is int and value >= 0}


def _patterns(schema: Schema) -> tuple[str, ...]:
    pattern = schema.get("pattern")
    return (pattern,) if isinstance(pattern, str) and _compiled(pattern) else ()


def _bounds(schema: Schema) -> Facets:
    """Read limits in both spellings: `exclusiveMinimum` is a flag in OpenAPI 3.0 and a number in 3.1."""
    low, is_above = _bound(schema, "minimum", "exclusiveMinimum", max)
    high, is_below = _bound(schema, "maximum", "exclusiveMaximum", min)
    return Facets(minimum=low, maximum=high, is_above_minimum=is_above, is_below_maximum=is_below)


def _bound(schema: Schema, word: str, exclusive: str, narrower: Callable[..., Decimal]) -> tuple[str | None, bool]:
    plain, other = _number(schema.get(word)), _number(schema.get(exclusive))
    if other is None:
        return (None, False) if plain is None else (str(plain), schema.get(exclusive) is True)
    if plain is None or narrower(plain, other) == other:
        return str(other), True
    return str(plain), False


def _number(value: object) -> Decimal | None:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)
    return Decimal(str(value)) if is_number else None


def _tests(facets: Facets) -> list[Test]:
    tests: list[Test] = []
    if facets.length_min is not None or facets.length_max is not None:
        tests.append(_length_test(facets.length_min or 0, facets.length_max))
    tests += [_pattern_test(compiled) for pattern in facets.patterns if (compiled := _compiled(pattern))]
    if facets.minimum is not None or facets.maximum is not None:
        tests.append(_bounds_test(facets))
    return tests


def _length_test(least: int, most: int | None) -> Test:
    def test(text: Any) -> str:
        if len(text) < least:
            return f"it is shorter than {least}"
        return f"it is longer than {most}" if most is not None and len(text) > most else ""

    return test


def _pattern_test(compiled: re.Pattern[str]) -> Test:
    def test(text: Any) -> str:
        fits = len(text) > TEXT_CHARACTERS_MAX or compiled.search(text)
        return "" if fits else "it does not fit the description's pattern"

    return test


def _bounds_test(facets: Facets) -> Test:
    low = None if facets.minimum is None else Decimal(facets.minimum)
    high = None if facets.maximum is None else Decimal(facets.maximum)

    def test(value: Any) -> str:
        number = Decimal(str(value))
        if low is not None and (number < low or (number == low and facets.is_above_minimum)):
            return f"it is {'not above' if facets.is_above_minimum else 'below'} {low}"
        if high is not None and (number > high or (number == high and facets.is_below_maximum)):
            return f"it is {'not below' if facets.is_below_maximum else 'above'} {high}"
        return ""

    return test


def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Give a pattern as Python's, where it means the same there and cannot take long; None for any other."""
    is_plain = len(pattern) <= PATTERN_CHARACTERS_MAX and not _NOT_PLAIN.search(pattern)
    if not is_plain or len(_OPEN_REPEAT.findall(pattern)) > REPEATS_MAX:
        return None
    whole = pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern
    try:
        return re.compile(whole, re.ASCII)
    except (re.error, RecursionError, OverflowError):
        return None
