"""What search made of a query, told to people: what each word was taken for, "did you mean", why a result is one.

Asked when somebody wants to know: search itself does not wait for it. The same words are looked up in the same way
as in `ranking.py`, whose first statement this shares.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import filters, folding, ranking
from sacbe_catalog.kept_lexicons import LexiconsInForce
from sacbe_catalog.lexicon import Alternative, Group, Lexicons
from sacbe_catalog.search import understand

_BEGINNING: Final = """WITH chain AS (
        SELECT coalesce((SELECT chain FROM catalog.language WHERE tag = :language), ARRAY['es']::text[]) AS tags
    ),
    named AS (SELECT id FROM catalog.node WHERE kind = 'service' AND identifier = CAST(:service AS text)),
    written"""

_END: Final = r"""
    held AS (
        SELECT meant.n, min(CASE
            WHEN search.vector @@ CAST(replace(matched, '~', '\:A') AS tsquery) THEN 0
            WHEN search.vector @@ CAST(replace(matched, '~', '\:AB') AS tsquery) THEN 1
            WHEN search.vector @@ CAST(replace(matched, '~', '\:ABC') AS tsquery) THEN 2
            ELSE 3 END) AS place
        FROM meant JOIN catalog.service_search AS search ON search.language = meant.language
        WHERE search.service_id = (SELECT id FROM named)
          AND search.vector @@ CAST(replace(matched, '~', '') AS tsquery)
        GROUP BY meant.n
    )
    SELECT json_build_object(
        'written', (SELECT coalesce(json_agg(json_build_object(
            'n', n, 'alternative', alternative, 'place', place, 'services', coalesce(services, 0))), '[]')
            FROM written),
        'guessed', (SELECT coalesce(json_agg(json_build_object(
            'n', n, 'stem', stem, 'services', services, 'closeness', closeness, 'title', (
                SELECT title.title FROM catalog.service_title AS title
                WHERE title.language = guess.language AND title.folded LIKE '%' || guess.stem || '%'
                ORDER BY length(title.folded), title.folded LIMIT 1))), '[]')
            FROM (SELECT *, btrim(matched, '''~') AS stem FROM guessed) AS guess),
        'held', (SELECT coalesce(json_agg(json_build_object('n', n, 'place', place)), '[]') FROM held))
    """

_TOLD: Final = sa.text(ranking.ASKED.replace("WITH written", _BEGINNING, 1) + _END)


class Taken(StrEnum):
    """How a part of a query was taken."""

    WRITTEN = "written"
    """Records have it as it was written."""
    LEXICON = "lexicon"
    """The lexicon says what records call it."""
    CORRECTED = "corrected"
    """No record has it; it was taken for words that look or sound alike."""
    UNKNOWN = "unknown"
    """No record has it, and nothing is like it."""


class Where(StrEnum):
    """Where in a record something was found."""

    TITLE = "title"
    KEYWORDS = "keywords"
    DESCRIPTION = "description"
    REST = "rest"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a query: as written, how it was taken, all that it is looked up as, and where the record has it."""

    written: str
    taken: Taken
    words: tuple[str, ...]
    found: Where | None = None


class Understanding(msgspec.Struct, frozen=True, kw_only=True):
    """What search made of a query; `did_you_mean` is the query with misspellings mended, empty where there are none."""

    parts: tuple[Part, ...]
    did_you_mean: str = ""


class _Written(msgspec.Struct):
    n: int
    alternative: int
    place: int
    services: int


class _Guessed(msgspec.Struct):
    n: int
    stem: str
    services: int
    closeness: float
    title: str | None


class _Held(msgspec.Struct):
    n: int
    place: int


class _Told(msgspec.Struct):
    written: list[_Written]
    guessed: list[_Guessed]
    held: list[_Held]


async def understood(
    engine: AsyncEngine, lexicons: Lexicons | LexiconsInForce, query: str, *, language: str, service: str = ""
) -> Understanding:
    """Say what search makes of a query, and where a service's record has it.

    Raises LimitExceeded for a query that is too long.
    """
    asked = understand(query, language if filters.storable(language) else "es")
    if asked.is_empty:
        return Understanding(parts=())
    meaning = lexicons.read(asked)
    named = service if filters.storable(service) else ""
    values = ranking.parameters(meaning) | {"language": asked.language, "service": named}
    async with engine.connect() as connection:
        told = msgspec.convert(await connection.scalar(_TOLD, values), _Told)
    places = {one.n: list(Where)[one.place] for one in told.held}
    parts = tuple(_part(n, group, told, places.get(n)) for n, group in enumerate(meaning.groups))
    return Understanding(parts=parts, did_you_mean=_mended(query, parts))


def _part(n: int, group: Group, told: _Told, found: Where | None) -> Part:
    """Say how a group was taken: as written and as the lexicon has it, else by the nearest guess."""
    own = next((one for one in group.alternatives if one.closeness == 1.0), None)
    written = " ".join((own or group.alternatives[0]).words)
    had = [one for at, one in enumerate(group.alternatives) if _is_had(n, at, told.written)]
    if had:
        taken = Taken.WRITTEN if own in had else Taken.LEXICON
        return Part(written=written, taken=taken, words=_phrases(had), found=found)
    guesses = sorted((one for one in told.guessed if one.n == n), key=lambda one: (-one.closeness, -one.services))
    words = tuple(dict.fromkeys(word for one in guesses if (word := _shown(one))))
    return Part(written=written, taken=Taken.CORRECTED if words else Taken.UNKNOWN, words=words[:1], found=found)


def _phrases(alternatives: Iterable[Alternative]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(one.words) for one in alternatives))


def _is_had(n: int, alternative: int, written: Iterable[_Written]) -> bool:
    """Say whether records have every word of an alternative, by any of its stems."""
    words: dict[int, bool] = {}
    for one in written:
        if (one.n, one.alternative) == (n, alternative):
            words[one.place] = words.get(one.place, False) or one.services > 0
    return bool(words) and all(words.values())


def _shown(guess: _Guessed) -> str:
    """Give the word of a title that a stem stands for: stems are no words that people would recognise."""
    return next((word for word in folding.words(guess.title or "") if folding.fold(word).startswith(guess.stem)), "")


def _mended(query: str, parts: Sequence[Part]) -> str:
    """Give the query with each misspelt word replaced; empty where none is."""
    mended: Mapping[str, str] = {
        folding.fold(part.written): part.words[0] for part in parts if part.taken is Taken.CORRECTED
    }
    if not mended:
        return ""
    return " ".join(mended.get(folding.fold(word), word) for word in folding.words(query))
