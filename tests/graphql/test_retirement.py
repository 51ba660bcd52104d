"""What a publication replaces is let go without a round of the collector, and not before its requests are done."""

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace

import pytest
from graphql import Node, Token, print_schema

from sacbe_graphql import documents, live, static
from sacbe_graphql.limits import Limits
from tests.graphql import offers

STATIC = static.schema()
RENAP, SAT = offers.REGISTRY.providers
TEXT = '{ exchange { renap { consultarPersona(cui: "1") { padres { cui } } } } }'
TEXT_OF_MANY = "query a($n: ID!) { service(identifier: $n) { ...f } } fragment f on PublicService { title identifier }"


@pytest.fixture(autouse=True)
def _no_rounds() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_a_replaced_part_is_let_go() -> None:
    """Though its types refer to themselves; the parts that stay are whole."""
    schema = await live.built(STATIC, (RENAP, SAT))
    schema.ready(TEXT, Limits(), hide_suggestions=True)
    person = weakref.ref(schema.schema.type_map["RenapPersona"])
    whole = weakref.ref(schema.schema)
    text = print_schema(schema.schema)
    after = await live.built(STATIC, (replace(RENAP, title="Registro"), SAT), schema)
    gc.collect()  # what building left behind; from now on all of it is set aside, as in a server
    assert person() is not None
    del schema
    assert person() is None
    assert whole() is None
    again = await live.built(STATIC, (RENAP, SAT), after)
    assert print_schema(again.schema) == text


async def test_a_request_in_flight_keeps_its_schema() -> None:
    """Whoever holds the old schema finds all of it, however many publications come meanwhile."""
    in_flight = await live.built(STATIC, (RENAP, SAT))
    text, newest = print_schema(in_flight.schema), in_flight
    for providers in ((SAT,), (), (RENAP, SAT)):
        newest = await live.built(STATIC, providers, newest)
    assert print_schema(in_flight.schema) == text
    in_flight.ready(TEXT, Limits(), hide_suggestions=True)
    del in_flight
    assert print_schema(newest.schema) == text


def test_a_document_is_let_go_by_counting() -> None:
    """Its tokens hold each other in one direction only, so that nothing of it is left for the collector."""
    ready = documents.ready(TEXT_OF_MANY, STATIC, Limits(), hide_suggestions=True)
    gc.collect()  # what validating it left behind
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        del ready
        gc.collect()
        assert not any(isinstance(each, (Node, Token)) for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
