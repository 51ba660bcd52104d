"""The museum of hostile requests: each answered as it must be, and none at more than it counts for."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sacbe.benchmarks import exhibits
from sacbe_graphql import http
from sacbe_graphql.limits import Limits
from tests.graphql.test_http import JSON, Connection
from tests.graphql.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

MUSEUM = exhibits.collected(Path(__file__).parents[1] / "museum" / "graphql")
REFUSED = [name for name, exhibit in MUSEUM.items() if exhibit.status != 200]
WORK_MAX = 10
"""Steps beside those of `{ __typename }`, for each request that one counts as."""


@pytest.mark.parametrize("name", MUSEUM)
async def test_every_exhibit_is_answered_as_it_must_be(world: World, name: str) -> None:
    """Whatever the illness, the answer has the promised status and code, the second time as the first."""
    exhibit = MUSEUM[name]
    for _ in range(2):
        response = await world.post(exhibit.body(), token="")
        errors = response.json().get("errors", [])
        assert response.status_code == exhibit.status, response.text
        assert {error["extensions"]["code"] for error in errors} == ({exhibit.code} if exhibit.code else set())


async def steps(world: World, body: bytes) -> int:
    """Count the function calls that answering a request takes, from its first byte to the answer."""
    [handler] = http.routes(world.door)
    connection = Connection([body], ends="complete", accept="application/graphql-response+json", **JSON)
    scope = {**connection.scope, "path": "/graphql", "scheme": "http", "client": None}
    counted = 0

    def count(_frame: Any, event: str, _what: object) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        await handler.fn(scope=scope, receive=connection.receive, send=connection.send)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("name", REFUSED)
async def test_no_refusal_costs_more_than_it_counts_for(world: World, name: str) -> None:
    """A refused request takes at most ten times the steps of the plainest query, for each request that it counts as."""
    plain = msgspec.json.encode({"query": "{ __typename }"})
    await steps(world, plain)
    body = MUSEUM[name].body(mark="measured")
    assert await steps(world, body) <= WORK_MAX * exhibits.counts_as(body, Limits()) * await steps(world, plain)


@pytest.mark.parametrize("name", [name for name in REFUSED if not MUSEUM[name].variables])
async def test_a_refusal_costs_little_the_second_time(world: World, name: str) -> None:
    """The same refused document is refused again at no more than ten times the steps of the plainest query."""
    plain = msgspec.json.encode({"query": "{ __typename }"})
    body = MUSEUM[name].body()
    await steps(world, body)
    await steps(world, plain)
    assert await steps(world, body) <= WORK_MAX * await steps(world, plain)
