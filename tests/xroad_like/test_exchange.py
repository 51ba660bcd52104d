"""Carrying plans: refused whole before any call, signed, logged before it is given, never called twice."""

import asyncio

import asyncpg
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from sacbe_adapters import resilience
from sacbe_terms.errors import (
    AccessRefused,
    ArgumentsNotValid,
    DataServiceUnknown,
    LegacySystemFault,
    LegacySystemSilent,
    LegacySystemUnreachable,
    MemberUnknown,
    NotLogged,
    Problem,
    PurposeMissing,
    SacbeError,
    SystemBusy,
    SystemResting,
    UnexpectedFailure,
)
from sacbe_terms.exchange import Call, Outcome, PlannedCall
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like import exchange, message_log, recording
from sacbe_xroad_like.bus import Bus
from tests.xroad_like.town import (
    ANSWER,
    PERSONS,
    STRANGER,
    Office,
    altered,
    call,
    consumer,
    fault,
    plain_answer,
    plan,
    silence,
)


async def logged(owner: asyncpg.Connection) -> list[tuple[str, str]]:
    """Give the message ids and directions in the log, in the order of their writing."""
    rows = await owner.fetch("select message_id, direction from bus.message_log order by id")
    return [(row["message_id"], row["direction"]) for row in rows]


