"""The facets that a restriction names, read from its nodes and laid over its base's.

XML Schema part 2, section 4.3. Patterns of one step are alternatives, those of several steps all
hold (section 4.3.4). What cannot be checked later is left out here, with its reason.
"""

from collections.abc import Callable
from dataclasses import replace

import msgspec
from lxml import etree

from sacbe_adapters.soap import patterns
from sacbe_adapters.soap.builtins import XSD, check_of
from sacbe_adapters.soap.facets import ORDERED
from sacbe_adapters.soap.particles import Shape
from sacbe_terms.descriptions import Facets, Scalar

NUMBER_MAX = 1_000_000
"""A length or a count of digits above this bounds nothing: no reply is so large."""

VALUES_MAX = 1000
"""Values of an enumeration that is not of texts; a longer one is not checked."""

Tell = Callable[[etree._Element, str], None]
"""Takes the node of what is not checked, and why."""

_NOTHING = Facets()
_ORDERED = {
    "minInclusive": ("minimum", "is_above_minimum", False),
    "minExclusive": ("minimum", "is_above_minimum", True),
    "maxInclusive": ("maximum", "is_below_maximum", False),
    "maxExclusive": ("maximum", "is_below_maximum", True),
}
_COUNTED = {
    "length": ("length_min", "length_max"),
    "minLength": ("length_min",),
    "maxLength": ("length_max",),
    "totalDigits": ("digits_max",),
    "fractionDigits": ("fraction_digits_max",),
}
_OF_LISTS = {"length_min": "items_min", "length_max": "items_max"}
_SINGLE = frozenset(f"{{{XSD}}}{local}" for local in (*_ORDERED, *_COUNTED, "whiteSpace"))


def restricted_shape(base: Shape, restriction: etree._Element, tell: Tell) -> Shape:
    """Give a base's shape with the facets of a restriction of it."""
    facets = base.facets or _NOTHING
    for node in restriction.iterchildren(*_SINGLE):
        try:
            facets = _with_facet(facets, base, etree.QName(node).localname, node.get("value", "").strip())
        except ValueError as error:
            tell(node, f"the facet '{etree.QName(node).localname}' is not checked: {error}")
    facets = _with_pattern(facets, base, restriction, tell)
    facets = _with_values(facets, base, restriction, tell)
    return replace(base, facets=None if facets == _NOTHING else facets)


def _with_facet(facets: Facets, base: Shape, local: str, value: str) -> Facets:
    if local == "whiteSpace":
        return msgspec.structs.replace(facets, white_space=value if value in ("preserve", "replace") else "collapse")
    if local in _COUNTED:
        return _counted(facets, base, _COUNTED[local], value)
    if base.list_depth or base.type not in ORDERED:
        raise ValueError("values of this type are not put in order")
    bound, is_open, openness = _ORDERED[local]
    check_of(Scalar(base.type), "")(value)
    return msgspec.structs.replace(facets, **{bound: value, is_open: openness})


def _counted(facets: Facets, base: Shape, names: tuple[str, ...], value: str) -> Facets:
    if not value.isdecimal():
        raise ValueError("its value is not a whole number")
    number = int(value) if len(value) < 8 else NUMBER_MAX
    if number >= NUMBER_MAX:
        return facets
    named = (_OF_LISTS.get(name, name) for name in names) if base.list_depth else names
    return msgspec.structs.replace(facets, **dict.fromkeys(named, number))


def _with_pattern(facets: Facets, base: Shape, restriction: etree._Element, tell: Tell) -> Facets:
    nodes = list(restriction.iterchildren(f"{{{XSD}}}pattern"))
    if not nodes:
        return facets
    pattern = "|".join(patterns.unanchored(node.get("value", "")) for node in nodes)
    try:
        if base.list_depth:
            raise patterns.PatternNotCovered("patterns of lists are not read")
        patterns.compiled(pattern)
    except patterns.PatternNotCovered as reason:
        tell(nodes[0], f"the facet 'pattern' is not checked: {reason}")
        return facets
    return msgspec.structs.replace(facets, patterns=(*facets.patterns, pattern))


def _with_values(facets: Facets, base: Shape, restriction: etree._Element, tell: Tell) -> Facets:
    """Enumerations of texts are types of their own and do not come here, but for those of lists."""
    nodes = list(restriction.iterchildren(f"{{{XSD}}}enumeration"))
    if not nodes:
        return facets
    values = tuple(node.get("value", "").strip() for node in nodes)
    try:
        if base.list_depth or len(values) > VALUES_MAX:
            raise ValueError("values of lists, and very many values, are not compared")
        for value in values:
            check_of(Scalar(base.type), "")(value)
    except ValueError as error:
        tell(nodes[0], f"the facet 'enumeration' is not checked: {error}")
        return facets
    return msgspec.structs.replace(facets, values=values)
