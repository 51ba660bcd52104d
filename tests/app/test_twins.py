"""The data twins of the portal's pages: one record, whole, that says nothing but the truth about the rest."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe.house import House
from sacbe.settings import Settings
from sacbe.twins import twin_of
from sacbe_catalog import cpsv_ap
from sacbe_catalog.records import Catalogue
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import RecordNotFound
from tests.conftest import BASE_IRI


def house_of(engine: AsyncEngine, home: Path) -> House:
    """A house without the rooms that a twin never enters."""
    store = CatalogueStore(engine, BASE_IRI)
    elsewhere: Any = None
    return House(
        settings=Settings(home=home),
        is_development=True,
        engine=engine,
        store=store,
        lexicons=elsewhere,
        reader=elsewhere,
        data_services=elsewhere,
        bus=elsewhere,
        recipients=elsewhere,
        post=elsewhere,
        demand=elsewhere,
    )


@pytest.mark.parametrize("suffix", ["jsonld", "ttl"])
async def test_a_twin_holds_the_record_and_what_it_points_to(
    seeded_engine: AsyncEngine, tmp_path: Path, suffix: str
) -> None:
    """What is read back from a twin is the service as it is stored, with its institutions and norms."""
    house = house_of(seeded_engine, tmp_path)
    content, media_type = await twin_of(house)("service", "dpi-primera-vez", suffix)
    read: Catalogue = cpsv_ap.read(
        content, format="turtle" if suffix == "ttl" else "json-ld", file="twin", base_iri=BASE_IRI
    )
    stored = {service.identifier: service for service in (await house.store.everything()).services}
    assert media_type.startswith(("application/ld+json", "text/turtle"))
    assert {service.identifier for service in read.services} == {"dpi-primera-vez"}
    assert read.services[0] == stored["dpi-primera-vez"]
    assert "renap" in {institution.identifier for institution in read.institutions}


@pytest.mark.parametrize("identifier", ["nada", "renap", "a\0b"])
async def test_what_is_no_service_has_no_twin(seeded_engine: AsyncEngine, tmp_path: Path, identifier: str) -> None:
    """An unknown name, or another record's, is not found."""
    with pytest.raises(RecordNotFound):
        await twin_of(house_of(seeded_engine, tmp_path))("service", identifier, "ttl")
