"""Whose data a message of X-Road's wire is about: it is passed on as it came, and read beside that.

What cannot be told to a person is not given (`docs/decisions/0181`): a request or a good answer of a marked
operation that cannot be read goes no further (`docs/decisions/0155`). A message that is about nobody by
its operation's marks is not looked at.
"""

import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs

import msgspec

from sacbe_adapters import xml
from sacbe_adapters.spool import Body, Spool
from sacbe_terms.comparison import ARGUMENTS, RESULT
from sacbe_terms.descriptions import Description, Operation, Place
from sacbe_xroad_like import number_places
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.number_places import Way
from sacbe_xroad_like.person_numbers import normalized
from sacbe_xroad_like.wire.error_body import Headers
from sacbe_xroad_like.wire.fault import Origin, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest
from sacbe_xroad_like.wire.soap_part import Finder

READ_BYTES_MAX = 16 * 1024 * 1024
"""A larger body of a marked operation is not read, and goes no further. Unpacked it may be as large."""

FORM = "application/x-www-form-urlencoded"
NO_CODING = ("", "identity")
PACKED = ("gzip", "x-gzip", "deflate")
"""Codings of a body that are unpacked (RFC 9110, section 8.4.1)."""

_GZIP_OR_ZLIB = 47


class NotReadable(Exception):
    """It cannot be told whom a body is about, and why."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The operations that a message may be of, with the marks of persons' numbers."""

    description: Description
    operations: tuple[Operation, ...]

    @classmethod
    def of(cls, description: Description, operations: Iterable[Operation]) -> "Marked | None":
        """Give the marked ones of some operations; None where none is."""
        marked = tuple(operation for operation in operations if operation.person_numbers)
        return cls(description, marked) if marked else None

    def ways(self, root: str) -> list[Way]:
        """Give all ways that begin at `arguments` or at `result`."""
        return [way for each in self.operations for way in number_places.ways(self.description, each, root)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPersons:
    """Whose data a message is about, and by which agreement it was asked.

    `asked` are the normalized numbers in the request; `told` finds those in a reply of status, headers and
    body, and raises XRoadFault where they cannot be told.
    """

    agreement: Agreement
    asked: frozenset[str]
    told: Callable[[int, Headers, Body], Awaitable[frozenset[str]]]


async def of_rest(
    marked: Marked, agreement: Agreement, request: RestRequest, body: Body | None, spool: Spool
) -> AboutPersons:
    """Say whose data a REST request is about; raises XRoadFault, BadRequest where that cannot be told."""
    try:
        asked = await _asked_by_rest(marked, request, body, spool)
    except NotReadable as error:
        raise XRoadFault(
            Origin.CLIENT, "BadRequest", f"It cannot be told whom the request is about: {error}"
        ) from error

    async def told(status: int, headers: Headers, body: Body) -> frozenset[str]:
        try:
            return await _told_by_rest(marked, status, headers, body, spool)
        except NotReadable as error:
            message = f"It cannot be told whom the answer is about: {error}"
            raise XRoadFault(Origin.PROVIDER_SIDE, "IOError", message, is_services=True) from error

    return AboutPersons(agreement=agreement, asked=asked, told=told)


async def of_soap(marked: Marked, agreement: Agreement, content_type: str, body: Body, spool: Spool) -> AboutPersons:
    """Say whose data a SOAP message is about, which was read before."""

    async def told(_: int, headers: Headers, body: Body) -> frozenset[str]:
        return await _in_soap(marked, RESULT, dict(headers)["content-type"], body, spool)

    asked = await _in_soap(marked, ARGUMENTS, content_type, body, spool)
    return AboutPersons(agreement=agreement, asked=asked, told=told)


async def _asked_by_rest(marked: Marked, request: RestRequest, body: Body | None, spool: Spool) -> frozenset[str]:
    found: list[object] = []
    for operation in marked.operations:
        for way in number_places.ways(marked.description, operation, ARGUMENTS):
            found += number_places.in_request(way, operation.path, request.path, request.query, request.headers)
    in_body = [way for way in marked.ways(ARGUMENTS) if way.root.place is Place.BODY]
    if in_body and body is not None and body.size:
        found += await _in_body(in_body, request.headers, body, spool)
    return _normalized(found)


async def _told_by_rest(marked: Marked, status: int, headers: Headers, body: Body, spool: Spool) -> frozenset[str]:
    """A refusal or a fault of the provider's may be unreadable; a good answer may not."""
    ways = marked.ways(RESULT)
    if not ways or not body.size:
        return frozenset()
    try:
        return _normalized(await _in_body(ways, headers, body, spool))
    except NotReadable:
        if status < HTTPStatus.BAD_REQUEST:
            raise
        return frozenset()


async def _in_soap(marked: Marked, root: str, content_type: str, body: Body, spool: Spool) -> frozenset[str]:
    """Look into the message; attachments are not looked at."""
    ways = marked.ways(root)
    if not ways:
        return frozenset()
    finder = Finder(content_type)
    async for piece in body.pieces():
        finder.feed(piece)
    part = finder.end()
    read = partial(body.read, part.start, part.end)
    return _normalized(await spool.whole(part.size, read, partial(_in_envelope, ways, part.content_type)))


def _in_envelope(ways: list[Way], content_type: str, data: bytes) -> list[object]:
    envelope = xml.parse(data, content_type=content_type, bytes_max=2 * READ_BYTES_MAX)  # a hash was added
    return [number for way in ways for number in number_places.in_message(envelope, way)]


async def _in_body(ways: list[Way], headers: Headers, body: Body, spool: Spool) -> list[object]:
    given = dict(headers)
    if body.size > READ_BYTES_MAX:
        raise NotReadable(f"it is larger than {READ_BYTES_MAX} bytes")
    kind, coding = given.get("content-type", ""), given.get("content-encoding", "").strip().lower()
    return await spool.whole(body.size, body.read, lambda data: _in_data(ways, kind, _unpacked(data, coding)))


def _unpacked(data: bytes, coding: str) -> bytes:
    if coding in NO_CODING:
        return data
    if coding not in PACKED:
        raise NotReadable(f"its coding is none of {', '.join(PACKED)}")
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = inflate.decompress(data, READ_BYTES_MAX)
    except zlib.error as error:
        raise NotReadable("it cannot be unpacked") from error
    if not inflate.eof:
        raise NotReadable("it is cut, or too large when it is unpacked")
    return plain


def _in_data(ways: list[Way], content_type: str, data: bytes) -> list[object]:
    """Look into a body that is JSON, XML or a form; any other names nobody."""
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        if media_type.endswith("xml"):
            root = xml.parse(data, content_type=content_type, bytes_max=READ_BYTES_MAX)
            return [number for way in ways for number in number_places.in_element(root, way.names or ("",))]
        if media_type == FORM:
            return _in_json(ways, parse_qs(data.decode("latin-1")))
        if media_type.endswith("json") or data.lstrip()[:1] in (b"{", b"["):
            return _in_json(ways, msgspec.json.decode(data))
    except (xml.XmlRefused, msgspec.DecodeError, RecursionError) as error:
        raise NotReadable("it is not what its content type says") from error
    return []


def _in_json(ways: list[Way], value: object) -> list[object]:
    return [number for way in ways for number in number_places.in_json(value, way.names)]


def _normalized(numbers: Iterable[object]) -> frozenset[str]:
    return frozenset(map(normalized, numbers)) - {""}
