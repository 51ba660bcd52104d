"""A plan can be printed before anything is asked."""

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
