"""The reply of one call: a value, the ministry's own fault, or what is wrong with it."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from sacbe_adapters.rest.faults import FaultReader
from sacbe_adapters.rest.media import Kind, kind
from sacbe_adapters.rest.reading import Readers, decode
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.values import Mismatch
from sacbe_terms.descriptions import Description, Operation
from sacbe_terms.errors import ReplyBreaksContract, ReplyNotReadable

_CHARSET = re.compile(r"""charset\s*=\s*"?([A-Za-z0-9_.:+-]+)""", re.IGNORECASE)


class ReplyReader:
    """Reads the replies of one operation."""

    def __init__(self, operation: Operation, description: Description) -> None:
        readers = Readers(description)
        self._result = operation.result
        self._read = readers.reader(operation.result)
        answers: Mapping[str, Any] = operation.binding["answers"]  # type: ignore[assignment]  # written by operations.py
        self._answers = {status: Kind(answer) for status, answer in answers.items()}
        self._faults = FaultReader(operation, readers)

    def read(self, reply: HttpReply, *, name: str) -> Any:
        """Give the value; raises LegacySystemFault, ReplyNotReadable, ReplyBreaksContract."""
        answer = self._answer(reply.status)
        if answer is None:
            raise self._faults.error(reply, name=name)
        match answer:
            case Kind.NOTHING:
                return True if self._result.name == "done" else None
            case Kind.TEXT:
                return text(reply, name)
            case Kind.BYTES:
                return base64.b64encode(reply.body).decode()
            case _:
                return self._value(json(reply, name), name)

    def _answer(self, status: int) -> Kind | None:
        exact, of_class = str(status), f"{status // 100}XX"
        found = self._answers.get(exact) or self._answers.get(of_class)
        is_free = 200 <= status < 300 and not self._faults.declares(status)
        return found or (self._answers.get("default") if is_free else None)

    def _value(self, decoded: Any, name: str) -> Any:
        if decoded is None and self._result.is_nullable:
            return None
        try:
            return self._read(decoded)
        except Mismatch as mismatch:
            place = mismatch.pointer or "the whole answer"
            raise ReplyBreaksContract(name, place=place, reason=mismatch.reason) from mismatch


def json(reply: HttpReply, name: str) -> Any:
    """Decode a body that must be JSON; raises ReplyNotReadable."""
    declared = reply.headers.get("content-type", "")
    if not reply.body.strip():
        raise ReplyNotReadable(name, reason=f"status {reply.status} came without content")
    if declared and (kind(declared) is not Kind.JSON or "*" in declared):
        raise ReplyNotReadable(name, reason=f"it is not JSON but '{declared.partition(';')[0].strip()[:80]}'")
    try:
        return decode(_utf_8(reply, name))
    except (ValueError, RecursionError) as error:
        raise ReplyNotReadable(name, reason="it is not well-formed JSON") from error


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
    except (LookupError, UnicodeError) as error:
        raise ReplyNotReadable(name, reason=f"its bytes are not {charset[:40]}") from error
    return body.removeprefix(b"\xef\xbb\xbf")
