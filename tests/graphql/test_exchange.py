"""Exchange fields through the real bus: refused before any call, or carried, answered and logged."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sacbe_adapters.memory.adapter import Answer, MemoryFault
from sacbe_terms.identifiers import DataServiceId
from tests.graphql import offers
from tests.graphql.world import World, publish

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSON = {
    "cui": "0001234560101",
    "nombres": "María José",
    "fechaNacimiento": "1946-02-07",
    "estado": "CASADO",
    "ingreso": "10.50",
    "folio": "9007199254740993",
    "documento": {"__typename": "Dpi", "serie": "Ñ-1"},
}


def gives(value: object) -> Answer:
    """Answer every call with this value."""
    return lambda **_: value


def silent(**_: object) -> object:
    """Answer too late, as the adapter would tell it."""
    raise TimeoutError


def fault(**_: object) -> object:
    """Answer with a fault of the ministry's own."""
    raise MemoryFault("NoExiste", "no hay tal persona", cui="1")


def codes(answer: dict[str, Any]) -> list[str]:
    """Give the codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


async def test_a_record_crosses_without_a_digit_lost(world: World) -> None:
    """Decimals, big integers, dates, enumerations and choices reach the caller as the ministry gave them."""
    world.answers("personas", consultarPersona=gives(PERSON))
    answer = await world.ask(
        """query ($cui: String!) { exchange { renap { consultarPersona(cui: $cui) {
            nombres fechaNacimiento estado ingreso folio padres { cui }
            documento { __typename ... on RenapDpi { serie } } } } } }""",
        cui="0001234560101",
    )
    assert answer["data"]["exchange"]["renap"]["consultarPersona"] == {
        "nombres": "María José",
        "fechaNacimiento": "1946-02-07",
        "estado": "CASADO",
        "ingreso": "10.50",
        "folio": "9007199254740993",
        "padres": None,
        "documento": {"__typename": "RenapDpi", "serie": "Ñ-1"},
    }
    assert "errors" not in answer


async def test_an_answer_names_its_messages(world: World) -> None:
    """Every exchange of an answer stands in `extensions.sacbe.messages`, and the id begins with X-Road-Id."""
    world.answers("personas", consultarPersona=gives(PERSON))
    response = await world.post(
        {"query": '{ exchange { renap { consultarPersona(cui: "1") { cui } } } }'}, **{"x-road-id": "caso-7"}
    )
    messages = msgspec.json.decode(response.content)["extensions"]["sacbe"]["messages"]
    assert messages == [
        {"id": "caso-7.exchange.renap.consultarPersona", "service": "GT/GOV/2001/registro-civil/personas"}
    ]


async def test_two_ministries_answer_in_one_query(world: World) -> None:
    """One answer holds several ministries, and the failure of one takes nothing from the other."""
    world.answers("personas", consultarPersona=gives(PERSON))
    world.answers("contribuyentes", consultarContribuyente=silent)
    answer = await world.ask(
        """{ exchange { renap { consultarPersona(cui: "1") { cui } }
                        sat { consultarContribuyente(cui: "1") { nit } } } }"""
    )
    assert answer["data"]["exchange"] == {
        "renap": {"consultarPersona": {"cui": "0001234560101"}},
        "sat": {"consultarContribuyente": None},
    }
    [error] = answer["errors"]
    assert error["path"] == ["exchange", "sat", "consultarContribuyente"]
    assert error["extensions"]["code"] == "SACBE-402"
    assert error["extensions"]["retryable"] is True
    assert error["extensions"]["messageId"] in {each["id"] for each in answer["extensions"]["sacbe"]["messages"]}


async def test_a_fault_is_a_typed_error(world: World) -> None:
    """A ministry's fault arrives with its own code, text and detail."""
    world.answers("personas", consultarPersona=fault)
    answer = await world.ask('{ exchange { renap { consultarPersona(cui: "1") { cui } } } }')
    assert answer["errors"][0]["extensions"]["fault"] == {
        "code": "NoExiste",
        "text": "no hay tal persona",
        "detail": {"cui": "1"},
    }


