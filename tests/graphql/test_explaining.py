"""A plan can be printed before anything is asked."""

import msgspec
import pytest

from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import explaining
from sacbe_graphql.refusal import Refused
from tests.graphql.world import BASE_IRI, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def explained(world: World, text: str, **variables: object) -> explaining.Explanation:
    """Explain an operation on the node's schema."""
    reader = CatalogueReader(world.engine, BASE_IRI)
    return explaining.explained(world.bus.registry.providers, reader, text, variables)


async def test_a_plan_tells_its_calls_and_its_statement(world: World) -> None:
    """What is called, for which paths and fields, and what is read, with the values; and nobody is asked."""
    found = explained(
        world,
        "query ($c: String!) { events { title } exchange { renap { uno: consultarPersona(cui: $c) { nombres } } } }",
        c="7",
    )
    assert not found.executed
    [call] = found.calls
    assert (call.paths, call.arguments, call.fields) == (("exchange.renap.uno",), {"cui": "7"}, "{ nombres }")
    assert found.reads is not None
    assert "event_view" in found.reads.sql
    assert "title" in found.reads.sql
    assert not world.heard


async def test_what_is_executed_says_why(world: World) -> None:
    """A field that no plan can express is named."""
    assert "providers" in explained(world, "{ exchange { providers { alias } } }").executed


async def test_what_the_door_refuses_is_refused(world: World) -> None:
    """A document that is not valid has no plan."""
    with pytest.raises(Refused):
        explained(world, "{ nothing }")


async def test_an_answer_tells_its_plan_where_it_is_asked_for(world: World) -> None:
    """`Sacbe-Plan: 1` brings the plan that `sacbe graphql explain` prints beside the same answer, to who is known."""
    text = '{ events { title } exchange { renap { consultarPersona(cui: "7") { nombres } } } }'
    world.answers("personas", consultarPersona=lambda cui: {"cui": cui, "nombres": "Ana"})
    plain = (await world.post({"query": text})).json()
    told = (await world.post({"query": text}, **{"sacbe-plan": "1"})).json()
    assert told["data"] == plain["data"]
    assert told["extensions"]["sacbe"]["plan"] == msgspec.json.decode(msgspec.json.encode(explained(world, text)))
    assert "plan" not in plain["extensions"]["sacbe"]


async def test_nobody_unknown_is_told_a_plan(world: World) -> None:
    """Whoever sends no token is refused before anything runs, and the header is named."""
    answer = (await world.post({"query": "{ events { title } }"}, token="", **{"sacbe-plan": "1"})).json()
    assert "data" not in answer
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "SACBE-302"
    assert "Sacbe-Plan" in error["extensions"]["hint"]
