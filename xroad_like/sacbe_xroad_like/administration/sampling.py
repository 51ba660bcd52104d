"""Acts about samples: a provider makes them for whoever tries its operations out, and removes them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog.data_services import DataServices, StoredDescription
from sacbe_terms.descriptions import Operation
from sacbe_terms.errors import MarkNotValid, ReplyBreaksContract
from sacbe_terms.identifiers import OperationId
from sacbe_xroad_like import access, admission, arguments
from sacbe_xroad_like.administration.desk import Desk, Done
from sacbe_xroad_like.administration.rules import Act
from sacbe_xroad_like.sandbox import replacing, samples
from sacbe_xroad_like.sandbox.samples import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a sample is made of: an answer that the provider gives, else the system's own to these arguments."""

    answer: object = UNSET
    arguments: Mapping[str, object] = field(default_factory=dict)
    keep: Collection[str] = ()
    """Places that stay as they are. Of a given answer alone: the system would else be asked for them unlogged."""


async def record(desk: Desk, operation: OperationId, of: Made) -> Done[Sample]:
    """Make the sample of a published operation; what was answered is replaced, and kept nowhere.

    Raises DataServiceUnknown, ArgumentsNotValid, MarkNotValid (a change, which is not made for a sample, or a
    place of `keep` that cannot stay), ReplyBreaksContract, LimitExceeded, and what `Adapter.call` raises.
    """
    async with desk.performing(Act.RECORD_SAMPLE, operation, operation.service.subsystem.member) as under_way:
        stored, described = await _published(desk.engine, operation)
        answer = of.answer if of.answer is not UNSET else await _asked(desk, stored, described, of)
        _refuse_misfit(stored, described, answer)
        value = replacing.sample(stored.description, described, answer, of.keep)
        return Done(await samples.keep(under_way.engine, operation, value, by=desk.actor.name))


async def remove(desk: Desk, operation: OperationId) -> Done[None]:
    """Remove the sample of an operation; raises NoSample."""
    async with desk.performing(Act.REMOVE_SAMPLE, operation, operation.service.subsystem.member) as under_way:
        await samples.remove(under_way.engine, operation)
        return Done(None)


async def _published(engine: AsyncEngine, operation: OperationId) -> tuple[StoredDescription, Operation]:
    stored = await DataServices(engine).in_force(operation.service)
    if stored is None:
        raise admission.data_service_unknown(operation.service)
    described = stored.description.operation(operation.operation_code)
    if described is None:
        raise access.operation_unknown(operation, [known.code for known in stored.description.operations])
    return stored, described


async def _asked(desk: Desk, stored: StoredDescription, described: Operation, of: Made) -> object:
    name = str(OperationId(stored.identifier, described.code))
    if not described.reads:
        raise _needs_answer(name, "it changes something, and is not called to make a sample")
    if of.keep:
        raise _needs_answer(name, "what the system answers is replaced as a whole, and nothing of it can stay")
    arguments.refuse_misfits(name, stored.description, described, of.arguments)
    return (await desk.registration.answer(stored, described, of.arguments)).value


def _needs_answer(name: str, reason: str) -> MarkNotValid:
    return MarkNotValid(
        what=f"No sample of {name} is made: {reason}.", where=name, hint="Give an answer of your own: --answer FILE."
    )


def _refuse_misfit(stored: StoredDescription, described: Operation, answer: object) -> None:
    for problem in arguments.misfits(stored.description, described.result, answer):
        name = str(OperationId(stored.identifier, described.code))
        raise ReplyBreaksContract(name, place=problem.where, reason=problem.reason)
