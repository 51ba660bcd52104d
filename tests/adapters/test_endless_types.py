"""Types that always hold another of themselves get an end, in both adapters, so that they can be published."""

import pytest

from sacbe_adapters import endless_types
from sacbe_graphql.described_types import offered
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.descriptions import Choice, Description, Field, NamedType, Record
from sacbe_terms.identifiers import DataServiceId
from tests.adapters import openapi_museum
from tests.adapters.reading import MUSEUM, read

SERVICE = DataServiceId.parse("GT/GOV/1001/sistema/servicio")


def optional(description: Description, record: str) -> set[str]:
    """Name the members of a record that may be absent."""
    found = description.record(record)
    assert found is not None
    return {field.name for field in found.fields if not field.is_required}


def told(description: Description) -> dict[str, str]:
    """Say what was taken to be optional, by the end of its place."""
    return {
        one.where.rpartition("/")[2]: one.reason.partition("'")[2].partition("'")[0]
        for one in description.uncovered
        if "without end" in one.reason
    }


def test_a_member_that_closes_a_circle_is_optional() -> None:
    """Only what leads back is: lists, nullable members and choices with a way out stay as they are required."""
    description = openapi_museum.read("endless.yaml")
    assert optional(description, "Unidad") == {"padre"}
    assert optional(description, "Persona") == {"dirige"}
    assert optional(description, "Anexo") == set()
    assert told(description) == {"Unidad": "padre", "Persona": "dirige"}


def test_so_does_an_element_of_a_wsdl() -> None:
    """The element is optional and told with its line; the wrapper around it stays required."""
    description = read(MUSEUM / "endless.wsdl")
    assert optional(description, "Unidad") == {"padre"}
    assert told(description) == {"endless.wsdl:8": "padre"}
    assert description.operations[0].arguments[0].is_required


@pytest.mark.parametrize(
    "description", [openapi_museum.read("endless.yaml"), read(MUSEUM / "endless.wsdl")], ids=["openapi", "wsdl"]
)
def test_it_can_be_published(description: Description) -> None:
    """GraphQL takes the types: each input has a value that ends."""
    offer = offered(description, SERVICE, TypeNames(set()), resolve=lambda *_: None)
    assert len(offer.reads) + len(offer.changes) == len(description.operations)


def _record(name: str, *needs: str) -> Record:
    fields = tuple(Field(name=f"a{need}", wire="", type=need, is_required=True) for need in needs)
    return Record(name=name, fields=fields)


def _with(types: dict[str, NamedType]) -> Description:
    return Description(kind="rest", title="", operations=(), types=types)


def test_a_choice_without_a_way_out_is_part_of_the_circle() -> None:
    """Where every member of a choice leads back, the member that holds the choice is optional."""
    types: dict[str, NamedType] = {
        "A": _record("A", "C"),
        "B": _record("B", "A"),
        "C": Choice(name="C", members=("A", "B")),
    }
    assert optional(endless_types.ended(_with(types), {}), "A") == {"aC"}


def test_long_chains_and_large_circles_take_no_time() -> None:
    """Records in one circle, in one chain and each in itself, ten thousand of each, are done in one walk."""
    count = 10_000
    circle: dict[str, NamedType] = {f"R{i}": _record(f"R{i}", f"R{(i + 1) % count}") for i in range(count)}
    chain: dict[str, NamedType] = {f"K{i}": _record(f"K{i}", f"K{i + 1}") for i in range(count - 1)}
    selves: dict[str, NamedType] = {f"S{i}": _record(f"S{i}", f"S{i}") for i in range(count)}
    ended = endless_types.ended(_with(circle | chain | selves), {})
    assert [one.reason.partition(" ")[0] for one in ended.uncovered] == ["'aR0'", *(f"'aS{i}'" for i in range(count))]
