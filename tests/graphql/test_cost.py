"""Cost: worked out from declared list sizes, and refused before anything is read or called."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, is_list_type

from sacbe_graphql import documents, list_sizes, merge, static
from sacbe_graphql.explorer.operations import operations
from sacbe_graphql.limits import Limits
from tests.graphql.offers import REGISTRY
from tests.graphql.world import World

STATIC = static.schema()
SCHEMA = merge.merged(STATIC, REGISTRY.providers).schema


def cost(text: str) -> int:
    """Give the cost of the only operation of a document, every page in a variable as long as it can be."""
    return documents.ready(text, SCHEMA, Limits(), hide_suggestions=True).operation(None).cost.most


def lists() -> Iterator[str]:
    """Name every list field of the static schema whose size is not that of a page."""
    for named in STATIC.type_map.values():
        if not isinstance(named, GraphQLObjectType) or named.name.startswith("__"):
            continue
        for name, field in named.fields.items():
            type_ = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            is_page = named.name.endswith("Connection") and name in list_sizes.PAGED
            if is_list_type(type_) and not is_page and list_sizes.FIRST not in field.args:
                yield f"{named.name}.{name}"


def test_every_list_declares_its_size() -> None:
    """Each list of the static schema is a page or has a usual length, and nothing else has one."""
    assert sorted(lists()) == sorted(list_sizes.ASSUMED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 1),
        ("{ services { totalCount } }", 20 + 1 + 1),
        ("{ services { nodes { title } } }", 20 + 1 + 20 + 20),
        ("{ services(first: 3) { nodes { title } } }", 20 + 1 + 3 + 3),
        ("{ services(first: 3) { edges { cursor node { title } } } }", 20 + 1 + 3 * 4),
        ("{ services(first: null) { nodes { title } } }", 20 + 1 + 20 + 20),
        ("{ services(first: 0) { nodes { title } } }", 20 + 1),
        ("{ services(first: 2147483647) { nodes { title } } }", 20 + 1 + 100 + 100),
        ("{ services(first: -5) { nodes { title } } }", 20 + 1),
        ("query ($n: Int) { services(first: $n) { nodes { title } } }", 20 + 1 + 100 + 100),
        ('{ suggest(prefix: "a", first: 4) { text } }', 20 + 4 + 4),
        ("{ services(first: 2) { ...P } } fragment P on PublicServiceConnection { nodes { title } }", 20 + 1 + 2 + 2),
        ("{ services(first: 2) { ... { nodes { ... on PublicService { title } } } } }", 20 + 1 + 2 + 2),
        ("{ services(first: 2) { nodes { title @skip(if: true) } } }", 20 + 1 + 2 + 2),
        ("{ services(first: 2) { nodes { requirements { evidences { title } } } } }", 20 + 1 + 2 + 2 * 5 * (1 + 2 + 2)),
        ('{ exchange { renap { consultarPersona(cui: "1") { nombres } } } }', 1 + 1 + 50 + 1 + 1),
        ("{ exchange { renap { buscarPersonas { padres { cui } } } } }", 1 + 1 + 50 + 100 * (1 + 10 + 10)),
        ('mutation { revokeUser(input: {email: "a@b.example"}) { roles { role } } }', 20 + 1 + 3 + 3),
    ],
)
def test_the_cost_is_the_product_down_the_path(text: str, expected: int) -> None:
    """A field counts once for each item of all lists above it; reads and calls have a cost of their own."""
    assert cost(text) == expected


def test_pages_in_variables_multiply() -> None:
    """The cost of a page whose size is in a variable is known as soon as the variable is."""
    text = "query ($n: Int, $m: Int = 7) { services(first: $n) { nodes { title } } events { title } x: suggest("
    text += 'prefix: "a", first: $m) { text } }'
    assert cost(text) == (20 + 1 + 200) + (20 + 60) + (20 + 200)


def values(data: object) -> int:
    """Count the values of an answer: one for each field and, of a list, each item."""
    if isinstance(data, dict):
        return sum(map(values, data.values())) + 1
    return sum(map(values, data)) if isinstance(data, list) else 1


pytest_world = pytest.mark.asyncio(loop_scope="session")
CATALOGUE = [each for each in operations() if "exchange" not in each.text]


@pytest_world
@pytest.mark.parametrize("example", CATALOGUE, ids=lambda example: example.name)
async def test_an_answer_holds_no_more_than_its_cost(world: World, example: Any) -> None:
    """The example operations' answers have no more values than was declared, which the answer tells."""
    asked = {"query": example.text, "variables": msgspec.json.decode(example.variables or "null")}
    response = await world.post(asked, **{"sacbe-cost": "1"})
    told = response.json()["extensions"]["sacbe"]["cost"]
    assert values(response.json()["data"]) - 1 <= told["value"] <= told["allowed"] == Limits().cost_max


