"""What the reading process and the node say to each other, over a pipe.

Four bytes of length, then MessagePack. The worker asks for documents and ends with what it
found or why it found nothing; the node only fetches. So the node never parses a document.
An error goes over as a value, in either direction, and is the same error on the other side.
"""

import struct
from typing import BinaryIO

import msgspec

from sacbe_terms.errors import AdapterError, AddressRefused, DescriptionNotReadable, NothingUsable, Problem

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
    """An error: why there is no document (node to worker), or no description (worker to node)."""

    kind: str
    what: str
    where: str
    hint: str = ""
    problems: tuple[Problem, ...] = ()


ToWorker = Begin | Document | Refused
ToNode = Need | Found | Refused

_KINDS = {kind.__name__: kind for kind in (DescriptionNotReadable, NothingUsable, AddressRefused)}


def refused(error: AdapterError) -> Refused:
    """Give the error as a value; one that no description can meet counts as unreadable."""
    kind = type(error).__name__
    return Refused(
        kind=kind if kind in _KINDS else DescriptionNotReadable.__name__,
        what=error.what,
        where=error.where,
        hint=error.hint,
        problems=error.problems,
    )


def error(refusal: Refused) -> AdapterError:
    """Give the error that a value stands for; raises KeyError for one that is none of ours."""
    kind = _KINDS[refusal.kind]
    return kind(what=refusal.what, where=refusal.where, hint=refusal.hint, problems=refusal.problems)


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
