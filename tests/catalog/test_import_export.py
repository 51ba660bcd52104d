"""From a file into the tables and out into a file again: nothing is lost on the whole way."""

import msgspec
from rdflib.compare import isomorphic
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import cpsv_ap
from sacbe_catalog.records import Catalogue, Language
from sacbe_catalog.store import CatalogueStore
from tests.catalog.catalogues import representative
from tests.catalog.graphs import BASE, MUSEUM, graph_of, official, violations


def _written(catalogue: Catalogue) -> bytes:
    return cpsv_ap.write(catalogue, format="turtle", base_iri=BASE)


async def _stored(catalogue: Catalogue, engine: AsyncEngine) -> Catalogue:
    store = CatalogueStore(engine, BASE)
    await store.put(catalogue)
    return await store.everything()


async def test_our_own_export_comes_back_through_the_tables(engine: AsyncEngine) -> None:
    """An export that is imported into an empty catalogue is exported again with every statement it had."""
    catalogue = cpsv_ap.read(_written(representative()), format="turtle", file="x", base_iri=BASE)
    stored = await _stored(catalogue, engine)
    for field in ("services", "institutions", "events", "legal_resources", "areas", "title", "publisher"):
        assert getattr(stored, field) == getattr(representative(), field)
    assert violations(graph_of(_written(stored), "turtle")) == []


async def test_a_strangers_file_comes_back_through_the_tables(engine: AsyncEngine) -> None:
    """What a stranger's file says, unknown properties and blank nodes included, is in the next export."""
    catalogue = cpsv_ap.read((MUSEUM / "stranger.ttl").read_bytes(), format="turtle", file="x", base_iri=BASE)
    stored = await _stored(catalogue, engine)
    for field in ("services", "institutions", "extra"):
        assert getattr(stored, field) == getattr(catalogue, field)


async def test_the_official_example_comes_back_through_the_tables(engine: AsyncEngine) -> None:
    """The official example is kept whole in the tables: what is exported is what its import alone exports."""
    data = official("example-rdf_public_service.jsonld").read_bytes()
    languages = tuple(Language(identifier=tag, iso_639_3=f"{tag}x", name=tag) for tag in ("de", "en", "fr", "nl"))
    catalogue = cpsv_ap.read(data, format="json-ld", file="x", base_iri=BASE)
    stored = await _stored(msgspec.structs.replace(catalogue, languages=languages), engine)
    kept = Catalogue(services=stored.services, institutions=stored.institutions, extra=stored.extra, title=stored.title)
    assert isomorphic(graph_of(_written(kept), "turtle"), graph_of(_written(catalogue), "turtle"))
