"""One illness of a system: its name, what it sends, how it leaves, and the error that a caller must get.

Everything that an ill system sends beside its answer holds the word of `PRIVATE`, so that one look
at an error tells whether anything of the upstream came through.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sacbe_terms.errors import AdapterError

PRIVATE = "secreto"
"""Stands in headers, envelopes, stacks and values of every ill reply; no error may hold it."""


class Leaves(StrEnum):
    """What an ill system does with the connection once it has said all that it says."""

    CLOSING = "closing"
    RESETTING = "resetting"
    NEVER = "never"


class Speaks(StrEnum):
    """Who can meet an illness: everybody, or only those who read XML in SOAP's envelopes, or JSON."""

    ANY = "any"
    SOAP = "soap"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Illness:
    """`says` gives the pieces that are sent, for the media type that was asked for; it may pause between them."""

    name: str
    says: Callable[[str], Iterable[bytes]]
    error: type[AdapterError]
    speaks: Speaks = Speaks.ANY
    leaves: Leaves = Leaves.CLOSING


def reply(
    body: bytes, *, status: str = "200 OK", kind: str = "", length: int | str | None = None, more: str = ""
) -> bytes:
    """Give a whole HTTP reply; `more` are further header lines, each with its end."""
    size = len(body) if length is None else length
    named = f"Content-Type: {kind}\r\n" if kind else ""
    same = f"Server: {PRIVATE}/2.4\r\nConnection: close\r\n"
    head = f"HTTP/1.1 {status}\r\n{same}{named}{more}Content-Length: {size}\r\n\r\n"
    return head.encode("latin-1") + body
