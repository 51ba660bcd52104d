"""What others wrote: every OpenAPI document of the collection, with totals that must not fall."""

import os
from pathlib import Path

import pytest

from sacbe_adapters.rest.describe import describe
from sacbe_adapters.rest.loading import load
from sacbe_graphql.described_types import offered
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.descriptions import Description, Field, Record, Scalar
from sacbe_terms.identifiers import DataServiceId

METHODS = {"get", "put", "post", "delete", "patch"}
TYPED_MIN = 0.98
"""Share of the fields of all documents together that have a type."""
SERVICE = DataServiceId.parse("GT/GOV/1001/sistema/servicio")


def _documents() -> list[Path]:
    folder = os.environ.get("SACBE_CONFORMANCE_DATA")
    index = Path(folder) / "openapi" / "index.tsv" if folder else None
    if index is None or not index.is_file():
        return []
    return [index.parent / line.split("\t")[0] for line in index.read_text().splitlines()[1:]]


DOCUMENTS = _documents()
pytestmark = pytest.mark.skipif(
    not DOCUMENTS and os.environ.get("SACBE_CI") != "1", reason="needs SACBE_CONFORMANCE_DATA"
)


def described() -> dict[Path, Description]:
    """Describe every document; each stands alone."""
    assert DOCUMENTS, "SACBE_CONFORMANCE_DATA names no folder with openapi/index.tsv"
    return {path: describe(path.read_bytes(), str(path)) for path in DOCUMENTS}


def fields(description: Description) -> list[Field]:
    """Give every argument, result and member."""
    found = [field for operation in description.operations for field in (*operation.arguments, operation.result)]
    for named in description.types.values():
        found += named.fields if isinstance(named, Record) else ()
    return found


def asked(path: Path) -> int:
    """Count the operations that a document holds."""
    paths = load(path.read_bytes(), path.name)["paths"].values()
    return sum(len(METHODS & item.keys()) for item in paths if isinstance(item, dict))


def test_every_operation_is_offered_or_told() -> None:
    """Each operation of each document is offered, or its reason is listed."""
    for path, description in described().items():
        told = [one for one in description.uncovered if "is not offered" in one.reason]
        assert len(description.operations) + len(told) == asked(path), path.name


def test_nearly_every_field_is_typed() -> None:
    """Over all documents nearly every field has a type, and every type is one that the description holds."""
    found = [(description, field) for description in described().values() for field in fields(description)]
    assert all(field.type in {*Scalar} or field.type in description.types for description, field in found)
    typed = sum(field.type != Scalar.JSON for _, field in found)
    assert typed / len(found) >= TYPED_MIN


def test_every_description_makes_a_schema() -> None:
    """What is described can be published: names, choices and inputs are valid in GraphQL."""
    for description in described().values():
        offer = offered(description, SERVICE, TypeNames(set()), resolve=lambda *_: None)
        assert len(offer.reads) + len(offer.changes) == len(description.operations)
