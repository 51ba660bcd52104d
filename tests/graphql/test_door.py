"""The door itself: swapping schemas under requests, keeping what costs, ending what takes too long."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from graphql import ExecutionResult, get_introspection_query
from sqlalchemy.ext.asyncio import create_async_engine

from sacbe_catalog.data_services import DataServices
from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import answer, documents, execution, live, merge, static
from sacbe_graphql.context import Context
from sacbe_graphql.limits import Limits
from sacbe_graphql.refusal import Refused
from sacbe_terms.descriptions import Description
from sacbe_terms.exchange import Outcome, PlannedCall
from sacbe_xroad_like.administration.actor import NOBODY
from sacbe_xroad_like.administration.desk import Desk
from sacbe_xroad_like.credentials import Credentials
from sacbe_xroad_like.registration import Registration
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.vault import Vault
from tests.graphql import offers
from tests.graphql.world import World

STATIC = static.schema()
BOTH = merge.merged(STATIC, offers.REGISTRY.providers).schema


@pytest.mark.asyncio(loop_scope="session")
async def test_requests_in_flight_keep_their_schema(world: World) -> None:
    """While schemas are swapped again and again, every answer is right for the one schema or the other."""
    without_sat = Registry(providers=world.bus.registry.providers[:1])
    done = False

    async def swap() -> None:
        nonlocal done
        for _ in range(6):
            await world.door.refresh(without_sat)
            await world.door.refresh(world.bus.registry)
        done = True

    async def read(number: int) -> int:
        count = 0
        while not done:
            text = f"query Q{number}x{count % 3} {{ exchange {{ sat {{ __typename }} }} }}"
            answered = await world.ask(text, token="")
            assert answered.get("data") == {"exchange": {"sat": {"__typename": "SatQuery"}}} or (
                answered["errors"][0]["extensions"]["code"] == "SACBE-102"
            )
            count += 1
            await asyncio.sleep(0)
        return count

    _, *counts = await asyncio.gather(swap(), *(read(number) for number in range(4)))
    assert all(counts)
    assert "errors" not in await world.ask("{ exchange { sat { __typename } } }", token="")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_change_of_rights_alone_builds_nothing(world: World) -> None:
    """A registry with the same providers keeps the schema and all that is kept for it."""
    before = world.door._live
    await world.door.refresh(replace(world.bus.registry, agreements={}))
    assert world.door._live is before


@pytest.mark.asyncio(loop_scope="session")
async def test_a_broken_description_leaves_the_door_open(world: World) -> None:
    """A registry with a description that cannot be shown is served without it, and says what is left out."""
    broken = offers.service(offers.TAXES, "enfermo", replace_result(offers.TAXPAYERS, "Nowhere"))
    sat = offers.provider("sat", offers.TAXES, broken)
    await world.door.refresh(Registry(providers=(world.bus.registry.providers[0], sat)))
    assert [left_out.service.service_code for left_out in world.door._live.left_out] == ["enfermo"]
    assert "errors" not in await world.ask("{ exchange { renap { __typename } } }", token="")
    await world.door.refresh(world.bus.registry)


def replace_result(description: Description, type_name: str) -> Description:
    """Give a description whose first operation answers with another type."""
    operation = description.operations[0]
    result = msgspec.structs.replace(operation.result, type=type_name)
    return msgspec.structs.replace(description, operations=(msgspec.structs.replace(operation, result=result),))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_slow_catalogue_ends_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that takes too long ends the request by the limit's name."""

    async def slow(*_: object, **__: object) -> object:
        await asyncio.sleep(60)
        return ()

    monkeypatch.setattr(type(world.door._catalogue), "read", slow)
    usual = world.door.limits
    hasty = {
        "catalogue": replace(usual, catalogue_seconds_max=0.05),
        "whole request": replace(usual, request_seconds_max=0.05),
    }
    for name, limits in hasty.items():
        with monkeypatch.context() as patch:
            patch.setattr(world.door, "limits", limits)
            answered = await world.ask("{ events { title } }", token="")
        [error] = answered["errors"]
        assert error["extensions"]["code"] == "SACBE-104"
        assert f"time for the {name}, in seconds, is 1" in error["message"]


