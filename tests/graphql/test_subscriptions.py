"""What is followed: the catalogue's changes, the health of data services, a client's own exchanges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import msgspec
import pytest
import pytest_asyncio
from msgspec import structs

from sacbe_catalog import seed
from sacbe_catalog.records import Catalogue, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_graphql.door import GraphQLDoor
from sacbe_terms.identifiers import DataServiceId
from tests.graphql import offers
from tests.graphql.listening import listening, need, told_by_node
from tests.graphql.speaking import socket, stream, until
from tests.graphql.world import BASE_IRI, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHANGES = """
subscription Follow($identifiers: [ID!], $institution: ID) {
  serviceChanged(identifiers: $identifiers, institution: $institution) {
    kind identifier institutions service { title }
  }
}
"""
HEALTH = "subscription { dataServiceHealth { dataService condition resting } }"
OWN = "subscription { ownExchanges { messageId dataService operation door succeeded code callSeconds askedAt } }"
CALL = '{ exchange { sat { consultarContribuyente(cui: "1") { nit } } } }'
PERSONS = DataServiceId(offers.CIVIL_REGISTRY, "personas")


@pytest_asyncio.fixture(loop_scope="session")
async def port(world: World) -> AsyncIterator[int]:
    """The port of the served door; when a test has ended, nothing of it may be left."""
    async with listening(world.door) as taken:
        yield taken
        await until(lambda: nothing_is_open(world))


def nothing_is_open(world: World) -> bool:
    """Say whether nobody is connected or follows anything."""
    opened = world.door.open
    return opened.connections.taken == opened.subscriptions.taken == world.door.feeds.followers == 0


def service(number: int = 0) -> PublicService:
    """Give a service of the seed."""
    return seed.load().services[number]


async def put(world: World, *services: PublicService) -> None:
    """Store services, as another process would."""
    await CatalogueStore(world.engine, BASE_IRI).put(Catalogue(services=services))


async def following(world: World, count: int = 1) -> None:
    """Wait until so many follow."""
    await until(lambda: world.door.feeds.followers == count)


async def test_changes_of_the_catalogue_are_told(world: World, port: int) -> None:
    """A service that is changed elsewhere is told at once, over both ways, with what it is now."""
    changed = structs.replace(service(), title={"es": "Otro nombre"})
    try:
        async with socket(port) as speaking, stream(port, CHANGES) as events:
            await (await speaking.init()).subscribe("1", CHANGES)
            await following(world, 2)
            await put(world, changed)
            told = {
                "kind": "CHANGED",
                "identifier": changed.identifier,
                "institutions": list(changed.institutions),
                "service": {"title": "Otro nombre"},
            }
            assert await speaking.hear() == {"id": "1", "type": "next", "payload": {"data": {"serviceChanged": told}}}
            assert await events.next() == ("next", {"data": {"serviceChanged": told}})
    finally:
        await put(world, service())


async def test_only_what_was_asked_for_is_told(world: World, port: int) -> None:
    """Changes of other services, and of other institutions' services, are not told."""
    first, other = service(), next(each for each in seed.load().services if each.institutions != service().institutions)
    async with socket(port) as speaking:
        await speaking.init()
        await speaking.subscribe("named", CHANGES, identifiers=[other.identifier])
        await speaking.subscribe("held", CHANGES, institution=other.institutions[0])
        await following(world, 2)
        await put(world, first)
        await put(world, other)
        told = [await speaking.hear(), await speaking.hear()]
    assert {each["id"] for each in told} == {"named", "held"}
    assert {each["payload"]["data"]["serviceChanged"]["identifier"] for each in told} == {other.identifier}


async def test_a_withdrawn_service_is_told_without_its_record(world: World, port: int) -> None:
    """What readers see no longer is named, and nothing more is said of it."""
    try:
        async with stream(port, CHANGES) as events:
            await following(world)
            await put(world, structs.replace(service(), status="draft"))
            _, told = await events.next()
    finally:
        await put(world, service())
    assert told["data"]["serviceChanged"]["kind"] == "WITHDRAWN"
    assert told["data"]["serviceChanged"]["service"] is None


async def test_the_health_of_data_services_is_told(world: World, port: int) -> None:
    """First how each one is, then each turn: suspended, published, let rest, back."""
    resilience = world.bus.resilience
    async with stream(port, HEALTH, token=world.token) as events:
        first = [(await events.next())[1]["data"]["dataServiceHealth"] for _ in range(2)]
        assert {(each["condition"], *each["resting"]) for each in first} == {("PUBLISHED",)}
        await following(world)
        await world.bus.registration.suspend(PERSONS)
        _, told = await events.next()
        assert told["data"]["dataServiceHealth"] == {
            "dataService": str(PERSONS),
            "condition": "SUSPENDED",
            "resting": [],
        }
        await world.bus.registration.publish(PERSONS)
        _, told = await events.next()
        assert told["data"]["dataServiceHealth"]["condition"] == "PUBLISHED"
        for is_resting in (True, False):
            for observe in resilience._observers:
                observe(f"{PERSONS}/consultarPersona", is_resting)
            _, told = await events.next()
            assert told["data"]["dataServiceHealth"]["resting"] == ["consultarPersona"] * is_resting


