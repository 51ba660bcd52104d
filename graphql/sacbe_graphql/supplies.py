"""The once-only principle made visible: which operations of the bus give what an evidence shows."""

import strawberry
from strawberry import field

from sacbe_catalog import views
from sacbe_graphql.context import Info
from sacbe_terms.identifiers import OperationId, SubsystemId
from sacbe_xroad_like.registry import Registry


@strawberry.type(description="An operation that gives what an evidence shows, so that nobody need bring the paper.")
class SuppliedBy:
    """A `registry.Supplying`."""

    title: str = field(description="What the data service is called.")
    provider: str = field(description="Whose it is.")
    data_service: strawberry.ID = field(description="Its identifier, such as `GT/GOV/2003/licencias/licencias`.")
    operation: str = field(description="The operation's field below its provider.")
    operation_code: str = field(description="The operation's name on the wire.")
    is_usable: bool = field(description="Whether the client that asks has a right to it now.")


def supplied_by(evidence: strawberry.Parent[views.EvidenceView], info: Info) -> list[SuppliedBy]:
    """Give the operations that supply an evidence."""
    registry, client = info.context.registry, info.context.desk.actor.client
    return [
        SuppliedBy(
            title=each.service.title,
            provider=each.provider_title,
            data_service=strawberry.ID(str(each.service.identifier)),
            operation=each.offered.operation.alias,
            operation_code=each.offered.operation.code,
            is_usable=client is not None and _may_call(registry, client, each.offered.identifier),
        )
        for each in registry.supplying(evidence.identifier)
    ]


def _may_call(registry: Registry, client: SubsystemId, operation: OperationId) -> bool:
    return any(agreement.covers(operation) for agreement in registry.in_force(client, operation.service))
