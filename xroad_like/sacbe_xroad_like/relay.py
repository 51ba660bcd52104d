"""Carries messages of X-Road's own wire: opaque, signed by both sides, logged, and never translated.

What a client sends goes to the provider's system as it came, and what that answers comes back so
(PR-REST, PR-MESS). Rights, keys, log and the care for ill systems are those of every other exchange.
A SOAP message is recorded as the body of a head of our own, so that all evidence has one shape
(`docs/decisions/0151`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from uuid import UUID, uuid4

import structlog

from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter
from sacbe_adapters.resilience import Errand, Resilience
from sacbe_adapters.transport import HttpReply, Pairs
from sacbe_signing.keys import KeyRing
from sacbe_terms.errors import SacbeError, UnexpectedFailure
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like import log_record, operational_record, recording, service_metadata, soap_reply
from sacbe_xroad_like.message_log import MessageLog
from sacbe_xroad_like.messages import Exchanged, Message
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.operational_record import Asked, Ended, OperationalRecord
from sacbe_xroad_like.quotas import Quotas
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.relay_admission import Admitted, admit_rest, admit_soap, refuse_unknown
from sacbe_xroad_like.relay_faults import fault_of
from sacbe_xroad_like.service_metadata import ServiceMetadata
from sacbe_xroad_like.soap_reply import SoapRequest
from sacbe_xroad_like.stages import Stages
from sacbe_xroad_like.wire import error_body, rest_message
from sacbe_xroad_like.wire.error_body import WireAnswer
from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
"""Largest message that is carried, in either direction."""

Make = Callable[[], Awaitable[HttpReply]]
"""Has a request answered, by a provider's system or by the node itself."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Answered:
    """What the client gets, the same as it is signed and logged, and how that is counted."""

    answer: WireAnswer
    recorded: Message
    ended: Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passing:
    """A message on its way: how it is made, and what becomes of a reply or of a fault."""

    provider: SubsystemId
    consumer: SubsystemId
    reads: bool
    about: Exchanged
    asked: Message
    make: Make
    answered: Callable[[HttpReply], _Answered]
    failed: Callable[[XRoadFault], _Answered]


class Relay:
    """Carries messages of X-Road's wire with the adapters, keys and log of this process."""

    def __init__(
        self,
        adapters: Mapping[str, Adapter],
        keys: KeyRing,
        log: MessageLog,
        resilience: Resilience,
        metadata: ServiceMetadata,
        quotas: Quotas,
        records: OperationalLog,
    ) -> None:
        self._adapters = adapters
        self._keys = keys
        self._log = log
        self._resilience = resilience
        self._metadata = metadata
        self._quotas = quotas
        self._records = records
        self._under_way: set[asyncio.Task[WireAnswer]] = set()

    async def rest(
        self, registry: Registry, request: RestRequest, body: bytes | None, *, style: CodeStyle
    ) -> WireAnswer:
        """Carry a request of the REST protocol; raises XRoadFault, before anything is sent, if it may not pass."""
        stages, counted = Stages(), operational_record.of_rest(registry, request, body or b"")
        with self._refusals(counted, stages):
            passing = await self._rest_passing(registry, request, body, style)
        return await self._carried(passing, counted, stages)

    async def soap(self, registry: Registry, request: SoapRequest, *, style: CodeStyle) -> WireAnswer:
        """Carry a message of the SOAP protocol; raises XRoadFault, before anything is sent, if it may not pass."""
        stages, counted = Stages(), operational_record.of_soap(request)
        with self._refusals(counted, stages):
            passing = await self._soap_passing(registry, request, style)
        return await self._carried(passing, counted, stages)

    async def finish(self) -> None:
        """Wait for changing messages whose clients went away."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    @contextmanager
    def _refusals(self, counted: Asked, stages: Stages) -> Iterator[None]:
        """Count the time to a decision, and the refusal if it is one."""
        try:
            yield
        except XRoadFault as fault:
            stages.lap("access")
            self._records.add(OperationalRecord(counted, operational_record.refused(fault), stages.timed()))
            raise
        stages.lap("access")

    async def _rest_passing(
        self, registry: Registry, request: RestRequest, body: bytes | None, style: CodeStyle
    ) -> _Passing:
        asked = Message(request.head, body or b"")
        if request.method == "GET" and request.service.service_code in service_metadata.REST_CODES:
            refuse_unknown(registry, request.client, request.service.subsystem)
            make: Make = partial(self._metadata.rest, registry, request)
            return _rest_passing(request, asked, style, make, reads=True)
        admitted = await self._counted(admit_rest(registry, request, datetime.now(UTC)))
        address = rest_message.provider_address(admitted.service.endpoint.address, request)
        make = partial(self._made, admitted, request.method, address, request.headers, body)
        return _rest_passing(request, asked, style, make, reads=admitted.reads)

    async def _soap_passing(self, registry: Registry, request: SoapRequest, style: CodeStyle) -> _Passing:
        message = request.message
        if message.service.code in service_metadata.SOAP_CODES:
            refuse_unknown(registry, message.client, message.service.provider)
            make: Make = partial(self._metadata.soap, registry, message)
            return _soap_passing(request, style, make, reads=True)
        admitted = await self._counted(admit_soap(registry, message, datetime.now(UTC)))
        address = admitted.service.endpoint.address
        make = partial(self._made, admitted, "POST", address, request.headers, request.body)
        if not admitted.speaks_xroad:
            make = partial(_completed, request, make)
        return _soap_passing(request, style, make, reads=admitted.reads)

    async def _counted(self, admitted: Admitted) -> Admitted:
        """Count the message in its agreement's daily quota; raises XRoadFault when that is used up."""
        try:
            await self._quotas.count([admitted.agreement], datetime.now(UTC))
        except SacbeError as error:
            raise fault_of(error) from error
        return admitted

    async def _carried(self, passing: _Passing, counted: Asked, stages: Stages) -> WireAnswer:
        """Carry a message to its end, even if its client goes away while something may be changing."""
        counted = counted._replace(request_id=passing.about.request_id)
        if passing.reads:
            return await self._recorded(passing, counted, stages)
        task = asyncio.create_task(self._recorded(passing, counted, stages))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _recorded(self, passing: _Passing, counted: Asked, stages: Stages) -> WireAnswer:
        """Make the exchange and count how it ended; raises XRoadFault where nothing may be given."""
        try:
            answered = await self._exchanged(passing, stages)
        except SacbeError as error:  # no key, or no record: then nothing is given
            fault = fault_of(error)
            self._records.add(OperationalRecord(counted, operational_record.refused(fault), stages.timed()))
            raise fault from error
        self._records.add(OperationalRecord(counted, answered.ended, stages.timed()))
        return answered.answer

    async def _exchanged(self, passing: _Passing, stages: Stages) -> _Answered:
        """Record, send, record; a read's request and reply are recorded together (`docs/decisions/0051`)."""
        consumer = self._keys.signer_for(passing.consumer.member)
        provider = self._keys.signer_for(passing.provider.member)
        entries = [recording.entry(passing.about, passing.asked, log_record.REQUEST, consumer)]
        stages.lap("sign")
        if not passing.reads:
            await self._log.append([entries.pop()])
            stages.lap("log")
        answered = await _answered(passing)
        stages.lap("call")
        entries.append(recording.entry(passing.about, answered.recorded, log_record.REPLY, provider))
        stages.lap("sign")
        await self._log.append(entries)
        stages.lap("log")
        return answered

    async def _made(
        self, admitted: Admitted, method: str, address: str, headers: Pairs, body: bytes | None
    ) -> HttpReply:
        endpoint = admitted.service.endpoint
        transport = adapter_registry.of_kind(self._adapters, admitted.service.description.kind).transport
        errand = Errand(
            name=admitted.name,
            provider=str(admitted.provider),
            address=endpoint.address,
            deadline=time.monotonic() + endpoint.call_seconds_max,
            reads=admitted.reads,
        )
        send = partial(
            transport.pass_on,
            method,
            address,
            headers=headers,
            body=body,
            deadline=errand.deadline,
            reply_bytes_max=MESSAGE_BYTES_MAX,
            name=admitted.name,
            credentials=endpoint.credentials,
        )
        return await self._resilience.call(errand, send)


