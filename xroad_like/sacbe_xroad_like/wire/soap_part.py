"""Where the SOAP message stands in what came over HTTP: alone, or as the first part of a multipart body.

SOAP with Attachments and MTOM alike (PR-MESS, section 3): the first part is the message, the
others are carried, and nothing but their content types is looked at. A body is read piece by piece, so
that the message is known before its attachments have come. The place is given in bytes, so that a
reply's message can be replaced and everything around it stays.
"""

import re
from dataclasses import dataclass

from sacbe_xroad_like.wire.fault import Origin, XRoadFault

TEXT, XOP, MULTIPART = "text/xml", "application/xop+xml", "multipart/related"
"""The media types that a message may come as."""

MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""A longer SOAP message is not read: it becomes a tree in memory. Attachments beside it may be larger."""

PART_HEADERS_BYTES_MAX = 16 * 1024
"""A part with longer headers is not read."""

PARTS_MAX = 1000
"""A body with more parts is not read."""

PADDING_BYTES_MAX = 64
"""White space behind a delimiter, on its line."""

_LINE_END = b"\r\n"
_BOUNDARY = re.compile(r""";\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)
_PART_TYPE = re.compile(rb"^content-type\s*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class SoapPart:
    """The message's place in the body, and its own content type."""

    start: int
    end: int
    content_type: str

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.end - self.start


def find(body: bytes, content_type: str) -> SoapPart:
    """Find the message in a whole body; raises what `Finder` does."""
    finder = Finder(content_type)
    finder.feed(body)
    return finder.end()


class Finder:
    """Finds the message in a body that comes piece by piece, and keeps no more of it than a delimiter takes.

    `found` is there when the message's end was seen; one that stands alone ends with the body.
    Raises XRoadFault of the client's: InvalidContentType, InvalidSoap, MimeParsingFailed, MissingSoap.
    """

    def __init__(self, content_type: str) -> None:
        media_type = _media_type(content_type)
        if media_type not in (TEXT, XOP, MULTIPART):
            raise _refused("InvalidContentType", f"The content type must be {TEXT}, {XOP} or {MULTIPART}")
        self._content_type = content_type
        self._parts = _Parts(_boundary(content_type)) if media_type == MULTIPART else None
        self._bytes = 0

    @property
    def found(self) -> SoapPart | None:
        """The message, if its end was seen."""
        return None if self._parts is None else self._parts.first

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        if self._parts is not None:
            self._parts.feed(piece)
            return
        self._bytes += len(piece)
        _refuse_large(self._bytes)

    def end(self) -> SoapPart:
        """Say where the message stands, at the end of the body."""
        return SoapPart(0, self._bytes, self._content_type) if self._parts is None else self._parts.end()


class _Parts:
    """The parts of a multipart body, found while it comes; a delimiter stands on a line (RFC 2046, section 5.1.1).

    A last delimiter without its two hyphens is taken for the end, as the shipped server does. Line ends are
    thought before and behind the body, so that its first and last lines are lines like all others.
    """

    def __init__(self, boundary: bytes) -> None:
        self._line = re.compile(rb"\r?\n--%b(--)?[ \t]{0,%d}(?=\r?\n)" % (re.escape(boundary), PADDING_BYTES_MAX))
        self._line_bytes_max = len(b"\r\n----\r\n") + len(boundary) + PADDING_BYTES_MAX
        self._kept, self._kept_from, self._looked_to = bytearray(_LINE_END), -len(_LINE_END), -len(_LINE_END)
        self._opened: int | None = None
        self._content: int | None = None
        self._type = ""
        self._count = 0
        self._is_over = False
        self.first: SoapPart | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        self._kept += piece
        while not self._is_over and self._look():
            pass
        if self.first is None and self._content is not None:
            _refuse_large(self._kept_from + len(self._kept) - self._content)
        self._let_go()

    def end(self) -> SoapPart:
        """Say where the first part stands, at the end of the body."""
        self.feed(_LINE_END)
        if self._is_part_open:
            raise _refused("MimeParsingFailed", "The multipart body does not end")
        if self.first is None:
            raise _refused("MissingSoap", "The multipart body has no part")
        return self.first

    @property
    def _is_part_open(self) -> bool:
        if self._opened is None or self._is_over:
            return False
        return self._content is not None or bool(self._kept[self._opened - self._kept_from :].strip())

    def _look(self) -> bool:
        """Take the next delimiter, if all of it has come."""
        found = self._line.search(self._kept, self._looked_to - self._kept_from)
        if self._opened is not None and self._content is None:
            self._read_headers(self._opened - self._kept_from, found.start() if found else len(self._kept))
        if found is None:
            self._looked_to = max(self._looked_to, self._kept_from + len(self._kept) - self._line_bytes_max)
            return False
        if self._opened is not None:
            self._close(self._kept_from + found.start())
        self._opened, self._content, self._type = self._kept_from + found.end(), None, ""
        self._looked_to = self._opened
        self._is_over = found[1] is not None
        return True

    def _read_headers(self, start: int, end: int) -> None:
        blank = _BLANK_LINE.search(self._kept, start, min(end, start + PART_HEADERS_BYTES_MAX))
        if blank is not None and self._kept[start:].strip():
            self._content = self._kept_from + blank.end()
            self._type = _type_of(bytes(self._kept[start : blank.start()]))
        elif end > start + PART_HEADERS_BYTES_MAX:
            raise _refused("MimeParsingFailed", "A part of the multipart body has no end of its headers")

    def _close(self, end: int) -> None:
        """End the part that is open; the first one is the message."""
        self._count += 1
        if self._content is None or self._content > end or self._count > PARTS_MAX:
            raise _refused("MimeParsingFailed", "A part of the multipart body has no headers, or there are too many")
        if not self._type:
            raise _refused("InvalidContentType", "A part of the multipart body has no content type")
        if self.first is None:
            if _media_type(self._type) not in (TEXT, XOP):
                raise _refused("InvalidContentType", "The first part must be the SOAP message, with its content type")
            self.first = SoapPart(self._content, end, self._type)
            _refuse_large(self.first.size)

    def _let_go(self) -> None:
        """Keep what may still matter: a part's headers, the beginning of a delimiter."""
        needed = self._looked_to if self._opened is None or self._content is not None else self._opened
        wanted = self._kept_from + len(self._kept) if self._is_over else needed
        del self._kept[: wanted - self._kept_from]
        self._kept_from = wanted


def _boundary(content_type: str) -> bytes:
    named = _BOUNDARY.search(content_type)
    if named is None:
        raise _refused("InvalidContentType", "The multipart content type names no boundary")
    return (named[1] or named[2]).encode("latin-1")


def _refuse_large(message_bytes: int) -> None:
    if message_bytes > MESSAGE_BYTES_MAX:
        raise _refused("InvalidSoap", f"The SOAP message is larger than {MESSAGE_BYTES_MAX} bytes")


def _type_of(headers: bytes) -> str:
    found = _PART_TYPE.search(headers.lstrip(b"\r\n"))
    return found[1].decode("latin-1").strip() if found else ""


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _refused(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.CLIENT, code, message)
