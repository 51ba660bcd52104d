"""A data service's life: described, drafted, checked, published, compared, suspended.

Describing stores nothing; a draft is stored whole in one transaction or not at all; publishing asks
whether consumers would break, personal operations are marked, the system answers and every name is
free. Whatever a steward changes (document, address, limits, marks) is a new draft that publishing puts
in force; a newer draft begins with all earlier choices. No code is written and nothing restarts.
"""

import dataclasses
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_adapters import guard, naming
from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter, DescriptionSource
from sacbe_catalog.data_services import DataServices, StoredDescription
from sacbe_terms import choices as steward_choices
from sacbe_terms.choices import Choices, OperationChoice, applied
from sacbe_terms.comparison import Change, Comparison, compared
from sacbe_terms.descriptions import Description, Operation
from sacbe_terms.errors import (
    AddressRefused,
    ChangeBreaksConsumers,
    DescriptionNotReadable,
    IdentifierNotValid,
    LegacySystemUnreachable,
    NothingUsable,
    PersonNumberUnmarked,
    Problem,
)
from sacbe_terms.exchange import Call, Endpoint, Health, Reply
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId, is_registrable
from sacbe_xroad_like import access, drift, members
from sacbe_xroad_like.credentials import Credentials
from sacbe_xroad_like.drift import Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a registration stored: a draft of this version, and what it would change."""

    identifier: DataServiceId
    version: int
    description: Description
    endpoint: Endpoint
    changes: Comparison
    proposals: Mapping[str, tuple[str, ...]]
    """By operation code: places that sound like a person's number, where the steward has not spoken yet."""


