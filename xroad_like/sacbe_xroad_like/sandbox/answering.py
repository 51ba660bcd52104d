"""A plan answered from samples: no system hears of it, and it is neither signed nor logged nor counted.

It needs no right. What is asked is looked at as if it were real: an operation that is not there, arguments that do
not fit and fields that cannot be read are refused in the same words.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import SacbeError
from sacbe_terms.exchange import Outcome, Plan, PlannedCall
from sacbe_terms.identifiers import OperationId
from sacbe_xroad_like import admission, arguments, messages
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.sandbox import samples
from sacbe_xroad_like.sandbox.samples import Sample


async def answered(engine: AsyncEngine, registry: Registry, plan: Plan) -> tuple[Outcome, ...]:
    """Give an outcome for each call, in the plan's order; a call without a sample has its error in it."""
    names = {OperationId(call.service, call.operation_code) for call in plan.calls}
    found = await samples.of_each(engine, names)
    return tuple(_outcome(registry, call, found) for call in plan.calls)


def _outcome(registry: Registry, call: PlannedCall, found: Mapping[OperationId, Sample]) -> Outcome:
    outcome = Outcome(call=call, is_sample=True)
    try:
        value = _projected(registry, call, found)
    except SacbeError as error:
        return replace(outcome, error=error)
    return replace(outcome, value=value, body=messages.written(value))


def _projected(registry: Registry, call: PlannedCall, found: Mapping[OperationId, Sample]) -> object:
    service, offered = admission.offered_by(registry, call)
    arguments.refuse_misfits(offered.name, service.description, offered.operation, call.arguments)
    sample = found.get(offered.identifier)
    if sample is None:
        raise samples.lacking(offered.identifier)
    if arguments.misfits(service.description, offered.operation.result, sample.value):
        raise samples.lacking(offered.identifier, "Its description changed since its sample was made")
    return service.projections.of(offered.operation, call.fields).value(sample.value)
