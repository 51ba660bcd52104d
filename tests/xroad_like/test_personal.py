"""Personal operations: no call without a purpose, a case and an official, through any door."""

from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.choices import OperationChoice
from sacbe_terms.errors import HeaderMissing, PurposeMissing
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like import access, personal, tokens
from sacbe_xroad_like.bus import Bus
from tests.adapters.wire import http, saying
from tests.xroad_like.test_rest_relay import heard
from tests.xroad_like.test_soap_relay import TEXT, asked
from tests.xroad_like.town import CONSUMER, PERSONS, Office, call, consumer, plan, until
from tests.xroad_like.wire_town import (
    PROVIDER,
    REST_CONSUMER,
    REST_SERVICE,
    SOAP_CODES,
    publish,
    rest_description,
    soap_description,
    town,
)

STATED = {"purpose": "1", "issue": "exp-7", "user_id": "GT1"}
HEADERS = {"purpose": "Sacbe-Purpose", "issue": "X-Road-Issue", "user_id": "X-Road-UserId"}


@pytest.fixture
async def marked(bus: Bus) -> Bus:
    """A bus on which one of the office's operations is personal."""
    await bus.registration.mark(
        PERSONS, {"consultarPersona": OperationChoice(is_personal=True, person_numbers=("arguments/cui",))}
    )
    await bus.registration.publish(PERSONS)
    await until(lambda: bus.registry.data_services[PERSONS].operations["consultarPersona"].operation.is_personal)
    return bus


@pytest.mark.parametrize("left_out", STATED)
async def test_what_is_missing_is_refused_by_name(marked: Bus, office: Office, left_out: str) -> None:
    """Each of the three is required; the office hears nothing, and of another operation needs none."""
    said = {name: value for name, value in STATED.items() if name != left_out}
    with pytest.raises(HeaderMissing, match="SACBE-108") as caught:
        await marked.carry(plan(), consumer=consumer(CONSUMER, any_purpose=False, **said))
    assert caught.value.where == HEADERS[left_out]
    assert office.heard == []
    await marked.carry(plan(call("listarPersonas", limite=1)), consumer=consumer())
    assert len(office.heard) == 1


async def test_one_purpose_of_several_is_taken(engine: AsyncEngine, marked: Bus, owner: asyncpg.Connection) -> None:
    """Where several agreements are named, each call's signed request names the one that covers it."""
    await marked.carry(plan(), consumer=consumer(purpose="99, 1", issue="exp-7", user_id="GT1"))
    head = await owner.fetchval("select head from bus.message_log where direction = 'request'")
    assert b"Sacbe-Purpose:1\r\n" in head
    with pytest.raises(PurposeMissing):
        await marked.carry(plan(), consumer=consumer(purpose="98, 99", issue="exp-7", user_id="GT1"))


async def test_a_development_token_states_its_own(engine: AsyncEngine, marked: Bus, owner: asyncpg.Connection) -> None:
    """With such a token nothing need be sent, and the record shows what it stated; what is sent goes before."""
    token = await tokens.make(engine, CONSUMER, stated=tokens.DEVELOPMENT)
    await marked.carry(plan(), consumer=await marked.consumer(token))
    await marked.carry(plan(), consumer=await marked.consumer(token, issue="exp-7"))
    first, second = await owner.fetch("select head from bus.message_log where direction = 'request' order by id")
    assert b"X-Road-UserId:desarrollo\r\nX-Road-Issue:desarrollo\r\n" in first["head"]
    assert b"X-Road-Issue:exp-7\r\n" in second["head"]


async def test_any_other_token_states_nothing(engine: AsyncEngine, marked: Bus) -> None:
    """A token that was not made for development does not stand in for an official."""
    plain = await marked.consumer(await tokens.make(engine, CONSUMER))
    with pytest.raises(HeaderMissing):
        await marked.carry(plan(), consumer=plain)


@given(st.fixed_dictionaries({name: st.sampled_from(["", "x"]) for name in STATED}), st.booleans())
def test_all_three_or_none(said: dict[str, str], any_purpose: bool) -> None:
    """A call passes exactly when case and official are stated, and a purpose is, or may be left open."""
    is_stated = bool(said["issue"] and said["user_id"] and (said["purpose"] or any_purpose))
    try:
        personal.refuse_unstated(consumer(CONSUMER, any_purpose=any_purpose, **said), operation="x")
    except HeaderMissing:
        assert not is_stated
    else:
        assert is_stated


async def test_x_roads_wire_requires_case_and_official(engine: AsyncEngine, tmp_path: Path) -> None:
    """Over REST and SOAP alike; a path that no operation describes is as personal as the data service."""
    async with saying(http(b"{}")) as wire, town(engine, tmp_path, wire) as running:
        address = f"http://127.0.0.1:{wire.port}/base"
        private = DataServiceId(REST_SERVICE.subsystem, "privado")
        described = rest_description(("GET", "/fincas/{id}"), ("GET", "/estado"), source="privado.json")
        first, second = described.operations
        described = replace(described, operations=(replace(first, is_personal=True), second))
        await publish(engine, private, described, address)
        await access.grant(engine, REST_CONSUMER, private, purpose="pruebas")
        soap = soap_description(*SOAP_CODES)
        soap = replace(soap, operations=tuple(replace(each, is_personal=True) for each in soap.operations))
        await publish(engine, DataServiceId(PROVIDER, "estado"), soap, address)
        await running.bus._watch.refresh()
        base, client = "/r1/EE/BUSINESS/producer/sub/privado", {"x-road-client": str(REST_CONSUMER)}
        for path, more, missing in (
            ("/fincas/1", {}, "X-Road-Issue"),
            ("/fincas/1", {"x-road-issue": "exp-7"}, "X-Road-UserId"),
            ("/otra", {"x-road-userid": "EE1"}, "X-Road-Issue"),
        ):
            refused = await running.client.get(f"{base}{path}", headers={**client, **more})
            assert refused.headers["x-road-error"] == "Client.BadRequest"
            assert missing in refused.json()["message"]
        message = await running.client.post("/", content=asked(), headers={"content-type": TEXT})
        assert "X-Road-Issue" in message.text
        assert heard(wire) == []
        full = {**client, "x-road-issue": "exp-7", "x-road-userid": "EE1"}
        assert (await running.client.get(f"{base}/fincas/1", headers=full)).status_code == 200
        assert (await running.client.get(f"{base}/estado", headers=client)).status_code == 200
