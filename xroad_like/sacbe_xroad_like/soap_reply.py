"""What becomes of a SOAP message and of its reply: heads for the record, and X-Road's rules for replies."""

from dataclasses import dataclass, replace

from sacbe_adapters.transport import HttpReply, Pairs
from sacbe_xroad_like.messages import Exchanged, Message, request_hash
from sacbe_xroad_like.wire import soap_message, soap_part
from sacbe_xroad_like.wire.error_body import WireAnswer
from sacbe_xroad_like.wire.fault import Origin, XRoadFault
from sacbe_xroad_like.wire.soap_message import SoapMessage
from sacbe_xroad_like.wire.soap_part import SoapPart

READ_STATUSES = frozenset({200, 500})
"""Statuses under which a provider's answer is a SOAP message; 500 is SOAP 1.1's own for faults."""

_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapRequest:
    """A message as it came over HTTP: `part` is the SOAP message in the body."""

    message: SoapMessage
    body: bytes
    part: SoapPart
    content_type: str
    soap_action: str | None

    @property
    def headers(self) -> Pairs:
        """The only headers that go on to a SOAP provider (PR-MESS, section 2.1)."""
        action = [("soapaction", self.soap_action)] if self.soap_action is not None else []
        return [("content-type", self.content_type), *action]


def request_head(request: SoapRequest, about: Exchanged) -> bytes:
    """Write the head under which a SOAP message is signed and logged."""
    lines = ["POST", "/", *(f"{name}:{value}" for name, value in request.headers)]
    lines += [f"x-road-client:{about.consumer}", f"x-road-service:{about.operation}", f"x-road-id:{about.message_id}"]
    optional = {"x-road-userid": request.message.user_id, "x-road-issue": request.message.issue}
    lines += [f"{name}:{value}" for name, value in optional.items() if value]
    return _head([*lines, f"x-road-request-id:{about.request_id}"])


def reply_head(answer: WireAnswer, about: Exchanged, asked: Message) -> bytes:
    """Write the head under which its reply is."""
    lines = [str(answer.status), "OK", *(f"{name}:{value}" for name, value in answer.headers)]
    lines += [f"x-road-id:{about.message_id}", f"x-road-client:{about.consumer}", f"x-road-service:{about.operation}"]
    return _head([*lines, f"x-road-request-id:{about.request_id}", f"x-road-request-hash:{request_hash(asked)}"])


def completed(request: SoapRequest, reply: HttpReply) -> HttpReply:
    """Give a reply of a system that does not speak X-Road with the header that X-Road's clients expect."""
    content_type = reply.headers.get("content-type", "")
    if not content_type.lower().startswith(soap_part.TEXT):
        return reply
    return replace(reply, body=soap_message.with_header_of(request.message, reply.body, content_type=content_type))


def answer(request: SoapRequest, reply: HttpReply) -> WireAnswer:
    """Give the client's answer to a provider's reply: a fault as it is, all else with our `requestHash`.

    Raises XRoadFault, ServiceFailed: HttpError, InvalidContentType and what `soap_message.read` finds;
    InconsistentResponse for a reply to something else.
    """
    if reply.status not in READ_STATUSES:
        raise _failed("HttpError", f"The provider's system answered with the HTTP status {reply.status}")
    content_type = reply.headers.get("content-type", "")
    try:
        part = soap_part.find(reply.body, content_type)
        found = soap_message.read(reply.body[part.start : part.end], content_type=part.content_type)
    except XRoadFault as fault:
        raise fault.of_service() from fault
    headers = (("content-type", content_type),)
    if found is None:
        return WireAnswer(200, headers, reply.body)
    if found.repeated != request.message.repeated:
        message = "The response does not repeat the headers of its request"
        raise XRoadFault(Origin.CONSUMER_SIDE, "InconsistentResponse", message, is_services=True)
    hashed = soap_message.request_hash(request.body[request.part.start : request.part.end])
    text = _with_hash(reply.body[part.start : part.end], hashed)
    return WireAnswer(200, headers, reply.body[: part.start] + text + reply.body[part.end :])


def _with_hash(message: bytes, hashed: str) -> bytes:
    """Every charset but the wide ones holds ASCII as it is, so that all other bytes can stay unread."""
    charset = "utf-16" if message.startswith(_WIDE) else "latin-1"
    return soap_message.with_request_hash(message.decode(charset), hashed).encode(charset)


def _head(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


def _failed(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.PROVIDER_SIDE, code, message, is_services=True)
