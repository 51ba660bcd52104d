"""Carries messages of X-Road's own wire: opaque, signed by both sides, logged, and never translated.

What a client sends goes to the provider's system as it came, and what that answers comes back so
(PR-REST, PR-MESS). Rights, keys, log and the care for ill systems are those of every other exchange.
Whether a message may pass is decided before its body is taken; bodies lie in the spool until they are on
record, so that memory is the same whatever their size (`docs/decisions/0154`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import structlog

from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter
from sacbe_adapters.resilience import Errand, Resilience
from sacbe_adapters.spool import Body, Spool
from sacbe_adapters.transport import Pairs, PassedReply
from sacbe_signing.keys import KeyRing
from sacbe_terms.errors import SacbeError, UnexpectedFailure
from sacbe_xroad_like import (
    log_record,
    operational_record,
    passing,
    person_accesses,
    persons_on_wire,
    recording,
    service_metadata,
    soap_reply,
)
from sacbe_xroad_like.log_record import Entry
from sacbe_xroad_like.message_log import MessageLog
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.operational_record import Asked, OperationalRecord
from sacbe_xroad_like.passing import Answer, Answered, Make, Passing
from sacbe_xroad_like.person_accesses import Access, PersonKeys
from sacbe_xroad_like.persons_on_wire import AboutPersons
from sacbe_xroad_like.quotas import Quotas
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.relay_admission import Admitted, admit_rest, admit_soap, refuse_unknown
from sacbe_xroad_like.relay_faults import fault_of
from sacbe_xroad_like.service_metadata import ServiceMetadata
from sacbe_xroad_like.soap_reply import SoapRequest
from sacbe_xroad_like.stages import Stages
from sacbe_xroad_like.wire import rest_message
from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
"""Largest message that is carried, in either direction."""

TakeBody = Callable[[], Awaitable[Body | None]]
"""Takes a request's body in, once it is known that the request may pass; raises SacbeError, XRoadFault."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where an admitted message goes; metadata goes nowhere, and needs no admission."""

    make: Make
    reads: bool
    admitted: Admitted | None = None


