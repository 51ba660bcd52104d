"""GraphQL over HTTP as judged by somebody else: the audits of npm's `graphql-http`."""

import pytest

from tests.graphql.listening import listening, told_by_node
from tests.graphql.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

AUDITS = 61


async def test_every_audit_passes(world: World) -> None:
    """All that the specification demands, and all that it recommends."""
    async with listening(world.door) as port:
        told = await told_by_node("npm_audits.js", "graphql-http", f"http://127.0.0.1:{port}/graphql")
    assert [audit for audit in told if audit["status"] != "ok"] == []
    assert len(told) >= AUDITS
