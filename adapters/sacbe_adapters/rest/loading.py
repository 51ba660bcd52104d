"""From the bytes of an OpenAPI document to plain values, whatever the bytes are.

JSON by msgspec; YAML by the safe loader under YAML 1.2's core rules, so that `NO` is a text and
`2020-01-01` too. Sizes are checked before anything is built: a document that refers to itself
a billion times costs no more than reading it once.
"""

import codecs
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import yaml

from sacbe_terms.errors import DescriptionNotReadable

DOCUMENT_BYTES_MAX = 32 * 1024 * 1024
"""The largest document in public use that we know of has 12 MB."""
NESTING_MAX = 150
"""How deep values may lie in each other; real documents stay below 60."""
VALUES_MAX = 3_000_000
"""How many values a document may hold once its YAML aliases are written out."""

_HINT = "Give the address or file of an OpenAPI document (2.0, 3.0 or 3.1) in JSON or YAML."


def load(document: bytes, location: str) -> dict[str, Any]:
    """Give the document's root object; raises DescriptionNotReadable with the line where reading ends."""
    if len(document) > DOCUMENT_BYTES_MAX:
        raise _refused(location, f"it has more than {DOCUMENT_BYTES_MAX} bytes")
    text = _text(document, location)
    if not text.strip():
        raise _refused(location, "it is empty")
    if text.lstrip().startswith("<"):
        raise _refused(location, "it is XML or HTML, not JSON or YAML")
    root = _json(text, location) if text.lstrip().startswith("{") else _yaml(text, location)
    if not isinstance(root, dict):
        raise _refused(location, "it does not hold an object")
    _check_nesting(root, location)
    return root


def _refused(location: str, reason: str, *, line: int | None = None) -> DescriptionNotReadable:
    where = location if line is None else f"{location}:{line}"
    return DescriptionNotReadable(what=f"The document cannot be read as OpenAPI: {reason}.", where=where, hint=_HINT)


def _text(document: bytes, location: str) -> str:
    encoding = "utf-16" if document[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return document.decode(encoding)
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise _refused(location, f"byte {error.start} is not {encoding.upper()[:6]}", line=line) from error


_decoder = msgspec.json.Decoder(float_hook=Decimal)


def _json(text: str, location: str) -> object:
    encoded = text.encode()
    try:
        return _decoder.decode(encoded)
    except RecursionError as error:
        raise _refused(location, f"values lie more than {NESTING_MAX} deep in each other") from error
    except ValueError as error:
        reason, _, place = str(error).partition(" (byte ")
        line = encoded.count(b"\n", 0, int(place.rstrip(")"))) + 1 if place else None
        raise _refused(location, reason.removeprefix("JSON is malformed: "), line=line) from error


class _Loader(yaml.CSafeLoader):
    """Safe, and after YAML 1.2's core schema; keys are texts as they are written."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's own way to say it


for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+0123456789.")),
    ("merge", r"^<<$", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    loader.flatten_mapping(node)
    built: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key is not a text", key.start_mark)
        built[key.value] = loader.construct_object(value, deep=True)
    return built


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(node.value))


def _yaml(text: str, location: str) -> object:
    try:
        _check_aliases(text, location)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refused(location, error.problem or "malformed YAML", line=mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, ValueError) as error:
        raise _refused(location, f"malformed YAML: {error}") from error


def _check_aliases(text: str, location: str) -> None:
    """Count the values that aliases would write out, and the depth, from the events alone."""
    sizes: dict[str, int] = {}
    open_groups: list[tuple[str, int]] = []
    total = 0
    for event in _events(text):
        match event:
            case yaml.CollectionEndEvent():
                anchor, before = open_groups.pop()
                sizes[anchor] = total - before
                continue
            case yaml.AliasEvent():
                if any(event.anchor == anchor for anchor, _ in open_groups):
                    raise _refused(location, f"'*{event.anchor}' lies inside itself", line=_line(event))
                total += sizes.get(str(event.anchor), 1)
            case _:
                total += 1
        if isinstance(event, yaml.CollectionStartEvent):
            open_groups.append((event.anchor or "", total - 1))
        if len(open_groups) > NESTING_MAX:
            raise _refused(location, _too_deep(), line=_line(event))
        if total > VALUES_MAX:
            raise _refused(location, f"aliases write out more than {VALUES_MAX} values", line=_line(event))


def _events(text: str) -> Iterator[yaml.Event]:
    """Give the events that stand for values and for the ends of groups."""
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _line(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _too_deep() -> str:
    return f"values lie more than {NESTING_MAX} deep in each other"


def _check_nesting(root: object, location: str) -> None:
    waiting: list[tuple[object, int]] = [(root, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > NESTING_MAX:
            raise _refused(location, _too_deep())
        if isinstance(value, dict):
            waiting += [(member, depth + 1) for member in value.values()]
        elif isinstance(value, list):
            waiting += [(member, depth + 1) for member in value]