@dataclass(frozen=True, slots=True)
class _Signed:
    """A signed message: its row without the body, and the body."""

    entry: Entry
    body: Body


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
        spool: Spool,
        persons: PersonKeys,
    ) -> None:
        self._adapters = adapters
        self._keys = keys
        self._log = log
        self._resilience = resilience
        self._metadata = metadata
        self._quotas = quotas
        self._records = records
        self.spool = spool
        self._persons = persons
        self._under_way: set[asyncio.Task[Answer]] = set()

    async def rest(self, registry: Registry, request: RestRequest, take: TakeBody, *, style: CodeStyle) -> Answer:
        """Carry a request of the REST protocol; raises XRoadFault, before anything is sent, if it may not pass."""
        stages, counted = Stages(), operational_record.of_rest(registry, request)
        with self._refusals(counted, stages):
            way = await self._rest_way(registry, request)
            body = await _taken(take, stages)
            persons = await self._persons_of_rest(way.admitted, request, body)
        on_its_way = passing.of_rest(request, body, way.make, persons, reads=way.reads, style=style)
        return await self._carried(on_its_way, counted._replace(request_size=on_its_way.body.size), stages)

    async def soap(self, registry: Registry, request: SoapRequest, take: TakeBody, *, style: CodeStyle) -> Answer:
        """Carry a message of the SOAP protocol; raises XRoadFault, before anything is sent, if it may not pass."""
        stages, counted = Stages(), operational_record.of_soap(request)
        with self._refusals(counted, stages):
            way = await self._soap_way(registry, request)
            body = await _taken(take, stages) or Body.of(b"")
            persons = await self._persons_of_soap(way.admitted, request, body)
        on_its_way = passing.of_soap(request, body, way.make, persons, self.spool, reads=way.reads, style=style)
        return await self._carried(on_its_way, counted, stages)

    async def finish(self) -> None:
        """Wait for changing messages whose clients went away."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    @contextmanager
    def _refusals(self, counted: Asked, stages: Stages) -> Iterator[None]:
        """Count a refusal."""
        try:
            yield
        except XRoadFault as fault:
            stages.lap("access")
            self._records.add(OperationalRecord(counted, operational_record.refused(fault), stages.timed()))
            raise

    async def _rest_way(self, registry: Registry, request: RestRequest) -> _Way:
        if request.method == "GET" and request.service.service_code in service_metadata.REST_CODES:
            refuse_unknown(registry, request.client, request.service.subsystem)
            return _Way(lambda _: self._metadata.rest(registry, request), reads=True)
        admitted = await self._counted(admit_rest(registry, request, datetime.now(UTC)))
        address = rest_message.provider_address(admitted.service.endpoint.address, request)
        headers = request.headers if admitted.marked is None else _unpacked_wanted(request.headers)
        return _Way(partial(self._made, admitted, request.method, address, headers), admitted.reads, admitted)

    async def _soap_way(self, registry: Registry, request: SoapRequest) -> _Way:
        message = request.message
        if message.service.code in service_metadata.SOAP_CODES:
            refuse_unknown(registry, message.client, message.service.provider)
            return _Way(lambda _: self._metadata.soap(registry, message), reads=True)
        admitted = await self._counted(admit_soap(registry, message, datetime.now(UTC)))
        make: Make = partial(self._made, admitted, "POST", admitted.service.endpoint.address, request.headers)
        made = make if admitted.speaks_xroad else self._completing(request, make)
        return _Way(made, admitted.reads, admitted)

    async def _persons_of_rest(
        self, admitted: Admitted | None, request: RestRequest, body: Body | None
    ) -> AboutPersons | None:
        if admitted is None or admitted.marked is None:
            return None
        return await persons_on_wire.of_rest(admitted.marked, admitted.agreement, request, body, self.spool)

    async def _persons_of_soap(
        self, admitted: Admitted | None, request: SoapRequest, body: Body
    ) -> AboutPersons | None:
        if admitted is None or admitted.marked is None:
            return None
        return await persons_on_wire.of_soap(
            admitted.marked, admitted.agreement, request.content_type, body, self.spool
        )

    async def _counted(self, admitted: Admitted) -> Admitted:
        """Count the message in its agreement's daily quota; raises XRoadFault when that is used up.

        Raises one too where persons could not be told of it.
        """
        try:
            if admitted.marked is not None:
                self._persons.refuse_missing()
            await self._quotas.count([admitted.agreement], datetime.now(UTC))
        except SacbeError as error:
            raise fault_of(error) from error
        return admitted

    async def _carried(self, message: Passing, counted: Asked, stages: Stages) -> Answer:
        """Carry a message to its end, even if its client goes away while something may be changing."""
        counted = counted._replace(request_id=message.about.request_id)
        if message.reads:
            return await self._recorded(message, counted, stages)
        task = asyncio.create_task(self._recorded(message, counted, stages))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _recorded(self, message: Passing, counted: Asked, stages: Stages) -> Answer:
        """Make the exchange and count how it ended; raises XRoadFault where nothing may be given."""
        try:
            answered = await self._exchanged(message, stages)
        except SacbeError as error:  # no key, or no record: then nothing is given
            fault = fault_of(error)
            self._records.add(OperationalRecord(counted, operational_record.refused(fault), stages.timed()))
            raise fault from error
        self._records.add(OperationalRecord(counted, answered.ended, stages.timed()))
        return answered.answer

    async def _exchanged(self, message: Passing, stages: Stages) -> Answered:
        """Record, send, record; a read's request and reply are recorded together (`docs/decisions/0051`)."""
        about = message.about
        consumer = self._keys.signer_for(message.consumer.member)
        provider = self._keys.signer_for(message.provider.member)
        asked = recording.bodiless(about, message.head, message.body.sha256, log_record.REQUEST, consumer)
        unlogged = [_Signed(asked, message.body)]
        stages.lap("sign")
        persons = frozenset[str]() if message.persons is None else message.persons.asked
        if not message.reads:
            await self._logged([unlogged.pop()], self._accesses(message, persons))
            stages.lap("log")
        answered = await _answered(message)
        stages.lap("call")
        told = answered.answer.body
        reply = recording.bodiless(about, answered.head, told.sha256, log_record.REPLY, provider)
        stages.lap("sign")
        persons = persons | answered.persons if message.reads else answered.persons - persons
        await self._logged([*unlogged, _Signed(reply, told)], self._accesses(message, persons))
        stages.lap("log")
        return answered

    async def _logged(self, messages: Sequence[_Signed], accesses: Sequence[Access]) -> None:
        """Put messages on record, in one append with what persons are told of them; raises NotLogged."""
        async with self.spool.place(sum(each.body.size for each in messages)):
            await self._log.append([await recording.with_body(each.entry, each.body) for each in messages], accesses)

    def _accesses(self, message: Passing, numbers: Set[str]) -> list[Access]:
        if message.persons is None:
            return []
        return person_accesses.of_exchange(self._persons, numbers, message.about, message.persons.agreement)

    def _completing(self, request: SoapRequest, make: Make) -> Make:
        async def completed(body: Body | None) -> PassedReply:
            return await soap_reply.completed(request, await make(body), self.spool)

        return completed

    async def _made(
        self, admitted: Admitted, method: str, address: str, headers: Pairs, body: Body | None
    ) -> PassedReply:
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
            spool=self.spool,
            credentials=endpoint.credentials,
        )
        return await self._resilience.call(errand, send)


def _unpacked_wanted(headers: Pairs) -> Pairs:
    """Ask for no coding that could not be read."""
    return [(name, value) for name, value in headers if name != "accept-encoding"]


async def _taken(take: TakeBody, stages: Stages) -> Body | None:
    """Take a request's body in; that time is the client's."""
    stages.lap("access")
    try:
        body = await take()
    except SacbeError as error:
        raise fault_of(error) from error
    stages.leave_out()
    return body


async def _answered(message: Passing) -> Answered:
    """Make the exchange; every failure becomes a fault that may be shown."""
    try:
        answered = await message.answered(await message.make())
        if message.persons is None:
            return answered
        given = answered.answer
        return replace(answered, persons=await message.persons.told(given.status, given.headers, given.body))
    except XRoadFault as fault:
        return message.failed(fault)
    except SacbeError as error:
        return message.failed(fault_of(error))
    except Exception as error:  # ours: told to the operator by reference, never to the client
        failure = UnexpectedFailure(reference=str(message.about.request_id))
        _log.error("a relay failed unexpectedly", reference=failure.where, error=type(error).__name__)
        return message.failed(fault_of(failure))
