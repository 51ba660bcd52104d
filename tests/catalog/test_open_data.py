"""What the catalogue publishes as open data says what its records say, in every form, and passes others' judges."""

import csv
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet
import pyshacl
import pytest
from lxml import etree
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF, SH

from sacbe_catalog import cpsv_ap, seed
from sacbe_catalog.cpsv_ap import rdf_xml, turtle
from sacbe_catalog.cpsv_ap.labels import Labels
from sacbe_catalog.cpsv_ap.statements import Literal, Statement, ordered
from sacbe_catalog.cpsv_ap.write import statements_of
from sacbe_catalog.history import RecordVersion
from sacbe_catalog.mapping import BY_KIND
from sacbe_catalog.open_data import atom, ckan, dcat, dumps
from sacbe_catalog.open_data.ckan import ActionRefused
from sacbe_catalog.open_data.datasets import BY_NAME, DATASETS
from sacbe_catalog.open_data.dcat import DataService, Page, Publication
from sacbe_catalog.open_data.package import FORMATS, Package, read_package
from sacbe_catalog.records import Catalogue, Cost, PublicService
from tests.catalog.catalogues import representative
from tests.catalog.graphs import BASE, conformance_data, violations

ADDRESS = "https://datos.example"


def records_of(catalogue: Catalogue) -> dumps.Records:
    """Give a catalogue's records by kind."""

    async def records(kind: str) -> AsyncIterator[Any]:
        for one in getattr(catalogue, BY_KIND[kind].catalogue_field):
            yield one

    return records


async def written(catalogue: Catalogue, folder: Path) -> Package:
    """Write the dumps of a catalogue."""
    return await dumps.write(folder, records_of(catalogue), change=7, told=lambda _kind, _done: None)


def publication(package: Package | None = None, **more: Any) -> Publication:
    """Give what is published."""
    fields: dict[str, Any] = {
        "base_iri": BASE,
        "address": ADDRESS,
        "title": {"es": "Catálogo"},
        "description": {"es": "De prueba"},
        "publisher": f"{BASE}institucion/renap",
        "publisher_names": {"es": "Registro"},
        "package": package,
        "data_services": (
            DataService(
                identifier="GT/GOV/2001/rc/personas",
                title="Personas",
                description="Consultas",
                provider="GT/GOV/2001/rc",
                protocol="soap",
            ),
        ),
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }
    return Publication(**(fields | more))


# Dumps ------------------------------------------------------------------------------------


async def test_every_form_of_a_dataset_holds_the_same_rows(tmp_path: Path) -> None:
    """CSV, JSON, NDJSON and Parquet."""
    await written(representative(), tmp_path)
    for dataset in DATASETS:
        as_json = msgspec.json.decode((tmp_path / f"{dataset.name}.json").read_bytes())
        lines = (tmp_path / f"{dataset.name}.ndjson").read_bytes().splitlines()
        as_table = pyarrow.parquet.read_table(tmp_path / f"{dataset.name}.parquet")
        as_csv = list(csv.DictReader(io.StringIO((tmp_path / f"{dataset.name}.csv").read_text("utf-8"), newline="")))
        assert [msgspec.json.decode(line) for line in lines] == as_json
        assert [_plain(row) for row in as_table.to_pylist()] == [_plain(row) for row in as_json]
        assert len(as_csv) == len(as_json)
        assert [set(row) for row in as_csv[:1]] == [{column.name for column in dataset.columns}][: len(as_csv)]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if value is not None else None for name, value in row.items()}


async def test_every_service_requirement_cost_and_channel_is_a_row(tmp_path: Path) -> None:
    """Counted on the seed."""
    catalogue = seed.load()
    await written(catalogue, tmp_path)
    counts = {one.name: len((tmp_path / f"{one.name}.ndjson").read_bytes().splitlines()) for one in DATASETS}
    assert counts == {
        "servicios": len(catalogue.services),
        "requisitos": sum(len(one.requirements) for one in catalogue.services),
        "costos": sum(len(one.costs) for one in catalogue.services),
        "canales": sum(len(one.channels) for one in catalogue.services),
        "instituciones": len(catalogue.institutions),
        "eventos": len(catalogue.events),
        "normas": len(catalogue.legal_resources),
    }


async def test_rows_keep_what_their_schema_promises(tmp_path: Path) -> None:
    """Required columns have values, keys are unique, and foreign keys lead to rows."""
    await written(seed.load(), tmp_path)
    rows = {one.name: msgspec.json.decode((tmp_path / f"{one.name}.json").read_bytes()) for one in DATASETS}
    for dataset in DATASETS:
        keys = [tuple(row[name] for name in dataset.key) for row in rows[dataset.name]]
        assert len(keys) == len(set(keys)), dataset.name
        required = [column.name for column in dataset.columns if column.is_required]
        assert all(row[name] not in (None, "") for row in rows[dataset.name] for name in required), dataset.name
        for one in dataset.foreign_keys:
            known = {row[BY_NAME[one.dataset].key[0]] for row in rows[one.dataset]}
            assert {row[one.column] for row in rows[dataset.name]} <= known


