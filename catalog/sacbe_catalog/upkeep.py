"""How well each institution keeps its records: one statement over all of them, scored by `truth.py`."""

from datetime import date
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import truth
from sacbe_catalog.truth import Kept, Truth

_ALL: Final = sa.text(
    """
    SELECT json_build_object(
        'identifier', own.identifier, 'title', named.title, 'description', own.description,
        'homepage', own.homepage, 'addresses', own.addresses, 'emails', own.emails, 'telephones', own.telephones,
        'services', summed.services, 'completeness', summed.completeness,
        'examples', summed.examples, 'confirmed', summed.confirmed)
    FROM catalog.institution_view AS own,
         LATERAL (
            SELECT title FROM catalog.institution_view AS view
            WHERE view.institution_id = own.institution_id AND view.language IN (:language, 'es')
            ORDER BY view.language = 'es' LIMIT 1
         ) AS named,
         LATERAL (
            SELECT count(*) AS services,
                   coalesce(avg(CAST(shown.quality ->> 'score' AS float8)), 0) AS completeness,
                   count(*) FILTER (WHERE CAST(shown.is_illustrative #>> '{}' AS boolean)) AS examples,
                   count(*) FILTER (
                       WHERE NOT CAST(shown.is_illustrative #>> '{}' AS boolean)
                         AND shown.confirmed_at #>> '{}' IS NOT NULL
                         AND coalesce(shown.review_due #>> '{}', :today) >= :today) AS confirmed
            FROM catalog.listed_service AS listed
            JOIN catalog.service_view AS shown ON shown.service_id = listed.service_id AND shown.language = 'es'
            WHERE listed.owner_id = own.institution_id
         ) AS summed
    WHERE own.language = 'es'
    ORDER BY own.sort_key
    """
)


class InstitutionUpkeep(msgspec.Struct, frozen=True, kw_only=True):
    """An institution, how many services it shows, and how true it keeps them."""

    identifier: str
    title: str
    services: int
    truth: Truth


async def of_institutions(engine: AsyncEngine, today: date, *, language: str = "es") -> tuple[InstitutionUpkeep, ...]:
    """Score every institution as its records stand on a day, in alphabetical order of Spanish names."""
    async with engine.connect() as connection:
        rows = await connection.scalars(_ALL, {"today": today.isoformat(), "language": language})
        return tuple(_scored(msgspec.convert(row, _Row)) for row in rows)


class _Row(Kept, frozen=True, kw_only=True):
    identifier: str
    title: str


def _scored(row: Any) -> InstitutionUpkeep:
    return InstitutionUpkeep(
        identifier=row.identifier, title=row.title, services=row.services, truth=truth.of_institution(row)
    )
