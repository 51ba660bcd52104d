"""Linked fields: one institution's records joined with another's operation, in as few calls as there can be."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_terms.errors import DataServiceUnknown, RecordNotFound
from sacbe_terms.identifiers import OperationId
from sacbe_xroad_like import access
from sacbe_xroad_like.administration import linking
from sacbe_xroad_like.administration.actor import OPERATOR
from tests.graphql.linked import BALANCES, PERSONS, SALDOS, Linked, balance, found, linked_alone, person, without
from tests.graphql.world import STRANGER

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened_node(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Linked]:
    """One node with links for this module."""
    async with linked_alone(postgres, tmp_path_factory.mktemp("links")) as node:
        yield node


@pytest.fixture
def node(opened_node: Linked) -> Linked:
    """The node, with systems that answer and have heard nothing."""
    opened_node.as_on_the_first_day()
    return opened_node


def paths(answer: dict[str, Any]) -> list[str]:
    """Give the places of an answer's errors."""
    return ["/".join(map(str, error["path"])) for error in answer.get("errors", [])]


async def test_a_field_is_another_ministrys_answer(node: Linked) -> None:
    """A record's linked field holds what the other institution answers, and each message is named once."""
    response = await node.post(
        {"query": '{ exchange { renap { consultarPersona(cui: "7") { nombres s: saldo { monto } } } } }'},
        **{"x-road-id": "caso-9"},
    )
    answer = msgspec.json.decode(response.content)
    assert answer["data"]["exchange"]["renap"]["consultarPersona"] == {"nombres": "N7", "s": {"monto": "7.50"}}
    assert [each["id"] for each in answer["extensions"]["sacbe"]["messages"]] == [
        "caso-9.exchange.renap.consultarPersona",
        "caso-9.exchange.renap.consultarPersona.s",
    ]


async def test_what_a_link_needs_is_asked_though_nobody_selects_it(node: Linked) -> None:
    """The provider is asked for the field that the link gives on, and the caller does not see it."""
    heard: list[str] = []

    def listening(carry: Callable[..., Any]) -> Callable[..., Any]:
        async def carried(registry: Any, plan: Any, *rest: Any, **named: Any) -> Any:
            heard.extend(call.fields for call in plan.calls)
            return await carry(registry, plan, *rest, **named)

        return carried

    exchange = node.bus._exchange
    with pytest.MonkeyPatch.context() as patch:
        for way in ("carry", "carry_each"):
            patch.setattr(exchange, way, listening(getattr(exchange, way)))
        answer = await node.ask('{ exchange { renap { consultarPersona(cui: "7") { saldo { monto } } } } }')
    assert heard == ["{ cui }", "{ monto }"]
    assert answer["data"]["exchange"]["renap"]["consultarPersona"] == {"saldo": {"monto": "7.50"}}


async def test_the_same_is_asked_once(node: Linked) -> None:
    """A hundred records with ten different keys are ten calls, and every record has its value."""
    answer = await node.ask("{ exchange { renap { buscarPersonas { cui saldo { monto } } } } }")
    assert all(each["saldo"]["monto"] == f"{each['cui']}.50" for each in found(answer))
    assert len(found(answer)) == 100
    assert Counter(operation for operation, _ in node.asked) == {"buscarPersonas": 1, "consultarSaldo": 10}
    assert len(answer["extensions"]["sacbe"]["messages"]) == 11


async def test_a_list_operation_answers_all_keys_at_once(node: Linked) -> None:
    """Where the link names a list operation, those hundred records are one call, matched back by their key."""
    node.balances(consultarSaldos=lambda cuis: [balance(cui) for cui in reversed(cuis) if cui != "3"])
    answer = await node.ask("{ exchange { renap { buscarPersonas { cui b: saldoDeLista { monto } } } } }")
    expected = [None if each["cui"] == "3" else {"monto": f"{each['cui']}.50"} for each in found(answer)]
    assert [each["b"] for each in found(answer)] == expected
    assert node.asked[1:] == [("consultarSaldos", [str(number) for number in range(10)])]
    assert "errors" not in answer
    assert len(answer["extensions"]["sacbe"]["messages"]) == 2


async def test_long_lists_of_keys_are_cut(node: Linked) -> None:
    """No call takes more keys than a list operation may, and no key is asked twice."""
    node.persons(*(person(str(number)) for number in range(250)))
    answer = await node.ask("{ exchange { renap { buscarPersonas { cui saldoDeLista { cui } } } } }")
    assert [each["saldoDeLista"]["cui"] for each in found(answer)] == [str(number) for number in range(250)]
    assert [len(keys) for _, keys in node.asked[1:]] == [100, 100, 50]