async def test_the_package_tells_each_files_size_and_digest(tmp_path: Path) -> None:
    """As they are on the disk, and it can be read back."""
    package = await written(representative(), tmp_path)
    assert {one.path for one in package.resources} == {f"{one.name}.{form}" for one in DATASETS for form in FORMATS}
    for one in package.resources:
        content = (tmp_path / one.path).read_bytes()
        assert (one.bytes, one.hash) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
    assert read_package(tmp_path) == package
    assert read_package(tmp_path / "nowhere") is None


async def test_hostile_text_stays_as_it_is(tmp_path: Path) -> None:
    """Formulas, quotes, separators and line ends come out of each form as they went in."""
    text = '=1+1,"x";\r\n|\t\x01 <b>ñ</b>'
    service = PublicService(
        identifier="a",
        title={"es": text},
        description={"es": text},
        institutions=("b|c",),
        costs=(Cost(identifier="k"),),
    )
    await written(Catalogue(services=(service,)), tmp_path)
    [row] = csv.DictReader(io.StringIO((tmp_path / "servicios.csv").read_bytes().decode(), newline=""))
    [other] = pyarrow.parquet.read_table(tmp_path / "servicios.parquet").to_pylist()
    assert row["nombre"] == row["descripcion"] == other["nombre"] == text
    assert row["instituciones"] == "b/c"


# The graph --------------------------------------------------------------------------------


def statements_for(catalogue: Catalogue, package: Package | None) -> list[Statement]:
    """Give all that one page says."""
    said = statements_of(catalogue, BASE)
    page = Page(number=1, last=1, items=len(catalogue.services), address=f"{ADDRESS}/catalog.ttl")
    own = [f"{BASE}servicio/{one.identifier}" for one in catalogue.services]
    said |= set(dcat.statements(publication(package), page, own))
    said |= set(dcat.wanted_beyond(said))
    return ordered(said)


def graph_of(said: list[Statement]) -> Graph:
    """Read what is written as Turtle."""
    return Graph().parse(data=turtle.serialise(said, Labels(BASE)), format="turtle")


@cache
def dcat_shapes() -> Graph:
    """Give the official shapes of DCAT-AP 3.0.1."""
    return Graph().parse(conformance_data("shapes", "dcat-ap-3.0.1", "shapes.ttl"))


