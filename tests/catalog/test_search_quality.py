"""Search finds what people mean, on lists of queries that people judged. What fails here tells figures and no query."""

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import lexicons, seed
from sacbe_catalog.evaluate import Totals, evaluate
from sacbe_catalog.lexicon import Lexicons
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.store import CatalogueStore

BASE = "https://sacbe.example/id/"

NDCG_MIN = {"oficial": 0.95, "sin-tildes": 0.95, "mal-escrito": 0.90, "coloquial": 0.75, "hecho-de-vida": 0.75}
"""The least nDCG@10 of queries of a kind."""


@pytest.mark.parametrize("queries", [seed.judgements(), seed.check_list()], ids=["development", "check"])
async def test_finds_what_people_mean(reader: CatalogueReader, queries: bytes) -> None:
    """However people put it, the right service is near the top; of queries out of place three in four find nothing."""
    found = await totals(queries, reader)
    assert (found.overall.ndcg or 0) >= 0.85
    assert (found.overall.useful or 0) >= 0.92
    assert found.overall.no_result is not None
    assert found.overall.no_result <= 0.03
    assert (found.overall.silence or 0) >= 0.75
    short = {kind: found.categories[kind].ndcg for kind, least in NDCG_MIN.items()}
    assert {kind for kind, ndcg in short.items() if (ndcg or 0) < NDCG_MIN[kind]} == set(), short


async def test_the_lexicon_works_on_any_catalogue(engine: AsyncEngine) -> None:
    """Where records say nothing but their official words, the lexicon knows most of what people mean by their own."""
    catalogue = seed.load()
    bare = tuple(msgspec.structs.replace(one, keywords={}, alternative_titles={}) for one in catalogue.services)
    await CatalogueStore(engine, BASE).put(msgspec.structs.replace(catalogue, services=bare))
    plain = Lexicons([msgspec.structs.replace(one, entries=()) for one in lexicons.each()])
    without = await totals(seed.judgements(), CatalogueReader(engine, BASE, plain))
    with_it = await totals(seed.judgements(), CatalogueReader(engine, BASE))
    for kind in ("coloquial", "hecho-de-vida"):
        assert (with_it.categories[kind].ndcg or 0) >= 0.85, with_it.categories[kind]
        assert (without.categories[kind].ndcg or 0) < 0.65, without.categories[kind]


async def totals(queries: bytes, reader: CatalogueReader) -> Totals:
    return (await evaluate(queries, reader)).totals
