"""Rates: what one caller may ask in a time, and that no other caller feels it."""

import subprocess
import sys
from contextlib import suppress
from ipaddress import ip_network

import pytest
from graphql import get_introspection_query
from hypothesis import given
from hypothesis import strategies as st

from sacbe_graphql import documents, peer, rates, skimming, static
from sacbe_graphql.limits import Limits
from sacbe_graphql.rates import Allowance, Rate, Rates
from sacbe_graphql.refusal import Refused
from sacbe_graphql.shared_times import SharedTimes
from sacbe_terms.errors import RateExceeded
from tests.graphql.world import GRAPHQL_JSON, World

TEN = Rate(name="rate", per_second=10.0, burst=20.0)
TYPENAME = {"query": "{ __typename }"}


class Clock:
    """A time that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def passes(allowance: Allowance, *requests: float) -> bool:
    """Say whether a request that takes so much, in so many steps, is let pass."""
    try:
        for each in requests or (1.0,):
            allowance.take(each)
    except RateExceeded:
        return False
    return True


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 30)), max_size=60))
def test_no_window_holds_more_than_its_rate(asked: list[tuple[float, float]]) -> None:
    """However requests come, what passes in any span of time is at most the burst and the span's rate."""
    clock = Clock()
    times = SharedTimes(64)
    passed: list[tuple[float, float]] = []
    for pause, requests in asked:
        clock.now += pause
        if passes(Allowance(TEN, times, clock=clock), requests):
            passed.append((clock.now, min(requests, TEN.burst)))
    for first, (start, _) in enumerate(passed):
        total = 0.0
        for at, requests in passed[first:]:
            total += requests
            assert total <= TEN.burst + TEN.per_second * (at - start) + 1e-6


@given(st.lists(st.lists(st.floats(0.1, 15), min_size=1, max_size=4), min_size=1, max_size=30))
def test_waiting_as_told_is_enough(asked: list[list[float]]) -> None:
    """Whoever waits as long as the refusal says gets past the step at which she was refused."""
    clock, times = Clock(), SharedTimes(64)
    for steps in asked:
        allowance = Allowance(TEN, times, clock=clock)
        for number, requests in enumerate(steps, 1):
            try:
                allowance.take(requests)
            except RateExceeded as error:
                clock.now += error.retry_after_seconds or 0
                assert passes(Allowance(TEN, times, clock=clock), *steps[:number])
                break


def test_what_is_more_than_a_burst_passes_after_a_rest() -> None:
    """A request that counts as more than the burst can be asked by whoever has rested, and then nothing else."""
    clock, times = Clock(), SharedTimes(64)
    assert passes(Allowance(TEN, times, clock=clock), 1, 12, 1_000, 5)
    assert not passes(Allowance(TEN, times, clock=clock))
    clock.now += 2
    assert passes(Allowance(TEN, times, clock=clock), 1_000)


def test_callers_do_not_feel_each_other() -> None:
    """One caller's used up rate leaves every other caller's as it was."""
    given_rates = Rates(known=TEN, anonymous=TEN, clock=Clock())
    assert passes(given_rates.of_known("GT/GOV/1/a"), 20)
    assert not passes(given_rates.of_known("GT/GOV/1/a"))
    assert passes(given_rates.of_known("GT/GOV/1/b"), 20)
    assert passes(given_rates.of_address("192.0.2.1"), 20)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "nonsense", True),
    ],
)
def test_an_address_is_one_caller(one: str, other: str, same: bool) -> None:
    """An IPv4 address is one caller, and a /64 of IPv6, whose addresses one customer has at will."""
    given_rates = Rates(anonymous=TEN, clock=Clock())
    given_rates.of_address(one).take(20)
    assert passes(given_rates.of_address(other)) is not same


def test_processes_of_a_node_count_together() -> None:
    """What one process let pass is known to the process that was forked beside it."""
    program = """
import os
from sacbe_graphql.rates import Rate, Rates
rates = Rates(known=Rate(name="rate", per_second=0.001, burst=10.0))
for _ in range(2):
    child = os.fork()
    if not child:
        rates.of_known("a").take(4)
        os._exit(0)
    os.waitpid(child, 0)
rates.of_known("a").take(2)
try:
    rates.of_known("a").take(1)
except Exception as error:
    print(error.code)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "SACBE-110\n"


def test_memory_of_callers_is_bounded() -> None:
    """Any number of keys fits; the one that was written last is known, and those in debt longest are kept."""
    times = SharedTimes(places=64)
    times.set(b"in debt", 9_999.0)
    for number in range(5_000):
        times.set(b"%d" % number, float(number))
        assert times.get(b"%d" % number) == number
    assert times.get(b"in debt") == 9_999.0
    assert times.get(b"never seen") == 0.0


@pytest.mark.parametrize(
    ("connection", "forwarded", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, nonsense, 10.0.0.2", "nonsense"),
        ("10.0.0.1", ", ,", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
    ],
)
def test_only_trusted_proxies_say_for_whom_they_ask(connection: str, forwarded: str, expected: str) -> None:
    """X-Forwarded-For is read from the right through trusted proxies, and never where a stranger wrote it."""
    scope, headers = {"client": (connection, 1)}, {"x-forwarded-for": forwarded}
    assert peer.address(scope, headers, [ip_network("10.0.0.0/8")]) == expected
    assert peer.address(scope, headers, []) == connection
    assert peer.address({"client": None}, headers, []) == ""


@pytest.mark.parametrize("text", ["{ services { totalCount } }", "{ servises { totalCount } }", "{ services"])
def test_a_document_counts_when_it_is_read(text: str) -> None:
    """The reading of a document counts by its length, whatever comes of it."""
    allowance = Allowance()
    with suppress(Refused):
        documents.ready(text, static.schema(), Limits(), hide_suggestions=True, allowance=allowance)
    assert allowance.taken == rates.of_reading(skimming.skim(text, Limits()), len(text))


def test_a_document_that_may_not_be_read_is_not_read() -> None:
    """Where the rate is used up a document is refused before a token of it is read."""
    times = SharedTimes(64)
    assert passes(Allowance(TEN, times, clock=Clock()), 20)
    with pytest.raises(RateExceeded):
        documents.ready(
            "no document",
            static.schema(),
            Limits(),
            hide_suggestions=True,
            allowance=Allowance(TEN, times, clock=Clock()),
        )


pytest_world = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def clock(world: World, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A node whose callers may ask twenty at once and ten a second, by a time that stands still."""
    clock = Clock()
    known, anonymous = (Rate(name=f"rate of {who}", per_second=10.0, burst=20.0) for who in ("clients", "addresses"))
    monkeypatch.setattr(world.door, "_rates", Rates(known=known, anonymous=anonymous, clock=clock))
    return clock


