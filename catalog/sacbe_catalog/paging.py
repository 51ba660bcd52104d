"""Slices of lists: opaque cursors after Relay's specification, stable when values tie.

A cursor says where in which list its node stands. The list (its query, filter and language) is in
it as a fingerprint, so that a cursor is refused where another list is asked for.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Final

import msgspec

from sacbe_terms.errors import CursorNotValid, LimitExceeded

FIRST_MAX: Final = 100
"""Nodes that one page may hold."""

CURSOR_CHARACTERS_MAX: Final = 2_000
"""A longer text was made by no list."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a node stands: the list's fingerprint, the key that the list is ordered by, and the node's own id."""

    fingerprint: str
    key: str | int
    id: int


def fingerprint(kind: str, *what: object) -> str:
    """Name a list by what was asked; the same question gives the same name in every process."""
    return blake2b(repr((kind, what)).encode(errors="backslashreplace"), digest_size=6).hexdigest()


def check_first(first: int) -> None:
    """Refuse a page size that no page has; raises LimitExceeded."""
    if not 0 <= first <= FIRST_MAX:
        raise LimitExceeded("first", value=first, allowed=FIRST_MAX)


def cursor(place: Place) -> str:
    """Print a place as an opaque text."""
    return urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place(text: str | None, fingerprint: str, key: type[str] | type[int]) -> Place | None:
    """Read a cursor back; raises CursorNotValid when this list did not make it."""
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        found = msgspec.json.decode(urlsafe_b64decode(padded), type=Place)
    except (ValueError, msgspec.MsgspecError) as error:
        raise _not_valid(text) from error
    is_ours = found.fingerprint == fingerprint and isinstance(found.key, key) and 0 < found.id < 2**63
    if len(text) > CURSOR_CHARACTERS_MAX or not is_ours or _is_out_of_range(found.key):
        raise _not_valid(text)
    return found


def _is_out_of_range(key: str | int) -> bool:
    return "\0" in key if isinstance(key, str) else not -(2**31) <= key < 2**31


def _not_valid(text: str) -> CursorNotValid:
    return CursorNotValid(
        what="The cursor was not made by this list.",
        where=text[:80],
        hint="Take a cursor that the same query, filter and language gave, or start from the beginning.",
    )
