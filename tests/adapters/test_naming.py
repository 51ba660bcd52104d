"""Names for GraphQL: valid, stable, readable, and different where they must be."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_adapters import naming

VALID = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("consultarPersona", "consultarPersona"),
        ("FECHA_NACIMIENTO", "fechaNacimiento"),
        ("NITContribuyente", "nitContribuyente"),
        ("CUI", "cui"),
        ("año de nacimiento", "anoDeNacimiento"),
        ("primer-apellido", "primerApellido"),
        ("1er apellido", "_1erApellido"),
        ("v1.2", "v1_2"),
        ("__typename", "typename"),
        ("+1", "plus1"),
        ("-1", "minus1"),
        ("", "unnamed"),
        (">=", "greaterThanSignEqualsSign"),
        ("имя", "iemya"),
        ("straße", "strase"),
    ],
)
def test_field_names_are_readable(wire: str, name: str) -> None:
    """A field's name is its wire name in lowerCamelCase."""
    assert naming.field_name(wire) == name


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("persona_natural", "PersonaNatural"),
        ("PERSONA_NATURAL", "PersonaNatural"),
        ("DPI", "DPI"),
        ("tPersona", "TPersona"),
        ("3d", "_3d"),
    ],
)
def test_type_names_are_readable(wire: str, name: str) -> None:
    """A type's name is its wire name in UpperCamelCase."""
    assert naming.type_name(wire) == name


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("en espera", "EN_ESPERA"),
        ("EN_ESPERA", "EN_ESPERA"),
        ("enEspera", "EN_ESPERA"),
        ("true", "TRUE"),
        ("1", "_1"),
        ("Año", "ANO"),
        (" ", "SPACE"),
        ("-1", "MINUS_1"),
    ],
)
def test_enumeration_names_are_readable(wire: str, name: str) -> None:
    """An enumeration value's name is its wire text in CONSTANT_CASE."""
    assert naming.enumeration_name(wire) == name


@given(st.text())
def test_every_wire_name_gives_a_valid_name(wire: str) -> None:
    """Whatever a document calls a thing, the name is valid in GraphQL and not reserved."""
    for rule in (naming.field_name, naming.type_name, naming.enumeration_name):
        assert VALID.fullmatch(rule(wire))
    assert naming.enumeration_name(wire) not in {"true", "false", "null"}


@given(st.text())
def test_naming_a_name_changes_nothing(wire: str) -> None:
    """A name is its own name, so that what was published can be named again."""
    for rule in (naming.field_name, naming.type_name, naming.enumeration_name):
        assert rule(rule(wire)) == rule(wire)


@given(st.lists(st.sampled_from(["a", "a2", "a3", "a2_2", "b", "B"])))
def test_clashes_are_resolved(names: list[str]) -> None:
    """Every name of a list becomes different from the others, and the first of each stays as it is."""
    given_names = naming.unique(names)
    assert len(given_names) == len(names)
    assert len(set(given_names)) == len(names)
    for position, name in enumerate(names):
        if name not in names[:position]:
            assert given_names[position] == name


def test_clashing_names_get_numbers_in_order() -> None:
    """Later ones get the next free number, set off where the name ends in a digit."""
    assert naming.unique(["a", "a", "a2", "a", "v1", "v1"]) == ("a", "a3", "a2", "a4", "v1", "v1_2")


@pytest.mark.parametrize(
    ("name", "method", "only_reads"),
    [
        ("consultarPersona", None, True),
        ("ConsultaDeRUC", None, True),
        ("obterPessoa", None, True),
        ("getStatus", None, True),
        ("checkVat", None, True),
        ("consultapersona", None, True),
        ("sendBill", None, False),
        ("registrarContacto", None, False),
        ("personas", None, False),
        ("personas", "GET", True),
        ("eliminarPersona", "get", False),
        ("searchPersons", "POST", True),
        ("persons", "POST", False),
        ("getPerson", "DELETE", False),
        ("", "GET", True),
        ("", None, False),
    ],
)
def test_guesses_what_only_reads(name: str, method: str | None, only_reads: bool) -> None:
    """Verbs of three languages and HTTP methods tell reads from changes; in doubt it is a change."""
    assert naming.reads(name, method=method) is only_reads