def _rest_passing(request: RestRequest, asked: Message, style: CodeStyle, make: Make, *, reads: bool) -> _Passing:
    accept = ",".join(value for name, value in request.headers if name == "accept")

    def given(status: int, headers: Pairs, body: bytes, fault_code: str = "") -> _Answered:
        reply = rest_message.reply(request, status, headers, asked_body=asked.body)
        ended = Ended(status < HTTPStatus.BAD_REQUEST, fault_code, status, len(body))
        return _Answered(WireAnswer(reply.status, reply.headers, body), Message(reply.head, body), ended)

    def failed(fault: XRoadFault) -> _Answered:
        told = error_body.rest(fault, accept=accept, style=style)
        return given(told.status, told.headers, told.body, operational_record.refused(fault).fault_code)

    return _Passing(
        provider=request.service.subsystem,
        consumer=request.client,
        reads=reads,
        about=Exchanged(
            operation=str(request.service),
            consumer=str(request.client),
            message_id=request.message_id,
            request_id=UUID(request.request_id),
        ),
        asked=asked,
        make=make,
        answered=lambda reply: given(reply.status, reply.pairs, reply.body),
        failed=failed,
    )


def _soap_passing(request: SoapRequest, style: CodeStyle, make: Make, *, reads: bool) -> _Passing:
    message = request.message
    about = Exchanged(
        operation=str(DataServiceId(message.service.provider, message.service.code)),
        consumer=str(message.client),
        message_id=message.message_id,
        request_id=uuid4(),
    )
    asked = Message(soap_reply.request_head(request, about), request.body)

    def recorded(answer: WireAnswer, ended: Ended) -> _Answered:
        told = Message(soap_reply.reply_head(answer, about, asked), answer.body)
        return _Answered(answer, told, ended._replace(response_size=len(answer.body)))

    def answered(reply: HttpReply) -> _Answered:
        answer = soap_reply.answer(request, reply)
        # a provider's own fault goes on as it came; into all else the hash of its request was written
        return recorded(answer, Ended(answer.body is not reply.body))

    def failed(fault: XRoadFault) -> _Answered:
        return recorded(error_body.soap(fault, style=style), operational_record.refused(fault))

    return _Passing(
        provider=message.service.provider,
        consumer=message.client,
        reads=reads,
        about=about,
        asked=asked,
        make=make,
        answered=answered,
        failed=failed,
    )


async def _completed(request: SoapRequest, make: Make) -> HttpReply:
    return soap_reply.completed(request, await make())


async def _answered(passing: _Passing) -> _Answered:
    """Make the exchange; every failure becomes a fault that may be shown."""
    try:
        return passing.answered(await passing.make())
    except XRoadFault as fault:
        return passing.failed(fault)
    except SacbeError as error:
        return passing.failed(fault_of(error))
    except Exception as error:  # ours: told to the operator by reference, never to the client
        failure = UnexpectedFailure(reference=str(passing.about.request_id))
        _log.error("a relay failed unexpectedly", reference=failure.where, error=type(error).__name__)
        return passing.failed(fault_of(failure))
