"""The node that this room's tests ask: one for all of them, since opening it costs more than a test."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres
from tests.conftest import TEMPLATE, named, run
from tests.graphql.world import SYSTEMS, World, opened, seeded


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A node with two ministries and the seed in its catalogue."""
    name = f"door_{uuid4().hex}"
    await run(postgres.url, f"create database {name} template {TEMPLATE} strategy file_copy")
    engine = database.engine(named(postgres.url, name))
    folder: Path = tmp_path_factory.mktemp("node")
    try:
        await seeded(engine)
        async with opened(engine, folder, kind=World) as opened_node:
            yield opened_node
    finally:
        await engine.dispose()


@pytest.fixture
def world(node: World) -> World:
    """The node, its ministries as on their first day."""
    for name, (_, description) in SYSTEMS.items():
        node.memory.hold(name, description, {})
    node.memory.heard.clear()
    return node