async def test_anonymous_callers_are_refused_before_any_call(world: World) -> None:
    """Without a token no exchange field is answered, each is named, and no ministry hears of it."""
    response = await world.post(
        {
            "query": """{ exchange { renap { a: consultarPersona(cui: "1") { cui }
                                             b: consultarPersona(cui: "2") { cui } }
                                     sat { consultarContribuyente(cui: "1") { nit } } } }"""
        },
        token="",
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    answer = msgspec.json.decode(response.content)
    assert "data" not in answer
    assert codes(answer) == ["SACBE-302"] * 3
    assert [error["path"][-1] for error in answer["errors"]] == ["a", "b", "consultarContribuyente"]
    assert not world.heard


async def test_a_consumer_without_right_is_refused_as_a_whole(world: World) -> None:
    """One refused field refuses the request: every refused path has its error, and no ministry hears of it."""
    response = await world.post(
        {
            "query": """{ exchange { renap { a: consultarPersona(cui: "1") { cui }
                                             b: consultarPersona(cui: "1") { nombres } } } }"""
        },
        token=world.stranger,
    )
    assert response.status_code == 403
    answer = msgspec.json.decode(response.content)
    assert codes(answer) == ["SACBE-301"] * 2
    assert [error["path"] for error in answer["errors"]] == [["exchange", "renap", "a"], ["exchange", "renap", "b"]]
    assert not world.heard


async def test_a_token_that_does_not_hold_is_refused(world: World) -> None:
    """A wrong token is refused even where none is needed: its bearer believes something that is not so."""
    answer = await world.ask("{ __typename }", token="wrong")
    assert codes(answer) == ["SACBE-302"]


async def test_the_providers_are_open_to_all(world: World) -> None:
    """Who can be asked, and for what, is shown without a token."""
    answer = await world.ask(
        "{ exchange { providers { alias identifier dataServices { identifier status operations { alias reads } } } } }",
        token="",
    )
    renap, _ = answer["data"]["exchange"]["providers"]
    assert renap["alias"] == "renap"
    assert renap["dataServices"][0]["operations"][2] == {"alias": "inscribirPersona", "reads": False}


async def test_the_same_read_is_made_once(world: World) -> None:
    """Two fields that ask the same are one call with both selections, and each gets its part of the answer."""
    world.answers("personas", consultarPersona=gives(PERSON))
    answer = await world.ask(
        """{ exchange { renap { a: consultarPersona(cui: "1") { cui } b: consultarPersona(cui: "1") { nombres } } } }"""
    )
    assert answer["data"]["exchange"]["renap"] == {"a": {"cui": "0001234560101"}, "b": {"nombres": "María José"}}
    assert world.heard == [("personas", "consultarPersona")]


async def test_changes_run_in_document_order(world: World) -> None:
    """Changing calls are made one after another as they stand, even when they are the same."""
    running: list[object] = []
    overlaps: list[object] = []

    async def slowly(persona: object) -> bool:
        overlaps.extend(running)
        running.append(persona)
        await asyncio.sleep(0.01)
        running.remove(persona)
        return True

    world.answers("personas", inscribirPersona=slowly)
    answer = await world.ask(
        """mutation ($a: RenapPersonaInput!) { exchange { renap {
            second: inscribirPersona(persona: {cui: "2", nombres: "B", documento: {cedula: {orden: "A-1"}}})
            first: inscribirPersona(persona: $a)
            again: inscribirPersona(persona: $a) } } }""",
        a={"cui": "1", "nombres": "A", "ingreso": 10.5},
    )
    assert answer["data"]["exchange"]["renap"] == {"second": True, "first": True, "again": True}
    heard = [call.arguments["persona"] for call in world.memory.heard]
    assert heard == [
        {"cui": "2", "nombres": "B", "documento": {"__typename": "Cedula", "orden": "A-1"}},
        {"cui": "1", "nombres": "A", "ingreso": "10.5"},
        {"cui": "1", "nombres": "A", "ingreso": "10.5"},
    ]
    assert overlaps == []


async def test_a_newly_published_service_is_there_without_restart(world: World) -> None:
    """What is published while the node runs can be asked at once, and what is suspended is gone."""
    more = msgspec.structs.replace(offers.PERSONS, operations=(offers.PERSONS.operations[1],))
    identifier = await publish(world.engine, world.bus, world.memory, offers.TAXES, "listas", more)
    world.memory.hold("listas", more, {"buscarPersonas": gives([PERSON])})
    query = "{ exchange { sat { buscarPersonas { cui } } } }"
    answer = await eventually(world, query, lambda answer: "errors" not in answer)
    assert answer["data"]["exchange"]["sat"]["buscarPersonas"] == [{"cui": "0001234560101"}]
    await world.bus.registration.suspend(identifier)
    await eventually(world, query, lambda answer: codes(answer) == ["SACBE-102"])


DAMAGED = {
    "cui": "1",
    "nombres": "Ana",
    "ingreso": "mucho",
    "padres": [{"cui": "2", "nombres": "Eva", "folio": "x"}, {"cui": "3", "nombres": "Luis", "folio": "9"}],
    "documento": {"__typename": "Dpi"},
}


async def test_a_lenient_reply_loses_only_what_is_wrong(world: World) -> None:
    """Each forgiven field is null with an error at its response path, aliases and positions included."""
    service = await lenient(world)
    world.answers("personas", consultarPersona=gives(DAMAGED))
    query = """{ exchange { renap { yo: consultarPersona(cui: "1") {
        nombres sueldo: ingreso ingreso mayores: padres { n: folio } documento { __typename } } } } }"""
    answer = await eventually(world, query, lambda answer: answer["data"]["exchange"]["renap"]["yo"] is not None)
    assert answer["data"]["exchange"]["renap"]["yo"] == {
        "nombres": "Ana",
        "sueldo": None,
        "ingreso": None,
        "mayores": [{"n": None}, {"n": "9"}],
        "documento": None,
    }
    paths = {"/".join(str(key) for key in error["path"][3:]): error for error in answer["errors"]}
    assert sorted(paths) == ["documento", "ingreso", "mayores/0/n", "sueldo"]
    error = paths["mayores/0/n"]
    assert "padres/0/folio" in error["message"]
    assert error["extensions"]["code"] == "SACBE-408"
    assert error["extensions"]["retryable"] is False
    assert error["extensions"]["messageId"] == answer["extensions"]["sacbe"]["messages"][0]["id"]
    assert error["locations"] == [{"line": 2, "column": 59}]
    await world.bus.registration.adjust(service, is_lenient=False)
    await world.bus.registration.publish(service)


async def test_what_nobody_asked_for_is_no_error(world: World) -> None:
    """A forgiven field that the query does not select is not told; a whole result that is null is, once."""
    service = await lenient(world)
    world.answers("personas", consultarPersona=gives(DAMAGED))
    query = '{ exchange { renap { consultarPersona(cui: "1") { nombres } } } }'
    answer = await eventually(world, query, lambda answer: "errors" not in answer)
    assert answer["data"]["exchange"]["renap"]["consultarPersona"] == {"nombres": "Ana"}
    world.answers("personas", consultarPersona=gives({"nombres": "Ana"}))
    answer = await world.ask(query)
    assert answer["data"]["exchange"]["renap"] == {"consultarPersona": None}
    assert [error["path"] for error in answer["errors"]] == [["exchange", "renap", "consultarPersona"]]
    await world.bus.registration.adjust(service, is_lenient=False)
    await world.bus.registration.publish(service)


async def lenient(world: World) -> DataServiceId:
    """Let the civil registry's replies be forgiven."""
    service = DataServiceId(offers.CIVIL_REGISTRY, "personas")
    await world.bus.registration.adjust(service, is_lenient=True)
    await world.bus.registration.publish(service)
    return service


async def eventually(
    world: World, query: str, is_so: Callable[[dict[str, Any]], bool], *, attempts: int = 100
) -> dict[str, Any]:
    """Ask until the answer is so; the change comes through the database's notice."""
    for _ in range(attempts):
        answer = await world.ask(query)
        if is_so(answer):
            return answer
        await asyncio.sleep(0.05)
    pytest.fail(f"never became so: {answer}")