@pytest.mark.asyncio(loop_scope="session")
async def test_messages_are_told_even_where_the_answer_is_too_large(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went over the bus has its message id in the answer, although the rest cannot be given."""
    monkeypatch.setattr(world.door, "limits", replace(world.door.limits, answer_bytes_max=10))
    answered = await world.ask('{ exchange { sat { consultarContribuyente(cui: "1") { nit } } } }')
    assert answered["errors"][0]["extensions"]["code"] == "SACBE-104"
    assert len(answered["extensions"]["sacbe"]["messages"]) == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_what_the_bus_did_not_foresee_is_masked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure inside the bus shows a reference and no detail."""

    async def fails(*_: object, **__: object) -> object:
        raise ValueError("clave=secreta")

    monkeypatch.setattr(world.bus, "carry", fails)
    answered = await world.ask('{ exchange { sat { consultarContribuyente(cui: "1") { nit } } } }')
    assert answered["errors"][0]["extensions"]["code"] == "SACBE-100"
    assert "secreta" not in str(answered)


async def test_a_document_is_read_once_per_schema() -> None:
    """The same text gives the same ready document, and another schema reads it anew."""
    schema = live.LiveSchema(BOTH, ())
    first = schema.ready("{ __typename }", Limits(), hide_suggestions=True)
    assert schema.ready("{ __typename }", Limits(), hide_suggestions=False) is first
    assert live.LiveSchema(BOTH, ()).ready("{ __typename }", Limits(), hide_suggestions=True) is not first


async def test_introspection_is_made_once_per_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question about the schema is answered from bytes; another variable is another question."""
    schema, text = live.LiveSchema(BOTH, ()), "query ($n: String!) { __type(name: $n) { name } }"
    operation = schema.ready(text, Limits(), hide_suggestions=True).operation(None)

    async def ask(name: str) -> bytes:
        variables = execution.coerced(BOTH, operation, {"n": name}, hide_suggestions=True)
        return await schema.introspection(text, operation, variables)

    assert await ask("Query") == b'{"__type":{"name":"Query"}}'
    assert await ask("Event") == b'{"__type":{"name":"Event"}}'
    monkeypatch.setattr(execution, "start", None)
    assert await ask("Query") == b'{"__type":{"name":"Query"}}'


async def test_the_loop_goes_on_while_the_schema_is_told() -> None:
    """An answer about the schema is made beside the loop: others get their turns meanwhile."""
    schema, text = live.LiveSchema(BOTH, ()), get_introspection_query()
    operation = schema.ready(text, Limits(), hide_suggestions=True).operation(None)
    variables = execution.coerced(BOTH, operation, None, hide_suggestions=True)
    told = asyncio.create_task(schema.introspection(text, operation, variables))
    turns = 0
    while not told.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 3
    assert b'"RenapPersona"' in await told


def test_a_value_that_breaks_its_type_is_the_ministrys_error() -> None:
    """A missing required field that no adapter noticed is told as the provider's breach, and the field is null."""
    text = '{ exchange { renap { consultarPersona(cui: "1") { cui nombres } } } }'
    operation = documents.ready(text, BOTH, Limits(), hide_suggestions=True).operation(None)
    path = "exchange.renap.consultarPersona"
    call = PlannedCall(
        paths=(path,),
        service=offers.REGISTRY.providers[0].data_services[0].identifier,
        operation_code="consultarPersona",
        arguments={},
    )
    nothing = create_async_engine("postgresql+asyncpg://")
    context = Context(
        catalogue=CatalogueReader(nothing, ""),
        data_services=DataServices(nothing),
        desk=Desk(engine=nothing, registration=Registration(nothing, {}, Credentials(nothing, Vault())), actor=NOBODY),
        providers=(),
        outcomes={path: Outcome(call=call, value={"cui": "1"}, message_id="m-1")},
    )
    variables = execution.coerced(BOTH, operation, None, hide_suggestions=True)
    result = execution.start(BOTH, operation, variables, context=context)
    assert isinstance(result, ExecutionResult)
    given = answer.of_result(result, context, media_type=answer.JSON).body.decode()
    assert '"data":{"exchange":{"renap":{"consultarPersona":null}}}' in given
    assert '"path":["exchange","renap","consultarPersona","nombres"]' in given
    assert '"code":"SACBE-408"' in given
    assert '"messageId":"m-1"' in given


def test_a_refused_document_is_not_validated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same invalid text is refused from memory with the same words, those with hints apart from those without."""
    schema, read = live.LiveSchema(STATIC, ()), documents.ready
    texts: list[str] = []

    def counted(text: str, *given: Any, **chosen: Any) -> documents.ReadyDocument:
        texts.append(text)
        return read(text, *given, **chosen)

    monkeypatch.setattr(documents, "ready", counted)
    messages = set()
    for hide in (True, False, True, False, True):
        with pytest.raises(Refused) as refused:
            schema.ready("{ servises { totalCount } }", Limits(), hide_suggestions=hide)
        messages.add((hide, str(refused.value)))
    assert len(texts) == 2
    assert {hide: "Did you mean" in message for hide, message in messages} == {True: False, False: True}
    assert len(messages) == 2
