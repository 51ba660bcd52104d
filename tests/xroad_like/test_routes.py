"""Rights that reach some methods and paths of a REST service, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import RouteNotValid
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import access, members, routes
from sacbe_xroad_like.bus import Bus
from tests.adapters.wire import http, saying
from tests.xroad_like.town import CONSUMER, PERSONS, until
from tests.xroad_like.wire_town import REST_CONSUMER, REST_PROVIDER, REST_SERVICE, Town, rest_description, town

NARROW = SubsystemId(REST_CONSUMER.member, "narrow")
R1 = f"/r1/{REST_SERVICE}"
CLIENT = {"x-road-client": str(NARROW)}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("GET /licencias/*", "GET /licencias/*"),
        ("get  /licencias/**", "GET /licencias/**"),
        ("* /x", "* /x"),
        ("* **", "* **"),
    ],
)
def test_a_route_has_one_form(text: str, read: str) -> None:
    assert routes.read([text, text]) == (read,)


@pytest.mark.parametrize(
    "text", ["", "GET", "/x", "GET x", "GET /a b", "GET /\x00", "GET /é\n/x y", "G€T /x", "GET /" + "x" * 1000]
)
def test_what_is_no_route_is_refused(text: str) -> None:
    with pytest.raises(RouteNotValid):
        routes.read([text])


def test_there_are_not_endlessly_many_routes() -> None:
    with pytest.raises(RouteNotValid, match="more than"):
        routes.read(f"GET /{number}" for number in range(routes.ROUTES_MAX + 1))


@pytest.mark.parametrize(
    ("route", "is_within"),
    [
        ("GET /fincas/*", True),
        ("GET /fincas/**", True),
        ("* **", True),
        ("GET /fincas/7", False),
        ("GET /fincas/7*", False),
        ("GET /fincas/*/x", False),
        ("GET /fincas/", False),
        ("POST /fincas/*", False),
    ],
)
def test_an_operation_lies_within_a_route_that_takes_any_value_of_its_parameters(route: str, is_within: bool) -> None:
    operation = rest_description(("GET", "/fincas/{id}")).operations[0]
    assert routes.covers([route], *routes.of(operation)) is is_within


@pytest.fixture
async def narrow(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Town]:
    """A town in which one client reaches `GET /personas/*` alone."""
    answer = http(b'{"value":42}', kind="application/json")
    async with saying(answer) as wire, town(engine, tmp_path, wire) as running:
        await members.add_subsystem(engine, NARROW, title="x")
        await access.grant(engine, NARROW, REST_SERVICE, purpose="x", routes=("GET /personas/*",))
        await until(lambda: bool(running.bus.registry.in_force(NARROW, REST_SERVICE)))
        yield running


@pytest.mark.parametrize(
    ("method", "path", "passes"),
    [
        ("GET", "/personas/1", True),
        ("GET", "/personas/%31", True),
        ("GET", "/personas/1/hijos", False),
        ("GET", "/personas/../otras/1", False),
        ("GET", "/personas/1%2Fhijos", True),
        ("GET", "/personas", False),
        ("POST", "/personas/1", False),
        ("DELETE", "/personas/1", False),
    ],
)
async def test_over_x_road_a_right_goes_as_far_as_its_routes(
    narrow: Town, method: str, path: str, passes: bool
) -> None:
    answer = await narrow.client.request(method, f"{R1}{path}", headers=CLIENT)
    assert answer.is_success is passes, answer.text
    if not passes:
        assert "AccessDenied" in answer.text
        assert "GET /personas/*" in answer.text, "the refusal says what is reached"


async def test_allowed_methods_tells_the_routes_operations_alone(narrow: Town) -> None:
    answer = await narrow.client.get(f"/r1/{REST_PROVIDER}/allowedMethods", headers=CLIENT)
    (service,) = answer.json()["service"]
    assert service["endpoint_list"] == [{"method": "GET", "path": "/personas/*"}]


async def test_a_system_without_paths_takes_no_routes(bus: Bus, engine: AsyncEngine) -> None:
    with pytest.raises(RouteNotValid, match="no methods and paths"):
        await access.grant(engine, CONSUMER, PERSONS, purpose="x", routes=("GET /x",))
    assert all(not each.routes for each in await access.all_agreements(engine))
