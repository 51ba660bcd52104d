"""Messages of several parts: multipart/related, as SOAP with Attachments and MTOM send them.

RFC 2046 (section 5.1) and RFC 2387. The whole message is in memory already, within the limit of its
endpoint, so that a part is a view into it: nothing is copied, and nothing is read twice. Python's own `email` package
forgives what cannot be read in one way, and takes fourteen times as long; see docs/decisions/0100.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from quopri import decodestring
from urllib.parse import quote, unquote

PARTS_MAX = 256
"""Parts of one message, its envelope among them."""

HEAD_BYTES_MAX = 16 * 1024
"""Headers of one part."""

BOUNDARY_CHARACTERS_MAX = 70
"""RFC 2046, section 5.1.1."""

_BREAK = b"\r\n"
_PARAMETER = re.compile(r""";\s*([A-Za-z0-9_-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))""")
_HEADER = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)(?:\r\n|\Z)")


def _from_base64(data: memoryview) -> bytes:
    return b64decode(b"".join(bytes(data).split()), validate=True)


_DECODERS: dict[str, Callable[[memoryview], bytes | memoryview]] = {
    "base64": _from_base64,
    "quoted-printable": decodestring,
    **dict.fromkeys(("binary", "8bit", "7bit", ""), memoryview),
}


class NotMultipart(Exception):
    """The message cannot be taken apart; the reason quotes nothing of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its Content-ID without the angle brackets, its Content-Type, and its bytes as they were meant."""

    content_id: str
    content_type: str
    data: bytes | memoryview
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """The part that the message begins with, and the others in their order."""

    root: Part
    others: tuple[Part, ...]


def is_multipart(content_type: str) -> bool:
    """Say whether a Content-Type header names a message of several parts."""
    return content_type.strip()[:18].lower().startswith("multipart/related")


def taken_apart(body: bytes, content_type: str) -> Package:
    """Give the parts of a message; raises NotMultipart."""
    named = parameters(content_type)
    parts = [_part(body, *ends) for ends in _pieces(body, _boundary(named.get("boundary", "")))]
    names = [part.content_id for part in parts if part.content_id]
    if len(names) != len(set(names)):
        raise NotMultipart("two of its parts have one Content-ID")
    start = named.get("start", "").strip().removeprefix("<").removesuffix(">")
    roots = [part for part in parts if part.content_id == start] if start else parts[:1]
    if not roots:
        raise NotMultipart("the part that it begins with is not there")
    return Package(roots[0], tuple(part for part in parts if part is not roots[0]))


def put_together(package: Package, boundary: str) -> bytes:
    """Give the bytes of a message; the boundary stands in none of its parts."""
    pieces = []
    for part in (package.root, *package.others):
        head = f"--{boundary}\r\nContent-Type: {part.content_type}\r\nContent-Transfer-Encoding: binary\r\n"
        head += _disposition(part.file_name) if part.file_name else ""
        pieces += [f"{head}Content-ID: <{part.content_id}>\r\n\r\n".encode(), part.data, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def _disposition(file_name: str) -> str:
    """RFC 2183; a name that is not ASCII is told as RFC 2231 (section 4) writes it."""
    if file_name.isascii():
        quoted = re.sub(r'(["\\])', r"\\\1", file_name)
        return f'Content-Disposition: attachment; filename="{quoted}"\r\n'
    return f"Content-Disposition: attachment; filename*=UTF-8''{quote(file_name, safe='')}\r\n"


def _file_name(disposition: str) -> str:
    named = parameters(disposition)
    charset, _, text = named.get("filename*", "").rpartition("''")
    return unquote(text) if charset.lower() == "utf-8" else named.get("filename", "")


def parameters(content_type: str) -> dict[str, str]:
    """Give the parameters of a Content-Type header, by their names in small letters."""
    return {
        found[1].lower(): re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
        for found in _PARAMETER.finditer(content_type)
    }


def _boundary(text: str) -> re.Pattern[bytes]:
    """Give what finds the lines that are the boundary and nothing longer; the last one ends with two dashes."""
    if not 0 < len(text) <= BOUNDARY_CHARACTERS_MAX or not text.isascii() or not text.isprintable():
        raise NotMultipart("its parts have no boundary")
    return re.compile(rb"(?:\A|\r\n)--" + re.escape(text.encode()) + rb"(--)?[ \t]*(?=\r\n|\Z)")


def _pieces(body: bytes, boundary: re.Pattern[bytes]) -> list[tuple[int, int]]:
    """Give where the pieces between boundaries begin and end; what stands around all of them is nothing."""
    pieces: list[tuple[int, int]] = []
    start = 0
    for line in boundary.finditer(body):
        if start:
            pieces.append((start, line.start()))
        if line[1]:
            return pieces
        start = line.end()
        if len(pieces) > PARTS_MAX:
            raise NotMultipart(f"it has more than {PARTS_MAX} parts")
    raise NotMultipart("its last part has no end" if start else "its boundary does not stand in it")


def _part(body: bytes, start: int, end: int) -> Part:
    """Take one part's headers off (RFC 2045); the line of its boundary and that of an empty head end alike."""
    head_end = body.find(_BREAK * 2, start, min(end, start + HEAD_BYTES_MAX))
    if head_end < 0:
        raise NotMultipart("one of its parts has headers without an end")
    head, data = body[start:head_end].removeprefix(_BREAK), memoryview(body)[head_end + 4 : end]
    headers = {found[1].decode().lower(): _unfolded(found[2]) for found in _HEADER.finditer(head)}
    decode = _DECODERS.get(headers.get("content-transfer-encoding", "").strip().lower())
    if decode is None:
        raise NotMultipart("one of its parts is written in an unknown way")
    try:
        plain = decode(data)
    except (binascii.Error, ValueError) as error:
        raise NotMultipart("one of its parts is not written as it says") from error
    content_id = headers.get("content-id", "").strip().removeprefix("<").removesuffix(">")
    named = headers.get("content-disposition")
    return Part(content_id, headers.get("content-type", "text/plain"), plain, _file_name(named) if named else "")


def _unfolded(value: bytes) -> str:
    return value.decode("latin-1").replace("\r\n", "")
