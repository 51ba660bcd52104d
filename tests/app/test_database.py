"""The node's database: migrations of the rooms, and an engine that outlives the server's moods."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from sacbe import database
from sacbe_terms.errors import DatabaseUnreachable
from tests.conftest import named, run

MIGRATION = """
from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None
branch_labels = ("bus",)


def upgrade() -> None:
    op.create_table("kept", sa.Column("id", sa.Integer, primary_key=True), schema="bus")
"""


@pytest.fixture
async def empty_url(database_url: str) -> AsyncIterator[str]:
    """The address of a database in which nothing was migrated."""
    name = database_url.partition("?")[0].rpartition("/")[2] + "_empty"
    await run(database_url, f"create database {name} template template0 strategy file_copy")
    yield named(database_url, name)
    await run(database_url, f"drop database {name} with (force)")


@pytest.fixture
def one_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with one room and one migration; the folder of its versions."""
    versions = tmp_path / "50% of a folder" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001_kept.py").write_text(MIGRATION)
    monkeypatch.setattr(database, "ROOMS", (database.Room("bus", versions),))
    return versions


def next_after(first: str) -> str:
    """The second migration of a line that does once more what the first did."""
    return first.replace('"0001"', '"0002"').replace("None", '"0001"').replace('("bus",)', "None")


async def test_every_room_is_at_its_newest_revision(database_url: str) -> None:
    """A migrated database is current, and migrating it again changes nothing."""
    assert await database.is_current(database_url)
    await database.upgrade(database_url)
    assert await database.is_current(database_url)


async def test_an_empty_database_is_not_current(empty_url: str, one_room: Path) -> None:
    """`is_current` is false before the migration and after a newer one appears, true in between."""
    assert not await database.is_current(empty_url)
    await database.upgrade(empty_url)
    assert await database.is_current(empty_url)
    newer = next_after(MIGRATION).replace("kept", "added")
    (one_room / "0002_added.py").write_text(newer)
    assert not await database.is_current(empty_url)


async def test_two_upgrades_at_once_do_not_clash(empty_url: str, one_room: Path) -> None:
    """Processes that start together migrate one after the other; both succeed."""
    await asyncio.gather(database.upgrade(empty_url), database.upgrade(empty_url))
    assert await database.is_current(empty_url)


async def test_a_failed_upgrade_leaves_nothing(empty_url: str, one_room: Path) -> None:
    """When one migration is refused by the database, none of them is kept."""
    broken = next_after(MIGRATION)
    (one_room / "0002_twice.py").write_text(broken)
    with pytest.raises(DatabaseUnreachable, match="kept"):
        await database.upgrade(empty_url)
    engine = database.engine(empty_url, role=None)
    async with engine.connect() as connection:
        assert await connection.scalar(text("select to_regnamespace('bus')")) is None
    await engine.dispose()


async def test_upgrade_tells_its_steps(empty_url: str, one_room: Path) -> None:
    """Each room is named as its turn comes."""
    steps: list[str] = []
    await database.upgrade(empty_url, progress=steps.append)
    assert len(steps) == 1
    assert "bus" in steps[0]


async def test_an_unreachable_database_is_named_without_its_password() -> None:
    """The error names the address and what to do, and never the password."""
    with pytest.raises(DatabaseUnreachable) as refused:
        await database.is_current("postgresql+asyncpg://sacbe:geheim@127.0.0.1:1/sacbe")
    assert "127.0.0.1" in refused.value.where
    assert "geheim" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("url", ["", "sqlite:///x.db", "nonsense"])
def test_an_address_that_is_no_postgresql_is_refused(url: str) -> None:
    """Only an address of PostgreSQL makes an engine."""
    with pytest.raises(DatabaseUnreachable):
        database.engine(url)


async def test_a_connection_closed_by_the_server_is_replaced_unseen(database_url: str) -> None:
    """A pooled connection that the server has ended is not handed to a request."""
    engine = database.engine(database_url, role=None)
    async with engine.connect() as connection:
        backend = await connection.scalar(text("select pg_backend_pid()"))
    await run(database_url, f"select pg_terminate_backend({backend}, 5000)")
    await asyncio.sleep(0.05)
    async with engine.connect() as connection:
        assert await connection.scalar(text("select pg_backend_pid()")) != backend
    await engine.dispose()


async def test_json_goes_in_and_out_exactly(database_url: str) -> None:
    """JSON values pass through msgspec in both directions."""
    engine = database.engine(database_url, role=None)
    value = {"nombre": "Ñandú", "partes": [1, 2.5, None, True]}
    async with engine.connect() as connection:
        assert (
            await connection.scalar(text("select cast(:value as jsonb)"), {"value": database.json_text(value)}) == value
        )
    await engine.dispose()
