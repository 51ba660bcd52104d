"""Carries messages of X-Road's own wire: opaque, signed by both sides, logged, and never translated.

What a client sends goes to the provider's system as it came, and what that answers comes back so
(PR-REST, PR-MESS). Rights, keys, log and the care for ill systems are those of every other exchange.
A SOAP message is recorded as the body of a head of our own, so that all evidence has one shape
(`docs/decisions/0151`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog

from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter
from sacbe_adapters.resilience import Errand, Resilience
from sacbe_adapters.transport import HttpReply, Pairs
from sacbe_signing.keys import KeyRing
from sacbe_terms.errors import SacbeError, UnexpectedFailure
from sacbe_xroad_like import log_record, recording, soap_reply
from sacbe_xroad_like.message_log import MessageLog
from sacbe_xroad_like.messages import Exchanged, Message
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.relay_admission import Admitted, admit_rest, admit_soap
from sacbe_xroad_like.relay_faults import fault_of
from sacbe_xroad_like.soap_reply import SoapRequest
from sacbe_xroad_like.wire import error_body, rest_message
from sacbe_xroad_like.wire.error_body import WireAnswer
from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
"""Largest message that is carried, in either direction."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Answered:
    """What the client gets, and the same as it is signed and logged."""

    answer: WireAnswer
    recorded: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passing:
    """A message on its way: how it is sent, and what becomes of a reply or of a fault."""

    admitted: Admitted
    about: Exchanged
    asked: Message
    send: Callable[[], Awaitable[HttpReply]]
    answered: Callable[[HttpReply], _Answered]
    failed: Callable[[XRoadFault], _Answered]


class Relay:
    """Carries messages of X-Road's wire with the adapters, keys and log of this process."""

    def __init__(self, adapters: Mapping[str, Adapter], keys: KeyRing, log: MessageLog, resilience: Resilience) -> None:
        self._adapters = adapters
        self._keys = keys
        self._log = log
        self._resilience = resilience
        self._under_way: set[asyncio.Task[WireAnswer]] = set()

    async def rest(
        self, registry: Registry, request: RestRequest, body: bytes | None, *, style: CodeStyle
    ) -> WireAnswer:
        """Carry a request of the REST protocol; raises XRoadFault, before anything is sent, if it may not pass."""
        admitted = admit_rest(registry, request, datetime.now(UTC))
        asked = Message(request.head, body or b"")
        accept = ", ".join(value for name, value in request.headers if name == "accept")

        def answered(reply: HttpReply) -> _Answered:
            given = rest_message.reply(request, reply.status, reply.pairs, asked_body=asked.body)
            return _Answered(WireAnswer(given.status, given.headers, reply.body), Message(given.head, reply.body))

        def failed(fault: XRoadFault) -> _Answered:
            told = error_body.rest(fault, accept=accept, style=style)
            given = rest_message.reply(request, told.status, told.headers, asked_body=asked.body)
            return _Answered(WireAnswer(given.status, given.headers, told.body), Message(given.head, told.body))

        address = rest_message.provider_address(admitted.service.endpoint.address, request)
        return await self._carried(
            _Passing(
                admitted=admitted,
                about=_about(admitted, request.message_id, UUID(request.request_id)),
                asked=asked,
                send=lambda: self._sent(admitted, request.method, address, request.headers, body),
                answered=answered,
                failed=failed,
            )
        )

    async def soap(self, registry: Registry, request: SoapRequest, *, style: CodeStyle) -> WireAnswer:
        """Carry a message of the SOAP protocol; raises XRoadFault, before anything is sent, if it may not pass."""
        admitted = admit_soap(registry, request.message, datetime.now(UTC))
        about = _about(admitted, request.message.message_id, uuid4())
        asked = Message(soap_reply.request_head(request, about), request.body)

        def recorded(answer: WireAnswer) -> _Answered:
            return _Answered(answer, Message(soap_reply.reply_head(answer, about, asked), answer.body))

        address = admitted.service.endpoint.address
        return await self._carried(
            _Passing(
                admitted=admitted,
                about=about,
                asked=asked,
                send=lambda: self._sent(admitted, "POST", address, request.headers, request.body),
                answered=lambda reply: recorded(soap_reply.answer(request, reply)),
                failed=lambda fault: recorded(error_body.soap(fault, style=style)),
            )
        )

    async def finish(self) -> None:
        """Wait for changing messages whose clients went away."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _carried(self, passing: _Passing) -> WireAnswer:
        """Carry a message to its end, even if its client goes away while something may be changing."""
        if passing.admitted.reads:
            return await self._exchanged(passing)
        task = asyncio.create_task(self._exchanged(passing))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _exchanged(self, passing: _Passing) -> WireAnswer:
        """Record, send, record; a read's request and reply are recorded together (`docs/decisions/0051`)."""
        try:
            provider = self._keys.signer_for(passing.admitted.service.identifier.subsystem.member)
            consumer = self._keys.signer_for(passing.admitted.consumer.member)
            entries = [recording.entry(passing.about, passing.asked, log_record.REQUEST, consumer)]
            if not passing.admitted.reads:
                await self._log.append([entries.pop()])
            answered = await self._made(passing)
            entries.append(recording.entry(passing.about, answered.recorded, log_record.REPLY, provider))
            await self._log.append(entries)
            return answered.answer
        except SacbeError as error:  # no key, or no record: then nothing is given
            raise fault_of(error) from error

    async def _made(self, passing: _Passing) -> _Answered:
        admitted = passing.admitted
        errand = Errand(
            name=admitted.name,
            provider=str(admitted.service.identifier.subsystem),
            address=admitted.service.endpoint.address,
            deadline=time.monotonic() + admitted.service.endpoint.call_seconds_max,
            reads=admitted.reads,
        )
        try:
            return passing.answered(await self._resilience.call(errand, passing.send))
        except XRoadFault as fault:
            return passing.failed(fault)
        except SacbeError as error:
            return passing.failed(fault_of(error))
        except Exception as error:  # ours: told to the operator by reference, never to the client
            failure = UnexpectedFailure(reference=str(passing.about.request_id))
            _log.error("a relay failed unexpectedly", reference=failure.where, error=type(error).__name__)
            return passing.failed(fault_of(failure))

    async def _sent(
        self, admitted: Admitted, method: str, address: str, headers: Pairs, body: bytes | None
    ) -> HttpReply:
        endpoint = admitted.service.endpoint
        adapter = adapter_registry.of_kind(self._adapters, admitted.service.description.kind)
        return await adapter.transport.pass_on(
            method,
            address,
            headers=headers,
            body=body,
            deadline=time.monotonic() + endpoint.call_seconds_max,
            reply_bytes_max=MESSAGE_BYTES_MAX,
            name=admitted.name,
            credentials=endpoint.credentials,
        )


def _about(admitted: Admitted, message_id: str, request_id: UUID) -> Exchanged:
    return Exchanged(
        operation=admitted.name, consumer=str(admitted.consumer), message_id=message_id, request_id=request_id
    )
