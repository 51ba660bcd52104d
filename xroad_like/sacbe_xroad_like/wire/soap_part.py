"""Where the SOAP message stands in what came over HTTP: alone, or as the first part of a multipart body.

SOAP with Attachments and MTOM alike (PR-MESS, section 3): the first part is the message, the
others are carried and never looked at. The place is given in bytes, so that a reply's message
can be replaced and everything around it stays.
"""

import re
from dataclasses import dataclass

from sacbe_xroad_like.wire.fault import Origin, XRoadFault

TEXT, XOP, MULTIPART = "text/xml", "application/xop+xml", "multipart/related"
"""The media types that a message may come as."""

PART_HEADERS_BYTES_MAX = 16 * 1024
"""A part with longer headers is not read."""

PARTS_MAX = 1000
"""A body with more parts is not read."""

_BOUNDARY = re.compile(r""";\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)
_PART_TYPE = re.compile(rb"^content-type\s*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class SoapPart:
    """The message's place in the body, and its own content type."""

    start: int
    end: int
    content_type: str
    is_alone: bool


def find(body: bytes, content_type: str) -> SoapPart:
    """Find the message; raises XRoadFault of the client's: InvalidContentType, MimeParsingFailed, MissingSoap."""
    media_type = _media_type(content_type)
    if media_type in (TEXT, XOP):
        return SoapPart(0, len(body), content_type, is_alone=True)
    if media_type != MULTIPART:
        raise _refused("InvalidContentType", f"The content type must be {TEXT}, {XOP} or {MULTIPART}")
    named = _BOUNDARY.search(content_type)
    if named is None:
        raise _refused("InvalidContentType", "The multipart content type names no boundary")
    places = _places(body, b"--" + (named[1] or named[2]).encode("latin-1"))
    if not places:
        raise _refused("MissingSoap", "The multipart body has no part")
    parts = [_part(body, start, end) for start, end in places]
    if _media_type(parts[0].content_type) not in (TEXT, XOP):
        raise _refused("InvalidContentType", "The first part must be the SOAP message, with its content type")
    return parts[0]


def _places(body: bytes, delimiter: bytes) -> list[tuple[int, int]]:
    """Give where each part stands, headers included; a delimiter begins a line (RFC 2046, section 5.1.1).

    A last delimiter without its two hyphens is taken for the end, as the shipped server does.
    """
    line = re.compile(rb"(?:^|\r?\n)" + re.escape(delimiter) + rb"(--)?[ \t]*(?=\r?\n|$)")
    places: list[tuple[int, int]] = []
    opened = line.match(body) or line.search(body)
    while opened is not None and not opened[1] and body[opened.end() :].strip():
        closed = line.search(body, opened.end())
        if closed is None or len(places) >= PARTS_MAX:
            raise _refused("MimeParsingFailed", "The multipart body does not end, or has too many parts")
        places.append((opened.end(), closed.start()))
        opened = closed
    return places


def _part(body: bytes, start: int, end: int) -> SoapPart:
    blank = _BLANK_LINE.search(body, start, min(end, start + PART_HEADERS_BYTES_MAX))
    if blank is None:
        raise _refused("MimeParsingFailed", "A part of the multipart body has no end of its headers")
    content_type = _type_of(body[start : blank.start()])
    if not content_type:
        raise _refused("InvalidContentType", "A part of the multipart body has no content type")
    return SoapPart(blank.end(), end, content_type, is_alone=False)


def _type_of(headers: bytes) -> str:
    found = _PART_TYPE.search(headers.lstrip(b"\r\n"))
    return found[1].decode("latin-1").strip() if found else ""


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _refused(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.CLIENT, code, message)