async def test_links_below_links(node: Linked) -> None:
    """A linked record's own links are followed, and merged over everything that leads to them."""
    answer = await node.ask("{ exchange { renap { buscarPersonas { saldoDeLista { banco { nombre } } } } } }")
    names = [each["saldoDeLista"]["banco"]["nombre"] for each in found(answer)]
    assert names[:6] == ["Banco C0", "Banco C1", "Banco C2", "Banco C3", "Banco C4", "Banco C0"]
    assert Counter(operation for operation, _ in node.asked)["consultarBanco"] == 5


async def test_records_below_records_are_joined_too(node: Linked) -> None:
    """Links are followed wherever their type stands: in lists, in lists within records, under aliases."""
    node.persons(person("1", padres=[person("2"), person("3")]), person("2"))
    answer = await node.ask(
        "{ exchange { renap { buscarPersonas { saldo { cui } p: padres { nombres s: saldo { cui } } } } } }"
    )
    assert found(answer)[0]["p"] == [{"nombres": "N2", "s": {"cui": "2"}}, {"nombres": "N3", "s": {"cui": "3"}}]
    assert sorted(node.asked[1:]) == [("consultarSaldo", cui) for cui in ("1", "2", "3")]


async def test_a_first_wave_call_is_not_made_again(node: Linked) -> None:
    """What the query asks of an operation itself is not asked once more through a link."""
    answer = await node.ask(
        """{ exchange { renap { consultarPersona(cui: "7") { saldo { monto } } }
                        sat { consultarSaldo(cui: "7") { monto cuenta } } } }"""
    )
    assert answer["data"]["exchange"]["renap"]["consultarPersona"]["saldo"] == {"monto": "7.50"}
    assert sorted(node.asked) == [("consultarPersona", "7"), ("consultarSaldo", "7")]


@pytest.mark.parametrize(("first", "calls"), [("monto cuenta", 10), ("cuenta", 11)], ids=["all", "less"])
async def test_what_two_ways_lead_to_is_asked_once(node: Linked, first: str, calls: int) -> None:
    """Records of different answers share a call; only fields for which it did not ask are asked anew."""
    is_linked = asyncio.Event()

    async def late(**_: object) -> list[object]:
        await asyncio.wait_for(is_linked.wait(), 5)
        return [person(str(number)) for number in range(10)]

    def told(cui: str) -> object:
        is_linked.set()
        return balance(cui)

    node.answers("personas", buscarPersonas=late, consultarPersona=person)
    node.balances(consultarSaldo=told)
    answer = await node.ask(
        f"""{{ exchange {{ renap {{ consultarPersona(cui: "7") {{ saldo {{ {first} }} }}
                                    buscarPersonas {{ saldo {{ monto }} }} }} }} }}"""
    )
    assert [each["saldo"] for each in found(answer)] == [{"monto": f"{number}.50"} for number in range(10)]
    assert Counter(operation for operation, _ in node.asked)["consultarSaldo"] == calls


async def test_a_failed_link_leaves_the_record(node: Linked) -> None:
    """A linked call that fails is null with an error at each of its places; its record and the others stay."""

    def some(cui: str) -> object:
        if cui == "2":
            raise TimeoutError
        return balance(cui)

    node.persons(person("1"), person("2"))
    node.balances(consultarSaldo=some)
    answer = await node.ask("{ exchange { renap { buscarPersonas { cui saldo { cui } } } } }")
    assert found(answer) == [{"cui": "1", "saldo": {"cui": "1"}}, {"cui": "2", "saldo": None}]
    assert paths(answer) == ["exchange/renap/buscarPersonas/1/saldo"]
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "SACBE-402"
    assert error["extensions"]["messageId"].endswith(".exchange.renap.buscarPersonas.1.saldo")


async def test_nothing_is_called_without_the_right_to_the_link(node: Linked) -> None:
    """Whoever lacks a right to the linked operation is refused whole, and no ministry hears of the query."""
    held = await access.grant(node.engine, STRANGER, OperationId(PERSONS, "buscarPersonas"), purpose="Pruebas")
    await node.bus._watch.refresh()
    query = "{ exchange { renap { buscarPersonas { cui saldo { banco { nombre } } } } } }"
    answer = await node.ask(query, token=node.stranger)
    assert "data" not in answer
    assert paths(answer) == [
        "exchange/renap/buscarPersonas/saldo",
        "exchange/renap/buscarPersonas/saldo/banco",
    ]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SACBE-301"}
    assert not node.memory.heard
    await access.revoke(node.engine, held.id)


