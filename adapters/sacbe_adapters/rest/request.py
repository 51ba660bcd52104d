"""The request of one call: method, address, headers and body, compiled once per operation.

Every character of an argument that has a meaning in an address is percent-encoded (RFC 3986),
so an argument can never become another path, another query or another header.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from sacbe_adapters.rest.writing import Writers, text
from sacbe_adapters.values import Convert, Mismatch, present, within
from sacbe_terms.descriptions import Description, Field, Operation, Place, Record
from sacbe_terms.errors import ArgumentsNotValid, Problem

RESERVED = ":/?#[]@!$&'()*+,;="
"""What `allowReserved` leaves as it is (RFC 3986, section 2.2)."""
SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}
FORM = "application/x-www-form-urlencoded"

Pairs = Callable[[Any], Iterator[str]]


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
        self._segments = _segments(binding["path"])
        self._fields = {field.name: field for field in operation.arguments}
        self._body: Mapping[str, Any] = binding.get("body", {})
        writers = Writers(description)
        self._parameters = {
            field.name: _Parameter(field, _parameter_writer(writers, description, field), binding["styles"][field.name])
            for field in operation.arguments
            if field.place is not Place.BODY
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
        headers = {"Accept": "application/json"}
        for name, parameter in self._parameters.items():
            if given.get(name) is None:
                continue
            value = within(name, parameter.convert, given[name])
            match parameter.field.place:
                case Place.PATH:
                    path[parameter.field.wire] = within(name, _path_segment, _joined(value, parameter.written))
                case Place.QUERY:
                    query += _pairs(parameter, value)
                case _:
                    headers[parameter.field.wire] = within(name, _header, _plain(value))
        body = self._body_written(given, headers)
        target = "".join(path[part] if is_variable else part for part, is_variable in self._segments)
        return Request(self._method, f"{target}?{'&'.join(query)}" if query else target, headers, body)

    def _body_written(self, given: dict[str, Any], headers: dict[str, str]) -> bytes | None:
        name = self._body.get("argument")
        if self._body_writer is None or name not in given:
            return None
        value = None if given[name] is None else within(name, self._body_writer, given[name])
        headers["Content-Type"] = _concrete(self._body["media"])
        match self._body["as"]:
            case "json":
                return msgspec.json.encode(value)
            case "form":
                return "&".join(_form_pairs(value)).encode()
            case _:
                return str(value).encode()


def _segments(path: str) -> list[tuple[str, bool]]:
    """Split a path template into its fixed parts and its variables (True)."""
    parts: list[tuple[str, bool]] = []
    for piece in path.split("{"):
        variable, closed, rest = piece.partition("}")
        parts += [(variable, True), (rest, False)] if closed else [(piece, False)]
    return [part for part in parts if part[0]]


def _parameter_writer(writers: Writers, description: Description, field: Field) -> Convert:
    """Give a writer whose numbers stay texts; a group's members are made texts when they are paired."""
    return writers.writer(field, as_text=not isinstance(description.types.get(field.type), Record))


def _concrete(media: str) -> str:
    return "application/json" if "*" in media else media


def _joined(value: Any, written: Mapping[str, Any]) -> str:
    """Write a path parameter, percent-encoded, in the style `simple`."""
    if isinstance(value, list) and not written.get("json"):
        return ",".join(_quoted(text(member)) for member in value)
    return _quoted(text(value))


def _path_segment(segment: str) -> str:
    """Refuse what would lead to another path: nothing at all, and the two dot segments."""
    if segment in ("", ".", ".."):
        raise Mismatch("in a path it may not be empty, '.' or '..'")
    return segment


def _header(value: str) -> str:
    if any(not " " <= character <= "~" for character in value):
        raise Mismatch("in a header only printable ASCII characters are sent")
    return value


def _plain(value: Any) -> str:
    return ",".join(map(text, value)) if isinstance(value, list) else text(value)


def _quoted(value: str, *, reserved: bool = False) -> str:
    return quote(value, safe=RESERVED if reserved else "")


def _pairs(parameter: _Parameter, value: Any) -> Iterator[str]:
    """Give the `name=value` parts of a query parameter, in its style."""
    written, wire = parameter.written, _quoted(parameter.field.wire)
    is_reserved = bool(written.get("reserved"))
    if written.get("json") or not isinstance(value, list | dict):
        yield f"{wire}={_quoted(text(value), reserved=is_reserved)}"
    elif isinstance(value, dict):
        yield from _group_pairs(wire, value, written)
    elif written.get("explode"):
        yield from (f"{wire}={_quoted(text(member), reserved=is_reserved)}" for member in value)
    else:
        separator = SEPARATORS[written["style"]]
        yield f"{wire}={separator.join(_quoted(text(member), reserved=is_reserved) for member in value)}"


def _group_pairs(wire: str, value: dict[str, Any], written: Mapping[str, Any]) -> Iterator[str]:
    members = {_quoted(key): _quoted(text(member)) for key, member in value.items() if member is not None}
    if written["style"] == "deepObject":
        yield from (f"{wire}%5B{key}%5D={member}" for key, member in members.items())
    elif written.get("explode"):
        yield from (f"{key}={member}" for key, member in members.items())
    else:
        yield f"{wire}={','.join(f'{key},{member}' for key, member in members.items())}"


def _form_pairs(value: Any) -> Iterator[str]:
    for key, member in value.items():
        for one in member if isinstance(member, list) else [member]:
            if one is not None:
                yield f"{_quoted(key)}={_quoted(text(one))}"
