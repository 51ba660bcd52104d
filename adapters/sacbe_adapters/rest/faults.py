"""A ministry's own errors: its code and its text, from wherever its JSON keeps them.

Declared fields of a declared fault are given; of anything else only a code and a text, since an
undeclared body may hold stacks and addresses. RFC 9457 and the habits of the field are known.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sacbe_adapters import naming, upstream_words
from sacbe_adapters.rest.media import Kind, kind
from sacbe_adapters.rest.reading import Readers, decode
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.values import Mismatch, Number
from sacbe_terms.descriptions import Field, Operation
from sacbe_terms.errors import AdapterError, LegacySystemFault, ReplyNotReadable

CODE_KEYS = (
    "code", "errorCode", "error_code", "faultCode", "codigo", "codigoError", "type", "title", "error", "status",
)  # fmt: skip
TEXT_KEYS = (
    "detail", "message", "error_description", "errorMessage", "mensaje", "descripcion", "description", "title", "error",
)  # fmt: skip
"""Where codes and texts are kept, best first; keys are compared exactly."""
CODE_CHARACTERS_MAX = 80
"""A longer one is a sentence."""


class FaultReader:
    """Reads what an operation's system says when it does not answer."""

    def __init__(self, operation: Operation, readers: Readers) -> None:
        self._declared = {fault.wire: fault for fault in operation.faults}
        self._read = {
            fault.wire: readers.reader(Field(name=fault.name, wire="", type=fault.type))
            for fault in operation.faults
            if fault.type
        }

    def declares(self, status: int) -> bool:
        """Say whether the description names this status as a fault."""
        return str(status) in self._declared

    def error(self, reply: HttpReply, *, name: str) -> AdapterError:
        """Give the error that a reply of a status without a result stands for."""
        wire = next((wire for wire in _wires(reply.status) if wire in self._declared), "")
        documentation = self._declared[wire].documentation if wire else ""
        if reply.status >= 400 and not reply.body.strip() and wire:
            return LegacySystemFault(name, fault_code=str(reply.status), fault_text=documentation or "no further word")
        body = _json(reply) if reply.status >= 400 else None
        if body is None:
            return ReplyNotReadable(name, reason=_why(reply))
        return LegacySystemFault(
            name,
            fault_code=_code(body) or str(reply.status),
            fault_text=_text(body) or documentation or f"status {reply.status}",
            detail=self._detail(wire, body),
        )

    def _detail(self, wire: str, body: object) -> Mapping[str, object]:
        """Give the declared fields under the fault's name; a fault that breaks its own description has none."""
        read = self._read.get(wire)
        try:
            return {naming.field_name(self._declared[wire].name): read(body)} if read else {}
        except Mismatch:
            return {}


def _wires(status: int) -> tuple[str, ...]:
    return str(status), f"{status // 100}XX", "default"


def _why(reply: HttpReply) -> str:
    if 300 <= reply.status < 400:
        return f"status {reply.status} leads elsewhere, and redirects are not followed"
    came = upstream_words.content(reply.headers.get("content-type", ""))
    return f"status {reply.status} came with {came} in place of an answer"


def _json(reply: HttpReply) -> object:
    """Decode a fault's body; None if it is no JSON."""
    if kind(reply.headers.get("content-type", "")) is not Kind.JSON:
        return None
    try:
        found: object = decode(reply.body)
    except (ValueError, RecursionError):
        return None
    return found


def _code(body: object) -> str:
    return next((text for text in _texts(body, CODE_KEYS) if _is_code(text)), "")


def _is_code(text: str) -> bool:
    """Tell a code from a sentence, from an address, and from RFC 9457's word for none."""
    is_sentence = any(character.isspace() or character == "/" for character in text)
    return 0 < len(text) <= CODE_CHARACTERS_MAX and not is_sentence and text != "about:blank"


def _text(body: object) -> str:
    return next(iter(_texts(body, TEXT_KEYS)), "")


def _texts(body: object, keys: tuple[str, ...]) -> Iterator[str]:
    """Give the texts under these keys, then those one level below (`error`, `errors[0]`)."""
    inner: list[object] = []
    if isinstance(body, list):
        inner = body[:1]
    elif isinstance(body, Mapping):
        inner = [member for key in ("error", "errors", "fault") if isinstance(member := body.get(key), Mapping | list)]
        yield from _own_texts(body, keys)
    for member in inner:
        yield from _texts(member, keys)


def _own_texts(body: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        value = body.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool | Number) and str(value).strip():
            yield upstream_words.readable(str(value))