async def test_fields_that_the_link_gives_on_need_a_right(node: Linked) -> None:
    """An agreement without the field that a link gives on refuses the link, before any call."""
    persons = OperationId(PERSONS, "buscarPersonas")
    held = [
        await access.grant(node.engine, STRANGER, persons, purpose="Nombres", fields=("nombres",)),
        await access.grant(node.engine, STRANGER, SALDOS, purpose="Saldos"),
    ]
    await node.bus._watch.refresh()
    answer = await node.ask("{ exchange { renap { buscarPersonas { nombres } } } }", token=node.stranger)
    assert "errors" not in answer
    node.memory.heard.clear()
    query = "{ exchange { renap { buscarPersonas { nombres saldo { monto } } } } }"
    answer = await node.ask(query, token=node.stranger)
    assert paths(answer) == ["exchange/renap/buscarPersonas"]
    assert "does not give cui" in answer["errors"][0]["message"]
    assert not node.memory.heard
    for each in held:
        await access.revoke(node.engine, each.id)


async def test_a_query_makes_no_more_calls_than_it_may(node: Linked) -> None:
    """Where a link would need more calls than a query may make, none of them is made, and each place says why."""
    node.persons(*(person(str(number)) for number in range(200)))
    answer = await node.ask("{ exchange { renap { buscarPersonas { cui saldo { monto } } } } }")
    assert [each["saldo"] for each in found(answer)] == [None] * 200
    assert len(answer["errors"]) == 200
    assert answer["errors"][0]["extensions"]["code"] == "SACBE-104"
    assert [operation for operation, _ in node.asked] == ["buscarPersonas"]


async def test_links_that_lead_back_end(node: Linked) -> None:
    """Links in a circle ask each question once, and a circle through lists ends before it fills the answer."""
    round_once = "saldo { titulares { saldo { titulares { cui } } } }"
    answer = await node.ask(f'{{ exchange {{ renap {{ consultarPersona(cui: "5") {{ {round_once} }} }} }} }}')
    assert "errors" not in answer
    assert Counter(operation for operation, _ in node.asked) == {
        "consultarPersona": 1,
        "consultarSaldo": 1,
        "listarTitulares": 1,
    }
    too_far = "saldo { titulares { saldo { titulares { saldo { monto } } } } }"
    answer = await node.ask(f'{{ exchange {{ renap {{ consultarPersona(cui: "5") {{ {too_far} }} }} }} }}')
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SACBE-104"}
    assert "number of linked fields" in answer["errors"][0]["message"]


async def test_repeated_values_stay_within_the_answers_size(node: Linked) -> None:
    """A large value that few calls gave stands in the answer only as often as the answer may hold it."""
    node.balances(consultarBanco=lambda cuenta: {"cuenta": cuenta, "nombre": "B" * 1_000_000})
    answer = await node.ask("{ exchange { renap { buscarPersonas { saldo { banco { nombre } } } } } }")
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SACBE-104"}
    assert "answer's bytes" in answer["errors"][0]["message"]
    assert found(answer)[0]["saldo"] is not None


async def test_a_link_waits_for_its_own_record_only(node: Linked) -> None:
    """A link's call is made while another call of the query is still under way."""
    is_linked = asyncio.Event()

    async def late(**_: object) -> list[object]:
        await asyncio.wait_for(is_linked.wait(), 5)
        return []

    def told(cui: str) -> object:
        is_linked.set()
        return balance(cui)

    node.answers("personas", buscarPersonas=late, consultarPersona=person)
    node.balances(consultarSaldo=told)
    answer = await node.ask(
        """{ exchange { renap { buscarPersonas { cui } consultarPersona(cui: "7") { saldo { cui } } } } }"""
    )
    assert "errors" not in answer
    assert answer["data"]["exchange"]["renap"]["buscarPersonas"] == []


async def test_skipped_links_ask_nothing(node: Linked) -> None:
    """A linked field that `@skip` takes out needs no right and makes no call."""
    query = """query ($no: Boolean!) {
        exchange { renap { consultarPersona(cui: "7") { cui saldo @skip(if: $no) { cui } } } } }"""
    answer = await node.ask(query, no=True)
    assert answer["data"]["exchange"]["renap"]["consultarPersona"] == {"cui": "7"}
    assert node.asked == [("consultarPersona", "7")]


