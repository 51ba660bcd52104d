"""The museum of OpenAPI documents, as the tests of the REST adapter read it."""

from pathlib import Path

from sacbe_adapters.rest.describe import describe
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Record
from sacbe_terms.errors import AddressRefused, DescriptionNotReadable

MUSEUM = Path(__file__).parents[1] / "museum" / "openapi"


def read(name: str) -> Description:
    """Describe a document of the museum, with the files beside it."""
    return describe((MUSEUM / name).read_bytes(), str(MUSEUM / name), beside)


def beside(location: str, named_at: str) -> bytes:
    """Give a file of the museum, as the node's guarded fetch does."""
    if location.startswith("http"):
        raise AddressRefused(what="The address is not allowed.", where=named_at)
    try:
        return Path(location).read_bytes()
    except OSError as error:
        raise DescriptionNotReadable(what="There is no such file.", where=named_at) from error


def fields(description: Description, record: str) -> dict[str, Field]:
    """Give a record's fields by name."""
    named = description.types[record]
    assert isinstance(named, Record)
    return {field.name: field for field in named.fields}


def members(description: Description, choice: str) -> tuple[str, ...]:
    """Give the names of a choice's members."""
    named = description.types[choice]
    assert isinstance(named, Choice)
    return named.members


def texts(description: Description, enumeration: str) -> dict[str, str]:
    """Give an enumeration's texts on the wire, by name."""
    named = description.types[enumeration]
    assert isinstance(named, Enumeration)
    return {value.name: value.wire for value in named.values}


def uncovered(description: Description) -> dict[str, str]:
    """Give what is not covered: the reasons by their places."""
    return {one.where: one.reason for one in description.uncovered}
