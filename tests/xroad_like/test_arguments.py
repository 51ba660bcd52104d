"""Arguments are checked against the description before anything leaves the bus."""

import pytest

from sacbe_terms.descriptions import Choice, Description, Enumeration, EnumerationValue, Field, Operation, Record
from sacbe_terms.errors import ArgumentsNotValid
from sacbe_xroad_like.arguments import refuse_misfits


def field(name: str, kind: str, *, required: bool = False, depth: int = 0, nullable: bool = False) -> Field:
    """Give a field of a type."""
    return Field(name=name, wire=name, type=kind, is_required=required, list_depth=depth, is_nullable=nullable)


OPERATION = Operation(
    code="inscribir",
    alias="inscribir",
    reads=False,
    arguments=(
        field("cui", "String", required=True),
        field("edad", "Int"),
        field("peso", "Float"),
        field("vive", "Boolean"),
        field("monto", "Decimal"),
        field("sexo", "Sexo"),
        field("direccion", "Direccion"),
        field("hijos", "Direccion", depth=1),
        field("medio", "Medio"),
        field("libre", "JSON"),
        field("nota", "String", required=True, nullable=True),
    ),
    result=field("done", "Boolean"),
)
DESCRIPTION = Description(
    kind="office",
    title="Registro",
    operations=(OPERATION,),
    types={
        "Sexo": Enumeration(name="Sexo", values=(EnumerationValue(name="F", wire="1"),)),
        "Direccion": Record(name="Direccion", fields=(field("calle", "String", required=True), field("zona", "Int"))),
        "Correo": Record(name="Correo", fields=(field("buzon", "String", required=True),)),
        "Medio": Choice(name="Medio", members=("Direccion", "Correo")),
    },
)
LEAST = {"cui": "1", "nota": None}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"edad": 3, "peso": 2, "vive": False, "monto": "1.50", "sexo": "F"},
        {"direccion": {"calle": "a"}, "hijos": [{"calle": "b", "zona": None}]},
        {"medio": {"__typename": "Correo", "buzon": "x"}, "libre": {"a": [1, None]}},
        {"edad": None},
    ],
)
def test_what_fits_passes(more: dict[str, object]) -> None:
    """Values in the form of the descriptions pass, and optional ones may be absent or null."""
    refuse_misfits("inscribir", DESCRIPTION, OPERATION, LEAST | more)


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"nota": "x"}, "cui"),
        ({"cui": None, "nota": "x"}, "cui"),
        ({"cui": "1"}, "nota"),
        (LEAST | {"cui": 1}, "cui"),
        (LEAST | {"otro": 1}, "otro"),
        (LEAST | {"edad": True}, "edad"),
        (LEAST | {"edad": "3"}, "edad"),
        (LEAST | {"vive": 1}, "vive"),
        (LEAST | {"monto": 1.5}, "monto"),
        (LEAST | {"sexo": "1"}, "sexo"),
        (LEAST | {"direccion": "a"}, "direccion"),
        (LEAST | {"direccion": {"zona": 1}}, "direccion.calle"),
        (LEAST | {"direccion": {"calle": "a", "x": 1}}, "direccion.x"),
        (LEAST | {"hijos": {"calle": "a"}}, "hijos"),
        (LEAST | {"hijos": [{"calle": "a"}, {"calle": 2}]}, "hijos[1].calle"),
        (LEAST | {"hijos": [None]}, "hijos[0]"),
        (LEAST | {"medio": {"buzon": "x"}}, "medio"),
        (LEAST | {"medio": {"__typename": "Sexo"}}, "medio"),
        (LEAST | {"medio": {"__typename": "Correo"}}, "medio.buzon"),
    ],
)
def test_what_does_not_fit_is_located(arguments: dict[str, object], where: str) -> None:
    """Each misfit is refused, naming its place."""
    with pytest.raises(ArgumentsNotValid) as caught:
        refuse_misfits("inscribir", DESCRIPTION, OPERATION, arguments)
    assert [problem.where for problem in caught.value.problems] == [where]
