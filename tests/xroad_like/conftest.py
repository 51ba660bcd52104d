"""A populated bus for the tests that need one running, on a database that the room's tests share.

Copying a database for each test would take most of the room's time; the bus's tables are few and
emptied in milliseconds. A test that changes more than rows puts it back (`altered`).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_xroad_like.bus import Bus
from tests.conftest import TEMPLATE, named, run
from tests.xroad_like.town import Office, running_bus

EMPTY = """
    truncate bus.sample, bus.message_log, bus.message_claim, bus.operational_record, bus.person_access,
    bus.log_leaf, bus.log_checkpoint, bus.agreement, bus.quota_use,
    bus.access_token, bus.approval_rule, bus.client_group, bus.client_group_member,
    bus.client_key, bus.used_once, bus.subsystem,
    bus.notice, bus.notice_recipient, bus.notice_letter, bus.notice_in_letter,
    bus.user_role, bus.invitation, bus.user_key, bus.user_token, bus.administrative_act,
    bus.member, bus.credential, catalog.description_document, catalog.description, catalog.data_service
    restart identity;
    update bus.notice_look set looked_at = '-infinity'
"""


@pytest.fixture(scope="session")
def room_database_url(postgres: EmbeddedPostgres) -> str:
    """One migrated database for the room's tests, as its owner."""
    asyncio.run(run(postgres.url, f"create database bus_room template {TEMPLATE} strategy file_copy"))
    return named(postgres.url, "bus_room")


@pytest.fixture
async def database_url(room_database_url: str) -> str:
    """The room's database, emptied for this test."""
    await run(room_database_url, EMPTY)
    return room_database_url


@pytest.fixture
def office() -> Office:
    """The ministry behind the bus."""
    return Office()


@pytest.fixture
async def bus(engine: AsyncEngine, office: Office, tmp_path: Path) -> AsyncIterator[Bus]:
    """A started bus whose consumer has her right."""
    async with running_bus(engine, office, tmp_path) as started:
        yield started


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The database's owner, who may do everything to it."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()