async def test_an_answer_comes_with_its_record(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """The ministry hears the call as it was asked; request and reply are in the log when the answer is given."""
    (outcome,) = await bus.carry(plan(), consumer=consumer(message_id="abc", user_id="GT1", issue="exp-1"))
    assert (outcome.value, outcome.error) == (ANSWER, None)
    assert outcome.message_id == "abc.exchange.renap.persona"
    assert await logged(owner) == [(outcome.message_id, "request"), (outcome.message_id, "reply")]
    (heard,) = office.heard
    assert heard.name == f"{PERSONS}/consultarPersona"
    assert heard.arguments == {"cui": "2345678901234"}
    assert heard.message_id == outcome.message_id
    assert set(outcome.timings) == {"access", "sign", "call", "log"}
    request, reply = await owner.fetch("select * from bus.message_log order by id")
    assert b"X-Road-UserId:GT1\r\n" in request["head"]
    assert b"X-Road-Issue:exp-1\r\n" in request["head"]
    assert msgspec.json.decode(reply["body"]) == ANSWER
    assert request["certificate_sha256"] != reply["certificate_sha256"]


async def test_refuses_before_calling(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """A consumer without access right is refused, told how to ask, and the ministry hears nothing."""
    with pytest.raises(AccessRefused, match="SACBE-301") as caught:
        await bus.carry(plan(), consumer=consumer(STRANGER))
    assert str(STRANGER) in caught.value.what
    assert office.heard == []
    assert await logged(owner) == []


NOWHERE = DataServiceId(SubsystemId(MemberId("GT", "GOV", "9"), "x"), "y")
ELSEWHERE = PlannedCall(paths=("exchange.x.y",), service=NOWHERE, operation_code="z", arguments={})

REFUSED: list[tuple[type[SacbeError], PlannedCall, dict[str, str]]] = [
    (DataServiceUnknown, ELSEWHERE, {}),
    (DataServiceUnknown, call("borrarPersona"), {}),
    (ArgumentsNotValid, call(cui=7), {}),
    (PurposeMissing, call(), {"purpose": "999"}),
]


async def test_one_refused_call_refuses_the_plan(bus: Bus, office: Office) -> None:
    """Nothing of a plan is done if one call of it cannot be; the problem names its response path."""
    for kind, ill, said in REFUSED:
        with pytest.raises(kind) as caught:
            await bus.carry(plan(call(path="a.good"), ill), consumer=consumer(**said))  # type: ignore[arg-type]
        assert caught.value.problems[-1].where == ill.paths[0]
    with pytest.raises(MemberUnknown):
        await bus.carry(plan(), consumer=consumer(NOWHERE.subsystem))
    assert office.heard == []


@pytest.mark.parametrize(("kind", "ill", "said"), REFUSED)
async def test_what_is_carried_each_by_itself_is_refused_by_itself(
    bus: Bus, office: Office, kind: type[SacbeError], ill: PlannedCall, said: dict[str, str]
) -> None:
    """Of reads that became possible together, a refused one has its reason for an outcome, and the others answer."""
    outcomes: list[Outcome] = []
    good = call(path="a.good"), call(path="a.better", cui="8")
    asking = consumer(**said)  # type: ignore[arg-type] # texts that a consumer says of itself
    places = asyncio.Semaphore(1)
    await bus.carry_each(plan(good[0], ill, good[1]), consumer=asking, places=places, ended=outcomes.append)
    errors = {outcome.call.paths[0]: type(outcome.error) for outcome in outcomes if outcome.error is not None}
    assert errors == dict.fromkeys((each.paths[0] for each in ((*good, ill) if said else (ill,))), kind)
    assert len(outcomes) == 3
    assert len(office.heard) == 3 - len(errors)


async def test_every_refused_call_is_named(bus: Bus) -> None:
    """One problem for each refused call, with its own reason."""
    calls = (call(path="a"), ELSEWHERE, call("nada", path="b"))
    with pytest.raises(DataServiceUnknown) as caught:
        await bus.carry(plan(*calls), consumer=consumer())
    assert [problem.where for problem in caught.value.problems] == ["exchange.x.y", "b"]


async def test_reads_run_together(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """The calls of a read are made at the same time, within a bound, and come back in the plan's order."""
    running, most = 0, 0

    async def answer(asked: Call) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return {**ANSWER, "nombres": asked.arguments["cui"]}

    office.answer = answer
    calls = tuple(call(path=f"p{number}", cui=str(number)) for number in range(40))
    outcomes = await bus.carry(plan(*calls), consumer=consumer())
    assert [outcome.value for outcome in outcomes] == [{**ANSWER, "nombres": str(number)} for number in range(40)]
    assert 1 < most <= exchange.CALLS_AT_ONCE_MAX
    assert len(set(await logged(owner))) == 80


async def test_changes_run_one_after_another(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """Changing calls follow each other in order, and each is in the log before the ministry hears it."""
    before: list[list[tuple[str, str]]] = []

    async def answer(asked: Call) -> object:
        before.append(await logged(owner))
        return {**ANSWER, "nombres": asked.arguments["nombres"]}

    office.answer = answer
    calls = [call("inscribir", path=path, nombres=path) for path in ("a", "b")]
    outcomes = await bus.carry(plan(*calls, is_changing=True), consumer=consumer(message_id="m"))
    assert [outcome.value for outcome in outcomes] == [{**ANSWER, "nombres": "a"}, {**ANSWER, "nombres": "b"}]
    assert before == [[("m.a", "request")], [("m.a", "request"), ("m.a", "reply"), ("m.b", "request")]]


async def test_one_failure_leaves_the_others(bus: Bus, office: Office) -> None:
    """A call that fails has its error in its outcome; the others have their values."""

    async def answer(asked: Call) -> object:
        return await fault(asked) if asked.arguments["cui"] == "1" else ANSWER

    office.answer = answer
    ill, well = await bus.carry(plan(call(path="a", cui="1"), call(path="b", cui="2")), consumer=consumer())
    assert isinstance(ill.error, LegacySystemFault)
    assert (ill.value, well.value, well.error) == (None, ANSWER, None)


async def test_what_was_forgiven_is_on_record(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """A lenient endpoint's problems come with the outcome, and the signed reply keeps them beside the result."""
    problem = Problem(where="fechaNacimiento", reason="a Date was expected and a text that is none was found")
    office.problems = (problem,)
    (outcome,) = await bus.carry(plan(), consumer=consumer())
    assert (outcome.value, outcome.problems) == (ANSWER, (problem,))
    reply = await owner.fetchrow("select * from bus.message_log where direction = 'reply'")
    assert b"\r\nsacbe-problems:1\r\n" in reply["head"]
    told = {"where": problem.where, "reason": problem.reason}
    assert msgspec.json.decode(reply["body"]) == {"result": ANSWER, "problems": [told]}


async def test_failures_are_on_record(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """A fault is answered with a signed reply too: its status, code and text are in the log."""
    office.answer = fault
    await bus.carry(plan(), consumer=consumer())
    reply = await owner.fetchrow("select * from bus.message_log where direction = 'reply'")
    assert reply["head"].startswith(b"502\r\n")
    assert msgspec.json.decode(reply["body"])["fault"]["code"] == "NoExiste"


async def test_a_silent_adapter_is_cut_off(bus: Bus, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter that forgets its deadline does not hold the consumer."""
    monkeypatch.setattr(resilience, "OVERTIME_SECONDS", -9.95)
    monkeypatch.setattr(resilience, "RETRIES_MAX", 0)
    office.answer = silence
    (outcome,) = await bus.carry(plan(), consumer=consumer())
    assert isinstance(outcome.error, LegacySystemSilent)


async def unreachable(asked: Call) -> object:
    """Answer nothing at all."""
    raise LegacySystemUnreachable(asked.name)


async def test_a_read_that_is_tried_again_is_one_exchange(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """A read whose connection fails is made again under its id, and logged once, with the answer it got."""

    async def answer(asked: Call) -> object:
        return ANSWER if len(office.heard) > 1 else await unreachable(asked)

    office.answer = answer
    (outcome,) = await bus.carry(plan(), consumer=consumer(message_id="m"))
    assert (outcome.value, outcome.error) == (ANSWER, None)
    assert [heard.message_id for heard in office.heard] == [outcome.message_id] * 2
    assert len({heard.deadline for heard in office.heard}) == 1
    assert [direction for _, direction in await logged(owner)] == ["request", "reply"]


async def test_a_change_is_made_once(bus: Bus, office: Office) -> None:
    """A change whose connection was cut may have been carried out, and is not sent again."""
    office.answer = unreachable
    (outcome,) = await bus.carry(plan(call("inscribir", nombres="x"), is_changing=True), consumer=consumer())
    assert isinstance(outcome.error, LegacySystemUnreachable)
    assert len(office.heard) == 1


async def test_a_system_that_fails_is_let_rest(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """After five failures the ministry hears no more of that operation; the refusals are on record as well."""
    office.answer = unreachable
    for _ in range(5):
        await bus.carry(plan(), consumer=consumer())
    office.heard.clear()
    (outcome,) = await bus.carry(plan(), consumer=consumer(message_id="m"))
    assert isinstance(outcome.error, SystemResting)
    assert office.heard == []
    assert ("m.exchange.renap.persona", "reply") in await logged(owner)
    office.answer = plain_answer
    (other,) = await bus.carry(plan(call("listarPersonas", limite=1)), consumer=consumer())
    assert other.error is None


async def test_no_call_outlives_its_plan(bus: Bus, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call whose turn comes when the plan's time is over is not made."""
    monkeypatch.setattr(exchange, "PLAN_SECONDS_MAX", 0.0)
    (outcome,) = await bus.carry(plan(), consumer=consumer())
    assert isinstance(outcome.error, SystemBusy)
    assert office.heard == []


async def test_what_nobody_foresaw_is_told_by_reference(bus: Bus, office: Office) -> None:
    """An adapter's own fault reaches the consumer as a reference; its text, which may be personal, is not logged."""

    async def answer(_: Call) -> object:
        raise KeyError("CUI 2345678901234")

    async def nonsense(_: Call) -> object:
        return object()

    for broken in (answer, nonsense):
        office.answer = broken
        with capture_logs() as said:
            (outcome,) = await bus.carry(plan(), consumer=consumer())
        assert isinstance(outcome.error, UnexpectedFailure)
        assert outcome.error.where in str(said)
        assert "2345678901234" not in str(said)


async def test_without_an_id_each_gets_a_new_one(bus: Bus) -> None:
    """The node makes ids of X-Road's form where the consumer sends none."""
    outcomes = [(await bus.carry(plan(), consumer=consumer()))[0] for _ in range(2)]
    assert outcomes[0].message_id != outcomes[1].message_id
    assert all(outcome.message_id.startswith("GT-") for outcome in outcomes)


async def test_no_record_no_answer(
    bus: Bus, office: Office, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the log cannot be written, the answer is not given, and a change is not made."""
    monkeypatch.setattr(message_log, "APPEND_SECONDS_MAX", 0.3)
    there = "revoke insert on bus.message_log from sacbe_node"
    async with altered(owner, there, back="grant insert on bus.message_log to sacbe_node"):
        (read,) = await bus.carry(plan(), consumer=consumer())
        assert isinstance(read.error, NotLogged)
        assert read.value is None
        heard = len(office.heard)
        (changed,) = await bus.carry(plan(call("inscribir", nombres="x"), is_changing=True), consumer=consumer())
        assert isinstance(changed.error, NotLogged)
        assert len(office.heard) == heard


async def test_a_consumer_who_leaves_stops_no_change(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """A change that the ministry has heard is finished and recorded, though nobody waits for it any more."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def answer(_: Call) -> object:
        begun.set()
        await go_on.wait()
        return ANSWER

    office.answer = answer
    asking = asyncio.create_task(
        bus.carry(plan(call("inscribir", nombres="x"), is_changing=True), consumer=consumer(message_id="m"))
    )
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    go_on.set()
    await bus.stop()
    assert [direction for _, direction in await logged(owner)] == ["request", "reply"]


async def test_a_large_answer_is_logged_by_its_digest(
    bus: Bus, office: Office, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the log's limit the body is given whole, and its digest is signed and kept."""
    monkeypatch.setattr(recording, "LOGGED_BODY_BYTES_MAX", 100)

    async def answer(_: Call) -> object:
        return {**ANSWER, "nombres": "x" * 200}

    office.answer = answer
    (outcome,) = await bus.carry(plan(), consumer=consumer())
    assert outcome.value == {**ANSWER, "nombres": "x" * 200}
    reply = await owner.fetchrow("select body, body_sha256 from bus.message_log where direction = 'reply'")
    assert reply["body"] is None
    assert len(reply["body_sha256"]) == 32


async def test_the_node_may_only_append(engine: AsyncEngine, bus: Bus) -> None:
    """The node's role can change or delete nothing of the log."""
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        for table in ("message_log", "log_leaf", "log_checkpoint"):
            for statement in (f"delete from bus.{table}", f"truncate bus.{table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await raw.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await raw.execute("update bus.message_log set consumer = 'x'")