class Registration:
    """Registers data services with the installed adapters."""

    def __init__(self, engine: AsyncEngine, adapters: Mapping[str, Adapter], credentials: Credentials) -> None:
        self._engine = engine
        self._adapters = adapters
        self._credentials = credentials
        self._data_services = DataServices(engine)

    def over(self, engine: AsyncEngine) -> "Registration":
        """Give the same over another engine, such as one transaction."""
        return Registration(engine, self._adapters, self._credentials)

    async def register(
        self,
        provider: SubsystemId,
        *,
        name: str,
        source: str,
        endpoint: str | None = None,
        kind: str | None = None,
        readers: Mapping[str, Adapter] | None = None,
    ) -> Registered:
        """Describe a document and keep it as the newest draft of the provider's data service `name`.

        Where the data service is known already, the steward's choices stay, the address too unless it is given.
        `readers` read the document: the installed adapters, by the operator's way out, unless others are given.
        Raises what `describe` below raises, IdentifierNotValid, MemberUnknown (the provider), and AddressRefused
        for an endpoint of the document's own that is not public https, or a given one that could be read in
        two ways. On any error nothing is stored.
        """
        identifier = DataServiceId(provider, name)
        if not is_registrable(name):
            raise IdentifierNotValid(str(identifier), kind="anything that can be registered")
        await members.subsystem(self._engine, provider)
        as_read = await describe(readers or self._adapters, source, kind=kind)
        earlier = await self._data_services.newest_if_any(identifier)
        chosen = await _endpoint(as_read, source, endpoint, earlier)
        choices = {} if earlier is None else earlier.choices
        changes = await self._changes(identifier, applied(as_read, choices))
        version = await self._data_services.save_draft(identifier, as_read, chosen, choices)
        return Registered(
            identifier=identifier,
            version=version,
            description=as_read,
            endpoint=chosen,
            changes=changes,
            proposals=_proposals(applied(as_read, choices), choices),
        )

    async def check(self, identifier: DataServiceId) -> Health:
        """Say whether the system of the newest version answers; raises DataServiceUnknown, AdapterUnknown."""
        stored = await self._data_services.newest(identifier)
        adapter = adapter_registry.of_kind(self._adapters, stored.description.kind)
        shown = await self._credentials.open_of(identifier)
        return await adapter.check(dataclasses.replace(stored.endpoint, credentials=shown))

    async def answer(self, asked: StoredDescription, operation: Operation, arguments: Mapping[str, object]) -> Reply:
        """Ask a system outside of any exchange, so that its provider can make a sample of what it answers.

        Raises AdapterUnknown, and what `Adapter.call` raises.
        """
        shown = await self._credentials.open_of(asked.identifier)
        call = Call(
            name=str(OperationId(asked.identifier, operation.code)),
            operation=operation,
            description=asked.description,
            endpoint=dataclasses.replace(asked.endpoint, credentials=shown),
            arguments=arguments,
            deadline=time.monotonic() + asked.endpoint.call_seconds_max,
            message_id=f"{asked.identifier.subsystem.member.instance}-{uuid4()}",
        )
        return await adapter_registry.of_kind(self._adapters, asked.description.kind).call(call)

    async def diff(self, identifier: DataServiceId) -> Comparison:
        """Say what publishing the newest version would change; raises DataServiceUnknown."""
        return await self._changes(identifier, (await self._data_services.newest(identifier)).description)

    async def drift(self, identifier: DataServiceId, *, readers: Mapping[str, Adapter] | None = None) -> Drift:
        """Say whether the documents of the newest version changed since they were read, and what that would mean.

        Stores nothing; `readers` as in `register`. Raises DataServiceUnknown, AdapterUnknown.
        """
        newest = await self._data_services.newest(identifier)
        pinned = newest.as_read.sources
        if not pinned:
            return Drift()
        try:
            read = await describe(readers or self._adapters, pinned[0].location, kind=newest.as_read.kind)
        except (DescriptionNotReadable, AddressRefused, NothingUsable) as error:
            return Drift(reason=error.what)
        changes = compared(newest.description, applied(read, newest.choices))
        return Drift(documents=drift.changed(pinned, read.sources), changes=changes)

    async def adjust(
        self,
        identifier: DataServiceId,
        *,
        address: str | None = None,
        call_seconds_max: float | None = None,
        reply_bytes_max: int | None = None,
        is_lenient: bool | None = None,
    ) -> int:
        """Keep the newest description as a new draft that is called in another way; gives the draft's version.

        What is not given stays as it is. Raises DataServiceUnknown, and AddressRefused for an address that
        could be read in two ways; where it leads is judged at publication and at each call.
        """
        _refuse_odd_address(address or "")
        newest = await self._data_services.newest(identifier)
        given: dict[str, Any] = {
            "address": address,
            "call_seconds_max": call_seconds_max,
            "reply_bytes_max": reply_bytes_max,
            "is_lenient": is_lenient,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        endpoint = dataclasses.replace(newest.endpoint, **chosen)
        return await self._data_services.save_draft(identifier, newest.as_read, endpoint, newest.choices)

    async def mark(self, identifier: DataServiceId, marks: Choices) -> int:
        """Keep the newest description as a new draft with these choices over the earlier; gives its version.

        Raises DataServiceUnknown, also for an operation that it has not, and MarkNotValid.
        """
        newest = await self._data_services.newest(identifier)
        chosen = dict(newest.choices)
        for code, mark in marks.items():
            operation = newest.as_read.operation(code)
            if operation is None:
                known = [known.code for known in newest.as_read.operations]
                raise access.operation_unknown(OperationId(identifier, code), known)
            chosen[code] = steward_choices.together(chosen.get(code, OperationChoice()), mark)
            seen = msgspec.structs.replace(mark, attachments=chosen[code].attachments)
            steward_choices.refuse_misfits(newest.as_read, operation, seen)
        return await self._data_services.save_draft(identifier, newest.as_read, newest.endpoint, chosen)

    async def publish(self, identifier: DataServiceId, *, accepts_breaking: bool = False) -> Description:
        """Put the newest version in force, its fields live within a second in every process.

        What is looked at is what is published: a draft that comes meanwhile waits for the next time.
        Raises DataServiceUnknown, PersonNumberUnmarked, ChangeBreaksConsumers unless it is accepted,
        LegacySystemUnreachable when the system does not answer, and NameClash when the provider's alias
        or one of the operations' is taken.
        """
        newest = await self._data_services.newest(identifier)
        _refuse_unmarked(identifier, newest.description)
        if not accepts_breaking:
            await self._refuse_breaking(identifier)
        health = await self.check(identifier)
        if not health.is_healthy:
            raise _ill(identifier, health)
        await self._give_alias(identifier.subsystem)
        return (await self._data_services.publish(identifier, version=newest.version)).description

    async def suspend(self, identifier: DataServiceId) -> None:
        """Take a data service out of force; raises DataServiceUnknown unless it is published."""
        await self._data_services.suspend(identifier)

    async def _changes(self, identifier: DataServiceId, after: Description) -> Comparison:
        before = await self._data_services.in_force(identifier)
        return compared(None if before is None else before.description, after)

    async def _refuse_breaking(self, identifier: DataServiceId) -> None:
        broken = (await self.diff(identifier)).breaking
        if broken:
            codes = {change.operation for change in broken}
            raise _breaking(identifier, broken, await access.holders(self._engine, identifier, codes))

    async def _give_alias(self, provider: SubsystemId) -> None:
        """Give a provider that has no alias yet the one that its code suggests."""
        subsystem = await members.subsystem(self._engine, provider)
        if subsystem.alias is None:
            alias = naming.field_name(provider.subsystem_code or provider.member.member_code)
            await members.add_subsystem(self._engine, provider, title=subsystem.title, alias=alias)


async def describe(adapters: Mapping[str, Adapter], source: str, *, kind: str | None = None) -> Description:
    """Say what a document would offer; stores nothing. `kind` is guessed from the document if None.

    Raises DescriptionNotReadable, AddressRefused, NothingUsable, AdapterUnknown.
    """
    if kind is None:
        document = await next(iter(adapters.values())).transport.fetch(source)
        kind = adapter_registry.kind_of(adapters, document, source)
    return await adapter_registry.of_kind(adapters, kind).describe(DescriptionSource(location=source))


async def _endpoint(
    description: Description, source: str, given: str | None, earlier: StoredDescription | None
) -> Endpoint:
    """Give the address that the steward gives or gave, else the document's own; earlier limits stay."""
    _refuse_odd_address(given or "")
    if earlier is not None:
        return dataclasses.replace(earlier.endpoint, address=given or earlier.endpoint.address)
    return Endpoint(address=given) if given else await _own_endpoint(description, source)


def _refuse_odd_address(address: str) -> None:
    """Raise AddressRefused for a web address of no plain form; other kinds of systems have other addresses."""
    if address.lower().startswith(("http:", "https:")):
        guard.examine(address)


def _proposals(description: Description, choices: Choices) -> Mapping[str, tuple[str, ...]]:
    """Say for each operation whose personal data nobody has judged yet where a person's number may stand."""
    found = {
        operation.code: steward_choices.proposed(description, operation)
        for operation in description.operations
        if choices.get(operation.code, OperationChoice()).is_personal is None and not operation.is_personal
    }
    return {code: places for code, places in found.items() if places}


async def _own_endpoint(description: Description, source: str) -> Endpoint:
    """Give the endpoint that the document names: public https or nothing, since a stranger wrote it."""
    if not description.endpoints:
        raise DescriptionNotReadable(
            what="The document does not say where the system is called.",
            where=source,
            hint="Give its address with --endpoint.",
        )
    address = description.endpoints[0]
    target = guard.examine(address)
    try:
        answers = await guard.resolve(target)
    except OSError:
        answers = ()
    guard.judge(target, answers, allowed=())
    return Endpoint(address=address)


def _refuse_unmarked(identifier: DataServiceId, description: Description) -> None:
    lacking = steward_choices.unmarked(description)
    if not lacking:
        return
    problems = [
        Problem(
            where=operation.code,
            reason="it gives data of a person, and no mark says where the person's number stands",
            hint=", ".join(steward_choices.places(description, operation)),
        )
        for operation in lacking
    ]
    raise PersonNumberUnmarked(
        what=f"{identifier} cannot be published: {len(lacking)} of its personal operations lack a mark.",
        where=str(identifier),
        hint=f"Mark it: sacbe adapter mark {identifier} {lacking[0].code} --person PLACE.",
        problems=problems,
    )


def _breaking(
    identifier: DataServiceId, broken: Sequence[Change], consumers: Collection[SubsystemId]
) -> ChangeBreaksConsumers:
    who = "1 consumer has" if len(consumers) == 1 else f"{len(consumers)} consumers have"
    return ChangeBreaksConsumers(
        what=f"Publishing {identifier} breaks its consumers at {len(broken)} places; {who} rights to them.",
        where=str(identifier),
        hint="Tell them first, then publish with --accept-breaking; or register it beside, under another name.",
        problems=[Problem(where=change.operation, field=change.place, reason=change.reason) for change in broken],
    )


def _ill(identifier: DataServiceId, health: Health) -> LegacySystemUnreachable:
    error = LegacySystemUnreachable(str(identifier))
    error.hint = f"Publish it when it answers. The check found: {health.reason}"
    return error
