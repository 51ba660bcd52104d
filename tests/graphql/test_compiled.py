"""A compiled answer is, byte for byte, what execution answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from graphql import parse, validate

from sacbe_graphql import compiled
from sacbe_graphql.compiled import Compiled
from sacbe_graphql.writers import NotExpressible
from tests.graphql.generated import Generator
from tests.graphql.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEEDS = range(150)

PERSON: dict[str, Any] = {
    "cui": "1",
    "nombres": 'Ana "La Niña" \\ \u2028 \t José 😀',
    "fechaNacimiento": "1990-02-28",
    "estado": "CASADO",
    "ingreso": "10.50",
    "folio": "9007199254740993",
    "padres": [
        {"cui": "2", "nombres": "", "padres": [], "documento": {"__typename": "Cedula", "orden": "A-1"}},
        {"cui": "3", "nombres": "Luis"},
    ],
    "documento": {"__typename": "Dpi", "serie": "X"},
}


@pytest.fixture
def answering(world: World) -> World:
    """The node, with ministries that answer with everything that their descriptions know."""
    persons: dict[str, Callable[..., Any]] = {
        "consultarPersona": lambda cui: PERSON if cui == "1" else None,
        "buscarPersonas": lambda **_: [PERSON, PERSON["padres"][1]],
    }
    world.answers("personas", **persons)
    world.answers("contribuyentes", consultarContribuyente=lambda **_: {"nit": "1-9"})
    return world


@pytest.mark.parametrize("seed", SEEDS)
async def test_compiled_and_executed_answers_are_byte_equal(
    answering: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever is asked of catalogue and ministries, errors included, both ways give the same bytes of `data`."""
    generator = Generator(answering.door.shown.schema, seed)
    monkeypatch.setattr(answering.door, "limits", replace(answering.door.limits, aliases_max=200))
    asked: dict[str, Any] = {"query": generator.query(), "variables": generator.variables()}
    assert not validate(answering.door.shown.schema, parse(asked["query"]))
    first = await answering.post(asked)
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "of", lambda *_: NotExpressible("a test"))
        second = await answering.post(asked)
    assert _comparable(first.content) == _comparable(second.content)


def _comparable(content: bytes) -> tuple[bytes, object]:
    """Give the data as it is, and the errors without the identifiers of their messages."""
    whole = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    errors = msgspec.json.decode(whole.get("errors", b"[]"), type=list[dict[str, Any]])
    for error in errors:
        error["extensions"].pop("messageId")
    return bytes(whole.get("data", b"")), errors


async def test_most_of_what_is_asked_is_compiled(answering: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison compares: a query of each root is compiled, and not left to execution."""
    ways: list[object] = []
    of = compiled.of

    def listening(*given: Any) -> object:
        ways.append(of(*given))
        return ways[-1]

    monkeypatch.setattr(compiled, "of", listening)
    executed: list[object] = []
    monkeypatch.setattr(answering.door, "_executed", executed.append)
    for query in (
        "{ services(first: 2) { totalCount facets { label } edges { cursor node { title quality { missing } } } } }",
        '{ service(identifier: "apostilla") { notKnown texts { field } institution { kind { label } } } }',
        "{ institutions { pageInfo { endCursor hasNextPage } nodes { acronym } } events { kind } }",
        '{ institution(identifier: "renap") { title } suggest(prefix: "dpi") { text } }',
        '{ exchange { renap { consultarPersona(cui: "1") { nombres documento { ... on RenapDpi { serie } } } } } }',
        "mutation { exchange { __typename } }",
    ):
        answer = await answering.ask(query)
        assert "errors" not in answer, answer
    assert all(isinstance(way, Compiled) for way in ways)
    assert not executed


async def test_each_combination_of_conditions_has_its_own_plan(answering: World) -> None:
    """What is skipped once is there another time."""
    query = "query ($a: Boolean!) { events { title @include(if: $a) kind } }"
    for _ in range(2):
        with_title = await answering.ask(query, a=True)
        without = await answering.ask(query, a=False)
        assert list(with_title["data"]["events"][0]) == ["title", "kind"]
        assert list(without["data"]["events"][0]) == ["kind"]


async def test_a_page_goes_on_where_a_compiled_one_ended(answering: World) -> None:
    """Cursors of both ways are the same, and lead through the whole list once."""
    page = "nodes { identifier } pageInfo { hasNextPage endCursor }"
    query = f"query ($after: String) {{ institutions(first: 25, after: $after) {{ {page} }} }}"
    found: list[str] = []
    after = None
    while True:
        given = (await answering.ask(query, after=after))["data"]["institutions"]
        found += [node["identifier"] for node in given["nodes"]]
        if not given["pageInfo"]["hasNextPage"]:
            break
        after = given["pageInfo"]["endCursor"]
    assert len(found) == len(set(found))
    total = (await answering.ask("{ institutions { totalCount } }"))["data"]["institutions"]["totalCount"]
    assert len(found) == total


@pytest.mark.parametrize(
    "wrong",
    [
        {"cui": "1"},
        {"cui": "1", "nombres": None},
        {"cui": "1", "nombres": "A", "estado": "VIUDO"},
        {"cui": "1", "nombres": "A", "padres": [None]},
    ],
    ids=range(4),
)
async def test_what_is_not_as_described_is_an_error_as_ever(answering: World, wrong: dict[str, Any]) -> None:
    """A value that breaks its description is null with its error, and takes nothing else with it."""
    answering.answers("personas", consultarPersona=lambda **_: wrong)
    query = (
        '{ events { title } exchange { renap { consultarPersona(cui: "1") { cui nombres estado padres { cui } } } } }'
    )
    answer = await answering.ask(query)
    assert answer["errors"][0]["extensions"]["code"].startswith("SACBE-4")
    assert answer["data"]["exchange"]["renap"]["consultarPersona"] is None
    assert answer["data"]["events"]
