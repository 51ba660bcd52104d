"""What becomes of a SOAP message and of its reply: heads for the record, and X-Road's rules for replies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from sacbe_adapters.spool import PIECE_BYTES, Body, Read, Spool
from sacbe_adapters.transport import Pairs, PassedReply
from sacbe_xroad_like.messages import Exchanged
from sacbe_xroad_like.wire import soap_message, soap_part
from sacbe_xroad_like.wire.error_body import Headers
from sacbe_xroad_like.wire.fault import Origin, XRoadFault
from sacbe_xroad_like.wire.soap_message import SoapMessage
from sacbe_xroad_like.wire.soap_part import Finder, SoapPart

READ_STATUSES = frozenset({200, 500})
"""Statuses under which a provider's answer is a SOAP message; 500 is SOAP 1.1's own for faults."""

_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapRequest:
    """A message as it came over HTTP, without what came beside it; `hashed` is its `requestHash`.

    Of a large one `message.body` is the element alone: no tree of it waits in memory for its reply.
    """

    message: SoapMessage
    part: SoapPart
    hashed: str
    content_type: str
    soap_action: str | None

    @property
    def headers(self) -> Pairs:
        """The only headers that go on to a SOAP provider (PR-MESS, section 2.1)."""
        action = [("soapaction", self.soap_action)] if self.soap_action is not None else []
        return [("content-type", self.content_type), *action]


async def read(part: SoapPart, data: Read, spool: Spool) -> tuple[SoapMessage, str]:
    """Read a request's message, with its `requestHash`; raises what `soap_message.read` does, InvalidSoap for a fault.

    `part` says where it stands, `data` reads its bytes.
    """
    return await spool.whole(part.size, data, partial(_asked, part.content_type))


def _asked(content_type: str, data: bytes) -> tuple[SoapMessage, str]:
    message = soap_message.read(data, content_type=content_type)
    if message is None:
        raise XRoadFault(Origin.CLIENT, "InvalidSoap", "A request cannot be a SOAP fault")
    if len(data) > PIECE_BYTES:
        message.body[:] = []
    return message, soap_message.request_hash(data)


def request_head(request: SoapRequest, about: Exchanged) -> bytes:
    """Write the head under which a SOAP message is signed and logged."""
    lines = ["POST", "/", *(f"{name}:{value}" for name, value in request.headers)]
    lines += [f"x-road-client:{about.consumer}", f"x-road-service:{about.operation}", f"x-road-id:{about.message_id}"]
    optional = {"x-road-userid": request.message.user_id, "x-road-issue": request.message.issue}
    lines += [f"{name}:{value}" for name, value in optional.items() if value]
    return _head([*lines, f"x-road-request-id:{about.request_id}"])


def reply_head(status: int, headers: Headers, about: Exchanged, hashed: str) -> bytes:
    """Write the head under which its reply is; `hashed` is the hash of the request as it was recorded."""
    lines = [str(status), "OK", *(f"{name}:{value}" for name, value in headers)]
    lines += [f"x-road-id:{about.message_id}", f"x-road-client:{about.consumer}", f"x-road-service:{about.operation}"]
    return _head([*lines, f"x-road-request-id:{about.request_id}", f"x-road-request-hash:{hashed}"])


async def completed(request: SoapRequest, reply: PassedReply, spool: Spool) -> PassedReply:
    """Give a reply of a system that does not speak X-Road with the header that X-Road's clients expect."""
    content_type = reply.header("content-type")
    if not content_type.lower().startswith(soap_part.TEXT) or reply.body.size > soap_part.MESSAGE_BYTES_MAX:
        return reply
    complete = partial(soap_message.with_header_of, request.message, content_type=content_type)
    with_header = await spool.whole(reply.body.size, reply.body.read, complete)
    return replace(reply, body=await spool.held(with_header))


async def answer(request: SoapRequest, reply: PassedReply, spool: Spool) -> Body:
    """Give what of a provider's reply the client gets: a fault as it is, all else with our `requestHash`.

    Raises XRoadFault, ServiceFailed: HttpError, InvalidContentType and what `soap_message.read` finds;
    InconsistentResponse for a reply to something else.
    """
    if reply.status not in READ_STATUSES:
        raise _failed("HttpError", f"The provider's system answered with the HTTP status {reply.status}")
    with _told_of_service():
        part = await _part(reply)
    message = partial(reply.body.read, part.start, part.end)
    hashed = await spool.whole(part.size, message, partial(_hashed, request, part.content_type))
    return reply.body if hashed is None else await reply.body.replaced(part.start, part.end, await spool.held(hashed))


@contextmanager
def _told_of_service() -> Iterator[None]:
    """Tell a fault as one that lies in what a provider's system answered."""
    try:
        yield
    except XRoadFault as fault:
        raise fault.of_service() from fault


async def _part(reply: PassedReply) -> SoapPart:
    finder = Finder(reply.header("content-type"))
    async for piece in reply.body.pieces():
        finder.feed(piece)
    return finder.end()


def _hashed(request: SoapRequest, content_type: str, message: bytes) -> bytes | None:
    """Give a reply's message with our `requestHash`, None for a fault; raises XRoadFault.

    Every charset but the wide ones holds ASCII as it is, so that all other bytes can stay unread.
    """
    with _told_of_service():
        found = soap_message.read(message, content_type=content_type)
    if found is None:
        return None
    if found.repeated != request.message.repeated:
        told = "The response does not repeat the headers of its request"
        raise XRoadFault(Origin.CONSUMER_SIDE, "InconsistentResponse", told, is_services=True)
    charset = "utf-16" if message.startswith(_WIDE) else "latin-1"
    return soap_message.with_request_hash(message.decode(charset), request.hashed).encode(charset)


def _head(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


def _failed(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.PROVIDER_SIDE, code, message, is_services=True)
