"""The form of a message: X-Road's canonical REST head, to our translation path, and a JSON body.

What the GraphQL door asks is written down as the request that it is, so that evidence reads the
same whichever door a question came through (PR-REST 1.0; `docs/decisions/0050`):

    POST CRLF /t1/{provider's subsystem}/{dataService}/{operation} CRLF (name:value CRLF)*
    200 CRLF OK CRLF (name:value CRLF)*

The body of a request is `{"arguments": ..., "fields": "{ nombres }"}`, so that what was asked of the result
is signed with it. The body of a reply is the result alone, as JSON, projected to those fields; then
`sacbe-original` in the head seals what it was projected from (`originals`). Where a lenient endpoint was forgiven
something, the head says so (`sacbe-problems:2`) and the body is `{"result": ..., "problems": [{"where", "reason"}]}`.

Head and body are the two files that are signed and logged. Everything here is pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha512
from http import HTTPStatus
from uuid import UUID

import msgspec

from sacbe_terms.errors import (
    LegacySystemFault,
    LimitExceeded,
    Problem,
    RecordedError,
    RequestNotReadable,
    SacbeError,
)
from sacbe_terms.exchange import Consumer, PlannedCall
from sacbe_xroad_like.wire import rest_message
from sacbe_xroad_like.wire.rest_message import HEADER_CHARACTERS_MAX, OURS

REQUEST_HEAD = "application/x-road-rest-request"
"""Media type of a request's head, as X-Road names it between servers."""

REPLY_HEAD = "application/x-road-rest-response"
"""Media type of a reply's head."""

JSON = "application/json"
"""Media type of every body."""

MESSAGE_ID_CHARACTERS_MAX = 1000
"""A message id is the request's id and the response path; the log keeps it in a unique index."""

TRANSLATION = "/t1/"
"""Path of our translation, before the operation's printed identifier."""

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Message:
    """A head and a body, byte for byte as they are signed and logged."""

    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """A head taken apart: its two first lines, and its headers with lower-case names."""

    first: str
    second: str
    headers: Mapping[str, str]

    @property
    def is_reply(self) -> bool:
        """Say whether this is a reply's head: its first line is a status."""
        return self.first[:1].isdigit()


def request_body(call: PlannedCall) -> bytes:
    """Write what is asked; raises TypeError, ValueError or OverflowError for arguments that JSON cannot hold."""
    return _encoder.encode({"arguments": call.arguments, "fields": call.fields})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What request and reply have in common; `operation` and `consumer` in their printed form."""

    operation: str
    consumer: str
    message_id: str
    request_id: UUID


def request(about: Exchanged, consumer: Consumer, body: bytes, *, purpose: str) -> Message:
    """Write the request of one call."""
    lines = [
        "POST",
        f"{TRANSLATION}{about.operation}",
        f"X-Road-Client:{about.consumer}",
        f"X-Road-Id:{about.message_id}",
        f"Sacbe-Purpose:{purpose}",
        f"Content-Type:{JSON}",
    ]
    if consumer.user_id:
        lines.append(f"X-Road-UserId:{consumer.user_id}")
    if consumer.issue:
        lines.append(f"X-Road-Issue:{consumer.issue}")
    lines.append(f"x-road-request-id:{about.request_id}\r\n")
    return Message("\r\n".join(lines).encode(), body)


def reply(
    about: Exchanged,
    asked: Message,
    body: bytes,
    *,
    error: SacbeError | None,
    problems: Sequence[Problem] = (),
    original: str = "",
) -> Message:
    """Write the reply to a request, whose body is a result's or an error's; `original` seals a projection's."""
    status = HTTPStatus.OK if error is None else HTTPStatus(error.status)
    lines = [
        str(status.value),
        status.phrase,
        f"Content-Type:{JSON}",
        f"x-road-id:{about.message_id}",
        f"x-road-client:{about.consumer}",
        f"x-road-service:{about.operation.rpartition('/')[0]}",
        f"x-road-request-id:{about.request_id}",
        f"x-road-request-hash:{request_hash(asked)}",
    ]
    if error is not None and not isinstance(error, LegacySystemFault):
        lines.append(f"x-road-error:{error.code}")
    if problems:
        lines.append(f"sacbe-problems:{len(problems)}")
    if original:
        lines.append(f"sacbe-original:{original}")
    return Message(("\r\n".join(lines) + "\r\n").encode(), body)


