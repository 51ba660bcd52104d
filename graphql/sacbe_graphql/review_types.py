"""How true records are kept, as the schema shows it: findings with their repair, and the score with its parts."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry
from strawberry import argument, field

from sacbe_catalog import truth
from sacbe_catalog.findings import RULES
from sacbe_catalog.findings import Finding as Found
from sacbe_catalog.findings import findings as found_in
from sacbe_catalog.truth import Truth as Scored
from sacbe_catalog.views import PublicServiceView
from sacbe_graphql import camel_case
from sacbe_graphql.catalogue_types import PublicService

OTHERWISE = "es"
"""The language of reasons and repairs where the asked one has none."""

Language = Annotated[str, argument(description="Language of the text: `es` or `en`.")]


def _field(finding: strawberry.Parent[Found]) -> str:
    return camel_case.of(finding.field)


def _reason(finding: strawberry.Parent[Found], language: Language = OTHERWISE) -> str:
    reason = RULES[finding.rule].reason
    return reason.get(language, reason[OTHERWISE])


def _repair(finding: strawberry.Parent[Found], language: Language = OTHERWISE) -> str:
    repair = RULES[finding.rule].repair
    return repair.get(language, repair[OTHERWISE])


@strawberry.type(description="Something to mend in a record.")
class Finding:
    """A `findings.Finding`."""

    rule: str = field(description="The rule that it breaks, such as `frase-larga`.")
    excerpt: str = field(description="What was found, or empty where something is missing.")
    reason: str = field(resolver=_reason, description="Why it matters.")
    repair: str = field(resolver=_repair, description="What to do.")

    field: str = field(resolver=_field, description="The field of the record.")


@strawberry.type(description="One part of a score.")
class TruthPart:
    """A `truth.TruthPart`."""

    name: str = field(description="`completeness`, `confirmed`, `links`, `machine` or `answers`.")
    weight: float = field(description="What it counts, where it is not left out.")
    value: float | None = field(description="From 0 to 1; null where it is left out.")
    left_out: str = field(description="Why it is left out; empty where it counts.")


@strawberry.type(description="How true a record is kept.")
class Truth:
    """A `truth.Truth`."""

    score: float = field(description="From 0 to 1: the mean of the parts that count, by their weights.")
    parts: list[TruthPart] = field(description="What it is made of.")


@strawberry.type(description="How true an institution keeps its records.")
class InstitutionReview:
    """An `upkeep.InstitutionUpkeep`."""

    identifier: strawberry.ID = field(description="The institution's identifier.")
    title: str = field(description="What it is called.")
    services: int = field(description="How many public services it shows.")
    truth: Truth = field(description="Half its own record, half its services.")


def _service(view: strawberry.Parent[PublicServiceView]) -> PublicServiceView:
    return view


def _findings(view: strawberry.Parent[PublicServiceView]) -> tuple[Found, ...]:
    return found_in(view)


def _truth(view: strawberry.Parent[PublicServiceView]) -> Scored:
    return truth.of_service(view, datetime.now(UTC).date())


@strawberry.type(description="A public service as its stewards should look at it.")
class RecordReview:
    """Made from a service's Spanish view."""

    service = field(resolver=_service, graphql_type=PublicService, description="The service.")
    findings = field(resolver=_findings, graphql_type=list[Finding], description="What to mend.")
    truth = field(resolver=_truth, graphql_type=Truth, description="How true the record is kept.")
