"""Facets: what a schema asks of a text beyond its type, compiled into one check per field.

XML Schema part 2, section 4.3. They are read from the description alone. Lengths and patterns look
at the text after its white space is treated as the type says (section 4.3.6); the text itself is
given as it was. Reasons name the description's bounds and never the value.
"""

from collections.abc import Callable
from decimal import Decimal
from itertools import chain

from sacbe_adapters.soap import moments, patterns
from sacbe_adapters.soap.builtins import WHITE_SPACE, Check, check_of, common_texts
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_terms.descriptions import Facets, Field, Scalar

Test = tuple[Callable[[str], object], str]
"""What must be true of a text, and the reason where it is not."""

_NUMBERS = frozenset({Scalar.INT, Scalar.LONG, Scalar.DECIMAL, Scalar.FLOAT})
ORDERED = _NUMBERS | {Scalar.DATE, Scalar.DATE_TIME, Scalar.TIME}
"""Scalars whose values have an order that is checked; that of durations is decided for few of them."""


def text_check(field: Field) -> Check:
    """Give the check of one text of a field that is a scalar: its type's, then its facets'."""
    scalar, builtin = Scalar(field.type), wire_type(field).builtin
    check = check_of(scalar, builtin)
    tests = _tests(field.facets, scalar, builtin) if field.facets is not None else ()
    return _tested(check, _treatment(field.facets, scalar, builtin), tests) if tests else check


def length_check(field: Field, check: Check) -> Check:
    """Give the check of a list's items with the list's own length."""
    facets = field.facets
    if facets is None or (facets.items_min is None and facets.items_max is None):
        return check
    least, most = facets.items_min or 0, facets.items_max

    def check_length(text: str) -> object:
        items = check(text)
        assert isinstance(items, list)
        if len(items) < least or (most is not None and len(items) > most):
            raise ValueError("it has more or fewer items than the description allows")
        return items

    return check_length


def plain_texts(field: Field) -> Callable[[str], object] | None:
    """Say which texts are a scalar's value as they stand; None where each needs its check."""
    scalar, builtin, facets = Scalar(field.type), wire_type(field).builtin, field.facets
    common = common_texts(scalar, builtin)
    if facets is None:
        return len if scalar is Scalar.STRING and common is None else common and common.fullmatch
    if scalar is not Scalar.STRING or common is not None or _treatment(facets, scalar, builtin) is not _preserved:
        return None
    return _expression(facets)


def _expression(facets: Facets) -> Callable[[str], object] | None:
    """Say lengths and patterns in one expression, where all of them can be."""
    if facets.values:
        return None
    written = [patterns.as_expression(pattern) for pattern in facets.patterns]
    least, most = facets.length_min or 0, "" if facets.length_max is None else facets.length_max
    parts = [f"(?s:.{{{least},{most}}})", *(f"(?:{expression})" for expression in written)]
    if None in written:
        return None
    ahead = "".join(f"(?={part}\\Z)" for part in parts[:-1])
    return patterns.matcher(ahead + parts[-1])


def _tested(check: Check, treat: Callable[[str], str], tests: tuple[Test, ...]) -> Check:
    def check_all(text: str) -> object:
        value = check(text)
        plain = treat(text)
        for holds, reason in tests:
            if not holds(plain):
                raise ValueError(reason)
        return value

    return check_all


def _treatment(facets: Facets | None, scalar: Scalar, builtin: str) -> Callable[[str], str]:
    """Give what is done to white space before facets look (section 4.3.6)."""
    if scalar is not Scalar.STRING:
        return _stripped
    given = "" if facets is None else facets.white_space
    return _TREATMENTS[given or _OF_BUILTIN.get(builtin.removeprefix("xs:"), "collapse")]


def _preserved(text: str) -> str:
    return text


def _replaced(text: str) -> str:
    return text.translate(_SPACES)


def _collapsed(text: str) -> str:
    return " ".join(word for word in text.translate(_SPACES).split(" ") if word)


def _stripped(text: str) -> str:
    return text.strip(WHITE_SPACE)


