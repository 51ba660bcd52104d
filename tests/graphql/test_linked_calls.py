"""Which calls a group of linked fields needs: laws that hold for whatever records hold."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sacbe_graphql import linked_calls, linked_plan
from sacbe_graphql.linked_plan import AskedLink, Branch
from sacbe_graphql.selection import Linked, Selection
from sacbe_terms.exchange import Outcome, PlannedCall
from sacbe_terms.identifiers import DataServiceId
from sacbe_terms.links import Batch

SERVICE = DataServiceId.parse("GT/GOV/1/s/d")
KEYS_MAX = 3

cuis = st.one_of(st.none(), st.sampled_from("ABCDE"), st.integers(0, 3))
records = st.recursive(
    st.fixed_dictionaries({"cui": cuis}),
    lambda below: st.fixed_dictionaries({"cui": cuis, "padres": st.lists(st.one_of(st.none(), below), max_size=3)}),
    max_leaves=12,
)


def asked(key: str, *, is_list: bool, below: Branch | None = None, selection: Selection | None = None) -> AskedLink:
    """Give a linked field that asks by `cui`."""
    linked = Linked(
        service=SERVICE,
        operation_code="many" if is_list else "one",
        sources={"cui": ("cui",)},
        constants={"tipo": "A"},
        inputs={"cui": {}},
        batch=Batch(operation_code="many", argument="cuis", match="cui") if is_list else None,
        keys_max=KEYS_MAX,
    )
    return AskedLink(key=key, linked=linked, selection=selection or {"nit": {}}, below=below or Branch())


PARENTS = Branch(links=(asked("one", is_list=False), asked("many", is_list=True)))
BRANCH = Branch(
    links=(
        asked("one", is_list=False),
        asked("again", is_list=False, selection={"nombre": {}}),
        asked("many", is_list=True),
    ),
    members=(("p", "padres", PARENTS),),
)


def keys_of(call: PlannedCall) -> list[object]:
    """Give the keys that a call asks for."""
    given_keys = call.arguments.get("cuis", [call.arguments.get("cui")])
    assert isinstance(given_keys, list)
    return given_keys


@given(st.lists(records, max_size=8))
def test_nothing_is_asked_twice(found: list[dict[str, object]]) -> None:
    """No two calls ask the same, every key is asked once, and every place that has a key is answered."""
    places = list(linked_plan.places(BRANCH, found, ("exchange", "r", "l")))
    demands = linked_calls.demands(places)
    calls = list(linked_calls.calls(demands.values()))
    planned = [(call.planned.operation_code, str(call.planned.arguments)) for call in calls]
    assert len(set(planned)) == len(planned)
    keys = Counter((call.planned.operation_code, repr(key)) for call in calls for key in keys_of(call.planned))
    assert set(keys.values()) <= {1}
    answered = [path for call in calls for path in call.planned.paths]
    assert sorted(answered) == sorted(linked_calls.dotted(place.path) for place in places)
    assert all(len(call.demands) <= KEYS_MAX for call in calls)


@given(st.lists(cuis.filter(lambda cui: cui is not None), min_size=1, max_size=20), st.data())
def test_a_list_is_matched_by_key_alone(found: list[object], data: st.DataObject) -> None:
    """Whatever order and whatever part of the records a list operation answers, each place has its own or null."""
    branch = Branch(links=(asked("m", is_list=True),))
    places = linked_plan.places(branch, [{"cui": cui} for cui in found], ("l",))
    for call in linked_calls.calls(linked_calls.demands(places).values()):
        wanted = [{"cui": demand.match} for demand in call.demands]
        given_back = data.draw(st.lists(st.sampled_from([*wanted, {"cui": "other"}, None]), max_size=6))
        answers = linked_calls.answers(call, Outcome(call=call.planned, value=given_back))
        for demand in call.demands:
            mine = {"cui": demand.match}
            assert answers[demand.key].value == (mine if mine in given_back else None)


def test_what_nobody_can_be_asked_with_asks_nothing() -> None:
    """A record without the field, with null or with something else in it, is asked for nothing."""
    values: list[object] = [None, "text", 1, {}, {"cui": None}, {"cui": {"a": 1}}, {"cui": ["A"]}, [[{"x": 1}]]]
    assert list(linked_plan.places(BRANCH, values, ())) == []