def written(value: object) -> bytes:
    """Write a result as JSON; raises TypeError or ValueError for a value that is none of `descriptions`."""
    return _encoder.encode(value)


def result_body(result: bytes, problems: Sequence[Problem] = ()) -> bytes:
    """Give a written result with what a lenient endpoint was forgiven: the record tells what the consumer got."""
    if not problems:
        return result
    told = [{"where": problem.where, "reason": problem.reason} for problem in problems]
    return _encoder.encode({"result": msgspec.Raw(result), "problems": told})


def error_body(error: SacbeError) -> bytes:
    """Write an error in X-Road's form; a fault of the provider's own keeps its code, text and detail."""
    content: dict[str, object] = {"type": error.code, "message": error.what, "detail": error.where}
    if isinstance(error, LegacySystemFault):
        content["fault"] = {"code": error.fault_code, "text": error.fault_text, "detail": error.detail}
    return _encoder.encode(content)


def value_of(recorded: Message) -> tuple[object, tuple[Problem, ...]]:
    """Read a recorded result, with what it was forgiven; the head must say 200."""
    value = msgspec.json.decode(recorded.body)
    if "sacbe-problems" not in parse(recorded.head).headers:
        return value, ()
    return value["result"], tuple(Problem(**problem) for problem in value["problems"])


def error_of(recorded: Message) -> SacbeError:
    """Read a recorded error, as the consumer was told it."""
    told = msgspec.json.decode(recorded.body)
    if "fault" in told:
        fault = told["fault"]
        return LegacySystemFault(
            told["detail"], fault_code=fault["code"], fault_text=fault["text"], detail=fault["detail"]
        )
    return RecordedError(told["type"], what=told["message"], where=told["detail"])


def request_hash(asked: Message) -> str:
    """Give X-Road-Request-Hash of a request (PR-REST 4.4)."""
    return rest_message.request_hash(asked.head, sha512(asked.body).digest() if asked.body else None)


def parse(head: bytes) -> Head:
    """Take a head apart; raises ValueError for what is no canonical head."""
    lines = head.decode().split("\r\n")
    if len(lines) < 3 or lines[-1]:
        raise ValueError("a head is two lines and headers, each ended by CR LF")
    headers: dict[str, str] = {}
    for line in lines[2:-1]:
        name, colon, value = line.partition(":")
        if not colon or (name.lower() in headers and name.lower().startswith(OURS)):
            raise ValueError("a header is name:value, and one of the bus stands once")
        headers[name.lower()] = value
    return Head(lines[0], lines[1], headers)


def message_id_of(base: str, call: PlannedCall) -> str:
    """Give a call's message id: the request's id, a point, and the response path."""
    found = f"{base}.{call.paths[0]}"
    if len(found) > MESSAGE_ID_CHARACTERS_MAX:
        raise LimitExceeded("message id", value=len(found), allowed=MESSAGE_ID_CHARACTERS_MAX)
    return found


def refuse_odd_headers(consumer: Consumer) -> None:
    """Raise RequestNotReadable if a value cannot stand in a head: control characters, or too long."""
    values = {"X-Road-Id": consumer.message_id, "X-Road-UserId": consumer.user_id}
    values |= {"X-Road-Issue": consumer.issue, "Sacbe-Purpose": consumer.purpose}
    odd = [name for name, value in values.items() if len(value) > HEADER_CHARACTERS_MAX or not value.isprintable()]
    if odd:
        raise RequestNotReadable(
            what=f"The header {odd[0]} holds control characters or is longer than {HEADER_CHARACTERS_MAX}.",
            where=odd[0],
            hint="Send it in one line of printable characters.",
            problems=[Problem(where=name, reason="not a plain header value") for name in odd],
        )
