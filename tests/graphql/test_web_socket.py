"""graphql-transport-ws under bad treatment: the right code of closing, and nothing left behind."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from sacbe_graphql.answer import Answer
from sacbe_graphql.subscriptions import feed
from sacbe_graphql.subscriptions.places import Open, StreamLimits
from sacbe_xroad_like import tokens
from tests.graphql.listening import listening
from tests.graphql.speaking import Socket, socket, stream, until
from tests.graphql.test_subscriptions import CHANGES, OWN, nothing_is_open, put, service
from tests.graphql.world import CONSUMER, GRAPHQL_JSON, ORIGIN, STRANGER, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

TYPENAME = "{ __typename }"


@pytest_asyncio.fixture(loop_scope="session")
async def port(world: World) -> AsyncIterator[int]:
    """The port of the served door; when a test has ended, nothing of it may be left."""
    async with listening(world.door) as taken:
        yield taken
        await until(lambda: nothing_is_open(world))


def limited(world: World, monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    """Give the door other limits for one test."""
    monkeypatch.setattr(world.door, "open", Open(replace(StreamLimits(), **limits)))


async def test_queries_and_changes_go_over_the_socket(world: World, port: int) -> None:
    """Every kind of operation is asked in the same way; each has its answer and its end."""
    async with socket(port) as speaking:
        await speaking.init()
        await speaking.subscribe("q", TYPENAME)
        assert await speaking.hear() == {"id": "q", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await speaking.hear() == {"id": "q", "type": "complete"}
        await speaking.subscribe("q", "mutation { exchange { __typename } }")
        assert (await speaking.hear())["payload"]["data"]["exchange"]["__typename"] == "ExchangeMutation"
        assert (await speaking.hear())["type"] == "complete"


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "subscription { serviceChanged { kind } ownExchanges { code } }"]
)
async def test_what_cannot_run_is_an_error_of_its_operation(world: World, port: int, query: str) -> None:
    """A wrong document ends its operation, with codes and hints, and the connection goes on."""
    async with socket(port) as speaking:
        await speaking.init()
        await speaking.subscribe("x", query)
        told = await speaking.hear()
        assert (told["id"], told["type"]) == ("x", "error")
        assert told["payload"][0]["extensions"]["code"].startswith("SACBE-10")
        await speaking.subscribe("x", TYPENAME)
        assert (await speaking.hear())["type"] == "next"


async def test_pings_are_answered(world: World, port: int) -> None:
    """Before and after the initialisation; a pong needs no answer."""
    async with socket(port) as speaking:
        await speaking.say("ping")
        assert await speaking.hear() == {"type": "pong"}
        await speaking.say("pong", payload={"a": 1})
        await speaking.init()
        await speaking.say("ping", payload=None)
        assert await speaking.hear() == {"type": "pong"}


@pytest.mark.parametrize("subprotocol", ["graphql-ws", "other"])
async def test_another_subprotocol_is_4406(world: World, port: int, subprotocol: str) -> None:
    """The older protocol of the same name, or any other, is not spoken."""
    async with socket(port, subprotocol=subprotocol) as speaking:
        assert (await speaking.closed())[0] == 4406


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "null",
        "[]",
        "[" * 100_000,
        '"ping"',
        '{"type": "other"}',
        '{"type": 1}',
        '{"id": "1"}',
        '{"type": "subscribe", "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "%s", "payload": {"query": "{a}"}}' % ("x" * 129),
        '{"type": "complete"}',
        '{"type": "ping", "payload": 1}',
        b"\x00\x01",
        b'{"type": "ping"}',
    ],
    ids=range(20),
)
async def test_garbage_is_4400(world: World, port: int, message: str | bytes) -> None:
    """A message that is none of the protocol's ends the connection, before and after the initialisation."""
    for is_known in (False, True):
        async with socket(port) as speaking:
            if is_known:
                await speaking.init()
                await speaking.subscribe("1", CHANGES)
            await speaking.connection.send(message)
            assert (await speaking.closed())[0] == 4400


