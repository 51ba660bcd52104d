"""The reply of one call: a value, the ministry's own fault, or what is wrong with it."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from lxml import etree

from sacbe_adapters import upstream_words, xml
from sacbe_adapters.rest import typed_decoding
from sacbe_adapters.rest.faults import FaultReader
from sacbe_adapters.rest.lenient import LenientReader
from sacbe_adapters.rest.media import Kind, kind
from sacbe_adapters.rest.reading import Readers, decode
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.values import MISSING, Convert, Mismatch
from sacbe_terms.descriptions import Description, Field, Operation
from sacbe_terms.errors import Problem, ReplyBreaksContract, ReplyNotReadable

_CHARSET = re.compile(r"""charset\s*=\s*"?([A-Za-z0-9_.:+-]+)""", re.IGNORECASE)


class ReplyReader:
    """Reads the replies of one operation."""

    def __init__(self, operation: Operation, description: Description) -> None:
        readers = self._readers = Readers(description)
        binding: Mapping[str, Any] = operation.binding
        self._description = description
        self._result = operation.result
        self._read = readers.reader(operation.result)
        self._decode: Callable[[bytes], Any] | None = None
        self._lenient: LenientReader | None = None
        self._answers = {status: Kind(answer) for status, answer in binding["answers"].items()}
        self._members = {status: _member_reader(readers, name) for status, name in binding.get("members", {}).items()}
        self._is_page = "html" in binding["accept"]
        self._faults = FaultReader(operation, readers)

    def read(self, reply: HttpReply, *, name: str) -> Any:
        """Give the value; raises LegacySystemFault, ReplyNotReadable, ReplyBreaksContract."""
        status = self._declared(reply.status)
        if status is None:
            raise self._faults.error(reply, name=name)
        if self._answers[status] is Kind.JSON and status not in self._members:
            try:
                return self._short_way()(json_text(reply, name))
            except (msgspec.MsgspecError, Mismatch, ValueError, RecursionError):
                pass  # not as plain as that: the long way reads it, or says what is wrong and where
        return self._value(self._members.get(status, self._read), self._decoded(reply, status, name), name)

    def read_leniently(self, reply: HttpReply, *, name: str) -> tuple[object, tuple[Problem, ...]]:
        """Give the value with what was forgiven; raises as `read` does for what cannot be."""
        try:
            return self.read(reply, name=name), ()
        except ReplyBreaksContract:
            status = self._declared(reply.status)
            if status is None or status in self._members:
                raise
            try:
                return self._lenient_reader().read(self._decoded(reply, status, name))
            except Mismatch:
                pass
            raise

    def _decoded(self, reply: HttpReply, status: str, name: str) -> Any:
        answer = self._answers[status]
        if answer is Kind.NOTHING:
            return MISSING
        if answer not in (Kind.JSON, Kind.LINES) and not self._is_page and is_page(reply):
            raise ReplyNotReadable(name, reason="it is a web page")
        return _CONTENT[answer](reply, name)

    def _short_way(self) -> Callable[[bytes], Any]:
        """Made when the first reply comes."""
        if self._decode is None:
            self._decode = typed_decoding.decoder(self._result, self._description, self._readers)
        return self._decode

    def _lenient_reader(self) -> LenientReader:
        """Made when a reply first needs it."""
        if self._lenient is None:
            self._lenient = LenientReader(self._result, self._description)
        return self._lenient

    def _declared(self, status: int) -> str | None:
        """Give the declared status that an answer has; `default` stands for successes that no fault claims."""
        for known in (str(status), f"{status // 100}XX"):
            if known in self._answers:
                return known
        is_free = 200 <= status < 300 and not self._faults.declares(status)
        return "default" if is_free and "default" in self._answers else None

    def _value(self, read: Convert, decoded: Any, name: str) -> Any:
        if decoded is MISSING:
            return True if self._result.name == "done" else None
        if decoded is None and self._result.is_nullable:
            return None
        try:
            return read(decoded)
        except Mismatch as mismatch:
            place = mismatch.pointer or "the whole answer"
            raise ReplyBreaksContract(name, place=place, reason=mismatch.reason) from mismatch


def _member_reader(readers: Readers, name: str) -> Convert:
    """Read an answer whose status tells which record of a choice it is."""
    read = readers.reader(Field(name="", wire="", type=name))
    return lambda value: {"__typename": name} | read(value)


def is_page(reply: HttpReply) -> bool:
    """Say whether an answer is a web page, as a system under maintenance shows it with status 200."""
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/html"


def json_text(reply: HttpReply, name: str) -> bytes:
    """Give a body that must be JSON in UTF-8; raises ReplyNotReadable."""
    declared = reply.headers.get("content-type", "")
    if not reply.body.strip():
        raise ReplyNotReadable(name, reason=f"status {reply.status} came without content")
    if declared and (kind(declared) is not Kind.JSON or "*" in declared):
        raise ReplyNotReadable(name, reason=f"it is not JSON but {upstream_words.content(declared)}")
    return _utf_8(reply, name)


def json(reply: HttpReply, name: str) -> Any:
    """Decode a body that must be JSON; raises ReplyNotReadable."""
    text = json_text(reply, name)
    try:
        return decode(text)
    except (ValueError, RecursionError) as error:
        raise ReplyNotReadable(name, reason="it is not well-formed JSON") from error


def lines(reply: HttpReply, name: str) -> list[Any]:
    """Decode a JSON value per line, or per record (RFC 7464); raises ReplyNotReadable."""
    try:
        return [decode(line) for line in _utf_8(reply, name).replace(b"\x1e", b"").splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise ReplyNotReadable(name, reason="a line of it is not well-formed JSON") from error


def markup(reply: HttpReply, name: str) -> str:
    """Give the one element of an XML document as text; raises ReplyNotReadable."""
    declared = reply.headers.get("content-type", "")
    try:
        root = xml.parse(reply.body, content_type=declared, bytes_max=max(len(reply.body), 1))
    except xml.XmlRefused as error:
        raise ReplyNotReadable(name, reason="it is not well-formed XML") from error
    return etree.tostring(root, encoding="unicode")


def in_base64(reply: HttpReply, _name: str) -> str:
    """Give any content as base64."""
    return base64.b64encode(reply.body).decode()


def text(reply: HttpReply, name: str) -> str:
    """Decode a body of text; raises ReplyNotReadable where the bytes are not of the declared charset."""
    return _utf_8(reply, name).decode()


def _utf_8(reply: HttpReply, name: str) -> bytes:
    """Give the body in UTF-8, whatever charset it declares, without a byte order mark."""
    named = _CHARSET.search(reply.headers.get("content-type", ""))
    charset = named[1] if named else "utf-8"
    body = reply.body
    try:
        if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
            body = body.decode(charset).encode()
        body.decode()
    except LookupError as error:
        raise ReplyNotReadable(name, reason="its charset is not one that is read") from error
    except UnicodeError as error:
        raise ReplyNotReadable(name, reason="its bytes are not of its charset") from error
    return body.removeprefix(b"\xef\xbb\xbf")


_CONTENT: Mapping[Kind, Callable[[HttpReply, str], Any]] = {
    Kind.JSON: json,
    Kind.LINES: lines,
    Kind.TEXT: text,
    Kind.XML: markup,
    Kind.BYTES: in_base64,
}