async def test_a_link_that_no_longer_fits_leaves_the_schema(node: Linked) -> None:
    """When an operation goes, the links to it go with it, and nothing else; they come back with it."""
    query = "{ exchange { renap { buscarPersonas { saldo { cui } } } } }"
    kept = '{ exchange { renap { buscarPersonas { saldoDeLista { cui } } } sat { consultarSaldo(cui: "1") { cui } } } }'
    await published(node, without(BALANCES, "consultarBanco"))
    assert "errors" not in await node.ask(kept)
    answer = await node.ask(query.replace("cui }", "banco { nombre } }"))
    assert answer["errors"][0]["extensions"]["code"] == "SACBE-102"
    left_out = [each.reason for each in node.door._live.left_out]
    assert left_out == [f"The link {SALDOS} Saldo.banco cannot be: {SALDOS}/consultarBanco is not published."]
    await published(node, BALANCES)
    answer = await node.ask(query.replace("cui }", "banco { nombre } }"))
    assert "errors" not in answer


async def test_an_evidence_names_what_supplies_it(node: Linked) -> None:
    """An evidence tells which operation gives it, and whether whoever asks may call that; others tell nothing."""
    evidence = "licencia-conducir-primera-requisito-4-prueba-1"
    desk = node.bus.desk(OPERATOR)
    await linking.add_supply(desk, evidence, OperationId(SALDOS, "consultarSaldo"))
    await node.bus._watch.refresh()
    query = """{ service(identifier: "licencia-conducir-primera") { evidences {
        identifier suppliedBy { title dataService operation isUsable } } } }"""
    for token, is_usable in ((node.token, True), (node.stranger, False), ("", False)):
        answer = await node.ask(query, token=token)
        supplied = {each["identifier"]: each["suppliedBy"] for each in answer["data"]["service"]["evidences"]}
        expected = {
            "title": "Saldos",
            "dataService": str(SALDOS),
            "operation": "consultarSaldo",
            "isUsable": is_usable,
        }
        assert supplied.pop(evidence) == [expected]
        assert supplied
        assert not any(supplied.values())
    await linking.remove_supply(desk, evidence, OperationId(SALDOS, "consultarSaldo"))


async def test_only_what_is_there_supplies(node: Linked) -> None:
    """An evidence that the catalogue has not, and an operation that is not published, are refused by name."""
    desk = node.bus.desk(OPERATOR)
    with pytest.raises(RecordNotFound, match="no-such-paper"):
        await linking.add_supply(desk, "no-such-paper", OperationId(SALDOS, "consultarSaldo"))
    with pytest.raises(DataServiceUnknown, match="nothing"):
        await linking.add_supply(desk, "licencia-conducir-primera-requisito-4-prueba-1", OperationId(SALDOS, "nothing"))


async def test_a_mutations_result_is_joined_after_every_change(node: Linked) -> None:
    """Links below a change are followed once all changes are made."""
    changing = msgspec.structs.replace(BALANCES.operations[0], code="abrirCuenta", alias="abrirCuenta", reads=False)
    description = msgspec.structs.replace(BALANCES, operations=(*BALANCES.operations, changing))
    await published(node, description)
    node.memory.hold(
        "saldos",
        description,
        {"abrirCuenta": balance, "consultarBanco": lambda cuenta: {"cuenta": cuenta, "nombre": "B"}},
    )
    answer = await node.ask(
        """mutation { exchange { sat { a: abrirCuenta(cui: "1") { banco { nombre } }
                                      b: abrirCuenta(cui: "2") { cuenta } } } }"""
    )
    assert answer["data"]["exchange"]["sat"] == {"a": {"banco": {"nombre": "B"}}, "b": {"cuenta": "C2"}}
    assert node.asked == [("abrirCuenta", "1"), ("abrirCuenta", "2"), ("consultarBanco", "C1")]
    await published(node, BALANCES)


async def published(node: Linked, description: Any) -> None:
    """Register and publish the balances anew."""
    endpoint = node.memory.hold("saldos", description, {})
    await node.bus.registration.register(
        SALDOS.subsystem, name="saldos", source=endpoint.address, endpoint=endpoint.address, kind="memory"
    )
    await node.bus.registration.publish(SALDOS, accepts_breaking=True)
    node.balances()
    await node.bus._watch.refresh()
