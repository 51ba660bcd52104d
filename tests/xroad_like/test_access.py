"""Access rights: decided by default against, given for a purpose, over when they are over."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import (
    AccessError,
    AccessRefused,
    DataServiceUnknown,
    MemberUnknown,
    PurposeMissing,
    RecordNotFound,
)
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId
from sacbe_xroad_like import access
from sacbe_xroad_like.agreement import Agreement, State, for_operation
from sacbe_xroad_like.bus import Bus
from tests.xroad_like.town import CONSUMER, PERSONS, STRANGER, Office, consumer, plan, until

ASK = OperationId(PERSONS, "consultarPersona")
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def right(**changed: object) -> Agreement:
    """Give a right of the consumer to the whole data service, with changes."""
    values: dict[str, object] = {
        "id": 7,
        "consumer": CONSUMER,
        "data_service": PERSONS,
        "operation_code": "",
        "purpose": "Trámite",
        "until": None,
        "per_day": None,
        "requested_at": NOW,
        "is_approved": True,
        "decided_at": NOW,
        "revoked_at": None,
    }
    return Agreement(**(values | changed))  # type: ignore[arg-type]  # a table of values


@pytest.mark.parametrize(
    "held",
    [right(), right(operation_code="consultarPersona"), right(until=date(2026, 11, 23)), right(until=date(2027, 1, 1))],
)
def test_a_right_in_force_allows(held: Agreement) -> None:
    """The whole service or the operation itself, until and with its last day."""
    assert for_operation([held], CONSUMER, ASK, purpose="", at=NOW) is held
    assert for_operation([held], CONSUMER, ASK, purpose="7", at=NOW) is held


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (right(consumer=STRANGER), "never asked for a right to"),
        (right(operation_code="listarPersonas"), "never asked for a right to"),
        (right(data_service=DataServiceId(PERSONS.subsystem, "personas2")), "never asked for a right to"),
        (right(is_approved=False, reason="sin norma"), r"was refused on 2026-11-23 \(sin norma\) a right to"),
        (right(revoked_at=NOW), "revoked on 2026-11-23"),
        (right(until=date(2026, 11, 22)), "over since 2026-11-22"),
    ],
)
def test_anything_else_is_refused_with_the_missing_link(held: Agreement, said: str) -> None:
    """The refusal says which link is missing and how to ask for it."""
    with pytest.raises(AccessRefused, match=said) as caught:
        for_operation([held], CONSUMER, ASK, purpose="", at=NOW)
    assert f"sacbe access request {CONSUMER} {ASK}" in caught.value.hint


def test_what_waits_gives_no_right() -> None:
    """Who asked and has no answer yet is told since when it waits, and what decides it."""
    with pytest.raises(AccessRefused, match="asked on 2026-11-23, and its provider has not decided yet") as caught:
        for_operation([right(is_approved=None, decided_at=None)], CONSUMER, ASK, purpose="", at=NOW)
    assert "sacbe access approve 7" in caught.value.hint


def test_another_purpose_is_refused() -> None:
    """A purpose that gives no right here is refused even where another one would, and those are named."""
    with pytest.raises(PurposeMissing, match="SACBE-303") as caught:
        for_operation([right()], CONSUMER, ASK, purpose="8", at=NOW)
    assert "7 (Trámite)" in caught.value.hint


subsystems = st.sampled_from([CONSUMER, STRANGER, SubsystemId(MemberId("GT", "GOV", "1001"), "otro")])
rights = st.builds(
    lambda consumer, code, days, revoked, approved: right(
        consumer=consumer,
        operation_code=code,
        until=None if days is None else (NOW + timedelta(days=days)).date(),
        revoked_at=NOW if revoked else None,
        is_approved=approved,
    ),
    subsystems,
    st.sampled_from(["", "consultarPersona", "listarPersonas"]),
    st.none() | st.integers(min_value=-2, max_value=2),
    st.booleans(),
    st.sampled_from([True, True, False, None]),
)


@given(st.lists(rights, max_size=6), subsystems)
def test_allowed_means_one_right_says_so(held: list[Agreement], consumer: SubsystemId) -> None:
    """The decision is yes exactly when some right of this consumer, in force, covers the operation."""
    expected = any(
        each.consumer == consumer and each.operation_code != "listarPersonas" and each.is_in_force(NOW) for each in held
    )
    try:
        found = for_operation(held, consumer, ASK, purpose="", at=NOW)
    except AccessError:
        assert not expected
    else:
        assert expected
        assert found in held
        assert found.consumer == consumer


async def test_a_right_needs_a_purpose(engine: AsyncEngine) -> None:
    """Without words on why, no right is given, and nothing is stored."""
    with pytest.raises(PurposeMissing, match="needs a purpose"):
        await access.grant(engine, CONSUMER, PERSONS, purpose="  ")
    assert await access.all_agreements(engine) == ()


async def test_rights_are_given_listed_and_revoked(engine: AsyncEngine, bus: Bus) -> None:
    """A revoked right stays in the list with its date, and cannot be revoked twice."""
    given_right = await access.grant(
        engine, STRANGER, ASK, purpose="Archivo histórico", until=date(2030, 1, 1), per_day=10
    )
    assert (given_right.operation_code, given_right.per_day) == ("consultarPersona", 10)
    assert given_right in await access.all_agreements(engine, consumer=STRANGER)
    await access.revoke(engine, given_right.id)
    assert (await access.all_agreements(engine, consumer=STRANGER))[-1].revoked_at is not None
    with pytest.raises(RecordNotFound):
        await access.revoke(engine, given_right.id)


async def test_a_request_waits_until_it_is_approved(engine: AsyncEngine, bus: Bus, office: Office) -> None:
    """What is asked for gives nothing before the provider approves it, and then at once; all of it stays on record."""
    asked = await access.request(
        engine, STRANGER, PERSONS, purpose="Archivo", legal_basis="art. 30", review_on=date(2027, 1, 1), by="ana"
    )
    await until(lambda: (STRANGER, PERSONS) in bus.registry.agreements)
    with pytest.raises(AccessRefused, match="has not decided yet"):
        await bus.carry(plan(), consumer=consumer(STRANGER))
    assert office.heard == []
    approved = await access.approve(engine, asked.id, by="luis")
    await until(lambda: bool(bus.registry.in_force(STRANGER, PERSONS)))
    await bus.carry(plan(), consumer=consumer(STRANGER))
    assert len(office.heard) == 1
    assert (approved.requested_by, approved.decided_by, approved.legal_basis) == ("ana", "luis", "art. 30")
    assert approved.decided_at is not None


async def test_a_request_is_decided_once(engine: AsyncEngine, bus: Bus) -> None:
    """A refused request stays refused, with its reason; what was never given cannot be revoked."""
    asked = await access.request(engine, STRANGER, PERSONS, purpose="Archivo")
    refused = await access.refuse(engine, asked.id, reason=" sin norma ", by="luis")
    assert (refused.state(NOW), refused.reason) == (State.REFUSED, "sin norma")
    for undo in (access.approve, access.revoke):
        with pytest.raises(RecordNotFound):
            await undo(engine, asked.id)
    with pytest.raises(RecordNotFound):
        await access.refuse(engine, asked.id, reason="otra vez")


async def test_two_deciders_never_both_decide(engine: AsyncEngine, bus: Bus) -> None:
    """Approved and refused at the same moment, a request becomes one of the two."""
    asked = await access.request(engine, STRANGER, PERSONS, purpose="Archivo")
    decided = await asyncio.gather(
        access.approve(engine, asked.id), access.refuse(engine, asked.id, reason="no"), return_exceptions=True
    )
    assert sum(isinstance(each, Agreement) for each in decided) == 1
    assert sum(isinstance(each, RecordNotFound) for each in decided) == 1


async def test_rights_are_for_what_exists(engine: AsyncEngine, bus: Bus) -> None:
    """A misspelt consumer, data service or operation is named; nothing is stored."""
    with pytest.raises(MemberUnknown, match="GT/GOV/9/x"):
        await access.grant(engine, SubsystemId(MemberId("GT", "GOV", "9"), "x"), PERSONS, purpose="x")
    with pytest.raises(DataServiceUnknown, match="persona"):
        await access.grant(engine, STRANGER, DataServiceId(PERSONS.subsystem, "persona"), purpose="x")
    with pytest.raises(DataServiceUnknown, match="no operation 'consultar'") as caught:
        await access.grant(engine, STRANGER, OperationId(PERSONS, "consultar"), purpose="x")
    assert "consultarPersona" in caught.value.hint
    assert await access.all_agreements(engine, consumer=STRANGER) == ()
