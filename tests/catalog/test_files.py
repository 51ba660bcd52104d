"""A catalogue in a file: the name tells the format, and bad files leave nothing behind."""

from pathlib import Path

import pytest

from sacbe_catalog import files
from sacbe_catalog.lookups import Lookups
from sacbe_terms.errors import FormatUnknown, ImportRefused
from tests.catalog.catalogues import representative
from tests.catalog.graphs import BASE, MUSEUM

KNOWN = Lookups.of(representative())


@pytest.mark.parametrize("name", ["c.jsonld", "c.json", "c.ttl", "C.TTL"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    """A catalogue written under a name is read from it."""
    path = tmp_path / name
    files.write_file(representative(), path, base_iri=BASE)
    assert files.read_file(path, base_iri=BASE, lookups=KNOWN) == representative()
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_the_asked_format_wins_over_the_name(tmp_path: Path) -> None:
    """`--format` says what a file holds, whatever its name."""
    path = tmp_path / "catalogue.txt"
    files.write_file(representative(), path, base_iri=BASE, format="turtle")
    assert files.read_file(path, base_iri=BASE, lookups=KNOWN, format="turtle") == representative()


def test_csv_is_read_by_its_name() -> None:
    """A .csv file is a table of services, and its findings name the file."""
    with pytest.raises(ImportRefused, match=r"three-wrong-rows\.csv: 3 problems"):
        files.read_file(MUSEUM / "three-wrong-rows.csv", base_iri=BASE, lookups=KNOWN)


def test_a_mapping_tells_institutions_from_services(tmp_path: Path) -> None:
    """The mapping's kind says what a table lists, in CSV and in JSON."""
    mapping, table = tmp_path / "m.json", tmp_path / "i.json"
    mapping.write_text('{"kind": "institutions", "fields": {"title": "nombre"}}')
    table.write_text('[{"nombre": "Ministerio Uno -MU-"}]')
    (institution,) = files.read_file(table, base_iri=BASE, lookups=KNOWN, mapping=mapping).institutions
    assert institution.acronym == "MU"


@pytest.mark.parametrize(("name", "format"), [("c.xlsx", None), ("c", None), ("c.ttl", "excel")])
def test_other_formats_are_named_as_unknown(tmp_path: Path, name: str, format: str | None) -> None:
    """A format that the catalogue does not know is an error that names those it knows, and writes nothing."""
    with pytest.raises(FormatUnknown, match="SACBE-203"):
        files.write_file(representative(), tmp_path / name, base_iri=BASE, format=format)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_a_located_problem(tmp_path: Path) -> None:
    """A file that is not there is refused like any other bad file."""
    with pytest.raises(ImportRefused) as refused:
        files.read_file(tmp_path / "no.ttl", base_iri=BASE, lookups=KNOWN)
    assert refused.value.problems[0].where == "no.ttl"