async def test_own_exchanges_are_told(world: World, port: int) -> None:
    """Each exchange and each refusal of the caller's own, with its message's id, and nobody else's."""
    world.answers("contribuyentes", consultarContribuyente=lambda **_: {"nit": "1"})
    async with socket(port) as speaking, socket(port) as stranger:
        await (await speaking.init(world.token)).subscribe("own", OWN)
        await (await stranger.init(world.stranger)).subscribe("own", OWN)
        await following(world, 2)
        refused = await world.ask(CALL, token=world.stranger)
        answer = await world.ask(CALL)
        told = (await speaking.hear())["payload"]["data"]["ownExchanges"]
        told_stranger = (await stranger.hear())["payload"]["data"]["ownExchanges"]
    assert told_stranger["code"] == refused["errors"][0]["extensions"]["code"] == "SACBE-301"
    assert (told_stranger["succeeded"], told_stranger["messageId"]) == (False, None)
    assert told["messageId"] == answer["extensions"]["sacbe"]["messages"][0]["id"]
    assert (told["succeeded"], told["door"], told["code"]) == (True, "plan", None)
    assert answer["data"]["exchange"]["sat"]["consultarContribuyente"] == {"nit": "1"}
    assert told["callSeconds"] >= 0
    assert told["askedAt"].endswith("Z")


@pytest.mark.parametrize("query", [OWN, HEALTH])
async def test_what_is_not_public_needs_a_token(world: World, port: int, query: str) -> None:
    """Without a token neither exchanges nor health are told, and the reason is."""
    async with socket(port) as speaking:
        await (await speaking.init()).subscribe("1", query)
        told = await speaking.hear()
    assert told["type"] == "error"
    assert told["payload"][0]["extensions"]["code"] == "SACBE-302"
    async with stream(port, query) as events:
        assert (await events.next())[1]["errors"][0]["extensions"]["code"] == "SACBE-302"
        assert await events.next() == ("complete", None)


async def test_a_subscription_needs_a_stream(world: World) -> None:
    """Asked as one answer it is refused, saying how to ask."""
    response = await world.post({"query": CHANGES})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "SACBE-105"
    assert "text/event-stream" in response.text


async def test_queries_and_errors_have_streams_too(world: World, port: int) -> None:
    """A query is one event and the end; so is what cannot be run."""
    for query, key in (("{ services { totalCount } }", "data"), ("{", "errors"), ("{ nothing }", "errors")):
        async with stream(port, query) as events:
            assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert events.response.headers["cache-control"] == "no-store"
            name, data = await events.next()
            assert (name, list(data)) == ("next", [key])
            assert await events.next() == ("complete", None)


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {}, 405),
        ("PUT", {}, 405),
        ("POST", {"content-type": "text/plain"}, 415),
        ("GET", {"authorization": "Bearer nobodys"}, 401),
        ("GET", {"sacbe-sandbox": "perhaps"}, 400),
    ],
)
async def test_what_is_wrong_with_the_request_is_told_before(
    world: World, port: int, method: str, headers: dict[str, str], status: int
) -> None:
    """A request that HTTP refuses gets its status, and no stream."""
    async with httpx.AsyncClient() as client:
        response = await client.request(
            method,
            f"http://127.0.0.1:{port}/graphql?query={{__typename}}",
            headers={"accept": "text/event-stream", **headers},
        )
    assert response.status_code == status


async def test_get_follows_and_changes_nothing(world: World, port: int) -> None:
    """An event source of a browser asks by GET; a change by GET is refused in the stream."""
    query = "mutation { exchange { __typename } }"
    async with (
        httpx.AsyncClient() as client,
        client.stream(
            "GET",
            f"http://127.0.0.1:{port}/graphql",
            params={"query": query},
            headers={"accept": "text/event-stream"},
        ) as response,
    ):
        text = (await response.aread()).decode()
    assert "SACBE-107" in text


async def test_a_skipped_subscription_is_over_at_once(world: World, port: int) -> None:
    """Where the one field is left out, there is nothing to follow."""
    query = "subscription ($no: Boolean!) { serviceChanged @include(if: $no) { kind } }"
    async with stream(port, query, no=False) as events:
        name, _ = await events.next()
        assert name in ("next", "complete")


async def test_too_many_names_are_refused(world: World, port: int) -> None:
    """What a subscription keeps in memory is bounded."""
    async with stream(port, CHANGES, identifiers=[str(number) for number in range(101)]) as events:
        _, told = await events.next()
    assert told["errors"][0]["extensions"]["code"] == "SACBE-104"


@pytest.mark.parametrize("script", ["npm_graphql_ws.js", "npm_graphql_sse.js"])
async def test_foreign_clients_follow(world: World, port: int, script: str) -> None:
    """npm's `graphql-ws` and `graphql-sse` ask a query, follow the catalogue, and leave."""
    scheme, package = ("ws", "graphql-ws") if "ws" in script else ("http", "graphql-sse")
    need(package)
    variables = msgspec.json.encode({"identifiers": [service().identifier]}).decode()
    told = asyncio.create_task(
        told_by_node(script, package, f"{scheme}://127.0.0.1:{port}/graphql", world.token, CHANGES, variables, 2)
    )
    await following(world)
    await put(world, service())
    await put(world, service())
    asked, *followed = await told
    assert asked["data"]["services"]["totalCount"] > 0
    assert [each["data"]["serviceChanged"]["kind"] for each in followed] == ["CHANGED", "CHANGED"]


async def test_a_stop_ends_every_stream(world: World) -> None:
    """When the node stops, streams say that they are complete, sockets are closed, and nothing holds it up."""
    door = GraphQLDoor(world.door._catalogue, world.door._data_services, world.bus)
    ended: list[object] = []

    async def follow(taken: int) -> None:
        async with stream(taken, CHANGES) as events:
            ended.append(await events.next())

    async with AsyncExitStack() as connected:
        async with listening(door, ends_feeds=True) as taken:
            speaking = await connected.enter_async_context(socket(taken))
            await (await speaking.init(world.token)).subscribe("1", OWN)
            task = asyncio.create_task(follow(taken))
            await until(lambda: door.feeds.followers == 2)
        await task
        assert ended == [("complete", None)]
        assert (await speaking.closed())[0] == 1012
    assert door.feeds.followers == 0
