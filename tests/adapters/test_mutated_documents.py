"""Whatever happens to a description, its reader gives what can be offered or says what is wrong, and where."""

import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters.rest.describe import describe
from sacbe_adapters.rest.loading import load
from sacbe_adapters.soap import reader
from sacbe_graphql.described_types import offered
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.descriptions import Description, from_json, to_json
from sacbe_terms.errors import AddressRefused, DescriptionNotReadable, NothingUsable
from sacbe_terms.identifiers import DataServiceId
from tests.adapters.mutations import changed_json, changed_xml
from tests.adapters.openapi_museum import MUSEUM as OPENAPI
from tests.adapters.openapi_museum import beside
from tests.adapters.reading import MUSEUM as WSDL

SERVICE = DataServiceId.parse("GT/GOV/1001/sistema/servicio")
DOCUMENTS = {
    path: load(path.read_bytes(), path.name)
    for path in sorted(OPENAPI.glob("*.yaml"))
    if b"# read:" in path.read_bytes()
}
WSDLS = [path for path in sorted(WSDL.glob("*.wsdl")) if b"Registers" in path.read_bytes()]
LARGEST = max(len(path.read_bytes()) for path in [*DOCUMENTS, *WSDLS])

randoms = st.randoms(use_true_random=False)


def publishable(description: Description) -> None:
    """Ask that a description is stored and shown as it is, and that what it leaves out has its place."""
    assert from_json(to_json(description)) == description
    offer = offered(description, SERVICE, TypeNames(set()), resolve=lambda *_: None)
    assert len(offer.reads) + len(offer.changes) == len(description.operations)
    assert all(one.where and one.reason for one in description.uncovered)


def publishable_or_refused(read: Callable[[], Description], name: str) -> None:
    """Ask for a description that can be published, or an error with a place and a way on."""
    try:
        description = read()
    except (DescriptionNotReadable, NothingUsable, AddressRefused) as error:
        refused = error
    else:
        return publishable(description)
    assert name in refused.where or ".xsd" in refused.where or ".yaml" in refused.where
    assert refused.hint


def read_openapi(document: bytes, path: Path) -> None:
    """Read a document, with the files beside it."""
    publishable_or_refused(lambda: describe(document, str(path), beside), path.name)


def read_wsdl(document: bytes, path: Path) -> None:
    """Read a WSDL as the worker does, with the files beside it; zeep may warn of what it does not understand."""

    def fetch(location: str, named_at: str) -> bytes:
        return document if location == str(path) else beside(location, named_at)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        publishable_or_refused(lambda: reader.read(str(path), fetch), path.name)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS)), randoms)
def test_an_openapi_document_that_was_changed_is_read_or_refused_at_a_place(path: Path, random: Random) -> None:
    """Nothing that is swapped, moved, renamed, led in a circle or made absurd ends the reader."""
    read_openapi(msgspec.json.encode(changed_json(DOCUMENTS[path], random)), path)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WSDLS), randoms)
def test_a_wsdl_that_was_changed_is_read_or_refused_at_a_place(path: Path, random: Random) -> None:
    """Nothing that is removed, moved, renamed or made absurd ends the reader."""
    read_wsdl(changed_xml(path.read_bytes(), random), path)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*DOCUMENTS, *WSDLS]), st.integers(0, LARGEST))
def test_a_document_that_was_cut_off_is_read_or_refused_at_a_place(path: Path, length: int) -> None:
    """Wherever a download ends, what came of the document is read or refused."""
    document = path.read_bytes()[:length]
    if path.suffix == ".wsdl":
        read_wsdl(document, path)
    else:
        read_openapi(document, path)


@pytest.mark.parametrize("path", WSDLS, ids=lambda path: path.stem)
def test_documents_that_register_are_publishable_as_they_stand(path: Path) -> None:
    """What the museum says registers does, so that changes begin at sound documents."""
    read_wsdl(path.read_bytes(), path)
