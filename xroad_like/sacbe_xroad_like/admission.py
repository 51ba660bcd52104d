"""Every refusal of a plan, before anything of it is done. Pure: a registry, a plan, a moment.

A plan is admitted as a whole or refused as a whole, with one located problem for each call that
cannot be; the calls that links lead to are admitted together and refused each by itself. The order
of the questions is the chain that a consumer has to build: registered, the operation there, a right
to it, the stated purpose (with case and official, where the operation is personal), fitting arguments.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sacbe_terms.errors import ArgumentsNotValid, DataServiceUnknown, Problem, SacbeError
from sacbe_terms.exchange import Consumer, Plan, PlannedCall
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like import access, agreement, arguments, members, messages, personal, routes, selected
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.registry import OfferedOperation, PublishedDataService, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedCall:
    """A call that may be made: what it calls, by which right, under which message id."""

    call: PlannedCall
    consumer: Consumer
    consumer_name: str
    offered: OfferedOperation
    service: PublishedDataService
    agreement: Agreement
    message_id: str
    request_body: bytes


Refused = tuple[PlannedCall, SacbeError]
"""A call that may not be made, and why."""


def admit(registry: Registry, plan: Plan, consumer: Consumer, at: datetime) -> tuple[AdmittedCall, ...]:
    """Give every call of a plan, ready to be made, in the plan's order.

    Raises the kind of the first refusal (MemberUnknown, DataServiceUnknown, AccessRefused,
    PurposeMissing, HeaderMissing, ArgumentsNotValid, RequestNotReadable, LimitExceeded), with a
    problem per refused call.
    """
    admitted, refusals = admit_each(registry, plan, consumer, at)
    if refusals:
        raise _joined(refusals)
    return tuple(admitted)


def admit_each(
    registry: Registry, plan: Plan, consumer: Consumer, at: datetime
) -> tuple[list[AdmittedCall], list[Refused]]:
    """Give the calls of a plan that may be made, and those that may not, each kind in the plan's order.

    Raises what refuses the consumer, whatever she asks: MemberUnknown, RequestNotReadable.
    """
    asking = _asking(registry, consumer, at)
    admitted: list[AdmittedCall] = []
    refused: list[Refused] = []
    for call in plan.calls:
        try:
            admitted.append(_admitted(asking, call))
        except SacbeError as error:
            refused.append((call, error))
    return admitted, refused


def refuse_without_right(registry: Registry, call: PlannedCall, consumer: Consumer, at: datetime) -> None:
    """Raise what `admit` raises for a call whatever its arguments are: before they are read."""
    _right(_asking(registry, consumer, at), call)


def refuse_without_rights(registry: Registry, plan: Plan, consumer: Consumer, at: datetime) -> None:
    """Raise what `admit` raises for a plan whatever its calls' arguments are: before they can be known."""
    asking = _asking(registry, consumer, at)
    refusals: list[Refused] = []
    for call in plan.calls:
        try:
            _right(asking, call)
        except SacbeError as error:
            refusals.append((call, error))
    if refusals:
        raise _joined(refusals)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What the calls of one plan have in common."""

    registry: Registry
    consumer: Consumer
    consumer_name: str
    base: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Right:
    """What a call may call, and by which agreement."""

    service: PublishedDataService
    offered: OfferedOperation
    agreement: Agreement


def _asking(registry: Registry, consumer: Consumer, at: datetime) -> _Asking:
    messages.refuse_odd_headers(consumer)
    consumer_name = registry.subsystems.get(consumer.subsystem)
    if consumer_name is None:
        raise members.unknown(consumer.subsystem)
    return _Asking(registry, consumer, consumer_name, _base(consumer), at)


def _base(consumer: Consumer) -> str:
    """Give the id of the whole request; X-Road makes one of the same form."""
    return consumer.message_id or f"{consumer.subsystem.member.instance}-{uuid4()}"


def _right(asking: _Asking, call: PlannedCall) -> _Right:
    consumer = asking.consumer
    service, offered = offered_by(asking.registry, call)
    held = asking.registry.agreements.get((consumer.subsystem, call.service), ())
    agreed = agreement.for_operation(
        held,
        consumer.subsystem,
        offered.identifier,
        purpose=consumer.purpose,
        at=asking.at,
        fields=selected.paths(call.fields),
        route=routes.of(offered.operation),
    )
    if offered.operation.is_personal:
        personal.refuse_unstated(consumer, operation=offered.name)
    return _Right(service, offered, agreed)


def offered_by(registry: Registry, call: PlannedCall) -> tuple[PublishedDataService, OfferedOperation]:
    """Give what a call calls; raises DataServiceUnknown."""
    service = registry.data_services.get(call.service)
    if service is None:
        raise data_service_unknown(call.service)
    offered = service.operations.get(call.operation_code)
    if offered is None:
        raise access.operation_unknown(OperationId(call.service, call.operation_code), service.operations)
    return service, offered


def _admitted(asking: _Asking, call: PlannedCall) -> AdmittedCall:
    right = _right(asking, call)
    offered, service = right.offered, right.service
    arguments.refuse_misfits(offered.name, service.description, offered.operation, call.arguments)
    return AdmittedCall(
        call=call,
        consumer=asking.consumer,
        consumer_name=asking.consumer_name,
        offered=offered,
        service=service,
        agreement=right.agreement,
        message_id=messages.message_id_of(asking.base, call),
        request_body=_body(call, offered.name),
    )


def _body(call: PlannedCall, name: str) -> bytes:
    try:
        return messages.request_body(call)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentsNotValid(
            what=f"The arguments of {name} cannot be written as JSON.", where=name, hint="Send plain values."
        ) from error


def _joined(refusals: list[Refused]) -> SacbeError:
    """Give the first refusal, with a problem for each refused call: `where` is its response path."""
    first = refusals[0][1]
    first.problems = tuple(
        Problem(where=call.paths[0], field=error.where, reason=error.what, hint=error.hint) for call, error in refusals
    )
    return first


def data_service_unknown(service: DataServiceId) -> DataServiceUnknown:
    """Make the error for a data service that is not published here."""
    return DataServiceUnknown(
        what=f"No data service {service} is published on this node.",
        where=str(service),
        hint="`dataServices` in the schema lists what is published.",
    )
