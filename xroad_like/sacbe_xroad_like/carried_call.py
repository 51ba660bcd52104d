"""One call that the bus carries: what making it needs, and what comes of it at each step. Pure.

`exchange` takes it through its stages.
"""

import time
from dataclasses import dataclass
from http import HTTPStatus

from sacbe_adapters.contract import Adapter
from sacbe_signing.keys import Signer
from sacbe_terms.errors import Problem, SacbeError
from sacbe_terms.exchange import Call
from sacbe_xroad_like import log_record, messages, operational_record, person_numbers, recording
from sacbe_xroad_like.admission import AdmittedCall
from sacbe_xroad_like.log_record import Entry
from sacbe_xroad_like.messages import Exchanged, Message
from sacbe_xroad_like.operational_record import Ended
from sacbe_xroad_like.projection import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCall:
    """An admitted call with all that making it needs."""

    admitted: AdmittedCall
    adapter: Adapter
    consumer_signer: Signer
    provider_signer: Signer
    projection: Projection
    about: Exchanged
    until: float
    """When the plan's time is over, by `time.monotonic()`."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a call: the body of its reply, and the value (with its problems) or error for the consumer.

    `result` is the value as JSON, `original` the seal of what it was projected from, and `persons` are
    those whose numbers stand in that.
    """

    body: bytes
    value: object = None
    error: SacbeError | None = None
    problems: tuple[Problem, ...] = ()
    result: bytes = b""
    original: str = ""
    persons: frozenset[str] = frozenset()


def asked_persons(ready: ReadyCall) -> frozenset[str]:
    """Give the numbers of persons that stand in the arguments."""
    return person_numbers.in_arguments(ready.admitted.offered.operation.person_numbers, ready.admitted.call.arguments)


def ended(made: Made) -> Ended:
    """Say how a call ended, as its operational record does."""
    if made.error is not None:
        return operational_record.failed(made.error, len(made.body))
    return Ended(True, status_code=HTTPStatus.OK.value, response_size=len(made.body))


def recalled(recorded: Message, projection: Projection) -> Made:
    """Give what a recorded reply says; one that was recorded whole, before there were projections, is projected now."""
    if messages.parse(recorded.head).first != str(HTTPStatus.OK.value):
        return Made(recorded.body, None, messages.error_of(recorded))
    value, problems = messages.value_of(recorded)
    shown, explained = projection.value(value), projection.problems(value, problems)
    return Made(recorded.body, shown, problems=explained, result=messages.written(shown))


def call(ready: ReadyCall) -> Call:
    """Give the call with its one deadline: the endpoint's time from now, and none beyond the plan's."""
    admitted = ready.admitted
    endpoint = admitted.service.endpoint
    return Call(
        name=admitted.offered.name,
        operation=admitted.offered.operation,
        description=admitted.service.description,
        endpoint=endpoint,
        arguments=admitted.call.arguments,
        deadline=min(time.monotonic() + endpoint.call_seconds_max, ready.until),
        message_id=admitted.message_id,
        consumer=admitted.consumer.subsystem,
        user_id=admitted.consumer.user_id,
        issue=admitted.consumer.issue,
    )


def entry(ready: ReadyCall, message: Message, direction: str) -> Entry:
    """Sign a message with its sender's key and give its row of the log."""
    signer = ready.consumer_signer if direction == log_record.REQUEST else ready.provider_signer
    return recording.entry(ready.about, message, direction, signer)


def request(ready: ReadyCall) -> Message:
    """Give the consumer's message."""
    admitted = ready.admitted
    return messages.request(ready.about, admitted.consumer, admitted.request_body, purpose=str(admitted.agreement.id))


def reply(ready: ReadyCall, asked: Message, made: Made) -> Message:
    """Give the provider's message."""
    return messages.reply(
        ready.about, asked, made.body, error=made.error, problems=made.problems, original=made.original
    )