@pytest_world
@pytest.mark.parametrize("accept", [GRAPHQL_JSON, "application/json"])
async def test_a_used_up_rate_is_429(world: World, clock: Clock, accept: str) -> None:
    """Both media types say 429 with `Retry-After` and the limit's name; after that time the caller is let pass."""
    statuses = [(await world.post(TYPENAME, token="", accept=accept)).status_code for _ in range(25)]
    assert statuses[:10] == [200] * 10
    response = await world.post(TYPENAME, token="", accept=accept)
    [error] = response.json()["errors"]
    assert (response.status_code, statuses[-1]) == (429, 429)
    assert response.headers["retry-after"] == "1"
    assert (error["extensions"]["code"], error["extensions"]["retryAfterSeconds"]) == ("SACBE-110", 1)
    assert error["extensions"]["retryable"]
    assert error["message"] == "The rate of addresses is used up: 10 requests a second, 20 at once."
    assert (await world.post(TYPENAME, accept=accept)).status_code == 200, "a client with a token is another caller"
    clock.now += 1
    assert (await world.post(TYPENAME, token="", accept=accept)).status_code == 200


@pytest_world
async def test_who_tries_tokens_uses_up_her_address(world: World, clock: Clock) -> None:
    """Tokens that are not known count against their address before they are looked up; those that are do not."""
    statuses = [(await world.post(TYPENAME, token=f"wrong{number}")).status_code for number in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert (await world.post(TYPENAME)).status_code == 200


@pytest_world
async def test_a_refused_request_reaches_no_ministry(world: World, clock: Clock) -> None:
    """A client over its rate is refused before any call, and another client is not."""
    asked = '{ exchange { renap { consultarPersona(cui: "1") { cui } } } }'
    world.answers("personas", consultarPersona=lambda **_: None)
    while "errors" not in await world.ask(asked):
        pass
    heard = len(world.heard)
    assert (await world.ask(asked))["errors"][0]["extensions"]["code"] == "SACBE-110"
    assert len(world.heard) == heard
    assert (await world.post(TYPENAME, token=world.stranger)).status_code == 200


@pytest_world
async def test_a_known_document_counts_by_its_cost_alone(world: World, clock: Clock) -> None:
    """Read for the first time a document counts by its length, later only by what it asks."""
    text = "query Counted($a: ID!) { institution(identifier: $a) { title } }"
    asked = {"query": text, "variables": {"a": "x"}}
    first, second = [(await world.post(asked, **{"sacbe-cost": "1"})).json() for _ in range(2)]
    requests = [answer["extensions"]["sacbe"]["cost"]["requests"] for answer in (first, second)]
    assert requests[1] == round(1 + 22 / 100 + 1 / 50, 2)
    reading = rates.of_reading(skimming.skim(text, Limits()), len(text))
    assert requests[0] == round(1 + 22 / 100 + 1 / 50 + reading, 2)


@pytest_world
async def test_introspection_counts_by_the_size_of_the_schema(world: World, clock: Clock) -> None:
    """A question about the schema counts as much as its answer is large, also where the answer is kept."""
    asked = {"query": get_introspection_query()}
    assert (await world.post(asked, token="")).status_code == 200
    clock.now += 2
    assert (await world.post(asked, token="")).status_code == 200
    left = 20 - 1 - rates.of_introspection(len(world.door._live.schema.type_map))
    assert 0 < left < 19
    passed = [(await world.post(TYPENAME, token="")).status_code for _ in range(20)].count(200)
    assert passed == int(left / (1 + 1 / 100))


@pytest_world
async def test_a_large_body_counts_before_it_is_decoded(world: World, clock: Clock) -> None:
    """Bodies that are large count against their address at once, malformed or not and whoever sends them."""
    bodies = [b"{" + b" " * 400_000, b'{"query": "' + b"x" * 400_000 + b'"}']
    assert (await world.post(bodies[0])).status_code == 400
    assert [(await world.post(body)).status_code for body in bodies] == [429, 429]
    assert (await world.post(TYPENAME)).status_code == 200
