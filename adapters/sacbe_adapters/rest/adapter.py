"""The REST adapter: systems that an OpenAPI document describes, spoken to over HTTP."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from sacbe_adapters.contract import Adapter, DescriptionSource, Inability, Likeness
from sacbe_adapters.credentials.sending import Sender
from sacbe_adapters.describing.conversation import describe
from sacbe_adapters.rest.describe import KIND
from sacbe_adapters.rest.reply import ReplyReader
from sacbe_adapters.rest.request import RequestWriter
from sacbe_adapters.rest.servers import based
from sacbe_adapters.transport import Transport
from sacbe_adapters.xml import begins_like_xml
from sacbe_terms.descriptions import Description, Operation
from sacbe_terms.errors import AddressRefused, SacbeError
from sacbe_terms.exchange import Call, Endpoint, Health, Reply

CODECS_MAX = 20_000
"""How many operations' codecs are kept; beyond it all are made anew as they are needed."""
CHECK_REPLY_BYTES_MAX = 1024 * 1024
"""How much of its front page a system may show while it is checked."""


LOOKED_AT_BYTES = 4096
"""How much of a document is looked at for the word that tells its kind."""


class _Codec:
    """What one operation's calls are written and read with, and the operation, so that its id stays its own."""

    __slots__ = ("operation", "reply", "request")

    def __init__(self, operation: Operation, description: Description) -> None:
        self.operation = operation
        self.request = RequestWriter(operation, description)
        self.reply = ReplyReader(operation, description)


class RestAdapter(Adapter):
    """Speaks HTTP with JSON to systems described by OpenAPI 2.0, 3.0 or 3.1."""

    kind: ClassVar[str] = KIND
    inabilities: ClassVar[frozenset[Inability]] = frozenset({Inability.STREAM_ATTACHMENTS})

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self._codecs: dict[int, _Codec] = {}
        self._sender = Sender(transport)

    @classmethod
    def recognises(cls, document: bytes, location: str) -> Likeness:  # noqa: ARG003 - the name tells nothing
        """Be sure of what says `openapi` or `swagger`, and take whatever is no XML for a document that lacks it."""
        if begins_like_xml(document):
            return Likeness.NONE
        start = document[:LOOKED_AT_BYTES]
        return Likeness.SURE if b"openapi" in start or b"swagger" in start else Likeness.PERHAPS

    async def describe(self, source: DescriptionSource) -> Description:
        """Read an OpenAPI document in a process of its own; see Adapter.describe."""
        return await describe(self.transport, source.location, reader="sacbe_adapters.rest.reader")

    async def check(self, endpoint: Endpoint) -> Health:
        """Ask for the endpoint's front page: any answer but one of 5xx says that the system is there."""
        started = time.monotonic()
        try:
            reply = await self._sender.send(
                "GET",
                endpoint.address,
                headers={"Accept": "application/json"},
                body=None,
                deadline=started + endpoint.call_seconds_max,
                reply_bytes_max=CHECK_REPLY_BYTES_MAX,
                name="the check",
                endpoint=endpoint,
            )
        except SacbeError as error:
            return Health(is_healthy=False, reason=error.what, seconds=time.monotonic() - started)
        reason = f"The system answers with status {reply.status}." if reply.status >= 500 else ""
        return Health(is_healthy=not reason, reason=reason, seconds=time.monotonic() - started)

    async def call(self, call: Call) -> Reply:
        """Send one request and read its reply; the errors are those of the contract."""
        codec = self._codec(call)
        request = codec.request.write(call.arguments, name=call.name)
        reply = await self._sender.send(
            request.method,
            _base(call) + request.target,
            headers=request.headers,
            body=request.body,
            deadline=call.deadline,
            reply_bytes_max=call.endpoint.reply_bytes_max,
            name=call.name,
            endpoint=call.endpoint,
        )
        if call.endpoint.is_lenient:
            value, problems = codec.reply.read_leniently(reply, name=call.name)
            return Reply(value=value, wire_bytes=len(reply.body), problems=problems)
        return Reply(value=codec.reply.read(reply, name=call.name), wire_bytes=len(reply.body))

    async def close(self) -> None:
        """Stop fetching tokens."""
        await self._sender.close()

    def _codec(self, call: Call) -> _Codec:
        """Give the operation's codec; descriptions are immutable, so an object's identity is enough to find it."""
        codec = self._codecs.get(id(call.operation))
        if codec is None:
            if len(self._codecs) >= CODECS_MAX:
                self._codecs.clear()
            codec = self._codecs[id(call.operation)] = _Codec(call.operation, call.description)
        return codec


def _base(call: Call) -> str:
    """Give the address below which the operation is; raises AddressRefused where the endpoint is not its host."""
    binding: Mapping[str, Any] = call.operation.binding
    try:
        return based(call.endpoint.address, binding.get("server"))
    except LookupError as error:
        raise AddressRefused(
            what=f"{call.name} is served at another host than its data service.",
            where=call.name,
            hint="Register the description as a second data service, with the endpoint where this operation is.",
        ) from error
