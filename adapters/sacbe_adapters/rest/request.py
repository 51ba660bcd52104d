"""The request of one call: method, address, headers and body, compiled once per operation.

Arguments are looked at once more, written in their styles (styles.py) and put together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from sacbe_adapters.rest import bodies, styles
from sacbe_adapters.rest.writing import Writers
from sacbe_adapters.values import Convert, Mismatch, present, within
from sacbe_terms.descriptions import Description, Field, Operation, Place
from sacbe_terms.errors import ArgumentsNotValid, Problem

FIXED = "/:?[]@!$&'()*+,;=%~"
"""Signs that stay as they are in the fixed parts of a path (RFC 3986, section 3.3)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; `target` is the path and query below the endpoint's address."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class _Parameter:
    field: Field
    convert: Convert
    written: Mapping[str, Any]


class RequestWriter:
    """Writes the requests of one operation."""

    def __init__(self, operation: Operation, description: Description) -> None:
        binding: Mapping[str, Any] = operation.binding
        self._operation = operation
        self._method: str = binding["method"]
        self._accept: str = binding["accept"]
        self._segments = _segments(binding["path"])
        self._fields = {field.name: field for field in operation.arguments}
        self._body: Mapping[str, Any] = binding.get("body", {})
        writers = Writers(description)
        self._parameters = {
            field.name: _Parameter(field, _parameter_writer(writers, field, written), written)
            for field in operation.arguments
            if field.place is not Place.BODY
            for written in [binding["styles"][field.name]]
        }
        self._body_writer = next(
            (writers.writer(field) for field in operation.arguments if field.place is Place.BODY), None
        )

    def write(self, arguments: Mapping[str, object], *, name: str) -> Request:
        """Write one request; raises ArgumentsNotValid, naming the argument."""
        try:
            return self._written(present(arguments, self._fields))
        except UnicodeEncodeError as error:
            raise ArgumentsNotValid(
                what=f"An argument of {name} holds half a character.",
                where=name,
                hint="Send texts in whole Unicode characters; a surrogate alone is none.",
            ) from error
        except Mismatch as mismatch:
            where = mismatch.pointer.removeprefix("/")
            raise ArgumentsNotValid(
                what=f"The argument '{where}' of {name} does not fit: {mismatch.reason}.",
                where=where,
                hint="The operation's arguments and their types are in the schema.",
                problems=[Problem(where=name, field=where, reason=mismatch.reason)],
            ) from mismatch

    def _written(self, given: dict[str, Any]) -> Request:
        path: dict[str, str] = {}
        query: list[str] = []
        cookies: list[str] = []
        headers = {"Accept": self._accept}
        for name, parameter in self._parameters.items():
            if given.get(name) is None:
                continue
            value, wire, written = within(name, parameter.convert, given[name]), parameter.field.wire, parameter.written
            match parameter.field.place:
                case Place.PATH:
                    path[wire] = within(name, _not_empty, styles.in_path(wire, value, written))
                case Place.QUERY:
                    query += styles.in_query(wire, value, written)
                case Place.COOKIE:
                    cookies += styles.in_cookie(wire, value, written)
                case _:
                    headers[wire] = within(name, _header, styles.in_header(value, written))
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        body = self._body_written(given, headers)
        target = self._target(path)
        joint = "&" if "?" in target else "?"
        return Request(self._method, f"{target}{joint}{'&'.join(query)}" if query else target, headers, body)

    def _target(self, path: dict[str, str]) -> str:
        """Put the path together; raises Mismatch where arguments made a segment that leads elsewhere."""
        target = "".join(path[part] if is_variable else part for part, is_variable in self._segments)
        if path and not {".", ".."}.isdisjoint(target.partition("?")[0].split("/")):
            named = next(name for name, parameter in self._parameters.items() if parameter.field.place is Place.PATH)
            raise Mismatch.at(named, "in a path it may not be '.' or '..'")
        return target

    def _body_written(self, given: dict[str, Any], headers: dict[str, str]) -> bytes | None:
        name = self._body.get("argument")
        if self._body_writer is None or name not in given:
            return None
        value = None if given[name] is None else within(name, self._body_writer, given[name])
        body: bytes
        body, headers["Content-Type"] = within(name, lambda found: bodies.write(found, self._body), value)
        return body


def _segments(path: str) -> list[tuple[str, bool]]:
    """Split a path template into its fixed parts and its variables (True); what is behind a `#` is never sent."""
    parts: list[tuple[str, bool]] = []
    for piece in path.partition("#")[0].split("{"):
        variable, closed, rest = piece.partition("}")
        parts += [(variable, True), (rest, False)] if closed else [(piece, False)]
    return [(part if is_variable else quote(part, safe=FIXED), is_variable) for part, is_variable in parts if part]


def _parameter_writer(writers: Writers, field: Field, written: Mapping[str, Any]) -> Convert:
    """Give a writer whose numbers stay texts; one of JSON gives the JSON."""
    if not written.get("json"):
        return writers.writer(field, as_text=True)
    convert = writers.writer(field)
    return lambda value: msgspec.json.encode(convert(value)).decode()


def _not_empty(segment: str) -> str:
    """Refuse what would lead to another path: nothing at all."""
    if not segment:
        raise Mismatch("in a path it may not be empty")
    return segment


def _header(value: str) -> str:
    if any(not " " <= character <= "~" for character in value):
        raise Mismatch("in a header only printable ASCII characters are sent")
    return value
