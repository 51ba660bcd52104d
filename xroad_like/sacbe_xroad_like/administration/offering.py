"""Acts about what is offered: a data service's life, as `registration` has it."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from sacbe_adapters.contract import Adapter
from sacbe_catalog import standing
from sacbe_catalog.data_services import State
from sacbe_terms.choices import OperationChoice
from sacbe_terms.descriptions import Description
from sacbe_terms.exchange import Health
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like.administration import stewards_documents
from sacbe_xroad_like.administration.desk import Desk, Done
from sacbe_xroad_like.administration.rules import Act
from sacbe_xroad_like.drift import Drift
from sacbe_xroad_like.registration import Registered


class Calling(TypedDict, total=False):
    """How a system is called; what is left out, or None, stays as it is."""

    address: str | None
    call_seconds_max: float | None
    reply_bytes_max: int | None
    is_lenient: bool | None


async def register(
    desk: Desk,
    provider: SubsystemId,
    *,
    name: str,
    source: str | None,
    document: str | None = None,
    endpoint: str | None = None,
    kind: str | None = None,
) -> Done[Registered]:
    """Keep a document as the newest draft: one at an address, or the document itself; raises as `register`.

    The operator names a source by hand; what anybody else gives is read by `stewards_documents`.
    """
    subject = f"{provider}/{name}" if provider.subsystem_code else f"{provider}//{name}"
    async with desk.performing(Act.REGISTER_DATA_SERVICE, subject, provider.member) as under_way:
        readers = _readers(desk, document)
        location = source if document is None and source else stewards_documents.INLINE + name
        return Done(
            await desk.registration.over(under_way.engine).register(
                provider, name=name, source=location, endpoint=endpoint, kind=kind, readers=readers
            )
        )


async def set_calling(desk: Desk, identifier: DataServiceId, **calling: Unpack[Calling]) -> Done[int]:
    """Choose how a system is called, as a new draft; gives its version. Raises as `Registration.adjust`."""
    async with desk.performing(Act.SET_DATA_SERVICE, identifier, identifier.subsystem.member) as under_way:
        return Done(await desk.registration.over(under_way.engine).adjust(identifier, **calling))


async def mark(desk: Desk, identifier: DataServiceId, code: str, choice: OperationChoice) -> Done[int]:
    """Say what an operation is, as a new draft; gives its version. Raises as `Registration.mark`."""
    async with desk.performing(Act.MARK_OPERATION, f"{identifier} {code}", identifier.subsystem.member) as under_way:
        return Done(await desk.registration.over(under_way.engine).mark(identifier, {code: choice}))


async def check(desk: Desk, identifier: DataServiceId) -> Done[tuple[Health, Drift]]:
    """Ask whether the system answers, and whether its document changed; raises DataServiceUnknown, AdapterUnknown."""
    async with desk.performing(Act.CHECK_DATA_SERVICE, identifier, identifier.subsystem.member):
        health = await desk.registration.check(identifier)
        return Done((health, await desk.registration.drift(identifier, readers=_readers(desk, None))))


async def publish(desk: Desk, identifier: DataServiceId, *, accepts_breaking: bool = False) -> Done[Description]:
    """Put the newest version in force; raises as `Registration.publish`."""
    async with desk.performing(Act.PUBLISH_DATA_SERVICE, identifier, identifier.subsystem.member) as under_way:
        before = await standing.of(desk.engine, identifier)
        registration = desk.registration.over(under_way.engine)
        published = await registration.publish(identifier, accepts_breaking=accepts_breaking)
        stood = before.state is State.PUBLISHED and before.published_version == before.newest_version
        return under_way.stands(published) if stood else Done(published)


async def suspend(desk: Desk, identifier: DataServiceId) -> Done[None]:
    """Take a data service out of force; raises DataServiceUnknown unless it was published once."""
    async with desk.performing(Act.SUSPEND_DATA_SERVICE, identifier, identifier.subsystem.member) as under_way:
        if (await standing.of(desk.engine, identifier)).state is State.SUSPENDED:
            return under_way.stands(None)
        await desk.registration.over(under_way.engine).suspend(identifier)
        return Done(None)


def _readers(desk: Desk, document: str | None) -> Mapping[str, Adapter] | None:
    return None if desk.actor.is_operator and document is None else stewards_documents.readers(document)
