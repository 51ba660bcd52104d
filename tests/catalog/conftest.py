"""Databases made once per worker: one with the seed, that tests only read, and one that stays empty."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_catalog import seed
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.store import CatalogueStore
from tests.conftest import TEMPLATE, named, run

BASE = "https://sacbe.example/id/"


@pytest.fixture(scope="session")
def seeded_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database with the whole seed."""
    with _shared_database(postgres) as url:
        asyncio.run(_put_seed(url))
        yield url


@pytest.fixture(scope="session")
def untouched_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of an empty database that only refused puts are tried on."""
    with _shared_database(postgres) as url:
        yield url


@contextmanager
def _shared_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = f"shared_{uuid4().hex}"
    asyncio.run(run(postgres.url, f"create database {name} template {TEMPLATE} strategy file_copy"))
    yield named(postgres.url, name)
    asyncio.run(run(postgres.url, f"drop database {name} with (force)"))


async def _put_seed(url: str) -> None:
    engine = database.engine(url)
    try:
        await CatalogueStore(engine, BASE).put(seed.load())
    finally:
        await engine.dispose()


@pytest.fixture
async def seeded(seeded_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the seeded database; only for reading."""
    engine = database.engine(seeded_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def untouched(untouched_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database that stays empty."""
    engine = database.engine(untouched_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def reader(seeded: AsyncEngine) -> CatalogueReader:
    """A reader of the seed."""
    return CatalogueReader(seeded, BASE)
