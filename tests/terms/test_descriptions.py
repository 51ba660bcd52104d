"""A description is stored as JSON, comes back equal."""

import msgspec
import pytest

from sacbe_terms import descriptions
from sacbe_terms.descriptions import Description, Enumeration, EnumerationValue, Field, Operation, Record, Scalar

SEX = Enumeration(name="Sexo", values=(EnumerationValue(name="F", wire="f"), EnumerationValue(name="M", wire="m")))
PERSON = Record(
    name="Persona",
    wire="{urn:r}Persona",
    fields=(
        Field(name="nombres", wire="{urn:r}nombres", type=Scalar.STRING, is_required=True),
        Field(name="sexo", wire="{urn:r}sexo", type="Sexo", is_nullable=True),
        Field(name="padres", wire="{urn:r}padres", type="Persona", list_depth=1),
    ),
)


def described(person: Record = PERSON, *codes: str) -> Description:
    """A small contract in which a person has parents."""
    operations = tuple(
        Operation(
            code=code,
            alias=code,
            reads=True,
            arguments=(Field(name="cui", wire="cui", type=Scalar.STRING, is_required=True),),
            result=Field(name="persona", wire="persona", type="Persona"),
            binding={"action": "urn:r/consultar", "version": 11},
        )
        for code in codes or ("consultar",)
    )
    return Description(kind="soap", title="Personas", operations=operations, types={"Persona": person, "Sexo": SEX})


def test_the_stored_form_comes_back_equal() -> None:
    """Nothing of a description is lost on its way through the database."""
    description = described()
    assert descriptions.from_json(descriptions.to_json(description)) == description


def test_a_stranger_is_no_description() -> None:
    """Another JSON document is refused, not half read."""
    with pytest.raises(msgspec.ValidationError):
        descriptions.from_json(b'{"kind": "soap"}')


def test_a_recursive_type_is_reached_once() -> None:
    """A person whose parents are persons ends the walk."""
    description = described()
    assert descriptions.reached_types(description, description.operations[0]) == ("Persona", "Sexo")