_SPACES = dict.fromkeys(map(ord, WHITE_SPACE), " ")
_TREATMENTS = {"preserve": _preserved, "replace": _replaced, "collapse": _collapsed}
_OF_BUILTIN = {
    "": "preserve",
    "string": "preserve",
    "normalizedString": "replace",
    "anySimpleType": "preserve",
    "anyAtomicType": "preserve",
    "untypedAtomic": "preserve",
}


def _tests(facets: Facets, scalar: Scalar, builtin: str) -> tuple[Test, ...]:
    return tuple(
        chain(
            _lengths(facets, _length_of(scalar, builtin)),
            ((patterns.compiled(pattern), "it does not fit the description's pattern") for pattern in facets.patterns),
            _bounds(facets, scalar),
            _digits(facets, scalar),
            _values(facets, scalar),
        )
    )


def _lengths(facets: Facets, length: Callable[[str], int]) -> list[Test]:
    least, most = facets.length_min, facets.length_max
    tests: list[Test] = []
    if least is not None:
        tests.append((lambda text: length(text) >= least, f"it is shorter than {least}"))
    if most is not None:
        tests.append((lambda text: length(text) <= most, f"it is longer than {most}"))
    return tests


def _length_of(scalar: Scalar, builtin: str) -> Callable[[str], int]:
    """Lengths of binary data are octets (section 4.3.1.3)."""
    if scalar is Scalar.BASE64:
        return lambda text: len(signs := "".join(text.split())) * 3 // 4 - signs.count("=")
    return (lambda text: len(text) // 2) if builtin == "xs:hexBinary" else len


def _bounds(facets: Facets, scalar: Scalar) -> list[Test]:
    tests: list[Test] = []
    if facets.minimum is not None:
        reason = f"it is {'not above' if facets.is_above_minimum else 'below'} {facets.minimum}"
        tests.append((_from(scalar, facets.minimum, is_open=facets.is_above_minimum), reason))
    if facets.maximum is not None:
        reason = f"it is {'not below' if facets.is_below_maximum else 'above'} {facets.maximum}"
        tests.append((_up_to(scalar, facets.maximum, is_open=facets.is_below_maximum), reason))
    return tests


def _from(scalar: Scalar, bound: str, *, is_open: bool) -> Callable[[str], bool]:
    if scalar in _NUMBERS:
        number = Decimal(bound)
        return (lambda text: Decimal(text) > number) if is_open else (lambda text: Decimal(text) >= number)
    moment = moments.moment(bound)
    return lambda text: not moments.is_certainly_after(moment, moments.moment(text), or_same=is_open)


def _up_to(scalar: Scalar, bound: str, *, is_open: bool) -> Callable[[str], bool]:
    if scalar in _NUMBERS:
        number = Decimal(bound)
        return (lambda text: Decimal(text) < number) if is_open else (lambda text: Decimal(text) <= number)
    moment = moments.moment(bound)
    return lambda text: not moments.is_certainly_after(moments.moment(text), moment, or_same=is_open)


def _digits(facets: Facets, scalar: Scalar) -> list[Test]:
    """Zeros that say nothing do not count (sections 4.3.11 and 4.3.12)."""
    if scalar not in (Scalar.DECIMAL, Scalar.INT, Scalar.LONG):
        return []
    tests: list[Test] = []
    most, most_behind = facets.digits_max, facets.fraction_digits_max
    if most is not None:
        tests.append((lambda text: sum(map(len, _significant(text))) <= most, f"it has more than {most} digits"))
    if most_behind is not None:
        reason = f"it has more than {most_behind} digits behind the point"
        tests.append((lambda text: len(_significant(text)[1]) <= most_behind, reason))
    return tests


def _significant(text: str) -> tuple[str, str]:
    whole, _, fraction = text.lstrip("+-").partition(".")
    return whole.lstrip("0"), fraction.rstrip("0")


def _values(facets: Facets, scalar: Scalar) -> list[Test]:
    if not facets.values:
        return []
    reason = "it is not one of the values in the description"
    if scalar in _NUMBERS:
        numbers = {Decimal(value) for value in facets.values}
        return [(lambda text: Decimal(text) in numbers, reason)]
    texts = {value.strip(WHITE_SPACE) for value in facets.values}
    return [(texts.__contains__, reason)]
