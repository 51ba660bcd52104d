"""Operational records: every exchange and refusal of both doors, without content, and never in the way."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import AccessRefused
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like import operational_log, operational_reading
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.operational_reading import Row, Wanted
from sacbe_xroad_like.operational_record import Asked, Ended, OperationalRecord, endpoint
from sacbe_xroad_like.stages import Stages
from sacbe_xroad_like.xroad_fields import xroad_fields
from tests.adapters.wire import http, saying
from tests.xroad_like.town import CONSUMER, PROVIDER, STRANGER, Office, altered, call, consumer, fault, plan
from tests.xroad_like.wire_town import REST_PROVIDER, Town, rest_description, town

R1 = "/r1/EE/BUSINESS/producer/sub/echo"
CLIENT = {"x-road-client": "EE/BUSINESS/consumer/sub", "x-road-userid": "EE1", "x-road-id": "7"}
PRODUCER = MemberId("EE", "BUSINESS", "producer")
ANYTHING = Wanted()


@pytest.fixture
async def plain(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose ministries answer everything with a number."""
    async with saying(http(b'{"value":42}', kind="application/json")) as wire, town(engine, tmp_path, wire) as running:
        yield running


async def rows(engine: AsyncEngine, bus: Bus, member: MemberId = PRODUCER) -> list[Row]:
    """Have what is waiting written, and give a member's records, the oldest first."""
    await bus.records.stop()
    bus.records.start()
    return (await operational_reading.records(engine, member, ANYTHING))[::-1]


async def test_a_call_of_a_plan_has_one_record(bus: Bus, engine: AsyncEngine) -> None:
    """Who asked whom for what, under which id, how it ended, and where the time went."""
    (outcome,) = await bus.carry(plan(), consumer=consumer(user_id="GT2", issue="E-1", message_id="m"))
    (row,) = await rows(engine, bus, CONSUMER.member)
    assert (row["door"], row["consumer"], row["provider"]) == ("plan", str(CONSUMER), str(PROVIDER))
    assert (row["service_code"], row["operation_code"]) == ("personas", "consultarPersona")
    assert (row["message_id"], row["user_id"], row["issue"]) == (outcome.message_id, "GT2", "E-1")
    assert (row["succeeded"], row["status_code"], row["fault_code"]) == (True, 200, "")
    assert (row["call_seconds"], row["log_seconds"]) == (outcome.timings["call"], outcome.timings["log"])
    assert row["request_in_ts"] <= row["request_out_ts"] <= row["response_in_ts"] <= row["response_out_ts"]
    assert row["request_size"] > 0
    assert row["response_size"] > 0


async def test_what_fails_and_what_is_refused_is_counted_too(bus: Bus, office: Office, engine: AsyncEngine) -> None:
    """A ministry's fault and a refusal have records with their code; one that was never sent says so."""
    office.answer = fault
    await bus.carry(plan(), consumer=consumer())
    with pytest.raises(AccessRefused):
        await bus.carry(plan(), consumer=consumer(STRANGER))
    failed, refused = await rows(engine, bus, PROVIDER.member)
    assert (failed["succeeded"], failed["fault_code"]) == (False, "SACBE-404")
    assert (refused["consumer"], refused["fault_code"]) == (str(STRANGER), "SACBE-301")
    assert (refused["request_out_ts"], refused["response_in_ts"]) == (None, None)
    assert refused["access_seconds"] > 0


async def test_a_change_has_one_record(bus: Bus, engine: AsyncEngine) -> None:
    """A change is logged in two steps and counted once; its repeat is another exchange."""
    change = plan(call("inscribir", nombres="x"), is_changing=True)
    for _ in range(2):
        await bus.carry(change, consumer=consumer(message_id="m"))
    first, repeat = await rows(engine, bus, CONSUMER.member)
    assert first["message_id"] == repeat["message_id"]
    assert (repeat["succeeded"], repeat["request_out_ts"]) == (True, None)


async def test_messages_of_the_wire_have_records(plain: Town, engine: AsyncEngine) -> None:
    """X-Road's own messages are counted, metadata and refusals too; of a path only the described pattern is kept."""
    await plain.client.get(f"{R1}/personas/2345678901234?cui=2345678901234", headers=CLIENT)
    await plain.client.get(f"{R1}/otra/2345678901234", headers=CLIENT)
    await plain.client.get("/r1/EE/BUSINESS/producer/sub/listMethods", headers=CLIENT)
    await plain.client.get(f"{R1}/personas/1", headers={**CLIENT, "x-road-client": "EE/BUSINESS/nobody/sub"})
    told = await rows(engine, plain.bus)
    assert [row["service_code"] for row in told] == ["echo", "echo", "listMethods", "echo"]
    assert [row["rest_path"] for row in told] == ["/personas/*", "", "", "/personas/*"]
    assert [row["fault_code"] for row in told] == ["", "", "", "Server.ClientProxy.UnknownMember"]
    assert [row["succeeded"] for row in told] == [True, True, True, False]
    assert "2345678901234" not in str(told)


async def test_a_status_that_refuses_is_no_success(engine: AsyncEngine, tmp_path: Path) -> None:
    """What a ministry refuses is carried as it is, and counted with its status."""
    reply = http(b"{}", status="404 Not Found", kind="application/json")
    async with saying(reply) as wire, town(engine, tmp_path, wire) as running:
        await running.client.get(f"{R1}/personas/1", headers=CLIENT)
        (row,) = await rows(engine, running.bus)
    assert (row["succeeded"], row["status_code"], row["fault_code"]) == (False, 404, "")


