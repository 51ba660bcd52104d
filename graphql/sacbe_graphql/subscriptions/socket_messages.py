"""The messages of `graphql-transport-ws`, the protocol of npm's `graphql-ws`, and its codes of closing."""

from enum import IntEnum
from typing import Any

import msgspec

from sacbe_graphql import request
from sacbe_graphql.answer import Answer
from sacbe_graphql.request import GraphQLRequest
from sacbe_graphql.scalars import LexicalFloat
from sacbe_terms.errors import RequestNotReadable

SUBPROTOCOL = "graphql-transport-ws"

ID_CHARACTERS_MAX = 128
"""Of an operation's id, which the client chooses."""


class Closing(IntEnum):
    """Why a connection is closed."""

    NORMAL = 1000
    FAILED = 1011
    TRY_LATER = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_UNKNOWN = 4406
    NO_INIT_IN_TIME = 4408
    ID_TAKEN = 4409
    INIT_TWICE = 4429


class Init(msgspec.Struct, tag_field="type", tag="connection_init"):
    """The first message; its payload holds what the headers of a request would."""

    payload: dict[str, Any] | None = None


class Ping(msgspec.Struct, tag_field="type", tag="ping"):
    """Asks for a pong."""

    payload: dict[str, Any] | None = None


class Pong(msgspec.Struct, tag_field="type", tag="pong"):
    """Answers a ping, or shows life."""

    payload: dict[str, Any] | None = None


class Subscribe(msgspec.Struct, tag_field="type", tag="subscribe"):
    """Asks an operation of any kind."""

    id: str
    payload: GraphQLRequest


class Complete(msgspec.Struct, tag_field="type", tag="complete"):
    """Wants no more answers."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete

_decoder = msgspec.json.Decoder(Message, float_hook=LexicalFloat)
_encoder = msgspec.json.Encoder()


class _Shape(msgspec.Struct):
    errors: msgspec.Raw = msgspec.Raw(b"[]")
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def read(text: str) -> Message:
    """Read a message; raises ValueError, saying what is wrong with it."""
    try:
        message: Message = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if isinstance(message, Subscribe):
        _check(message)
    return message


def _check(message: Subscribe) -> None:
    if not 0 < len(message.id) <= ID_CHARACTERS_MAX:
        raise ValueError(f"an id has from 1 to {ID_CHARACTERS_MAX} characters")
    try:
        request.checked(message.payload, "payload")
    except RequestNotReadable as error:
        raise ValueError(error.what) from error


def plain(kind: str) -> str:
    """Write a message that is nothing but its type."""
    return _written({"type": kind})


def complete(identifier: str) -> str:
    """Write that an operation has no more answers."""
    return _written({"id": identifier, "type": "complete"})


def of_answer(identifier: str, given: Answer) -> tuple[str, bool]:
    """Write an answer: `next`, or `error` where nothing was executed. Says also whether that ends the operation."""
    shape = msgspec.json.decode(given.body, type=_Shape)
    if shape.data is msgspec.UNSET:
        return _written({"id": identifier, "type": "error", "payload": shape.errors}), True
    return _written({"id": identifier, "type": "next", "payload": msgspec.Raw(given.body)}), False


def _written(content: dict[str, object]) -> str:
    return _encoder.encode(content).decode()