@pytest_world
async def test_a_query_that_costs_too_much_is_refused_before_any_call(world: World) -> None:
    """The refusal names the limit, the value and what is allowed; no ministry hears of the query."""
    parents = "padres { " * 6 + "cui" + " }" * 6
    answer = await world.ask(f"{{ exchange {{ renap {{ buscarPersonas {{ {parents} }} }} }} }}")
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "SACBE-104"
    assert error["message"] == "The request's cost is 211111152; at most 50000 is allowed."
    assert not world.heard


@pytest_world
async def test_the_cost_depends_on_the_variables_of_the_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same document is admitted with a small page and refused with a large one."""
    monkeypatch.setattr(world.door, "limits", replace(world.door.limits, cost_max=1_000))
    lists = "requirements { evidences { title } legalResources { title } }"
    text = f"query ($n: Int!) {{ services(first: $n) {{ nodes {{ {lists} }} edges {{ node {{ {lists} }} }} }} }}"
    assert "data" in await world.ask(text, n=2)
    assert "cost is 9321" in (await world.ask(text, n=100))["errors"][0]["message"]


@pytest_world
async def test_too_many_calls_are_refused_before_the_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More calls than one request may need are refused whole; what is asked twice counts once."""
    monkeypatch.setattr(world.door, "limits", replace(world.door.limits, calls_max=1))
    world.answers("personas", consultarPersona=lambda **_: None)
    ask = "{ exchange { renap { a: consultarPersona(cui: %s) { cui } b: consultarPersona(cui: %s) { cui } } } }"
    assert "errors" not in await world.ask(ask % ('"1"', '"1"'))
    world.memory.heard.clear()
    assert "number of calls is 2" in (await world.ask(ask % ('"1"', '"2"')))["errors"][0]["message"]
    assert not world.heard


@pytest_world
async def test_calls_leave_time_for_the_catalogue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the request's time for calls is over no call is made, and the catalogue's part is still given."""
    monkeypatch.setattr(world.door, "limits", replace(world.door.limits, request_seconds_max=10.0))
    answer = await world.ask(
        '{ events { title } exchange { renap { consultarPersona(cui: "1") { cui } } } }',
    )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SACBE-415"]
    assert answer["data"]["events"]
    assert not world.heard


@pytest_world
async def test_the_cost_stands_beside_what_else_is_told(world: World) -> None:
    """Messages and errors stay as they are when the answer also tells its cost, and without the wish it does not."""
    asked = {"query": '{ exchange { renap { consultarPersona(cui: "1") { cui } } } }'}
    world.answers("personas", consultarPersona=lambda **_: {"cui": "1", "nombres": "A"})
    told = (await world.post(asked, **{"sacbe-cost": "1"})).json()
    cost = told["extensions"]["sacbe"]["cost"]
    assert (cost["value"], cost["allowed"]) == (54, 50_000)
    assert len(told["extensions"]["sacbe"]["messages"]) == 1
    assert told["data"]["exchange"]["renap"]["consultarPersona"] == {"cui": "1"}
    assert "cost" not in (await world.post(asked)).text
