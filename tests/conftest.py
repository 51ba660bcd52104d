"""What every room's tests share: a real PostgreSQL, and skips that continuous integration does not forgive.

Each worker process runs one throw-away server, started when the first test asks for it.
A test gets a database of its own, copied from one that was migrated once.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres, Programs, find_programs, place, running_url
from sacbe_catalog import seed
from sacbe_catalog.store import CatalogueStore

HOME_PREFIX = "sacbe-tests-"
"""Home folders of throw-away servers begin with this, so that leftovers can be told."""

LEFT_OVER_SECONDS = 3600.0
"""A home of ours that is older than this and has no server was left by a run that was killed."""

TEMPLATE = "migrated"
"""The database that each test's own is copied from."""

SEEDED = "seeded"
"""The one that holds the seed as well."""

BASE_IRI = "https://sacbe.example/id/"
"""Where tests mint identifiers."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under SACBE_CI=1, a test skipped for something that is missing here has failed."""
    return unforgiving((yield), item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Under SACBE_CI=1, a module skipped for something that is missing here has failed."""
    return unforgiving((yield), collector.nodeid)


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def unforgiving(report: Report, name: str) -> Report:
    """Turn a skip whose reason begins with "needs " into a failure, where continuous integration asks for that."""
    if os.environ.get("SACBE_CI") == "1" and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("needs "):
            report.outcome = "failed"
            report.longrepr = f"{name} was skipped, which SACBE_CI=1 does not allow: {reason}"
    return report


def chosen_programs() -> tuple[Programs, ...]:
    """Give the PostgreSQL to test with: SACBE_TEST_POSTGRES is `system`, `wheel` or unset for the best."""
    wanted = os.environ.get("SACBE_TEST_POSTGRES", "")
    found = [each for each in find_programs() if wanted in ("", "wheel" if each.package else "system")]
    if not found:
        pytest.skip(f"needs a PostgreSQL of the kind SACBE_TEST_POSTGRES={wanted}")
    return tuple(found)


def sweep() -> None:
    """Remove what test runs that were killed have left where root's servers keep their files."""
    for marker in place.ROOTS_FOLDER.glob("*/home"):
        home = Path(marker.read_text().strip())
        if home.is_relative_to(tempfile.gettempdir()) and is_left_over(home, marker):
            shutil.rmtree(marker.parent, ignore_errors=True)
            shutil.rmtree(home, ignore_errors=True)


def is_left_over(home: Path, marker: Path) -> bool:
    """Say whether a home is gone, or is an old one of ours that nobody runs any more."""
    if not home.exists():
        return True
    is_old = time.time() - marker.stat().st_mtime > LEFT_OVER_SECONDS
    return home.name.startswith(HOME_PREFIX) and is_old and running_url(home) is None


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A throw-away server of this worker, with the migrated template in it."""
    sweep()
    home = Path(tempfile.mkdtemp(prefix=HOME_PREFIX))
    server = EmbeddedPostgres(home, durable=False, programs=chosen_programs())
    try:
        url = server.start()
        asyncio.run(make_template(url))
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.place.folder)
        shutil.rmtree(home, ignore_errors=True)


async def make_template(url: str) -> None:
    """Make the database that tests copy, empty and fully migrated."""
    await run(url, f"create database {TEMPLATE}")
    await database.upgrade(named(url, TEMPLATE))


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """A fresh, fully migrated, empty database for this test, as its owner."""
    async with copied(postgres, TEMPLATE) as url:
        yield url


@pytest.fixture(scope="session")
def seeded(postgres: EmbeddedPostgres) -> str:
    """Name of a database that holds the seed, made once for all tests that read it."""
    asyncio.run(make_seeded(postgres.url))
    return SEEDED


@pytest.fixture
async def seeded_engine(postgres: EmbeddedPostgres, seeded: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database of this test's own that holds the seed."""
    async with copied(postgres, seeded) as url:
        made = database.engine(url)
        yield made
        await made.dispose()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on this test's database, working as the node does."""
    made = database.engine(database_url)
    yield made
    await made.dispose()


@asynccontextmanager
async def copied(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """Copy a database for one test, and drop the copy after it."""
    name = f"test_{uuid4().hex}"
    await run(postgres.url, f"create database {name} template {template} strategy file_copy")
    yield named(postgres.url, name)
    await run(postgres.url, f"drop database {name} with (force)")


async def make_seeded(url: str) -> None:
    """Make the database that holds the seed."""
    await run(url, f"create database {SEEDED} template {TEMPLATE} strategy file_copy")
    made = database.engine(named(url, SEEDED))
    try:
        await CatalogueStore(made, BASE_IRI).put(seed.load())
    finally:
        await made.dispose()


async def run(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def named(url: str, name: str) -> str:
    """Give the address of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)
