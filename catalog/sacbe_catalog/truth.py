"""How true a record is kept, as one figure with its parts: complete, confirmed on time, and what machines can see.

Parts that cannot apply, or not yet, are left out, shown as left out, and the rest counts for more. A part that applies
and was not done counts 0. Pure: views in, a value out.
"""

from datetime import date
from typing import Final

import msgspec

from sacbe_catalog.quality import is_placeholder
from sacbe_catalog.views import PublicServiceView

WEIGHTS: Final = {"completeness": 0.35, "confirmed": 0.25, "links": 0.20, "machine": 0.10, "answers": 0.10}
"""What each part counts."""

LEFT_OUT: Final = {
    "confirmed": "an example record has nobody who could confirm it",
    "links": "links are not checked yet",
    "machine": "no record is fed by a machine yet",
    "answers": "requests for information are not handled here yet",
}
"""Why a part is left out."""


class TruthPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part: its value from 0 to 1, or None with the reason why it is left out."""

    name: str
    weight: float
    value: float | None
    left_out: str = ""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The figure, from 0 to 1, and its parts in the order of their weights."""

    score: float
    parts: tuple[TruthPart, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an institution's records: its own, and its services' in figures."""

    description: str = ""
    homepage: str = ""
    addresses: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    services: int = 0
    completeness: float = 0.0
    """The mean of its services'."""
    examples: int = 0
    """Services that are example records."""
    confirmed: int = 0
    """Other services that were confirmed and are not due again."""


def of_service(service: PublicServiceView, today: date) -> Truth:
    """Score a public service as it stands on a day."""
    if service.is_illustrative:
        return _truth(service.quality.score, None)
    is_due = service.review_due is not None and service.review_due < today.isoformat()
    return _truth(service.quality.score, float(service.confirmed_at is not None and not is_due))


def of_institution(kept: Kept) -> Truth:
    """Score an institution by its own record and, as much again, by its services'.

    Who has no service in the catalogue has told nothing of what people can ask of it.
    """
    told = (kept.description, kept.homepage, *kept.addresses[:1])
    is_reachable = any(not is_placeholder(text) for text in (*kept.emails, *kept.telephones))
    own = (sum(not is_placeholder(text) for text in told) + is_reachable) / 4
    real = kept.services - kept.examples
    confirmed = kept.confirmed / real if real else None if kept.services else 0.0
    return _truth((own + kept.completeness) / 2, confirmed)


def _truth(completeness: float, confirmed: float | None) -> Truth:
    values = {"completeness": completeness, "confirmed": confirmed}
    parts = tuple(
        TruthPart(
            name=name,
            weight=weight,
            value=_rounded(values.get(name)),
            left_out=LEFT_OUT[name] if values.get(name) is None else "",
        )
        for name, weight in WEIGHTS.items()
    )
    counted = [(part.weight, part.value) for part in parts if part.value is not None]
    score = sum(weight * value for weight, value in counted) / sum(weight for weight, _ in counted)
    return Truth(score=round(score, 3), parts=parts)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
