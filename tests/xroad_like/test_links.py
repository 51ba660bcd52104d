"""Links as data: what can be declared, what cannot and why, and who may."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from sacbe_terms import links as terms
from sacbe_terms.descriptions import Description, Enumeration, EnumerationValue, Field, Operation, Record
from sacbe_terms.errors import LinkNotValid
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_terms.links import Batch, Link
from sacbe_xroad_like import link_check

HERE = DataServiceId.parse("GT/GOV/1/a/personas")
THERE = DataServiceId.parse("GT/GOV/2/b/saldos")


def field(name: str, type_: str = "String", **more: Any) -> Field:
    """Give a field."""
    return Field(name=name, wire=name, type=type_, **more)


def reads(code: str, *arguments: Field, result: Field) -> Operation:
    """Give an operation that reads."""
    return Operation(code=code, alias=code, reads=True, arguments=arguments, result=result)


PERSONS = Description(
    kind="memory",
    title="Personas",
    operations=(reads("leer", result=field("r", "Persona", list_depth=1)),),
    types={
        "Persona": Record(
            name="Persona",
            fields=(
                field("cui"),
                field("folio", "Long"),
                field("edad", "Int"),
                field("apodos", list_depth=1),
                field("municipio", "Municipio"),
                field("padres", "Persona", list_depth=1),
            ),
        ),
        "Municipio": Record(name="Municipio", fields=(field("codigo"),)),
        "Filtro": Record(name="Filtro", fields=(field("cui"),)),
    },
)
BALANCES = Description(
    kind="memory",
    title="Saldos",
    operations=(
        reads(
            "uno",
            field("cui", is_required=True),
            field("limite", "Int"),
            field("tipo", "Tipo"),
            result=field("r", "Saldo"),
        ),
        reads("varios", field("cuis", list_depth=1), result=field("r", "Saldo", list_depth=1)),
        reads("otros", field("cuis", list_depth=1), result=field("r", list_depth=1)),
        msgspec.structs.replace(reads("cambiar", field("cui"), result=field("r", "Saldo")), reads=False),
    ),
    types={
        "Saldo": Record(name="Saldo", fields=(field("cui"), field("monto", "Decimal"))),
        "Tipo": Enumeration(name="Tipo", values=(EnumerationValue(name="A", wire="a"),)),
    },
)
LINK = Link(
    service=HERE, type_name="Persona", field="saldo", target=OperationId(THERE, "uno"), arguments={"cui": "$cui"}
)
BATCH = Batch(operation_code="varios", argument="cuis", match="cui")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"arguments": {"cui": "$municipio/codigo"}},
        {"arguments": {"cui": "$folio"}},
        {"arguments": {"cui": "$cui", "limite": "10", "tipo": "A"}},
        {"arguments": {"cui": "$cui", "limite": "$edad"}},
        {"batch": BATCH},
    ],
    ids=["plain", "below", "number as text", "constants", "two fields", "list"],
)
def test_what_fits_can_be_declared(changes: dict[str, Any]) -> None:
    """Fields of the record and of records in it, fixed values and list operations fit by their types."""
    link_check.refuse_unfit(replace(LINK, **changes), PERSONS, BALANCES)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown type": ({"type_name": "Nadie"}, "gives no record of type Nadie"),
    "type of arguments only": ({"type_name": "Filtro"}, "gives no record of type Filtro"),
    "field that is there": ({"field": "cui"}, "has a field cui of its own"),
    "no name": ({"field": "__x"}, "no name for a field"),
    "unknown operation": ({"target": OperationId(THERE, "nada")}, "has no operation nada"),
    "changing operation": ({"target": OperationId(THERE, "cambiar")}, "changes something"),
    "unknown argument": ({"arguments": {"cui": "$cui", "x": "1"}}, "has no argument x"),
    "missing argument": ({"arguments": {"limite": "$edad"}}, "requires cui"),
    "nothing of the record": ({"arguments": {"cui": "1"}}, "nothing of the record"),
    "unknown field": ({"arguments": {"cui": "$nada"}}, r"\$nada is no single value"),
    "list": ({"arguments": {"cui": "$apodos"}}, r"\$apodos is no single value"),
    "through a list": ({"arguments": {"cui": "$padres/cui"}}, r"\$padres/cui is no single value"),
    "record": ({"arguments": {"cui": "$municipio"}}, r"\$municipio is Municipio, and cui takes String"),
    "other type": ({"arguments": {"cui": "$edad"}}, r"\$edad is Int, and cui takes String"),
    "text for a number": ({"arguments": {"cui": "$cui", "limite": "diez"}}, "'diez' is no value of limite"),
    "no member": ({"arguments": {"cui": "$cui", "tipo": "B"}}, "'B' is no value of tipo: it is one of A"),
    "unknown list operation": ({"batch": replace(BATCH, operation_code="nada")}, "has no operation nada"),
    "no list argument": ({"batch": replace(BATCH, operation_code="uno", argument="cui")}, "takes no list of String"),
    "other result": ({"batch": replace(BATCH, operation_code="otros")}, "does not answer a list of Saldo"),
    "no such match": ({"batch": replace(BATCH, match="nada")}, "has no String nada to match by"),
    "other match": ({"batch": replace(BATCH, match="monto")}, "has no String monto to match by"),
    "constant beside a list": (
        {"batch": BATCH, "arguments": {"cui": "$cui", "limite": "1"}},
        "varios has no argument limite",
    ),
    "two keys": (
        {"batch": BATCH, "arguments": {"cui": "$cui", "limite": "$edad"}},
        "several arguments from the record",
    ),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_does_not_fit_is_refused(name: str) -> None:
    """A link that does not fit the two descriptions is refused, and the reason names what does not."""
    changes, reason = REFUSED[name]
    with pytest.raises(LinkNotValid, match=reason) as refused:
        link_check.refuse_unfit(replace(LINK, **changes), PERSONS, BALANCES)
    assert refused.value.code == "SACBE-113"
    assert refused.value.hint


def test_a_text_stands_for_itself_or_for_a_field() -> None:
    """One $ begins a way through the record, two a text that begins with one."""
    assert terms.source("$municipio/codigo") == ("municipio", "codigo")
    assert terms.source("$$uno") == terms.source("uno") == ()
    assert (terms.constant("$$uno"), terms.constant("uno")) == ("$uno", "uno")
