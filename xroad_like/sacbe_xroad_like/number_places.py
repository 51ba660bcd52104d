"""Where persons' numbers stand in messages that are passed on: the steward's marks, as ways on the wire. Pure.

A mark is a pointer through the description (`result/personas/cui`); on the wire each step has its own
name, and elements may stand between that the description takes off. A number is found wherever the
names of its way stand below each other in that order: rather a person too many is told than one too few.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from urllib.parse import parse_qsl

import msgspec
from lxml import etree

from sacbe_terms import choices
from sacbe_terms.comparison import ARGUMENTS
from sacbe_terms.descriptions import Description, Field, Operation, Place
from sacbe_xroad_like.wire import path_rules
from sacbe_xroad_like.wire.error_body import Headers
from sacbe_xroad_like.wire.identifier_elements import XROAD

TEMPLATES_MAX = 4096
"""Path templates kept ready for matching."""

_BEYOND_ONE = re.compile(r"[,|\s]")
_KEYS = re.compile(r"[\[\].]+")


@dataclass(frozen=True, slots=True)
class Way:
    """From an argument or the result down to a number: the names of the steps below it, on the wire."""

    root: Field
    names: tuple[str, ...]


def ways(description: Description, operation: Operation, root: str) -> tuple[Way, ...]:
    """Give the ways of an operation's marks that begin at `arguments` or at `result`."""
    found: list[Way] = []
    for place in operation.person_numbers:
        first, *steps = place.split("/")
        if first == root:
            fields, steps = _begun(operation, root, steps)
            found += [way for field in fields for way in _below(description, Way(field, ()), field, steps)]
    return tuple(dict.fromkeys(found))


def _begun(operation: Operation, root: str, steps: list[str]) -> tuple[list[Field], list[str]]:
    if root != ARGUMENTS:
        return [operation.result], steps
    return [field for field in operation.arguments if field.name == steps[0]], steps[1:]


def _below(description: Description, way: Way, field: Field, steps: list[str]) -> Iterator[Way]:
    if not steps:
        yield way
        return
    for member in choices.members(description, field):
        if member.name == steps[0]:
            names = way.names if member.place is Place.TEXT else (*way.names, _local(member.wire))
            yield from _below(description, Way(way.root, names), member, steps[1:])


def in_json(value: object, names: tuple[str, ...]) -> Iterator[object]:
    """Give the numbers at the end of a way through JSON."""
    if isinstance(value, list):
        for each in value:
            yield from in_json(each, names)
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield from in_json(below, names[1:] if names[:1] == (name,) else names or ("",))
    elif not names and isinstance(value, (str, int, Decimal)):
        yield value


def in_message(envelope: etree._Element, way: Way) -> Iterator[str]:
    """Give the numbers at the end of a way through a SOAP message: its body, and headers that are not X-Road's.

    Where elements refer to others (SOAP 1.1, section 5), what belongs below stands beside: then the last name decides.
    """
    names = way.names or (_local(way.root.wire),)
    if any(element.get("href", "").startswith("#") for element in envelope.iter()):
        names = names[-1:]
    for part in envelope:
        for element in part:
            if etree.QName(element).namespace != XROAD:
                yield from in_element(element, names)


def in_element(element: etree._Element, names: tuple[str, ...]) -> Iterator[str]:
    """Give the numbers at the end of a way that leads through an element, by it or below it."""
    if etree.QName(element).localname == names[0]:
        if len(names) == 1:
            yield "".join(map(str, element.itertext()))
            return
        names = names[1:]
    for name, value in element.attrib.items():
        if names == (etree.QName(str(name)).localname,):
            yield str(value)
    for child in element:
        yield from in_element(child, names)


def in_request(way: Way, template: str, path: str, query: str, headers: Headers) -> Iterator[object]:
    """Give the numbers at the end of a way that begins at a parameter of a REST request."""
    field = way.root
    match field.place:
        case Place.PATH:
            texts = [found[field.wire] for found in _in_path(template, path)]
        case Place.QUERY:
            last = way.names[-1] if way.names else field.wire
            texts = [value for key, value in parse_qsl(query) if last in (key, *_KEYS.split(key))]
            texts += [value for key, value in parse_qsl(query) if key == field.wire]
        case Place.HEADER:
            texts = [value for name, value in headers if name == field.wire.lower()]
        case Place.COOKIE:
            cookies = "; ".join(value for name, value in headers if name == "cookie")
            texts = [
                value for name, _, value in (each.partition("=") for each in cookies.split("; ")) if name == field.wire
            ]
        case _:
            texts = []
    for text in texts:
        yield from _in_text(text, way.names)


def _in_text(text: str, names: tuple[str, ...]) -> Iterator[object]:
    """A parameter is one number, several, or JSON."""
    if text[:1] in ("{", "["):
        try:
            yield from in_json(msgspec.json.decode(text), names)
        except msgspec.DecodeError:
            return
    else:
        yield text
        yield from _BEYOND_ONE.split(text)


def _in_path(template: str, path: str) -> Iterable[Mapping[str, str]]:
    found = _template(template).fullmatch(path_rules.normalized(path) or "")
    names = re.findall(r"\{([^{}]*)\}", template)
    return [] if found is None else [dict(zip(names, map(_plain, names, found.groups()), strict=True))]


def _plain(name: str, text: str) -> str:
    """Take off what the styles `matrix` and `label` put before a value (RFC 6570, sections 3.2.5 and 3.2.7)."""
    return text.removeprefix(f";{name}=")


@lru_cache(maxsize=TEMPLATES_MAX)
def _template(template: str) -> re.Pattern[str]:
    fixed = re.split(r"\{[^{}]*\}", template)
    return re.compile("([^/]*)".join(map(re.escape, fixed)))


def _local(wire: str) -> str:
    return wire.rpartition("}")[2]
