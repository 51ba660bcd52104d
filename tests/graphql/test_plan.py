"""Plans: the calls of a query as values, worked out before any is made."""

from typing import Any

import pytest

from sacbe_graphql import documents, execution, merge, plan, static
from sacbe_graphql.limits import Limits
from sacbe_graphql.refusal import Refused
from sacbe_terms.exchange import Plan
from tests.graphql import offers

SCHEMA = merge.merged(static.schema(), offers.REGISTRY.providers).schema


def planned(query: str, **variables: Any) -> Plan:
    """Plan a query."""
    operation = documents.ready(query, SCHEMA, Limits(), hide_suggestions=False).operation(None)
    return plan.plan(SCHEMA, operation, execution.coerced(SCHEMA, operation, variables, hide_suggestions=False))


def paths(of: Plan) -> list[tuple[str, ...]]:
    """Give the paths of each call."""
    return [call.paths for call in of.calls]


def test_the_catalogue_needs_no_call() -> None:
    """A query without exchange fields has an empty plan."""
    assert planned("{ services { totalCount } exchange { providers { alias } } }") == plan.EMPTY


def test_a_call_says_what_and_where() -> None:
    """A call names the service, the operation's code, wire-ready arguments, its response path and its selection."""
    [call] = planned(
        """query ($limite: Int) { alias: exchange { r: renap { gente: buscarPersonas(limite: $limite, estados: [CASADO],
            ingresoMinimo: 10.50, padre: null, criterio: {dpi: {serie: "x"}}) { cui padres { nombres } } } } }""",
        limite=3,
    ).calls
    assert call.paths == ("alias.r.gente",)
    assert str(call.service) == "GT/GOV/2001/registro-civil/personas"
    assert call.operation_code == "buscarPersonas"
    assert call.arguments == {
        "limite": 3,
        "estados": ["CASADO"],
        "criterio": {"__typename": "Dpi", "serie": "x"},
        "ingresoMinimo": "10.50",
        "padre": None,
    }
    assert call.fields == "{ cui padres { nombres } }"


def test_defaults_and_absent_variables_are_worked_out() -> None:
    """A default is filled in, an absent variable and a null that the wire does not know leave their arguments out."""
    [call] = planned(
        "query ($e: [RenapEstado!]) { exchange { renap { buscarPersonas(estados: $e, ingresoMinimo: null) { cui } } } }"
    ).calls
    assert call.arguments == {"limite": 10}


def test_the_same_read_is_one_call() -> None:
    """Fields that ask the same share a call with every path and both selections; fields that differ do not."""
    calls = planned(
        """{ exchange { renap { a: consultarPersona(cui: "1") { cui } b: consultarPersona(cui: "1") { nombres }
                                c: consultarPersona(cui: "2") { cui } } }
             again: exchange { renap { consultarPersona(cui: "1") { padres { cui } } } } }"""
    ).calls
    assert [call.paths for call in calls] == [
        ("exchange.renap.a", "exchange.renap.b", "again.renap.consultarPersona"),
        ("exchange.renap.c",),
    ]
    assert calls[0].fields == "{ cui nombres padres { cui } }"


def test_changes_stay_apart_and_in_order() -> None:
    """A mutation's calls stand as the document has them, the same one twice where it is asked twice."""
    done = planned(
        """mutation { exchange { renap { b: inscribirPersona(persona: {cui: "2", nombres: "B"})
                                        a: inscribirPersona(persona: {cui: "1", nombres: "A"})
                                        c: inscribirPersona(persona: {cui: "2", nombres: "B"}) } } }"""
    )
    assert done.is_changing
    assert paths(done) == [("exchange.renap.b",), ("exchange.renap.a",), ("exchange.renap.c",)]


@pytest.mark.parametrize(("skips", "calls"), [(True, 1), (False, 3)])
def test_what_is_skipped_is_not_called(skips: bool, calls: int) -> None:
    """`@skip` and `@include` decide at fields, fragments and spreads, before any call."""
    done = planned(
        """query ($no: Boolean!, $yes: Boolean!) { exchange { renap {
               a: consultarPersona(cui: "1") { cui }
               b: consultarPersona(cui: "2") @skip(if: $no) { cui }
               ... @include(if: $yes) { c: consultarPersona(cui: "3") { cui } }
               ...Never @include(if: false) } } }
           fragment Never on RenapQuery { d: consultarPersona(cui: "4") { cui } }""",
        no=skips,
        yes=not skips,
    )
    assert len(done.calls) == calls


def test_fragments_are_seen_through() -> None:
    """Calls and selections are found through named and inline fragments, and the selection names no alias."""
    [call] = planned(
        """{ ...Root } fragment Root on Query { exchange { ... on ExchangeQuery { renap { ...Ask } } } }
           fragment Ask on RenapQuery { consultarPersona(cui: "1") { ...Some n: nombres } }
           fragment Some on RenapPersona { padres { ...Few } documento { ... on RenapDpi { serie } } __typename }
           fragment Few on RenapPersona { cui }"""
    ).calls
    assert call.paths == ("exchange.renap.consultarPersona",)
    assert call.fields == "{ padres { cui } documento { ... on Dpi { serie } } __typename nombres }"


def test_a_required_argument_without_value_is_refused_at_its_field() -> None:
    """A nullable variable that is null at a required argument refuses the request before any call."""
    with pytest.raises(Refused) as refused:
        planned('query ($c: String = "1") { exchange { renap { x: consultarPersona(cui: $c) { cui } } } }', c=None)
    assert refused.value.entries[0].path == ("exchange", "renap", "x")
    assert refused.value.entries[0].error.code == "SACBE-103"


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ("cui @skip(if: true)", "{ __typename }"),
        ("padres { cui @skip(if: true) }", "{ padres { __typename } }"),
        ("documento { ... on RenapDpi @skip(if: true) { serie } }", "{ documento { __typename } }"),
    ],
)
def test_what_is_left_of_nothing_is_not_the_whole(asked: str, fields: str) -> None:
    """Where every field is skipped, the call asks whether there is anything, and for no field of it."""
    [call] = planned('{ exchange { renap { consultarPersona(cui: "1") { ' + asked + " } } } }").calls
    assert call.fields == fields


def test_a_scalar_result_has_no_selection() -> None:
    """A call whose result is a scalar names no fields."""
    [call] = planned('mutation { exchange { renap { inscribirPersona(persona: {cui: "1", nombres: "A"}) } } }').calls
    assert call.fields == ""
