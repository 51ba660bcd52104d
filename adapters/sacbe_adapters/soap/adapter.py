"""The SOAP adapter: describe by WSDL, check by reaching the endpoint, call through a compiled codec."""

import time
from typing import ClassVar

from sacbe_adapters.contract import Adapter, DescriptionSource, Inability, Likeness
from sacbe_adapters.credentials.sending import Sender
from sacbe_adapters.describing.conversation import describe
from sacbe_adapters.soap.codec import Codec, Codecs
from sacbe_adapters.soap.security.proving import proven
from sacbe_adapters.soap.security.writing import secured
from sacbe_adapters.soap.xroad_header import with_header
from sacbe_adapters.transport import Transport
from sacbe_adapters.xml import begins_like_xml
from sacbe_terms.credentials import AnyCredential
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import AdapterError, ReplyTooLarge
from sacbe_terms.exchange import Call, Endpoint, Health, Reply

CHECK_BYTES_MAX = 1024 * 1024
"""A check needs to see that something answers, not all of what it says."""

_AWAY = {
    502: "a gateway before it finds no system",
    503: "it says that it is out of service",
    504: "it does not answer",
}


class SoapAdapter(Adapter):
    """Speaks SOAP 1.1 and 1.2 to systems described by a WSDL."""

    kind = "soap"
    inabilities: ClassVar[frozenset[Inability]] = frozenset({Inability.STREAM_ATTACHMENTS})

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self._codecs = Codecs()
        self._sender = Sender(transport)

    @classmethod
    def recognises(cls, document: bytes, location: str) -> Likeness:
        """Be sure of what is called a WSDL, and take other XML for one."""
        if location.lower().endswith("wsdl"):
            return Likeness.SURE
        return Likeness.PERHAPS if begins_like_xml(document) else Likeness.NONE

    async def describe(self, source: DescriptionSource) -> Description:
        """Read a WSDL and its imports in a process of their own; see Adapter.describe."""
        return await describe(self.transport, source.location, reader="sacbe_adapters.soap.reader")

    async def check(self, endpoint: Endpoint) -> Health:
        """Ask for the endpoint's page: any HTTP answer shows that it is there, and no operation is called."""
        began = time.monotonic()
        try:
            reply = await self._sender.send(
                "GET",
                endpoint.address,
                headers={"accept": "*/*"},
                body=None,
                deadline=began + endpoint.call_seconds_max,
                reply_bytes_max=CHECK_BYTES_MAX,
                name="the endpoint",
                endpoint=endpoint,
            )
        except ReplyTooLarge:
            return Health(is_healthy=True, seconds=time.monotonic() - began)
        except AdapterError as error:
            return Health(is_healthy=False, reason=f"{error.what} {error.hint}", seconds=time.monotonic() - began)
        reason = _AWAY.get(reply.status, "")
        return Health(is_healthy=not reason, reason=reason, seconds=time.monotonic() - began)

    async def call(self, call: Call) -> Reply:
        """Call one operation; see Adapter.call."""
        codec = self._codecs.of(call.description, call.operation)
        shown = call.endpoint.credentials
        arguments, loose = codec.separated(call.name, call.arguments)
        written = codec.encode(call.name, arguments)
        if call.operation.speaks_xroad:
            written = with_header(written, call)
        message, parts = codec.attachments.taken_out(written)
        secured_message = _secured(codec, message, shown)
        request, headers = codec.attachments.packed(secured_message, (*parts, *loose), codec.headers)
        reply = await self._sender.send(
            "POST",
            call.endpoint.address,
            headers=headers,
            body=request,
            deadline=call.deadline,
            reply_bytes_max=call.endpoint.reply_bytes_max,
            name=call.name,
            endpoint=call.endpoint,
        )
        wire_bytes, reply = len(reply.body), proven(call.name, reply, shown, takes_parts=codec.takes_parts)
        if call.endpoint.is_lenient:
            value, problems = codec.decode_leniently(call.name, reply)
            return Reply(value=value, wire_bytes=wire_bytes, problems=problems)
        return Reply(value=codec.decode(call.name, reply), wire_bytes=wire_bytes)

    async def close(self) -> None:
        """Stop fetching tokens."""
        await self._sender.close()


def _secured(codec: Codec, message: bytes, shown: tuple[AnyCredential, ...]) -> bytes:
    """WS-Security needs an envelope; HTTP's own credentials are shown without one too."""
    return message if codec.is_plain else secured(message, shown)
