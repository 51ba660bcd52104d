"""Scores search against a judgement list: how near its order is to what people judged right.

For each query, people have judged records from 0 (no use) to 3 (exactly it). nDCG@10 compares the
gain 2^g - 1 of the first ten results, discounted by the logarithm of their place, with the best
order possible (Järvelin and Kekäläinen). A query of the category `fuera` asks for what the
catalogue does not have: there, silence is right and anything else wrong. Spanish is what the records
are written in: the overall figures are of queries in it, and other languages' stand by category.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import log2
from typing import Annotated, Final

import msgspec

from sacbe_catalog.reading import CatalogueReader
from sacbe_terms.errors import ImportRefused, Problem, SacbeError

DEPTH: Final = 10
"""Results that are scored."""

USEFUL_DEPTH: Final = 3
"""Results among which a useful one should be."""

USEFUL_GRADE: Final = 2
"""The least judgement of a useful result."""

OVERALL_LANGUAGE: Final = "es"
"""The language whose queries the overall figures are of."""

OUTSIDE: Final = "fuera"
"""The category of queries that the catalogue should not answer."""


class JudgedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One query with what people judged: record identifiers, each from 0 to 3."""

    id: str
    text: str
    lang: str = "es"
    category: str = ""
    judgments: dict[str, Annotated[int, msgspec.Meta(ge=0, le=3)]] = {}


class _Judgements(msgspec.Struct, frozen=True):
    queries: list[JudgedQuery]


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Means over some queries, each from 0 to 1; a figure that no query gives is None.

    `ndcg`, `useful` and `no_result` are of queries with an answer, `silence` of those without one.
    """

    queries: int
    ndcg: float | None
    useful: float | None
    no_result: float | None
    silence: float | None


class QueryScore(msgspec.Struct, frozen=True, kw_only=True):
    """How one query did, and what it found."""

    id: str
    text: str
    lang: str
    category: str
    ndcg: float
    is_useful: bool
    results: tuple[str, ...]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How search did, over all queries in Spanish, by category, and query by query."""

    overall: Scores
    categories: dict[str, Scores]
    queries: tuple[QueryScore, ...]

    @property
    def totals(self) -> "Totals":
        """Leave out the queries: what may be told of a list that tuning must not see."""
        return Totals(overall=self.overall, categories=self.categories)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """How search did, without a word of what was asked."""

    overall: Scores
    categories: dict[str, Scores]


async def evaluate(judgements: bytes, reader: CatalogueReader, *, file: str = "judgements.json") -> Evaluation:
    """Run every query of a judgement list and score what it finds.

    Raises ImportRefused with located problems when the list is not one.
    """
    scored = []
    for judged in queries(judgements, file=file):
        try:
            page = await reader.services(query=judged.text, language=judged.lang, first=DEPTH)
        except SacbeError as error:
            raise ImportRefused(file, [Problem(where=f"query {judged.id}", field="text", reason=error.what)]) from error
        scored.append(score(judged, tuple(service.identifier for service in page.nodes)))
    return summary(scored)


def queries(judgements: bytes, *, file: str) -> tuple[JudgedQuery, ...]:
    """Read a judgement list; raises ImportRefused with located problems when it is not one."""
    try:
        found = msgspec.json.decode(judgements, type=_Judgements).queries
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = 'It must read {"queries": [{"id", "text", "lang", "category", "judgments": {identifier: 0..3}}]}.'
        raise ImportRefused(file, [Problem(where=file, reason=str(error), hint=hint)]) from error
    problems = _problems(found)
    if problems:
        raise ImportRefused(file, problems)
    return tuple(found)


def _problems(found: Sequence[JudgedQuery]) -> list[Problem]:
    problems = [] if found else [Problem(where="queries", reason="holds no query")]
    ids: set[str] = set()
    for at, query in enumerate(found):
        where = f"queries[{at}] ({query.id})"
        if query.id in ids:
            problems.append(Problem(where=where, field="id", reason="stands there twice"))
        ids.add(query.id)
        if not query.text.strip():
            problems.append(Problem(where=where, field="text", reason="is empty"))
        if query.category != OUTSIDE and not any(query.judgments.values()):
            reason = "no record is judged above 0"
            problems.append(Problem(where=where, field="judgments", reason=reason, hint=f"Or is it '{OUTSIDE}'?"))
    return problems


# Scoring --------------------------------------------------------------------------------


def score(judged: JudgedQuery, results: tuple[str, ...]) -> QueryScore:
    """Score one query's results; outside the catalogue, 1 for silence and 0 for anything else."""
    grades = [judged.judgments.get(identifier, 0) for identifier in results[:DEPTH]]
    is_outside = judged.category == OUTSIDE
    return QueryScore(
        id=judged.id,
        text=judged.text,
        lang=judged.lang,
        category=judged.category,
        ndcg=float(not results) if is_outside else ndcg(grades, judged.judgments),
        is_useful=not results if is_outside else max(grades[:USEFUL_DEPTH], default=0) >= USEFUL_GRADE,
        results=results,
    )


def ndcg(grades: Sequence[int], judgments: Mapping[str, int]) -> float:
    """Give the discounted gain of grades in their order, as a share of the best order's (nDCG@10)."""
    best = _discounted(sorted(judgments.values(), reverse=True)[:DEPTH])
    return _discounted(grades[:DEPTH]) / best if best else 0.0


def _discounted(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


def summary(scored: Sequence[QueryScore]) -> Evaluation:
    """Put scores together, over all and by category."""
    by_category: dict[str, list[QueryScore]] = defaultdict(list)
    for one in scored:
        by_category[one.category].append(one)
    return Evaluation(
        overall=_scores([one for one in scored if one.lang == OVERALL_LANGUAGE]),
        categories={category: _scores(some) for category, some in sorted(by_category.items())},
        queries=tuple(scored),
    )


def _scores(scored: Sequence[QueryScore]) -> Scores:
    inside = [one for one in scored if one.category != OUTSIDE]
    outside = [one for one in scored if one.category == OUTSIDE]
    return Scores(
        queries=len(scored),
        ndcg=_mean([one.ndcg for one in inside]),
        useful=_mean([one.is_useful for one in inside]),
        no_result=_mean([not one.results for one in inside]),
        silence=_mean([not one.results for one in outside]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
