"""The stewards' mutations about samples, from which the sandbox answers.

See administration_mutations."""

from collections.abc import Mapping
from typing import Annotated, cast

import strawberry
from msgspec import UNSET
from strawberry import field

from sacbe_graphql import administration_given as given
from sacbe_graphql import administration_inputs as inputs
from sacbe_graphql import administration_payloads as payloads
from sacbe_graphql import administration_shown as showing
from sacbe_graphql.administration_given import WHAT, desk_for
from sacbe_graphql.context import Info
from sacbe_graphql.scalars import DateTime, Json
from sacbe_terms.errors import VariablesNotValid
from sacbe_terms.identifiers import OperationId
from sacbe_xroad_like.administration import sampling
from sacbe_xroad_like.administration.sampling import Made


async def _record_sample(info: Info, input: Annotated[inputs.RecordSampleInput, WHAT]) -> payloads.SamplePayload:
    desk, operation = desk_for(info, input), OperationId.parse(input.operation)
    made = Made(
        answer=UNSET if input.answer is None else input.answer,
        arguments=_arguments(input.arguments),
        keep=tuple(input.keep or ()),
    )
    done = await sampling.record(desk, operation, made)
    return payloads.SamplePayload(
        outcome=given.outcome(done.outcome),
        operation=showing.identifier(operation),
        sample=cast("Json | None", done.value.value),
        recorded_at=DateTime(done.value.recorded_at.isoformat()),
    )


async def _remove_sample(info: Info, input: Annotated[inputs.OperationInput, WHAT]) -> payloads.RemovedSamplePayload:
    desk, operation = desk_for(info, input), OperationId.parse(input.operation)
    done = await sampling.remove(desk, operation)
    return payloads.RemovedSamplePayload(outcome=given.outcome(done.outcome), operation=showing.identifier(operation))


def _arguments(sent: Json | None) -> Mapping[str, object]:
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise VariablesNotValid(
            what="The input 'arguments' is no object.", where="arguments", hint="Send arguments by their names."
        )
    return sent


@strawberry.type
class SampleMutation:
    """What decides what the sandbox answers, by the names of `rules.Act`."""

    record_sample: payloads.SamplePayload | None = field(
        resolver=_record_sample,
        description="Make a sample of a published operation: every value is made up. For stewards of the provider.",
    )
    remove_sample: payloads.RemovedSamplePayload | None = field(
        resolver=_remove_sample, description="Remove the sample of an operation. For stewards of the provider."
    )
