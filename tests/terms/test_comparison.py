"""Two descriptions are compared place by place, and a consumer is said to break where GraphQL says so."""

from typing import Any

import pytest
from msgspec.structs import replace

from sacbe_terms.comparison import Change, Effect, Kind, compared
from sacbe_terms.descriptions import (
    Choice,
    Description,
    Enumeration,
    EnumerationValue,
    Facets,
    Fault,
    Field,
    NamedType,
    Operation,
    Record,
)

SAFE, DANGEROUS, BREAKING = Effect.SAFE, Effect.DANGEROUS, Effect.BREAKING


def field(name: str, type_: str = "String", **more: Any) -> Field:
    """Give a field."""
    return Field(name=name, wire=name, type=type_, **more)


def enumeration(*names: str) -> Enumeration:
    """Give a closed list of these names."""
    return Enumeration(name="Sexo", values=tuple(EnumerationValue(name=name, wire=name) for name in names))


PERSON = Record(
    name="Persona",
    fields=(
        field("cui", is_required=True),
        field("sexo", "Sexo"),
        field("padres", "Persona", list_depth=1),
        field("documento", "Documento"),
    ),
)
TYPES: dict[str, NamedType] = {
    "Persona": PERSON,
    "Sexo": enumeration("F", "M"),
    "Documento": Choice(name="Documento", members=("Cedula", "Dpi")),
    "Cedula": Record(name="Cedula", fields=(field("orden"),)),
    "Dpi": Record(name="Dpi", fields=(field("serie"),)),
    "Nada": Record(name="Nada", fields=()),
}
ARGUMENTS = (
    field("cui", is_required=True),
    field("limite", "Int"),
    field("sexo", "Sexo"),
    field("documento", "Documento"),
    field("persona", "Persona"),
)
OPERATION = Operation(
    code="consultar",
    alias="consultarPersona",
    reads=True,
    arguments=ARGUMENTS[:2],
    result=field("persona", "Persona", is_required=True),
    faults=(Fault(name="NoExiste", wire="NoExiste"),),
    binding={"action": "a"},
)


def described(operation: Operation = OPERATION, **types: NamedType) -> Description:
    """Give a description of one operation, with some types in place of the usual."""
    return Description(kind="soap", title="x", operations=(operation,), types={**TYPES, **types})


def with_argument(old: str, **changed: Any) -> Description:
    """Give the usual description with one argument changed."""
    arguments = tuple(replace(each, **changed) if each.name == old else each for each in OPERATION.arguments)
    return described(replace(OPERATION, arguments=arguments))


def with_member(name: str, **changed: Any) -> Description:
    """Give the usual description with one field of the person changed."""
    fields = tuple(replace(each, **changed) if each.name == name else each for each in PERSON.fields)
    return described(Persona=replace(PERSON, fields=fields))


def found(after: Description, before: Description | None = None) -> list[tuple[str, Kind, Effect]]:
    """Give place, kind and effect of each change."""
    return [(each.place, each.kind, each.effect) for each in compared(before or described(), after).changes]


def operation_with(**changed: Any) -> Description:
    """Give the usual description with the operation changed."""
    return described(replace(OPERATION, **changed))