async def test_xroads_names(plain: Town, engine: AsyncEngine) -> None:
    """A record is told under X-Road's names, empty ones left out."""
    await plain.client.get(f"{R1}/personas/1", headers=CLIENT)
    (row,) = await rows(engine, plain.bus)
    told = xroad_fields(row)
    assert told["clientMemberCode"] == "consumer"
    assert told["serviceSubsystemCode"] == "sub"
    assert (told["restMethod"], told["restPath"], told["serviceType"]) == ("GET", "/personas/*", "OPENAPI3")
    assert (told["messageId"], told["messageUserId"], told["messageProtocolVersion"]) == ("7", "EE1", "1")
    assert (told["securityServerType"], told["succeeded"], told["statusCode"]) == ("Producer", True, 200)
    assert not {"faultCode", "messageIssue", "representedPartyCode"} & told.keys()


def test_the_closest_pattern_names_a_path() -> None:
    """Where several endpoints fit, the one with the fewest stars does; where none fits, nothing is said."""
    described = rest_description(("GET", "/p/{id}"), ("GET", "/p/{id}/{part}"), ("GET", "/p/{id}/multas"))
    assert endpoint(described, "GET", "/p/1/multas") == "/p/*/multas"
    assert endpoint(described, "GET", "/p/1/otra") == "/p/*/*"
    assert endpoint(described, "POST", "/p/1") == ""
    assert endpoint(described, "GET", "/p/../../x") == ""


async def test_a_member_sees_its_own(bus: Bus, engine: AsyncEngine) -> None:
    """A record is seen by its two parties and by nobody else, however alike the name; totals likewise."""
    await bus.carry(plan(call(path="a"), call(path="b")), consumer=consumer())
    await bus.carry(plan(call("listarPersonas", limite=1)), consumer=consumer())
    for member, count in ((CONSUMER.member, 3), (PROVIDER.member, 3), (STRANGER.member, 0)):
        assert len(await rows(engine, bus, member)) == count
    for alike in ("GT/GOV/100", "GT/GOV/%", "GT/GOV/100_"):
        assert await operational_reading.records(engine, MemberId.parse(alike), ANYTHING) == []
    whole = await operational_reading.totals(engine, None, ANYTHING)
    assert [(row["operation_code"], row["exchanges"], row["failed"]) for row in whole] == [
        ("consultarPersona", 2, 0),
        ("listarPersonas", 1, 0),
    ]
    assert await operational_reading.totals(engine, STRANGER.member, ANYTHING) == []


async def test_records_are_found_by_their_parties(plain: Town, engine: AsyncEngine) -> None:
    """Consumer, provider and time narrow what is given."""
    await plain.client.get(f"{R1}/personas/1", headers=CLIENT)
    (row,) = await rows(engine, plain.bus)
    nobody = SubsystemId(PRODUCER, "otro")
    for wanted, count in (
        (Wanted(provider=REST_PROVIDER, since=row["recorded_at"]), 1),
        (Wanted(provider=nobody), 0),
        (Wanted(consumer=REST_PROVIDER), 0),
    ):
        assert len(await operational_reading.records(engine, PRODUCER, wanted)) == count


def record(text: str = "m") -> OperationalRecord:
    """Give a record of nothing much, whose texts a client chose."""
    asked = Asked("plan", str(CONSUMER), str(PROVIDER), "personas", text, 0, user_id=text)
    return OperationalRecord(asked, Ended(True), Stages().timed())


async def test_a_full_queue_loses_and_counts(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its limit the queue takes no more; nobody waits, and what is lost is known."""
    monkeypatch.setattr(operational_log, "WAITING_MAX", 3)
    log = OperationalLog(engine)
    for _ in range(5):
        log.add(record())
    assert log.lost == 2


async def test_no_exchange_suffers(bus: Bus, engine: AsyncEngine, owner: asyncpg.Connection) -> None:
    """While records cannot be written exchanges go on; afterwards records come again."""
    there = "revoke insert on bus.operational_record from sacbe_node"
    async with altered(owner, there, back="grant insert on bus.operational_record to sacbe_node"):
        (outcome,) = await bus.carry(plan(), consumer=consumer())
        assert await rows(engine, bus, CONSUMER.member) == []
    assert (outcome.error, bus.records.lost) == (None, 1)
    await bus.carry(plan(), consumer=consumer())
    assert len(await rows(engine, bus, CONSUMER.member)) == 1


async def test_old_records_are_forgotten(engine: AsyncEngine, bus: Bus, owner: asyncpg.Connection) -> None:
    """What is older than the days that records are kept is swept away."""
    await bus.carry(plan(call(path="a"), call(path="b")), consumer=consumer(message_id="m"))
    await rows(engine, bus, CONSUMER.member)
    old = "update bus.operational_record set recorded_at = now() - make_interval(days => $1) where message_id = 'm.a'"
    await owner.execute(old, operational_log.KEPT_DAYS + 1)
    await bus.records.sweep()
    assert [row["message_id"] for row in await rows(engine, bus, CONSUMER.member)] == ["m.b"]


@given(text=st.text(st.characters(exclude_categories=()), max_size=400))
def test_any_text_fits_the_table(text: str) -> None:
    """Whatever a client says of herself becomes at most 255 signs that a database takes."""
    kept = record(text).row
    assert all(len(each) <= 255 and each.isprintable() for each in kept if isinstance(each, str))
    assert "\0" not in str(kept)


def test_stages_add_up() -> None:
    """The times between in and out are the stages together, in order."""
    stages = Stages(access_seconds=0.5)
    for stage in ("sign", "call", "sign", "log"):
        stages.lap(stage)
    timed = stages.timed()
    assert timed.access_seconds == 0.5
    assert timed.response_out_ts - timed.request_in_ts == round(sum(stages.seconds.values()) * 1000)