async def test_a_huge_message_is_1009(world: World, port: int) -> None:
    """A message beyond the limit is not taken in."""
    async with socket(port) as speaking:
        await speaking.init()
        await speaking.connection.send('{"type": "ping", "payload": {"a": "' + "x" * 1_000_001 + '"}}')
        assert (await speaking.closed())[0] == 1009


async def test_asking_before_the_initialisation_is_4401(world: World, port: int) -> None:
    """Nothing is asked before it is said who asks."""
    async with socket(port) as speaking:
        await speaking.subscribe("1", TYPENAME)
        assert await speaking.closed() == (4401, "Unauthorized")


async def test_a_second_initialisation_is_4429(world: World, port: int) -> None:
    """Who asks is said once."""
    async with socket(port) as speaking:
        await (await speaking.init()).say("connection_init")
        assert (await speaking.closed())[0] == 4429


async def test_no_initialisation_in_time_is_4408(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that says nothing, or only pings, does not stay."""
    limited(world, monkeypatch, init_seconds_max=0.05)
    async with socket(port) as speaking:
        await speaking.say("ping")
        assert (await speaking.closed())[0] == 4408


@pytest.mark.parametrize(
    "said",
    [
        {"Authorization": "Bearer nobodys"},
        {"authorization": "Basic eDp5"},
        {"AUTHORIZATION": "DPoP nobodys", "DPoP": "x"},
        {"Authorization": "Bearer user.nobodys"},
        {"Sacbe-Sandbox": "perhaps"},
    ],
    ids=range(5),
)
async def test_a_token_that_does_not_hold_is_4403(world: World, port: int, said: dict[str, str]) -> None:
    """Whoever shows a wrong token is not taken for a stranger, and told which error it is."""
    async with socket(port) as speaking:
        await speaking.say("connection_init", payload=said)
        code, reason = await speaking.closed()
    assert code == 4403
    assert reason.startswith("SACBE-")


async def test_an_id_that_is_in_use_is_4409(world: World, port: int) -> None:
    """An id names one operation; once that has ended it may be used again."""
    async with socket(port) as speaking:
        await (await speaking.init()).subscribe("1", CHANGES)
        await speaking.say("complete", id="1")
        await speaking.say("complete", id="never")
        await speaking.subscribe("1", CHANGES)
        await speaking.subscribe("1", CHANGES)
        assert await speaking.closed() == (4409, "Subscriber for 1 already exists")


async def test_a_completed_operation_is_silent(world: World, port: int) -> None:
    """After `complete` nothing more of an operation is told, and its place is free."""
    async with socket(port) as speaking:
        await (await speaking.init()).subscribe("1", CHANGES)
        await until(lambda: world.door.feeds.followers == 1)
        await speaking.say("complete", id="1")
        await until(lambda: world.door.feeds.followers == 0)
        await put(world, service())
        await speaking.say("ping")
        assert await speaking.hear() == {"type": "pong"}


@pytest.mark.parametrize("times", range(3))
async def test_a_client_that_vanishes_leaves_nothing(world: World, port: int, times: int) -> None:
    """A connection that is cut amid subscriptions and queries takes them all with it."""
    async with socket(port) as speaking:
        await speaking.init(world.token)
        for number in range(5):
            await speaking.subscribe(f"s{number}", (CHANGES, OWN)[number % 2])
        await speaking.subscribe("q", "{ services(first: 50) { nodes { title } } }")
        await until(lambda: world.door.feeds.followers == 5)
        speaking.connection.transport.abort()
    await until(lambda: nothing_is_open(world))
    assert times < 3


async def test_an_event_stream_that_is_left_leaves_nothing(world: World, port: int) -> None:
    """A client that goes away is noticed at once."""
    async with stream(port, CHANGES):
        await until(lambda: world.door.feeds.followers == 1)
    await until(lambda: nothing_is_open(world))


async def test_operations_of_one_connection_are_bounded(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One operation too many is refused by itself; the others and the connection go on."""
    limited(world, monkeypatch, operations_max=2)
    async with socket(port) as speaking:
        await speaking.init()
        for identifier in ("1", "2", "3"):
            await speaking.subscribe(identifier, CHANGES)
        told = await speaking.hear()
        assert (told["id"], told["type"]) == ("3", "error")
        assert told["payload"][0]["extensions"]["code"] == "SACBE-114"
        await speaking.say("complete", id="1")
        await speaking.subscribe("4", TYPENAME)
        assert (await speaking.hear())["id"] == "4"


async def test_subscriptions_of_one_client_are_bounded(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many connections a client has; another client has places of its own."""
    limited(world, monkeypatch, subscriptions_each_max=1)
    async with socket(port) as one, socket(port) as another, socket(port) as stranger:
        await (await one.init(world.token)).subscribe("1", CHANGES)
        await until(lambda: world.door.feeds.followers == 1)
        await (await another.init(world.token)).subscribe("1", CHANGES)
        assert (await another.hear())["payload"][0]["extensions"]["code"] == "SACBE-114"
        async with stream(port, TYPENAME, token=world.token) as events:
            assert events.response.status_code == 429
        await (await stranger.init(world.stranger)).subscribe("1", TYPENAME)
        assert (await stranger.hear())["type"] == "next"


async def test_connections_are_bounded(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection too many from an address is closed with 1013, and a place that is left is free again."""
    limited(world, monkeypatch, connections_each_max=1)
    async with socket(port) as one:
        await one.init()
        async with socket(port) as another:
            assert (await another.closed())[0] == 1013
    await until(lambda: nothing_is_open(world))
    async with socket(port) as another:
        await another.init()


async def test_a_slow_reader_is_let_go(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too much waits for a client, its subscription ends with an error; memory does not grow."""
    monkeypatch.setattr(feed, "WAITING_MAX", 3)
    async with socket(port) as speaking:
        await (await speaking.init()).subscribe("1", CHANGES)
        await until(lambda: world.door.feeds.followers == 1)
        for _ in range(10):  # at once: nothing is read in between
            world.door.feeds._hear(None)
        told: dict[str, Any] = {}
        while told.get("type") != "error":
            told = await speaking.hear()
        assert told["payload"][0]["extensions"]["code"] == "SACBE-114"


async def test_an_idle_connection_is_closed(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which nothing is asked does not stay; one with a subscription does."""
    limited(world, monkeypatch, idle_seconds_max=0.05, check_seconds=0.1)
    async with socket(port) as idle, socket(port) as busy:
        await (await busy.init()).subscribe("1", CHANGES)
        await idle.init()
        assert (await idle.closed())[0] == 1000
        await busy.say("ping")
        assert await busy.hear() == {"type": "pong"}


@pytest.mark.parametrize("origin", [ORIGIN, "http://NODE.example:80"])
async def test_own_pages_connect(world: World, port: int, origin: str) -> None:
    """A page of the node itself connects, however its browser writes the address."""
    async with socket(port, origin=origin) as speaking:
        await speaking.init()


@pytest.mark.parametrize(
    "origin",
    [
        "https://other.example",
        "https://node.example",
        "http://node.example:81",
        "http://node.example.other.example",
        "http://node.example/path",
        "null",
        "",
        "http://[",
        "x" * 5_000,
    ],
    ids=range(9),
)
async def test_other_sites_pages_are_403(world: World, port: int, origin: str) -> None:
    """A page of another site gets no connection, whatever it would have said on it, and is told why."""
    with pytest.raises(InvalidStatus) as refused:
        async with socket(port, origin=origin):
            pass
    response = refused.value.response
    assert response.status_code == 403
    assert response.headers["content-type"].startswith(GRAPHQL_JSON)
    error = msgspec.json.decode(response.body or b"")["errors"][0]
    assert error["extensions"]["code"] == "SACBE-105"
    assert len(error["message"]) < 200


async def ends_with_its_token(world: World, speaking: Socket, port: int, token: str, end: Any) -> None:
    """Follow by both ways with a token, end that, and see both end."""
    async with stream(port, CHANGES, token=token) as events:
        await (await speaking.init(token)).subscribe("1", CHANGES)
        await until(lambda: world.door.feeds.followers == 2)
        await end()
        assert (await speaking.closed())[0] == 4403
        name, told = await events.next()
        assert (name, told["errors"][0]["extensions"]["code"]) == ("next", "SACBE-302")
        assert await events.next() == ("complete", None)


async def test_a_stream_ends_with_its_token(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a token expires, what was opened with it is closed."""
    limited(world, monkeypatch, check_seconds=0.1)
    token = await tokens.make(world.engine, CONSUMER, life=timedelta(seconds=1))
    async with socket(port) as speaking:
        await ends_with_its_token(world, speaking, port, token, lambda: asyncio.sleep(0))


async def test_a_stream_ends_when_its_token_is_revoked(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a client's tokens are taken back, what was opened with them is closed."""
    limited(world, monkeypatch, check_seconds=0.1)
    token = await tokens.make(world.engine, STRANGER)
    try:
        async with socket(port) as speaking:
            await ends_with_its_token(world, speaking, port, token, lambda: tokens.revoke_all(world.engine, STRANGER))
    finally:
        world.stranger = await tokens.make(world.engine, STRANGER)


async def test_a_stream_ends_when_its_token_cannot_be_looked_at(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database is away, nobody follows on unseen; what failed is masked, and a socket says 1011."""
    limited(world, monkeypatch, check_seconds=0.1)

    async def fails(_: object) -> None:
        raise OSError("who must not be told")

    async with socket(port) as speaking, stream(port, CHANGES, token=world.token) as events:
        await (await speaking.init(world.token)).subscribe("1", CHANGES)
        await until(lambda: world.door.feeds.followers == 2)
        with capture_logs() as logged:
            monkeypatch.setattr(world.door, "who", fails)
            code, reason = await speaking.closed()
            name, told = await events.next()
        assert (code, reason.partition(":")[0]) == (1011, "SACBE-100")
        assert (name, told["errors"][0]["extensions"]["code"]) == ("next", "SACBE-100")
        assert "must not" not in f"{reason}{told}{logged}"
        async with stream(port, CHANGES, token=world.token) as refused:
            assert refused.response.status_code == 500


async def test_a_change_goes_to_its_end(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that leaves amid a change does not cut it, and its place is taken until then; a query is cut."""
    begun, ended, may_end = list[str](), list[str](), asyncio.Event()

    async def slow(admitted: Any, _: object) -> Answer:
        begun.append(admitted.request.query)
        await may_end.wait()
        ended.append(admitted.request.query)
        return Answer(status=200, content_type=GRAPHQL_JSON, body=b'{"data":{}}')

    monkeypatch.setattr(world.door, "_answered", slow)
    change = "mutation { exchange { __typename } }"
    async with socket(port) as speaking:
        await speaking.init()
        await speaking.subscribe("change", change)
        await speaking.subscribe("query", TYPENAME)
        await until(lambda: sorted(begun) == sorted([change, TYPENAME]))
        speaking.connection.transport.abort()
    await until(lambda: world.door.open.subscriptions.taken == 1)
    may_end.set()
    await until(lambda: nothing_is_open(world))
    assert ended == [change]


async def test_a_stream_shows_life(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing happens, a comment now and then keeps the stream from looking dead."""
    limited(world, monkeypatch, check_seconds=0.05)
    async with stream(port, CHANGES) as events:
        async with asyncio.timeout(10):
            assert await anext(events._lines) == ":"
