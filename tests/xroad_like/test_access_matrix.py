"""Every consumer, operation and field against the registry: what the doors let pass is what was agreed, no more."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sacbe_terms.errors import AccessError
from sacbe_terms.exchange import Endpoint, PlannedCall
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like.admission import admit
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.group import GroupId, Holder
from sacbe_xroad_like.registry import Provider, PublishedDataService, Registry, by_pair
from sacbe_xroad_like.relay_admission import admit_rest
from sacbe_xroad_like.wire import rest_message
from sacbe_xroad_like.wire.fault import XRoadFault
from tests.xroad_like.town import CONSUMER, PERSONS, PROVIDER, STRANGER, consumer, description, plan
from tests.xroad_like.wire_town import rest_description

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CONSUMERS = (CONSUMER, STRANGER, SubsystemId(MemberId("GT", "GOV", "1001"), "otra"))
HOLDERS: dict[Holder, tuple[SubsystemId, ...]] = {
    **{each: (each,) for each in CONSUMERS},
    GroupId(PROVIDER, "ventanillas"): CONSUMERS[:2],
    GroupId("GT", "archivos"): CONSUMERS[1:],
    GroupId("GT", "vacio"): (),
}
"""Who calls by the right of whom, told by hand."""
INSIDE = {str(holder): clients for holder, clients in HOLDERS.items() if isinstance(holder, GroupId)}
ARGUMENTS: dict[str, dict[str, object]] = {
    "consultarPersona": {"cui": "1"},
    "listarPersonas": {"limite": 1},
    "inscribir": {"nombres": "x"},
}
FIELDS = ("nombres", "fechaNacimiento")
SELECTIONS = ((), *((name,) for name in FIELDS), FIELDS)
REST_SERVICE = DataServiceId(PROVIDER, "fincas")
ROUTES = ((), ("GET /fincas/*",), ("* /estado",), ("GET **",), ("PUT /fincas/8",), ("GET /nada", "PUT /fincas/**"))
REACHED = {
    (): {"op0", "op1", "op2"},
    ROUTES[1]: {"op0"},
    ROUTES[2]: {"op2"},
    ROUTES[3]: {"op0", "op2"},
    ROUTES[4]: set(),
    ROUTES[5]: {"op1"},
}
"""Which of ENDPOINTS each reaches for the parameter 7, told by hand."""
ENDPOINTS = {"op0": ("GET", "/fincas/{id}"), "op1": ("PUT", "/fincas/{id}"), "op2": ("GET", "/estado")}

states: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"is_approved": True},
        {"is_approved": None},
        {"is_approved": False},
        {"is_approved": True, "revoked_at": NOW},
        {"is_approved": True, "until": date(2026, 11, 24)},
        {"is_approved": True, "until": date(2026, 11, 25)},
    ]
)


@st.composite
def agreements(
    draw: st.DrawFn, service: DataServiceId, codes: Iterable[str], routes: Sequence[tuple[str, ...]] = ((),)
) -> list[Agreement]:
    """Give a few agreements about a data service, in any state."""
    return [
        Agreement(
            id=number,
            consumer=draw(st.sampled_from(list(HOLDERS))),
            data_service=service,
            operation_code=draw(st.sampled_from(["", *codes])),
            purpose="x",
            fields=draw(st.sampled_from(SELECTIONS)),
            routes=draw(st.sampled_from(routes)),
            requested_at=NOW,
            **draw(states),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


def registry(held: Iterable[Agreement]) -> Registry:
    """Give a registry with the office and a REST ministry, and these agreements."""
    kinds = {PERSONS: description(), REST_SERVICE: rest_description(*ENDPOINTS.values())}
    services = [
        PublishedDataService(
            identifier=identifier,
            title="",
            documentation="",
            description=described,
            endpoint=Endpoint(address="https://x.example"),
        )
        for identifier, described in kinds.items()
    ]
    provider = Provider(alias="renap", subsystem=PROVIDER, title="", data_services=tuple(services))
    known = {each: str(each) for each in (*CONSUMERS, PROVIDER)}
    return Registry(providers=(provider,), subsystems=known, agreements=by_pair(held, INSIDE))


def is_agreed(held: Iterable[Agreement], who: SubsystemId, code: str, fields: tuple[str, ...]) -> bool:
    """Say by the table alone, in the plainest way, whether some agreement allows it; no fields are the whole answer."""
    return any(
        who in HOLDERS[each.consumer]
        and each.operation_code in ("", code)
        and each.is_approved is True
        and each.revoked_at is None
        and (each.until is None or each.until >= NOW.date())
        and (not each.routes or code in REACHED[each.routes])
        and (not each.fields or (bool(fields) and set(fields) <= set(each.fields)))
        for each in held
    )


@given(agreements(PERSONS, ARGUMENTS))
def test_plans_pass_exactly_where_it_was_agreed(held: list[Agreement]) -> None:
    """Every consumer, operation and selection: no leak, and nothing agreed is refused."""
    known = registry(held)
    for who, code, fields in product(CONSUMERS, ARGUMENTS, SELECTIONS):
        selection = f"{{ {' '.join(fields)} }}" if fields else ""
        asked = PlannedCall(
            paths=("p",), service=PERSONS, operation_code=code, arguments=ARGUMENTS[code], fields=selection
        )
        try:
            admit(known, plan(asked), consumer(who), NOW)
        except AccessError:
            assert not is_agreed(held, who, code, fields)
        else:
            assert is_agreed(held, who, code, fields)


@given(agreements(REST_SERVICE, ENDPOINTS, ROUTES))
def test_x_roads_messages_pass_exactly_where_it_was_agreed(held: list[Agreement]) -> None:
    """Every consumer and endpoint over X-Road's wire, whose answers are whole."""
    known = registry(held)
    for who, (code, (method, path)) in product(CONSUMERS, ENDPOINTS.items()):
        target = f"/r1/{REST_SERVICE}{path.replace('{id}', '7')}"
        request = rest_message.read(method, target, (("x-road-client", str(who)),), instance="GT", request_id="1")
        try:
            admit_rest(known, request, NOW)
        except XRoadFault:
            assert not is_agreed(held, who, code, ())
        else:
            assert is_agreed(held, who, code, ())


@given(agreements(REST_SERVICE, ENDPOINTS, ROUTES))
def test_plans_of_a_rest_service_pass_exactly_where_it_was_agreed(held: list[Agreement]) -> None:
    """Every consumer and operation by the schema's own calls, whose paths are not written yet: routes hold for them."""
    known = registry(held)
    for who, code in product(CONSUMERS, ENDPOINTS):
        asked = PlannedCall(paths=("p",), service=REST_SERVICE, operation_code=code, arguments={}, fields="")
        try:
            admit(known, plan(asked), consumer(who), NOW)
        except AccessError:
            assert not is_agreed(held, who, code, ())
        else:
            assert is_agreed(held, who, code, ())
