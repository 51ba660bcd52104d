"""The stewards' mutations about links between institutions, by the names of `rules.Act`.

See administration_mutations."""

from typing import Annotated

import strawberry
from strawberry import field

from sacbe_graphql import administration_given as given
from sacbe_graphql.administration_given import WHAT, desk_for
from sacbe_graphql.administration_payloads import OUTCOME
from sacbe_graphql.administration_types import ActOutcome
from sacbe_graphql.context import Info
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_terms.links import Batch, Link, Supply
from sacbe_xroad_like.administration import linking
from sacbe_xroad_like.administration.desk import Done


@strawberry.input(description="A field of an institution's records that another institution's operation gives.")
class AddLinkInput:
    """For `addLink`."""

    service: strawberry.ID = field(description="The data service whose records get the field.")
    type_name: str = field(description="Their type, as its description calls it, such as `Persona`.")
    field_name: str = field(description="The field's name, such as `contribuyente`.")
    operation: strawberry.ID = field(description="The operation that answers it.")
    arguments: list[str] = field(
        description="What its arguments are given: `cui=$cui` for a field of the record, `tipo=A` for a fixed value."
    )
    batch: str | None = field(default=None, description="An operation beside it that answers a list of keys at once.")
    batch_argument: str | None = field(default=None, description="The list operation's argument that takes the keys.")
    batch_match: str | None = field(default=None, description="The field of what it answers in which the key stands.")


@strawberry.input(description="A link to take back.")
class RemoveLinkInput:
    """For `removeLink`."""

    service: strawberry.ID = field(description="The data service whose records have the field.")
    type_name: str = field(description="Their type, as its description calls it.")
    field_name: str = field(description="The field's name.")


@strawberry.input(description="An evidence of the catalogue, and an operation that gives what it shows.")
class SupplyInput:
    """For `addSupply` and `removeSupply`."""

    evidence: strawberry.ID = field(description="The evidence's identifier in the catalogue.")
    operation: strawberry.ID = field(description="The operation.")


@strawberry.type(description="What came of `addLink` or `removeLink`.")
class LinkPayload:
    """A link, there or removed."""

    outcome: ActOutcome = field(description=OUTCOME)
    field_name: str = field(description="The field's name.")
    formula: str = field(description="What it stands for: the operation with its arguments.")


@strawberry.type(description="What came of `addSupply` or `removeSupply`.")
class SupplyPayload:
    """An evidence's operation, there or removed."""

    outcome: ActOutcome = field(description=OUTCOME)
    evidence: strawberry.ID = field(description="The evidence.")
    operation: strawberry.ID = field(description="The operation.")


async def _add_link(info: Info, input: Annotated[AddLinkInput, WHAT]) -> LinkPayload:
    desk = desk_for(info, input)
    batch = Batch(operation_code=input.batch or "", argument=input.batch_argument or "", match=input.batch_match or "")
    link = Link(
        service=DataServiceId.parse(input.service),
        type_name=input.type_name,
        field=input.field_name,
        target=OperationId.parse(input.operation),
        arguments=linking.arguments(input.arguments),
        batch=batch if input.batch else None,
    )
    return _linked(await linking.add(desk, link))


async def _remove_link(info: Info, input: Annotated[RemoveLinkInput, WHAT]) -> LinkPayload:
    desk, service = desk_for(info, input), DataServiceId.parse(input.service)
    return _linked(await linking.remove(desk, service, input.type_name, input.field_name))


async def _add_supply(info: Info, input: Annotated[SupplyInput, WHAT]) -> SupplyPayload:
    desk, operation = desk_for(info, input), OperationId.parse(input.operation)
    return _supplied(await linking.add_supply(desk, input.evidence, operation))


async def _remove_supply(info: Info, input: Annotated[SupplyInput, WHAT]) -> SupplyPayload:
    desk, operation = desk_for(info, input), OperationId.parse(input.operation)
    return _supplied(await linking.remove_supply(desk, input.evidence, operation))


def _linked(done: Done[Link]) -> LinkPayload:
    return LinkPayload(outcome=given.outcome(done.outcome), field_name=done.value.field, formula=done.value.formula)


def _supplied(done: Done[Supply]) -> SupplyPayload:
    return SupplyPayload(
        outcome=given.outcome(done.outcome),
        evidence=strawberry.ID(done.value.evidence),
        operation=strawberry.ID(str(done.value.operation)),
    )


@strawberry.type
class LinkMutation:
    """What joins institutions' records, and the catalogue with the bus."""

    add_link: LinkPayload | None = field(
        resolver=_add_link,
        description="Let a field be another's operation. For stewards of the data service, and the authority.",
    )
    remove_link: LinkPayload | None = field(
        resolver=_remove_link, description="Take a link back. For stewards of the data service, and the authority."
    )
    add_supply: SupplyPayload | None = field(
        resolver=_add_supply,
        description="Say that an operation gives an evidence. For stewards of its provider, and the authority.",
    )
    remove_supply: SupplyPayload | None = field(
        resolver=_remove_supply, description="Take that back. For stewards of its provider, and the authority."
    )