RULES: list[tuple[str, Description, str, Kind, Effect]] = [
    ("alias", operation_with(alias="otra"), "alias", Kind.CHANGED, BREAKING),
    ("reads", operation_with(reads=False), "reads", Kind.CHANGED, BREAKING),
    ("marks", operation_with(is_personal=True), "marks", Kind.CHANGED, SAFE),
    ("binding", operation_with(binding={}), "binding", Kind.CHANGED, SAFE),
    ("path", operation_with(path="/x"), "binding", Kind.CHANGED, SAFE),
    ("words", operation_with(documentation="x"), "documentation", Kind.CHANGED, SAFE),
    ("fault less", operation_with(faults=()), "faults/NoExiste", Kind.REMOVED, DANGEROUS),
    ("argument gone", operation_with(arguments=ARGUMENTS[:1]), "arguments/limite", Kind.REMOVED, BREAKING),
    ("argument new", operation_with(arguments=ARGUMENTS[:3]), "arguments/sexo", Kind.ADDED, SAFE),
    ("must be given", with_argument("limite", is_required=True), "arguments/limite", Kind.CHANGED, BREAKING),
    ("may be left out", with_argument("cui", is_required=False), "arguments/cui", Kind.CHANGED, SAFE),
    ("argument null", with_argument("cui", is_nullable=True), "arguments/cui", Kind.CHANGED, SAFE),
    ("argument's type", with_argument("limite", type="Long"), "arguments/limite", Kind.CHANGED, BREAKING),
    ("argument a list", with_argument("limite", list_depth=1), "arguments/limite", Kind.CHANGED, BREAKING),
    ("argument's default", with_argument("limite", default="5"), "arguments/limite", Kind.CHANGED, DANGEROUS),
    ("argument's facets", with_argument("cui", facets=Facets(length_max=13)), "arguments/cui", Kind.CHANGED, DANGEROUS),
    ("argument's wire", with_argument("cui", wire="CUI"), "arguments/cui", Kind.CHANGED, SAFE),
    ("field null", with_member("cui", is_required=False), "result/cui", Kind.CHANGED, BREAKING),
    ("field sure", with_member("sexo", is_required=True), "result/sexo", Kind.CHANGED, SAFE),
    ("field's type", with_member("cui", type="Long"), "result/cui", Kind.CHANGED, BREAKING),
    ("field a record", with_member("cui", type="Cedula"), "result/cui", Kind.CHANGED, BREAKING),
    ("field no list", with_member("padres", list_depth=0), "result/padres", Kind.CHANGED, BREAKING),
    ("items null", with_member("padres", items_nullable=True), "result/padres", Kind.CHANGED, BREAKING),
    ("field's facets", with_member("cui", facets=Facets(length_max=13)), "result/cui", Kind.CHANGED, SAFE),
    ("field's words", with_member("cui", documentation="CUI"), "result/cui", Kind.CHANGED, SAFE),
    ("value new", described(Sexo=enumeration("F", "M", "X")), "result/sexo", Kind.ADDED, DANGEROUS),
    ("value gone", described(Sexo=enumeration("F")), "result/sexo", Kind.REMOVED, BREAKING),
    ("type renamed", described(Sexo=replace(enumeration("F", "M"), name="S")), "result/sexo", Kind.CHANGED, BREAKING),
    (
        "alternative gone",
        described(Documento=Choice(name="Documento", members=("Dpi",))),
        "result/documento",
        Kind.REMOVED,
        BREAKING,
    ),
    (
        "alternative's field gone",
        described(Dpi=Record(name="Dpi", fields=(field("numero"),))),
        "result/documento/serie",
        Kind.REMOVED,
        BREAKING,
    ),
    (
        "result without fields",
        operation_with(result=field("persona", "Nada", is_required=True)),
        "result",
        Kind.CHANGED,
        BREAKING,
    ),
]


@pytest.mark.parametrize(("after", "place", "kind", "effect"), [rule[1:] for rule in RULES], ids=[r[0] for r in RULES])
def test_a_rule(after: Description, place: str, kind: Kind, effect: Effect) -> None:
    """Each change is told at its place with what it means for a consumer, and others are not told beside it."""
    changes = found(after)
    assert (place, kind, effect) in changes
    assert {each[0].rpartition("/")[0] for each in changes} == {place.rpartition("/")[0]}


def test_a_new_argument_that_must_be_given_breaks() -> None:
    """One with a default does not: GraphQL gives it for the caller."""
    needed = field("motivo", is_required=True)
    assert found(operation_with(arguments=(*ARGUMENTS[:2], needed))) == [("arguments/motivo", Kind.ADDED, BREAKING)]
    helped = replace(needed, default="ninguno")
    assert found(operation_with(arguments=(*ARGUMENTS[:2], helped))) == [("arguments/motivo", Kind.ADDED, SAFE)]


def test_what_is_asked_and_what_is_answered_differ() -> None:
    """A new value of an enumeration is dangerous in a result and safe in an argument."""
    asking = replace(OPERATION, arguments=ARGUMENTS)
    before, after = described(asking), described(asking, Sexo=enumeration("F", "M", "X"))
    assert found(after, before) == [
        ("arguments/sexo", Kind.ADDED, SAFE),
        ("result/sexo", Kind.ADDED, DANGEROUS),
    ]


def test_a_result_is_never_promised() -> None:
    """An operation's result may always be null, so that the document's word about it changes nothing."""
    assert found(operation_with(result=replace(OPERATION.result, is_required=False))) == []


def test_operations_come_and_go() -> None:
    """A new operation is safe, one that is gone breaks, and without a description before all is new."""
    other = replace(OPERATION, code="otra", alias="otra")
    both = replace(described(), operations=(OPERATION, other))
    assert found(both) == [("", Kind.ADDED, SAFE)]
    assert found(described(), both) == [("", Kind.REMOVED, BREAKING)]
    first = compared(None, both)
    assert first.operations(Kind.ADDED) == ("consultar", "otra")
    assert not first.breaking


def test_nothing_changed_is_nothing_told() -> None:
    """A description compared with itself has no change."""
    assert compared(described(), described()).changes == ()


def test_a_change_reads_as_a_sentence() -> None:
    """Operation, place, and what happened there."""
    change = Change(operation="a", place="result/b", kind=Kind.REMOVED, effect=BREAKING, reason="it is gone")
    assert str(change) == "a result/b: it is gone"
    assert str(replace(change, place="")) == "a: it is gone"
