"""One row of the message log, and the canonical bytes whose hash is its leaf in the tree.

Every column of the table stands in the leaf, each with its length before it, so that no change
of any column and no shift between two columns keeps the hash:

    "sacbe-message-log-1\n"  then for each column, in the order of the table:
    4 bytes length, big-endian, then the value; FF FF FF FF alone for null

Integers and times are 8 bytes, big-endian, two's complement; a time is microseconds since 1970 UTC;
texts are UTF-8; an identifier is its 16 bytes.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

from sacbe_signing import merkle
from sacbe_signing.xades import DataFile
from sacbe_xroad_like import messages

DOMAIN = b"sacbe-message-log-1\n"
"""Begins every leaf: the form and its version."""

REQUEST = "request"
"""`direction` of what a consumer asks."""

REPLY = "reply"
"""`direction` of what it is answered."""

_NULL = b"\xff\xff\xff\xff"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Entry(NamedTuple):
    """What is appended: one message, its signature, and what it is found by. A tuple is what COPY takes."""

    message_id: str
    direction: str
    consumer: str
    operation: str
    request_id: UUID
    recorded_at: datetime
    head: bytes
    body: bytes | None
    body_sha256: bytes
    signature: bytes
    certificate_sha256: bytes


APPENDED = Entry._fields
"""The columns that the writer gives."""

COLUMNS = ("id", "transaction_id", *APPENDED)
"""The columns of `bus.message_log`, in the order of the table and the leaf; the database gives the first two."""


def files(direction: str, head: bytes, body_sha256: bytes) -> tuple[DataFile, DataFile]:
    """Give the two files that a message's signature covers, by X-Road's names for them."""
    media_type = messages.REQUEST_HEAD if direction == REQUEST else messages.REPLY_HEAD
    return DataFile.of("message.xml", media_type, head), DataFile("attachment1", messages.JSON, body_sha256)


def leaf(row: Sequence[Any]) -> bytes:
    """Give the leaf hash of a row, its values in the order of COLUMNS."""
    parts = [DOMAIN]
    for encode, value in zip(_ENCODERS, row, strict=True):
        if value is None:
            parts.append(_NULL)
        else:
            encoded = encode(value)
            parts += (_length(len(encoded)), encoded)
    return merkle.leaf_hash(b"".join(parts))


_length = Struct(">I").pack
_integer = Struct(">q").pack


def _time(value: datetime) -> bytes:
    return _integer((value - _EPOCH) // _MICROSECOND)


def _uuid(value: UUID) -> bytes:
    return value.bytes


_ENCODERS: tuple[Callable[[Any], bytes], ...] = (
    _integer,
    _integer,
    str.encode,
    str.encode,
    str.encode,
    str.encode,
    _uuid,
    _time,
    bytes,
    bytes,
    bytes,
    bytes,
    bytes,
)
"""How each of COLUMNS is written."""
