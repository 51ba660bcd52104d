"""What the reading process and the node say to each other, over a pipe.

Four bytes of length, then MessagePack. The worker asks for documents and ends with what it
found or why it found nothing; the node only fetches. So the node never parses a document.
"""

import struct
from typing import BinaryIO

import msgspec

from sacbe_terms.errors import Problem

FRAME_BYTES_MAX = 256 * 1024 * 1024
"""A longer frame is not taken in."""

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size
"""Bytes of the length before each frame."""


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Node to worker: read the document at this place."""

    location: str


class Document(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Node to worker: the bytes that were asked for."""

    data: bytes


class Need(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Worker to node: fetch this; `named_at` is the file and line that name it, empty for the first."""

    location: str
    named_at: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Worker to node: the description, as JSON."""

    description: bytes


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Worker to node: why there is no description; `is_readable` when none of its operations can be offered."""

    what: str
    where: str
    hint: str = ""
    is_readable: bool = False
    problems: tuple[Problem, ...] = ()


ToWorker = Begin | Document
ToNode = Need | Found | Refused

_encoder = msgspec.msgpack.Encoder()
_from_node: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
_from_worker: msgspec.msgpack.Decoder[ToNode] = msgspec.msgpack.Decoder(ToNode)


def framed(message: ToWorker | ToNode) -> bytes:
    """Give the message with its length before it."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def length(head: bytes) -> int:
    """Give the length that a frame's first bytes tell; raises ValueError beyond the limit."""
    found: int = _LENGTH.unpack(head)[0]
    if found > FRAME_BYTES_MAX:
        raise ValueError("the frame is too long")
    return found


def from_worker(body: bytes) -> ToNode:
    """Read what a worker said; raises msgspec.MsgspecError on anything else."""
    return _from_worker.decode(body)


def take(stream: BinaryIO) -> ToWorker:
    """Read one frame, in the worker; raises EOFError when the node is gone."""
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        raise EOFError
    return _from_node.decode(stream.read(length(head)))
