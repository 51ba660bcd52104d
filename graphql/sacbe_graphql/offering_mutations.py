"""The stewards' mutations about what is offered: a data service's life.

See administration_mutations."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import field

from sacbe_graphql import administration_given as given
from sacbe_graphql import administration_inputs as inputs
from sacbe_graphql import administration_payloads as payloads
from sacbe_graphql import administration_shown as showing
from sacbe_graphql import administration_types as shown
from sacbe_graphql.administration_given import WHAT, desk_for
from sacbe_graphql.context import Info
from sacbe_graphql.exchange_types import DataServiceOperation
from sacbe_terms.choices import OperationChoice
from sacbe_terms.descriptions import Operation
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like.administration import offering
from sacbe_xroad_like.administration.desk import Done


async def _register_data_service(
    info: Info, input: Annotated[inputs.RegisterDataServiceInput, WHAT]
) -> payloads.RegisteredPayload:
    done = await offering.register(
        desk_for(info, input),
        SubsystemId.parse(input.provider),
        name=input.name,
        source=input.source,
        document=input.document,
        endpoint=input.endpoint,
        kind=input.kind,
    )
    registered = done.value
    return payloads.RegisteredPayload(
        outcome=given.outcome(done.outcome),
        identifier=showing.identifier(registered.identifier),
        version=registered.version,
        endpoint=registered.endpoint.address,
        operations=_operations(registered.description.operations),
        changes=showing.changes(registered.changes),
        proposals=[
            shown.PersonNumberProposal(operation=code, places=list(places))
            for code, places in registered.proposals.items()
        ],
    )


async def _set_data_service(info: Info, input: Annotated[inputs.SetDataServiceInput, WHAT]) -> payloads.DraftPayload:
    desk, identifier = desk_for(info, input), DataServiceId.parse(input.identifier)
    inputs.check_range("callSecondsMax", input.call_seconds_max, inputs.CALL_SECONDS_MAX)
    inputs.check_range("replyBytesMax", input.reply_bytes_max, inputs.REPLY_BYTES_MAX)
    done = await offering.set_calling(
        desk,
        identifier,
        address=input.endpoint,
        call_seconds_max=input.call_seconds_max,
        reply_bytes_max=input.reply_bytes_max,
        is_lenient=input.is_lenient,
    )
    return _drafted(done, identifier)


async def _mark_operation(info: Info, input: Annotated[inputs.MarkOperationInput, WHAT]) -> payloads.DraftPayload:
    places, identifier = tuple(input.person_numbers or ()), DataServiceId.parse(input.identifier)
    choice = OperationChoice(
        alias=input.alias or "",
        reads=input.reads,
        is_personal=True if places and input.is_personal is None else input.is_personal,
        person_numbers=places,
    )
    return _drafted(await offering.mark(desk_for(info, input), identifier, input.operation, choice), identifier)


async def _check_data_service(info: Info, input: Annotated[inputs.DataServiceInput, WHAT]) -> payloads.CheckPayload:
    done = await offering.check(desk_for(info, input), DataServiceId.parse(input.identifier))
    health, drift = done.value
    return payloads.CheckPayload(
        outcome=given.outcome(done.outcome),
        is_healthy=health.is_healthy,
        reason=health.reason or None,
        drifted_documents=list(drift.documents),
        drift_reason=drift.reason or None,
        changes=showing.changes(drift.changes),
    )


async def _publish_data_service(
    info: Info, input: Annotated[inputs.PublishDataServiceInput, WHAT]
) -> payloads.PublishedPayload:
    identifier = DataServiceId.parse(input.identifier)
    done = await offering.publish(desk_for(info, input), identifier, accepts_breaking=input.accept_breaking)
    return payloads.PublishedPayload(
        outcome=given.outcome(done.outcome),
        identifier=showing.identifier(identifier),
        operations=_operations(done.value.operations),
    )


async def _suspend_data_service(
    info: Info, input: Annotated[inputs.DataServiceInput, WHAT]
) -> payloads.SuspendedPayload:
    identifier = DataServiceId.parse(input.identifier)
    done = await offering.suspend(desk_for(info, input), identifier)
    return payloads.SuspendedPayload(outcome=given.outcome(done.outcome), identifier=showing.identifier(identifier))


def _drafted(done: Done[int], identifier: DataServiceId) -> payloads.DraftPayload:
    return payloads.DraftPayload(
        outcome=given.outcome(done.outcome), identifier=showing.identifier(identifier), version=done.value
    )


def _operations(described: Sequence[Operation]) -> list[DataServiceOperation]:
    return [
        DataServiceOperation(
            alias=operation.alias,
            code=operation.code,
            reads=operation.reads,
            is_personal=operation.is_personal,
            description=operation.documentation,
        )
        for operation in described
    ]


@strawberry.type
class OfferingMutation:
    """What decides what can be called, by the names of `rules.Act`."""

    register_data_service: payloads.RegisteredPayload | None = field(
        resolver=_register_data_service,
        description="Keep a document as the newest draft of a data service. For stewards of the provider.",
    )
    set_data_service: payloads.DraftPayload | None = field(
        resolver=_set_data_service,
        description="Choose how a system is called, as a new draft. For stewards of the provider.",
    )
    mark_operation: payloads.DraftPayload | None = field(
        resolver=_mark_operation, description="Say what an operation is, as a new draft. For stewards of the provider."
    )
    check_data_service: payloads.CheckPayload | None = field(
        resolver=_check_data_service,
        description="Ask whether the system answers, and whether its document changed. For stewards of the provider.",
    )
    publish_data_service: payloads.PublishedPayload | None = field(
        resolver=_publish_data_service, description="Put the newest draft in force. For stewards of the provider."
    )
    suspend_data_service: payloads.SuspendedPayload | None = field(
        resolver=_suspend_data_service,
        description="Take a data service out of force. For stewards of the provider.",
    )
