"""A message of X-Road's wire on its way: how it is made, and what becomes of a reply or of a fault.

What the client gets is what is signed and logged. A SOAP message is recorded as the body of a head of our
own, so that all evidence has one shape (`docs/decisions/0151`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid4

from sacbe_adapters.spool import Body, Spool
from sacbe_adapters.transport import Pairs, PassedReply
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like import operational_record, soap_reply
from sacbe_xroad_like.messages import Exchanged
from sacbe_xroad_like.operational_record import Ended
from sacbe_xroad_like.persons_on_wire import AboutPersons
from sacbe_xroad_like.soap_reply import SoapRequest
from sacbe_xroad_like.wire import error_body, rest_message
from sacbe_xroad_like.wire.error_body import Headers, WireAnswer
from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest

Make = Callable[[Body | None], Awaitable[PassedReply]]
"""Has a request with this body answered, by a provider's system or by the node itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets."""

    status: int
    headers: Headers
    body: Body

    @classmethod
    def of(cls, wire: WireAnswer) -> "Answer":
        """Give an answer that was made here."""
        return cls(wire.status, wire.headers, Body.of(wire.body))


@dataclass(frozen=True, slots=True)
class Answered:
    """What the client gets, the head under which it is signed and logged, and how that is counted."""

    answer: Answer
    head: bytes
    ended: Ended
    persons: frozenset[str] = frozenset()
    """The normalized numbers of those whom it tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A message on its way. `head` and `body` are the request as it is signed and logged."""

    provider: SubsystemId
    consumer: SubsystemId
    reads: bool
    about: Exchanged
    head: bytes
    body: Body
    persons: AboutPersons | None
    make: Callable[[], Awaitable[PassedReply]]
    answered: Callable[[PassedReply], Awaitable[Answered]]
    failed: Callable[[XRoadFault], Answered]


def of_rest(
    request: RestRequest, body: Body | None, make: Make, persons: AboutPersons | None, *, reads: bool, style: CodeStyle
) -> Passing:
    """Put a request of the REST protocol on its way."""
    accept = ",".join(value for name, value in request.headers if name == "accept")
    recorded = body or Body.of(b"")
    hashed = rest_message.request_hash(request.head, recorded.sha512 if recorded.size else None)

    def given(status: int, headers: Pairs, content: Body, fault_code: str = "") -> Answered:
        reply = rest_message.reply(request, status, headers, hashed=hashed)
        ended = Ended(status < HTTPStatus.BAD_REQUEST, fault_code, status, content.size)
        return Answered(Answer(reply.status, reply.headers, content), reply.head, ended)

    async def answered(reply: PassedReply) -> Answered:
        return given(reply.status, reply.pairs, reply.body)

    def failed(fault: XRoadFault) -> Answered:
        told = error_body.rest(fault, accept=accept, style=style)
        return given(told.status, told.headers, Body.of(told.body), operational_record.refused(fault).fault_code)

    return Passing(
        provider=request.service.subsystem,
        consumer=request.client,
        reads=reads,
        about=Exchanged(
            operation=str(request.service),
            consumer=str(request.client),
            message_id=request.message_id,
            request_id=UUID(request.request_id),
        ),
        head=request.head,
        body=recorded,
        persons=persons,
        make=lambda: make(body),
        answered=answered,
        failed=failed,
    )


def of_soap(
    request: SoapRequest,
    body: Body,
    make: Make,
    persons: AboutPersons | None,
    spool: Spool,
    *,
    reads: bool,
    style: CodeStyle,
) -> Passing:
    """Put a message of the SOAP protocol on its way."""
    message = request.message
    about = Exchanged(
        operation=str(DataServiceId(message.service.provider, message.service.code)),
        consumer=str(message.client),
        message_id=message.message_id,
        request_id=uuid4(),
    )
    head = soap_reply.request_head(request, about)
    hashed = rest_message.request_hash(head, body.sha512 if body.size else None)

    def given(answer: Answer, ended: Ended) -> Answered:
        told = soap_reply.reply_head(answer.status, answer.headers, about, hashed)
        return Answered(answer, told, ended._replace(response_size=answer.body.size))

    async def answered(reply: PassedReply) -> Answered:
        content = await soap_reply.answer(request, reply, spool)
        # a provider's own fault goes on as it came; into all else the hash of its request was written
        headers = (("content-type", reply.header("content-type")),)
        return given(Answer(200, headers, content), Ended(content is not reply.body))

    def failed(fault: XRoadFault) -> Answered:
        return given(Answer.of(error_body.soap(fault, style=style)), operational_record.refused(fault))

    return Passing(
        provider=message.service.provider,
        consumer=message.client,
        reads=reads,
        about=about,
        head=head,
        body=body,
        persons=persons,
        make=lambda: make(body),
        answered=answered,
        failed=failed,
    )
