"""Requests that a rule approves by itself: those within it in every respect, and no others."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import DataServiceUnknown, GroupUnknown, IdentifierNotValid, RecordNotFound, RouteNotValid
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like import access, approval_rule, approval_rules, groups
from sacbe_xroad_like.agreement import State
from sacbe_xroad_like.approval_rule import ApprovalRule, Asked
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.group import GroupId
from tests.xroad_like.town import CONSUMER, PERSONS, PROVIDER, STRANGER, consumer, plan, until

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LOCAL = GroupId(PROVIDER, "ventanillas")


def rule(**changed: Any) -> ApprovalRule:
    """Give a rule for the whole class of members, for thirty days, with changes."""
    values: dict[str, Any] = {"id": 1, "data_service": PERSONS, "operation_code": "", "who": "GT/GOV", "days_max": 30}
    return ApprovalRule(**(values | {"made_at": NOW} | changed))


def asked(**changed: Any) -> Asked:
    """Give a request that fits it, with changes."""
    values: dict[str, Any] = {
        "consumer": STRANGER,
        "groups": frozenset(),
        "operation_code": "",
        "is_personal": False,
        "until": TODAY + timedelta(days=30),
        "per_day": None,
        "fields": (),
        "routes": (),
    }
    return Asked(**(values | changed))


@pytest.mark.parametrize(
    ("limits", "request_", "is_approved"),
    [
        ({}, {}, True),
        ({"who": "GT"}, {}, True),
        ({"who": str(STRANGER.member)}, {}, True),
        ({"who": str(STRANGER)}, {}, True),
        ({"who": str(CONSUMER)}, {}, False),
        ({"who": "GT/GO"}, {}, False),
        ({"who": "GT/GOV/100"}, {}, False),
        ({"who": str(LOCAL)}, {}, False),
        ({"who": str(LOCAL)}, {"groups": {str(LOCAL)}}, True),
        ({"who": str(LOCAL)}, {"groups": {str(LOCAL) + "2"}}, False),
        ({"ended_at": NOW}, {}, False),
        ({}, {"until": None}, False),
        ({}, {"until": TODAY + timedelta(days=31)}, False),
        ({}, {"until": TODAY - timedelta(days=1)}, False),
        ({}, {"until": TODAY}, True),
        ({}, {"is_personal": True}, False),
        ({"allows_personal": True}, {"is_personal": True}, True),
        ({"operation_code": "a"}, {}, False),
        ({"operation_code": "a"}, {"operation_code": "b"}, False),
        ({"operation_code": "a"}, {"operation_code": "a"}, True),
        ({}, {"operation_code": "a"}, True),
        ({"per_day_max": 10}, {}, False),
        ({"per_day_max": 10}, {"per_day": 10}, True),
        ({"per_day_max": 10}, {"per_day": 11}, False),
        ({"fields": ("a", "b")}, {}, False),
        ({"fields": ("a", "b")}, {"fields": ("a",)}, True),
        ({"fields": ("a",)}, {"fields": ("a/x",)}, True),
        ({"fields": ("a/x",)}, {"fields": ("a",)}, False),
        ({"fields": ("a", "b")}, {"fields": ("a", "c")}, False),
        ({"routes": ("GET /a",)}, {}, False),
        ({"routes": ("GET /a",)}, {"routes": ("GET /a",)}, True),
        ({"routes": ("GET /**",)}, {"routes": ("GET /a",)}, False),
        ({"routes": ("GET /a",)}, {"routes": ("GET /a", "GET /b")}, False),
    ],
)
def test_a_rule_approves_what_lies_within_it(
    limits: dict[str, Any], request_: dict[str, Any], is_approved: bool
) -> None:
    assert approval_rule.fits(rule(**limits), asked(**request_), TODAY) is is_approved


LIMITS = {
    "who": st.sampled_from(["GT", "GT/GOV", str(STRANGER), str(LOCAL)]),
    "days_max": st.integers(1, 5),
    "per_day_max": st.none() | st.integers(1, 3),
    "allows_personal": st.booleans(),
    "operation_code": st.sampled_from(["", "a"]),
    "fields": st.sampled_from([(), ("a",), ("a", "b")]),
}
REQUESTS = {
    "groups": st.sampled_from([frozenset(), frozenset({str(LOCAL)})]),
    "until": st.none() | st.integers(-1, 6).map(lambda days: TODAY + timedelta(days=days)),
    "per_day": st.none() | st.integers(1, 4),
    "is_personal": st.booleans(),
    "operation_code": st.sampled_from(["", "a", "b"]),
    "fields": st.sampled_from([(), ("a",), ("b",), ("c",)]),
}


@given(st.fixed_dictionaries(LIMITS), st.fixed_dictionaries(REQUESTS))
def test_a_narrower_rule_approves_nothing_that_a_wider_one_does_not(
    limits: dict[str, Any], request_: dict[str, Any]
) -> None:
    """Each limit alone taken away or widened: what was approved still is."""
    if not approval_rule.fits(rule(**limits), asked(**request_), TODAY):
        return
    wider: list[dict[str, Any]] = [
        {"days_max": limits["days_max"] + 1},
        {"per_day_max": None},
        {"allows_personal": True},
        {"operation_code": ""},
        {"fields": ()},
    ]
    for change in wider:
        assert approval_rule.fits(rule(**(limits | change)), asked(**request_), TODAY), change


@pytest.mark.parametrize("text", ["", "GT/", "/GT", "GT//1", "GT/GOV/1/a/b", "GT/GÖV", "GLOBALGROUP:GT", "gt gov"])
def test_nobody_is_meant_by_what_is_no_beginning_of_a_client(text: str) -> None:
    with pytest.raises(IdentifierNotValid):
        approval_rule.who(text)


async def test_a_request_within_a_rule_is_in_force_at_once_and_says_by_which(bus: Bus, engine: AsyncEngine) -> None:
    made = await access.make_rule(engine, PERSONS, who="GT/GOV", days_max=30, by="she")
    until_ = datetime.now(UTC).date() + timedelta(days=10)
    given_ = await access.request(engine, STRANGER, PERSONS, purpose="x", until=until_, by="he")
    assert (given_.is_approved, given_.decided_by, given_.requested_by) == (True, f"rule {made.id}", "he")
    await until(lambda: bool(bus.registry.in_force(STRANGER, PERSONS)))
    (outcome,) = await bus.carry(plan(), consumer=consumer(STRANGER))
    assert outcome.error is None


async def test_what_asks_for_more_or_comes_later_waits(bus: Bus, engine: AsyncEngine) -> None:
    """A rule that has ended approves nothing new; what it approved stays."""
    made = await access.make_rule(engine, PERSONS, who="GT/GOV", days_max=30)
    today = datetime.now(UTC).date()
    more = await access.request(engine, STRANGER, PERSONS, purpose="x", until=today + timedelta(days=31))
    approved = await access.request(engine, STRANGER, PERSONS, purpose="x", until=today)
    ended = await approval_rules.end(engine, made.id, by="she")
    later = await access.request(engine, STRANGER, PERSONS, purpose="x", until=today)
    states = [each.state(datetime.now(UTC)) for each in (more, approved, later)]
    assert states == [State.WAITING, State.IN_FORCE, State.WAITING]
    assert (ended.ended_by, ended.ended_at is not None) == ("she", True)
    with pytest.raises(RecordNotFound):
        await approval_rules.end(engine, made.id)


async def test_a_rule_for_a_group_is_for_those_in_it_when_they_ask(bus: Bus, engine: AsyncEngine) -> None:
    await groups.keep(engine, LOCAL, include=[STRANGER])
    await access.make_rule(engine, PERSONS, who=str(LOCAL), days_max=5)
    today = datetime.now(UTC).date()
    approved = await access.request(engine, STRANGER, PERSONS, purpose="x", until=today)
    outside = await access.request(engine, CONSUMER, PERSONS, purpose="x", until=today)
    assert (approved.is_approved, outside.is_approved) == (True, None)


async def test_a_rule_is_about_what_is_there(bus: Bus, engine: AsyncEngine) -> None:
    """Unknown services, operations and groups, and routes without paths: refused, and nothing is kept."""
    for service in (DataServiceId(PROVIDER, "nada"), OperationId(PERSONS, "nada")):
        with pytest.raises(DataServiceUnknown):
            await access.make_rule(engine, service, who="GT", days_max=1)
    with pytest.raises(GroupUnknown):
        await access.make_rule(engine, PERSONS, who=str(LOCAL), days_max=1)
    with pytest.raises(RouteNotValid):
        await access.make_rule(engine, PERSONS, who="GT", days_max=1, routes=("GET /x",))
    assert await approval_rules.all_rules(engine) == ()


async def test_a_rule_that_ends_while_requests_come_approves_none_after_its_end(bus: Bus, engine: AsyncEngine) -> None:
    made = await access.make_rule(engine, PERSONS, who="GT", days_max=5)
    today = datetime.now(UTC).date()

    async def ask() -> bool:
        return bool((await access.request(engine, STRANGER, PERSONS, purpose="x", until=today)).is_approved)

    asking = [asyncio.create_task(ask()) for _ in range(20)]
    await asyncio.sleep(0.01)
    await approval_rules.end(engine, made.id)
    assert not await ask()
    await asyncio.gather(*asking)
