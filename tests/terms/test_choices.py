"""A steward's choices: applied over what the document says, and held to the places that there are."""

import pytest
from msgspec.structs import replace

from sacbe_terms import choices
from sacbe_terms.choices import OperationChoice
from sacbe_terms.descriptions import Choice, Description, Field, Operation, Record
from sacbe_terms.errors import MarkNotValid


def field(name: str, type_: str = "String", *, list_depth: int = 0) -> Field:
    """Give a field."""
    return Field(name=name, wire=name, type=type_, list_depth=list_depth)


OPERATION = Operation(
    code="buscar",
    alias="buscar",
    reads=False,
    arguments=(field("cuiPadre"), field("criterio", "Criterio"), field("limite", "Int"), field("si", "Boolean")),
    result=field("r", "Respuesta"),
)
DESCRIPTION = Description(
    kind="soap",
    title="x",
    operations=(OPERATION,),
    types={
        "Respuesta": Record(name="Respuesta", fields=(field("personas", "Persona", list_depth=1),)),
        "Persona": Record(name="Persona", fields=(field("numeroDPI"), field("padres", "Persona", list_depth=1))),
        "Criterio": Choice(name="Criterio", members=("PorNit", "PorNombre")),
        "PorNit": Record(name="PorNit", fields=(field("nit", "Long"),)),
        "PorNombre": Record(name="PorNombre", fields=(field("nombre"), field("cédula"))),
    },
)


def test_choices_lie_over_the_document() -> None:
    """What is chosen is as chosen, the rest and other operations are as they were."""
    other = replace(OPERATION, code="otra")
    both = replace(DESCRIPTION, operations=(OPERATION, other))
    chosen = choices.applied(both, {"buscar": OperationChoice(alias="x", reads=True), "gone": OperationChoice()})
    assert chosen.operations == (replace(OPERATION, alias="x", reads=True), other)
    assert choices.applied(both, {}) is both


def test_places_lead_through_records_lists_and_choices() -> None:
    """Every single text or number has one pointer; a type that holds itself is entered once."""
    assert choices.places(DESCRIPTION, OPERATION) == (
        "arguments/cuiPadre",
        "arguments/criterio/nit",
        "arguments/criterio/nombre",
        "arguments/criterio/cédula",
        "arguments/limite",
        "result/personas/numeroDPI",
    )


@pytest.mark.parametrize(
    "pointer", ["arguments/criterio/nit", "result/personas/numeroDPI", "result/personas/padres/numeroDPI"]
)
def test_a_place_that_holds_a_number(pointer: str) -> None:
    """A pointer may go deeper into a type that holds itself than the list does."""
    assert choices.holds_number(DESCRIPTION, OPERATION, pointer)


@pytest.mark.parametrize(
    "pointer",
    ["", "arguments", "arguments/x", "arguments/si", "result", "result/personas", "cui", "arguments/limite/x"],
)
def test_a_place_that_holds_none(pointer: str) -> None:
    """Nothing there, a group, a truth value: no number stands at such a place."""
    assert not choices.holds_number(DESCRIPTION, OPERATION, pointer)


def test_names_make_proposals() -> None:
    """Words in names are known whatever their capitals and accents, and only whole words."""
    assert choices.proposed(DESCRIPTION, OPERATION) == (
        "arguments/cuiPadre",
        "arguments/criterio/nit",
        "arguments/criterio/cédula",
        "result/personas/numeroDPI",
    )
    innocent = replace(OPERATION, arguments=(field("unitario"), field("circuito")), result=field("r", "Boolean"))
    assert choices.proposed(DESCRIPTION, innocent) == ()


def test_newer_choices_lie_over_earlier() -> None:
    """What is not said again stays; what is no longer personal loses its places."""
    before = OperationChoice(alias="a", is_personal=True, person_numbers=("arguments/cuiPadre",))
    assert choices.together(before, OperationChoice(reads=True)) == replace(before, reads=True)
    assert choices.together(before, OperationChoice(is_personal=False)) == OperationChoice(alias="a", is_personal=False)


def test_unmarked_is_what_cannot_be_published() -> None:
    """Personal without a place, or with one that is not there."""
    for places, is_lacking in ((), True), (("arguments/x",), True), (("arguments/cuiPadre",), False):
        operation = replace(OPERATION, is_personal=True, person_numbers=places)
        assert bool(choices.unmarked(replace(DESCRIPTION, operations=(operation,)))) is is_lacking
    assert not choices.unmarked(DESCRIPTION)


def test_a_misfit_names_every_place_that_there_is() -> None:
    """The error lists what is wrong and what would be right."""
    with pytest.raises(MarkNotValid) as caught:
        choices.refuse_misfits(DESCRIPTION, OPERATION, OperationChoice(alias="9", person_numbers=("x", "y")))
    assert [problem.field for problem in caught.value.problems] == ["x", "y", "9"]
    assert "result/personas/numeroDPI" in caught.value.hint


def test_attachments_that_no_document_names_are_a_choice() -> None:
    """Shown they move the places of the result, hidden again the operation is what it was, and the choice stays."""
    soap = replace(OPERATION, may_attach=True)
    both = replace(DESCRIPTION, operations=(soap,))
    shown = choices.applied(both, {"buscar": OperationChoice(attachments=True)})
    places = choices.places(shown, shown.operations[0])
    assert "result/r/personas/numeroDPI" in places
    assert "arguments/attachments/fileName" in places
    assert choices.applied(shown, {"buscar": OperationChoice(attachments=False)}).operations == (soap,)
    kept = choices.together(OperationChoice(attachments=True), OperationChoice(reads=True))
    assert kept.attachments is True
    choices.refuse_misfits(
        both, soap, OperationChoice(attachments=True, person_numbers=("result/r/personas/numeroDPI",))
    )


def test_attachments_stand_beside_messages_of_soap_alone() -> None:
    """Elsewhere the choice is refused, by name."""
    with pytest.raises(MarkNotValid) as caught:
        choices.refuse_misfits(DESCRIPTION, OPERATION, OperationChoice(attachments=True))
    assert [problem.field for problem in caught.value.problems] == ["attachments"]