def dcat_violations(graph: Graph) -> list[str]:
    """Give what the official shapes of DCAT-AP object to."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=dcat_shapes(), inplace=True)
    return sorted(
        f"{report.value(found, SH.focusNode)} {report.value(found, SH.resultPath)}"
        for found in report.subjects(RDF.type, SH.ValidationResult)
    )


async def test_a_page_passes_the_official_shapes_of_both_profiles(tmp_path: Path) -> None:
    """DCAT-AP 3.0.1 and CPSV-AP 3.2.0."""
    package = await written(representative(), tmp_path)
    graph = graph_of(statements_for(representative(), package))
    assert dcat_violations(graph) == []
    assert violations(graph) == []
    assert len(list(graph.subjects(RDF.type, DCAT.Distribution))) == len(DATASETS) * len(FORMATS)


async def test_the_seed_passes_the_shapes_of_dcat(tmp_path: Path) -> None:
    """As one page."""
    package = await written(seed.load(), tmp_path)
    assert dcat_violations(graph_of(statements_for(seed.load(), package))) == []


async def test_the_shapes_of_dcat_would_object(tmp_path: Path) -> None:
    """To a catalogue without a title, and a data service without an endpoint."""
    package = await written(representative(), tmp_path)
    graph = graph_of(statements_for(representative(), package))
    graph.remove((URIRef(publication().iri), DCTERMS.title, None))
    graph.remove((None, DCAT.endpointURL, None))
    assert len(dcat_violations(graph)) == 2


async def test_every_form_is_the_same_graph(tmp_path: Path) -> None:
    """RDF/XML and JSON-LD say what Turtle says."""
    said = statements_for(representative(), await written(representative(), tmp_path))
    of_turtle = graph_of(said)
    clean = [one for one in said if not _is_beyond_xml(one)]
    as_xml = Graph().parse(data=rdf_xml.serialise(clean, Labels(BASE)), format="xml")
    assert isomorphic(graph_of(clean), as_xml)
    assert len(of_turtle) >= len(as_xml)


def _is_beyond_xml(one: Statement) -> bool:
    return isinstance(one.value, Literal) and any(ord(sign) < 32 and sign not in "\t\n" for sign in one.value.value)


def test_what_xml_cannot_hold_is_replaced_or_left_out() -> None:
    """Control characters and properties without a name; the document stays well-formed."""
    said = [
        Statement(f"{BASE}a", "http://x.example/1", Literal("no name")),
        Statement(f"{BASE}a", "http://x.example/p", Literal("a\x00\x0bb")),
    ]
    root = etree.fromstring(rdf_xml.serialise(said, Labels(BASE)))
    assert [element.text for element in root[0]] == ["a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"]


# CKAN -------------------------------------------------------------------------------------


@pytest.fixture
async def published(tmp_path: Path) -> Publication:
    """What is published of eight services."""
    return publication(await written(representative(), tmp_path))


def test_a_harvester_gets_every_package_once_and_then_an_empty_page(published: Publication) -> None:
    """As ckanext-harvest reads: rows and start, until nothing comes."""
    names: list[str] = []
    while page := ckan.answer(published, "package_search", {"rows": "2", "start": str(len(names)), "sort": "id asc"})[
        "results"
    ]:
        names += [one["name"] for one in page]
    assert names == sorted(one.name for one in DATASETS)
    assert ckan.answer(published, "package_list", {}) == names


def test_a_package_has_the_fields_that_harvesters_read(published: Publication) -> None:
    """With its files, where they can be fetched."""
    found = ckan.answer(published, "package_show", {"id": "servicios"})
    assert {"id", "name", "title", "notes", "state", "owner_org", "organization", "tags", "extras"} <= found.keys()
    assert (found["type"], found["private"], found["organization"]["type"]) == ("dataset", False, "organization")
    datetime.fromisoformat(found["metadata_modified"])
    assert {one["format"] for one in found["resources"]} == {"CSV", "JSON", "NDJSON", "PARQUET"}
    assert all(one["url"] == f"{ADDRESS}/download/{one['name']}" for one in found["resources"])


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"q": "*:*"}, len(DATASETS)),
        ({"q": "COSTOS"}, 1),
        ({"q": "nada de esto"}, 0),
        ({"fq": "organization:catalogo-nacional"}, len(DATASETS)),
        ({"fq": "organization:otra"}, 0),
        ({"fq": "metadata_modified:[2020-01-01T00:00:00Z TO *]"}, len(DATASETS)),
        ({"fq": "metadata_modified:[2999-01-01T00:00:00Z TO *]"}, 0),
        ({"rows": "0"}, len(DATASETS)),
    ],
)
def test_packages_are_searched_and_filtered(published: Publication, parameters: dict[str, str], count: int) -> None:
    """By words, organisation and time."""
    assert ckan.answer(published, "package_search", parameters)["count"] == count


@pytest.mark.parametrize(
    ("action", "parameters", "status"),
    [
        ("package_show", {}, 409),
        ("package_show", {"id": "nada"}, 404),
        ("package_search", {"rows": "-1"}, 409),
        ("package_search", {"start": "9" * 30}, 409),
        ("package_search", {"fq": "metadata_modified:[ayer TO *]"}, 409),
        ("organization_show", {"id": "otra"}, 404),
        ("group_show", {"id": "x"}, 404),
        ("package_delete", {"id": "servicios"}, 404),
    ],
)
def test_what_cannot_be_done_is_refused_in_ckans_words(
    published: Publication, action: str, parameters: dict[str, str], status: int
) -> None:
    """With an error that has a type and a message."""
    with pytest.raises(ActionRefused) as caught:
        ckan.answer(published, action, parameters)
    told = ckan.refusal(ADDRESS, action, caught.value)
    assert caught.value.status == status
    assert told["success"] is False
    assert told["error"]["__type"].endswith("Error")


# The feed ---------------------------------------------------------------------------------


def change(number: int, identifier: str, *, was_public: bool, is_public: bool) -> RecordVersion:
    """Give a change of a service."""
    content = msgspec.Raw(msgspec.json.encode({"title": {"es": "Tr\x0bámite <b>"}, "description": {"es": "Sirve."}}))
    return RecordVersion(
        number=number,
        kind="service",
        identifier=identifier,
        content=content,
        was_public=was_public,
        is_public=is_public,
        who="ana@example.org",
        why="secreto",
        made_at=datetime(2026, 11, 27, number, tzinfo=UTC),
    )


def test_the_feed_tells_the_newest_change_of_each_service_and_what_is_gone() -> None:
    """Without who and why, and as well-formed XML whatever a title holds."""
    changes = (
        change(3, "a", was_public=True, is_public=False),
        change(2, "b", was_public=False, is_public=True),
        change(1, "a", was_public=False, is_public=True),
    )
    content = atom.feed(publication(), changes)
    root = etree.fromstring(content)
    ids = root.xpath("//a:entry/a:id/text()", namespaces={"a": "http://www.w3.org/2005/Atom"})
    gone = root.xpath("//t:deleted-entry/@ref", namespaces={"t": "http://purl.org/atompub/tombstones/1.0"})
    assert (ids, gone) == ([f"{BASE}servicio/b"], [f"{BASE}servicio/a"])
    assert b"secreto" not in content
    assert b"ana@" not in content


def test_a_feed_of_nothing_is_a_feed() -> None:
    """Before the first change."""
    assert etree.fromstring(atom.feed(publication(), ())).tag == "{http://www.w3.org/2005/Atom}feed"


def test_the_catalogue_in_a_page_is_still_the_catalogue() -> None:
    """What is read back from the graph's services is what went in, whatever stands beside them."""
    content = turtle.serialise(statements_for(representative(), None), Labels(BASE))
    read = cpsv_ap.read(content, format="turtle", file="page", base_iri=BASE)
    assert {one.identifier for one in read.services} == {one.identifier for one in representative().services}
