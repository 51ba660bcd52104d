"""A data service's life: described, drafted, checked, published, compared, suspended.

Describing stores nothing; a draft is stored whole in one transaction or not at all; publishing asks
whether the system answers and whether every name is free. No code is written and nothing restarts.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_adapters import guard, naming
from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter, DescriptionSource
from sacbe_catalog.data_services import DataServices
from sacbe_terms.comparison import Comparison, compared
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import DescriptionNotReadable, IdentifierNotValid, LegacySystemUnreachable
from sacbe_terms.exchange import Endpoint, Health
from sacbe_terms.identifiers import DataServiceId, SubsystemId, is_registrable
from sacbe_xroad_like import members
from sacbe_xroad_like.credentials import Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a registration stored: a draft of this version, and what it would change."""

    identifier: DataServiceId
    version: int
    description: Description
    endpoint: Endpoint
    changes: Comparison


class Registration:
    """Registers data services with the installed adapters."""

    def __init__(self, engine: AsyncEngine, adapters: Mapping[str, Adapter], credentials: Credentials) -> None:
        self._engine = engine
        self._adapters = adapters
        self._credentials = credentials
        self._data_services = DataServices(engine)

    async def register(
        self, provider: SubsystemId, *, name: str, source: str, endpoint: str | None = None, kind: str | None = None
    ) -> Registered:
        """Describe a document and keep it as the newest draft of the provider's data service `name`.

        Raises what `describe` below raises, IdentifierNotValid, MemberUnknown (the provider), and AddressRefused
        for an endpoint of the document's own that is not public https. On any error nothing is stored.
        """
        identifier = DataServiceId(provider, name)
        if not is_registrable(name):
            raise IdentifierNotValid(str(identifier), kind="anything that can be registered")
        await members.subsystem(self._engine, provider)
        description = await describe(self._adapters, source, kind=kind)
        chosen = Endpoint(address=endpoint) if endpoint else await _own_endpoint(description, source)
        before = await self._data_services.in_force(identifier)
        changes = compared(None if before is None else before.description, description)
        version = await self._data_services.save_draft(identifier, description, chosen)
        return Registered(
            identifier=identifier, version=version, description=description, endpoint=chosen, changes=changes
        )

    async def check(self, identifier: DataServiceId) -> Health:
        """Say whether the system of the newest version answers; raises DataServiceUnknown, AdapterUnknown."""
        stored = await self._data_services.newest(identifier)
        adapter = adapter_registry.of_kind(self._adapters, stored.description.kind)
        shown = await self._credentials.open_of(identifier)
        return await adapter.check(dataclasses.replace(stored.endpoint, credentials=shown))

    async def diff(self, identifier: DataServiceId) -> Comparison:
        """Say what publishing the newest version would change; raises DataServiceUnknown."""
        newest = await self._data_services.newest(identifier)
        before = await self._data_services.in_force(identifier)
        return compared(None if before is None else before.description, newest.description)

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

        What is not given stays as it is. Raises DataServiceUnknown. The address is judged at each call.
        """
        newest = await self._data_services.newest(identifier)
        given: dict[str, Any] = {
            "address": address,
            "call_seconds_max": call_seconds_max,
            "reply_bytes_max": reply_bytes_max,
            "is_lenient": is_lenient,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        endpoint = dataclasses.replace(newest.endpoint, **chosen)
        return await self._data_services.save_draft(identifier, newest.description, endpoint)

    async def publish(self, identifier: DataServiceId) -> Description:
        """Put the newest version in force, its fields live within a second in every process.

        Raises DataServiceUnknown, LegacySystemUnreachable when the system does not answer, and NameClash
        when the provider's alias or one of the operations' is taken.
        """
        health = await self.check(identifier)
        if not health.is_healthy:
            raise _ill(identifier, health)
        await self._give_alias(identifier.subsystem)
        return (await self._data_services.publish(identifier)).description

    async def suspend(self, identifier: DataServiceId) -> None:
        """Take a data service out of force; raises DataServiceUnknown unless it is published."""
        await self._data_services.suspend(identifier)

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


def _ill(identifier: DataServiceId, health: Health) -> LegacySystemUnreachable:
    error = LegacySystemUnreachable(str(identifier))
    error.hint = f"Publish it when it answers. The check found: {health.reason}"
    return error
