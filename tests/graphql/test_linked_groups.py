"""Linked calls that become possible together: carried as one plan, and each for itself in all else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import explaining
from sacbe_graphql.following import CALLS_AT_ONCE_MAX
from sacbe_terms.identifiers import OperationId
from sacbe_xroad_like import access
from tests.graphql.linked import PERSONS, SALDOS, Linked, balance, found, linked_alone, person
from tests.graphql.world import BASE_IRI, STRANGER

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUERY = "{ exchange { renap { buscarPersonas { cui saldo { cui } } } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened_node(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Linked]:
    """One node with links for this module."""
    async with linked_alone(postgres, tmp_path_factory.mktemp("groups")) as node:
        yield node


@pytest.fixture
def node(opened_node: Linked) -> Linked:
    """The node, with systems that answer and have heard nothing."""
    opened_node.as_on_the_first_day()
    return opened_node


async def test_what_becomes_possible_together_is_admitted_together(
    node: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten different calls below one list are one plan of the bus, and so are the five below those."""
    plans: list[int] = []
    exchange = node.bus._exchange
    carry_each = exchange.carry_each

    async def counted(registry: Any, plan: Any, *rest: Any, **named: Any) -> None:
        plans.append(len(plan.calls))
        await carry_each(registry, plan, *rest, **named)

    monkeypatch.setattr(exchange, "carry_each", counted)
    answer = await node.ask(QUERY)
    assert "errors" not in answer
    assert plans == [10]


async def test_each_linked_call_has_messages_of_its_own(node: Linked) -> None:
    """Every call of a group is a signed request and a signed reply in the log, under an id of its own."""
    answer = await node.ask(QUERY)
    named = [each["id"] for each in answer["extensions"]["sacbe"]["messages"]]
    assert len(named) == len(set(named)) == 11
    async with node.engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "select message_id, direction, signature from bus.message_log where message_id = any($1)", (named,)
        )
        kept = rows.all()
    assert sorted((row.message_id, row.direction) for row in kept) == sorted(
        (name, direction) for name in named for direction in ("request", "reply")
    )
    assert len({row.signature for row in kept}) == 22


@pytest.mark.parametrize("per_day", [1, 4, 9])
async def test_a_group_never_exceeds_a_quota(node: Linked, per_day: int) -> None:
    """Of ten linked calls as many are made as the quota has left, and the rest say that it is used up."""
    persons = OperationId(PERSONS, "buscarPersonas")
    held = [
        await access.grant(node.engine, STRANGER, persons, purpose="Pruebas"),
        await access.grant(node.engine, STRANGER, SALDOS, purpose="Pruebas", per_day=per_day),
    ]
    await node.bus._watch.refresh()
    answer = await node.ask(QUERY, token=node.stranger)
    assert [operation for operation, _ in node.asked].count("consultarSaldo") == per_day
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SACBE-306"}
    assert len({each["cui"] for each in found(answer) if each["saldo"] is not None}) == per_day
    for each in held:
        await access.revoke(node.engine, each.id)


async def test_a_slow_call_holds_up_no_other_of_its_group(node: Linked) -> None:
    """What is below a call is asked while another call of the same group is still under way."""
    is_below = asyncio.Event()

    async def slow_for_some(cui: str) -> object:
        if cui == "1":
            await asyncio.wait_for(is_below.wait(), 5)
        return balance(cui)

    def below(cuenta: str) -> object:
        is_below.set()
        return {"cuenta": cuenta, "nombre": "Banco"}

    node.persons(person("1"), person("2"))
    node.balances(consultarSaldo=slow_for_some, consultarBanco=below)
    answer = await node.ask("{ exchange { renap { buscarPersonas { saldo { banco { nombre } } } } } }")
    assert "errors" not in answer
    assert all(each["saldo"]["banco"] == {"nombre": "Banco"} for each in found(answer))


async def test_groups_share_the_places_of_their_query(node: Linked) -> None:
    """However many linked calls a query leads to, no more are under way at a time than there are places."""
    at_once: list[int] = [0, 0]

    def crowded(answer: Callable[..., object]) -> Callable[..., Any]:
        async def waiting(**named: str) -> object:
            at_once[0] += 1
            at_once[1] = max(at_once)
            await asyncio.sleep(0.01)
            at_once[0] -= 1
            return answer(**named)

        return waiting

    node.persons(*(person(str(number)) for number in range(60)))
    node.balances(
        consultarSaldo=crowded(lambda cui: balance(cui) | {"cuenta": f"C{cui}"}),
        consultarBanco=crowded(lambda cuenta: {"cuenta": cuenta, "nombre": "Banco"}),
    )
    answer = await node.ask("{ exchange { renap { buscarPersonas { saldo { banco { nombre } } } } } }")
    assert "errors" not in answer
    assert at_once[1] == CALLS_AT_ONCE_MAX


async def test_a_plan_names_the_calls_that_links_may_lead_to(node: Linked) -> None:
    """Beside the calls of the first wave, an explanation has those that follow, with their fields and no arguments."""
    reader = CatalogueReader(node.engine, BASE_IRI)
    text = "{ exchange { renap { buscarPersonas { saldo { banco { nombre } } } } } }"
    found = explaining.explained(node.bus.registry.providers, reader, text, None)
    assert [call.operation for call in found.calls] == [f"{PERSONS}/buscarPersonas"]
    assert [(call.operation, call.paths, call.arguments, call.fields) for call in found.linked] == [
        (f"{SALDOS}/consultarSaldo", ("exchange.renap.buscarPersonas.saldo",), {}, "{ cuenta }"),
        (f"{SALDOS}/consultarBanco", ("exchange.renap.buscarPersonas.saldo.banco",), {}, "{ nombre }"),
    ]
