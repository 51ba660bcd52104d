"""CPSV-AP both ways: what is written is read back, is the same graph again, and passes the official shapes."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from rdflib import RDF, URIRef
from rdflib.compare import isomorphic

from sacbe_catalog import cpsv_ap, seed
from sacbe_catalog.cpsv_ap import vocabulary
from sacbe_catalog.cpsv_ap.vocabulary import SACBE, short
from sacbe_catalog.cpsv_ap.write import Format, statements_of
from sacbe_catalog.records import Catalogue, Cost, Institution, PublicService
from tests.catalog.catalogues import catalogues, representative
from tests.catalog.graphs import BASE, FORMATS, graph_of, violations

SOME = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def _there_and_back(catalogue: Catalogue, format: Format) -> Catalogue:
    data = cpsv_ap.write(catalogue, format=format, base_iri=BASE)
    return cpsv_ap.read(data, format=format, file="x", base_iri=BASE)


@pytest.mark.parametrize("format", FORMATS)
def test_every_field_of_every_record_comes_back(format: Format) -> None:
    """A catalogue that uses every field is the same after a round trip."""
    assert _there_and_back(representative(), format) == representative()


@SOME
@given(catalogue=catalogues(most=2))
def test_any_catalogue_comes_back(catalogue: Catalogue) -> None:
    """Whatever its texts, identifiers and languages, a catalogue in normal form is read as it was written."""
    for format in FORMATS:
        assert _there_and_back(catalogue, format) == catalogue


@pytest.mark.long
@MANY
@given(catalogue=catalogues(most=4))
def test_many_catalogues_come_back_and_conform(catalogue: Catalogue) -> None:
    """What holds for a few catalogues holds for many, and each passes the official shapes."""
    for format in FORMATS:
        assert _there_and_back(catalogue, format) == catalogue
    assert violations(graph_of(cpsv_ap.write(catalogue, format="turtle", base_iri=BASE), "turtle")) == []


def test_both_formats_are_one_graph_and_stay_it() -> None:
    """JSON-LD and Turtle of one catalogue are one graph, and a round trip gives an isomorphic one."""
    json_ld, turtle = (cpsv_ap.write(representative(), format=format, base_iri=BASE) for format in FORMATS)
    graph = graph_of(json_ld, "json-ld")
    assert isomorphic(graph, graph_of(turtle, "turtle"))
    again = cpsv_ap.write(_there_and_back(representative(), "json-ld"), format="turtle", base_iri=BASE)
    assert isomorphic(graph, graph_of(again, "turtle"))


@pytest.mark.parametrize("format", FORMATS)
def test_equal_catalogues_give_equal_bytes(format: Format) -> None:
    """An export is a function of its catalogue: the same bytes every time, whatever order sets have."""
    catalogue = representative()
    turned = msgspec.structs.replace(catalogue, services=catalogue.services[::-1], concepts=catalogue.concepts[::-1])
    data = cpsv_ap.write(catalogue, format=format, base_iri=BASE)
    assert data == cpsv_ap.write(turned, format=format, base_iri=BASE)
    assert data == cpsv_ap.write(_there_and_back(catalogue, format), format=format, base_iri=BASE)


def test_an_export_passes_the_official_shapes() -> None:
    """An export has no violation of the official CPSV-AP 3.2.0 shapes."""
    assert violations(graph_of(cpsv_ap.write(representative(), format="json-ld", base_iri=BASE), "json-ld")) == []


def test_the_shapes_would_object() -> None:
    """The check by the official shapes can fail: an organisation without its other two classes is objected to."""
    graph = graph_of(cpsv_ap.write(representative(), format="turtle", base_iri=BASE), "turtle")
    graph.remove((None, RDF.type, URIRef("http://www.w3.org/ns/org#Organization")))
    assert violations(graph) != []


@pytest.fixture(scope="module")
def seeded() -> Catalogue:
    """The catalogue that the software ships with."""
    return seed.load()


def test_the_seed_comes_back(seeded: Catalogue) -> None:
    """The catalogue that the software ships with is the same graph after a round trip."""
    again = _there_and_back(seeded, "turtle")
    assert statements_of(again, BASE) == statements_of(seeded, BASE)
    assert len(again.services) == len(seeded.services)


def test_the_seed_passes_the_official_shapes(seeded: Catalogue) -> None:
    """The seed's export has no violation of the official shapes."""
    assert violations(graph_of(cpsv_ap.write(seeded, format="turtle", base_iri=BASE), "turtle")) == []


def test_an_export_names_no_remote_context() -> None:
    """A JSON-LD export carries its context inline, and each of its texts with a language is a value object."""
    document = msgspec.json.decode(cpsv_ap.write(representative(), format="json-ld", base_iri=BASE))
    titles = [node["dct:title"] for node in document["@graph"] if "skos:prefLabel" in node and "dct:title" in node]
    assert set(map(type, document["@context"].values())) == {str}
    assert {"@language": "es", "@value": "Ministerio de Gobernación"} in titles


def test_numbers_keep_the_form_in_which_they_were_written() -> None:
    """A cost of 100.00 is not written or read as 100.0."""
    costs = (
        Cost(identifier="a", amount="100.00"),
        Cost(identifier="b", amount="100.0"),
        Cost(identifier="c", amount="0"),
    )
    catalogue = _with_service(costs=costs)
    for format in FORMATS:
        assert [cost.amount for cost in _there_and_back(catalogue, format).services[0].costs] == [
            "100.00",
            "100.0",
            "0",
        ]


def test_order_is_written_only_where_it_is_not_the_natural_one() -> None:
    """Lists in natural order (`c-9` before `c-10`) add no statement of order; others come back as they stood."""
    natural = _with_service(costs=tuple(Cost(identifier=f"c-{number}") for number in (9, 10)))
    turned = _with_service(costs=tuple(Cost(identifier=f"c-{number}") for number in (10, 9)))
    assert b"InOrder" not in cpsv_ap.write(natural, format="turtle", base_iri=BASE)
    assert _there_and_back(turned, "turtle") == turned


def test_an_unknown_description_is_said_and_comes_back_unknown() -> None:
    """A service without description says so in words, as the profile requires one, and has none when read again."""
    catalogue = _with_service(description={})
    assert b"No se conoce." in cpsv_ap.write(catalogue, format="turtle", base_iri=BASE)
    assert _there_and_back(catalogue, "turtle").services[0].description == {}


def test_another_bases_records_keep_their_iris() -> None:
    """A catalogue exported by one node and imported by another keeps the IRIs that it had there."""
    data = cpsv_ap.write(_with_service(), format="turtle", base_iri="https://otro.example/id/")
    there = cpsv_ap.read(data, format="turtle", file="x", base_iri=BASE)
    assert there.services[0].iri == "https://otro.example/id/servicio/s"
    assert there.services[0].institutions == ("renap",)


def _with_service(**fields: object) -> Catalogue:
    values = {"title": {"es": "Servicio"}, "description": {"es": "Sirve."}, "institutions": ("renap",)} | fields
    return Catalogue(
        services=(PublicService(identifier="s", **values),),  # type: ignore[arg-type]  # the test's own fields
        institutions=(Institution(identifier="renap", title={"es": "RENAP"}),),
    )


def test_every_term_of_ours_is_explained() -> None:
    """The page about our own terms names each of them."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "cpsv-ap-extensions.md").read_text()
    own = {value for value in vars(vocabulary).values() if isinstance(value, str) and value.startswith(SACBE)} - {SACBE}
    assert len(own) > 10
    assert {term for term in own if f"`{short(term)}`" not in page} == set()
