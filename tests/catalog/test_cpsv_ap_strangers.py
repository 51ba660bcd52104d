"""Graphs that others made: nothing in them is lost, and what is wrong in them is located."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from sacbe_catalog import cpsv_ap
from sacbe_catalog.cpsv_ap import blank, context
from sacbe_catalog.cpsv_ap.statements import Statement
from sacbe_catalog.cpsv_ap.write import Format
from sacbe_catalog.records import Catalogue
from sacbe_terms.errors import ImportRefused, Problem
from tests.catalog.graphs import BASE, MUSEUM, graph_of, official, violations

CONCEPT = URIRef("http://www.w3.org/2004/02/skos/core#Concept")
DCT = "http://purl.org/dc/terms/"
CV = "http://data.europa.eu/m8g/"


def _read(data: bytes | str, format: Format) -> Catalogue:
    return cpsv_ap.read(data.encode() if isinstance(data, str) else data, format=format, file="f", base_iri=BASE)


def _problems(data: bytes | str, format: Format) -> list[Problem]:
    with pytest.raises(ImportRefused) as refused:
        _read(data, format)
    return list(refused.value.problems)


def _exported(catalogue: Catalogue) -> Graph:
    return graph_of(cpsv_ap.write(catalogue, format="turtle", base_iri=BASE), "turtle")


def _typed_example() -> Graph:
    """The official example with the classes that its own shapes miss, and an organisation's all three."""
    graph = Graph().parse(official("example-rdf_public_service.ttl"))
    for node in (
        "http://example.com/federalreduction",
        "http://example.com/certicate",
        "http://data.europa.eu/snb/com-channel/b37115f83e",
        "http://publications.europa.eu/resource/authority/frequency/DAILY",
        "http://publications.europa.eu/resource/authority/frequency/WEEKLY",
    ):
        graph.add((URIRef(node), RDF.type, CONCEPT))
    graph.add((URIRef("http://publications.europa.eu/resource/authority/atu/BEL"), RDF.type, URIRef(f"{DCT}Location")))
    organisation = URIRef("http://example.com/publicOrganisation1")
    graph.add((organisation, RDF.type, URIRef("http://www.w3.org/ns/org#Organization")))
    graph.add((organisation, RDF.type, URIRef("http://xmlns.com/foaf/0.1/Agent")))
    graph.add((organisation, URIRef(f"{DCT}identifier"), Literal("publicOrganisation1")))
    for name in list(graph.objects(organisation, URIRef("http://www.w3.org/2004/02/skos/core#prefLabel"))):
        graph.add((organisation, URIRef(f"{DCT}title"), name))
    return graph


def test_the_official_example_comes_back_whole() -> None:
    """The official example, once typed, is an isomorphic graph after a round trip, and passes the official shapes."""
    example = _typed_example()
    again = _exported(_read(example.serialize(format="turtle"), "turtle"))
    assert isomorphic(again, example)
    assert violations(again) == []


def test_the_official_example_is_understood_as_published() -> None:
    """As it was published, context and all, the official example imports, and its export passes the shapes."""
    catalogue = _read(official("example-rdf_public_service.jsonld").read_bytes(), "json-ld")
    (service,) = catalogue.services
    assert service.title == {"en": "Tax-on-web"}
    assert service.institutions == ("publicOrganisation1",)
    assert service.contacts[0].opening_hours == ({"en": "Every day from 9 a.m. to 5 p.m."},)
    assert violations(_exported(catalogue)) == []


def test_our_terms_are_the_official_contexts() -> None:
    """Our own term map says what the official context says, term for term."""
    theirs = msgspec.json.decode(official("cpsv-ap.jsonld").read_bytes())["@context"]
    assert context.terms() == theirs


def _lost(before: Graph, after: Graph) -> set[tuple[object, ...]]:
    """Give the statements without blank nodes that are in one graph and not in the other."""

    def plain(graph: Graph) -> Iterator[tuple[object, ...]]:
        return (one for one in graph if not any(isinstance(term, BNode) for term in one))

    return set(plain(before)) - set(plain(after))


def test_nothing_of_a_stranger_is_lost() -> None:
    """A sound file of unknown origin comes back with every statement and every blank node it had."""
    data = (MUSEUM / "stranger.ttl").read_bytes()
    before, after = graph_of(data, "turtle"), _exported(_read(data, "turtle"))
    blanks = {one for one in before.all_nodes() if isinstance(one, BNode)}
    assert _lost(before, after) == set()
    assert len({one for one in after.all_nodes() if isinstance(one, BNode)}) == len(blanks)
    assert violations(after) == []


def test_a_stranger_is_the_same_again_and_again() -> None:
    """Importing what was exported from a stranger's file exports the same graph."""
    catalogue = _read((MUSEUM / "stranger.ttl").read_bytes(), "turtle")
    once = cpsv_ap.write(catalogue, format="json-ld", base_iri=BASE)
    twice = cpsv_ap.write(_read(once, "json-ld"), format="json-ld", base_iri=BASE)
    assert isomorphic(graph_of(once, "json-ld"), graph_of(twice, "json-ld"))


def test_a_strangers_file_is_understood() -> None:
    """What a stranger says by CPSV-AP is in the record's own fields; the rest is kept beside it."""
    catalogue = _read((MUSEUM / "stranger.ttl").read_bytes(), "turtle")
    (service,) = catalogue.services
    assert service.title == {"en": "Permit", "es": "Autorización"}
    assert service.costs[0].amount == "100"
    assert {tuple(hours.values()) for hours in service.channels[0].opening_hours} == {
        ("de lunes a viernes",),
        ("sábados",),
    }
    assert "azul" in {triple.value for triple in service.extra}
    assert [triple.value for triple in catalogue.extra] == ["Nadie lleva aquí"]


def test_the_same_file_gives_the_same_records() -> None:
    """Blank nodes have the same names on every import of a file."""
    data = (MUSEUM / "stranger.ttl").read_bytes()
    assert _read(data, "turtle") == _read(data, "turtle")


def test_three_wrong_nodes_give_three_problems(caplog: pytest.LogCaptureFixture) -> None:
    """Every finding of a file is given at once, each with node, property, reason and repair."""
    problems = _problems((MUSEUM / "three-wrong-nodes.jsonld").read_bytes(), "json-ld")
    assert [(problem.where, problem.field) for problem in problems] == [
        ("f: https://otro.example/id/servicio/dos", "cv:hasCompetentAuthority"),
        ("f: https://otro.example/id/servicio/uno", "dct:title"),
        ("f: https://otro.example/id/servicio/tres / cv:hasCost", "cv:hasValue"),
    ]
    assert caplog.records == []
    assert all(problem.hint for problem in problems)


def test_no_context_is_fetched() -> None:
    """A context at an address other than the official one is a located error, also where it hides in a term."""
    (problem,) = _problems((MUSEUM / "remote-context.jsonld").read_bytes(), "json-ld")
    assert (problem.where, problem.field) == ("f: /@context/0", "@context")
    inner = '{"@context": {"a": {"@id": "urn:a", "@context": "http://127.0.0.1/c"}}}'
    assert _problems(inner, "json-ld")[0].where == "f: /@context/a/@context"
    imported = '{"@context": {"@import": "http://127.0.0.1/c"}}'
    assert _problems(imported, "json-ld")[0].field == "@import"


def test_an_undeclared_prefix_is_named() -> None:
    """A prefixed name whose prefix the document does not declare is located and not taken for an IRI."""
    (problem,) = _problems((MUSEUM / "undeclared-prefix.jsonld").read_bytes(), "json-ld")
    assert "'dct' undeclared" in problem.reason


def test_broken_turtle_is_located_by_line() -> None:
    """A Turtle file that breaks off says in which line."""
    (problem,) = _problems((MUSEUM / "broken.ttl").read_bytes(), "turtle")
    assert problem.where == "f: line 3"


def test_a_file_of_something_else_is_refused() -> None:
    """A graph without any record of a catalogue is refused, and so is an empty file."""
    assert (
        "nothing of a catalogue" in _problems((MUSEUM / "nothing-of-a-catalogue.ttl").read_bytes(), "turtle")[0].reason
    )
    assert "nothing of a catalogue" in _problems(b"", "turtle")[0].reason


def test_one_identifier_names_one_record() -> None:
    """Two nodes of a class with one identifier are refused, naming both."""
    (problem,) = _problems((MUSEUM / "same-identifier-twice.ttl").read_bytes(), "turtle")
    assert problem.where == "f: https://otro.example/b"
    assert "https://otro.example/a" in problem.reason


def test_findings_are_capped() -> None:
    """A file that is wrong everywhere gives a hundred findings and no more."""
    wrong = "\n".join(f"<https://otro.example/{number}> a <{CV}Cost> ." for number in range(300))
    assert len(_problems(wrong, "turtle")) == 100


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (b"\xff\xfe\x00", "turtle"),
        (b"\xff\xfe\x00", "json-ld"),
        (b"", "json-ld"),
        (b"[" * 100_000, "json-ld"),
        (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, "json-ld"),
        (b"<urn:a> <urn:b> " + b"(" * 50_000, "turtle"),
        (b"<urn:a> <urn:b> " + b"[ <urn:c> " * 5_000, "turtle"),
        (b'{"@context": {"a": "b:c", "b": "a:d"}, "@id": "urn:x", "a:e": "1"}', "json-ld"),
        (b'{"@context": 7, "@id": {}, "@type": 5}', "json-ld"),
        (b'{"@id": "http://x/a b", "urn:p": "v"}', "json-ld"),
        (b'{"@id": "urn:x", "urn:p": "\\u0000"}', "json-ld"),
        (b'{"@id": "urn:x", "urn:p": "\\ud800"}', "json-ld"),
        (b'{"@id": "urn:x", "urn:p": NaN}', "json-ld"),
        (b"7", "json-ld"),
        (b"@base <relative> . <a> <b> <c> .", "turtle"),
        (b'<urn:a> <urn:b> "\\uD800" .', "turtle"),
        (b"{ <urn:a> <urn:b> <urn:c> } => { } .", "turtle"),
        (b"<urn:a> a <http://data.europa.eu/m8g/Cost> ; a 5 .", "turtle"),
    ],
)
def test_hostile_files_are_refused_with_a_reason(data: bytes, format: Format) -> None:
    """Whatever a file holds, it is refused with located problems and never with a stack trace or a hang."""
    assert all(problem.where.startswith("f") and problem.reason for problem in _problems(data, format))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=60), cut=st.integers(0, 4000), format=st.sampled_from(("turtle", "json-ld")))
def test_damaged_files_never_break_the_reader(data: bytes, cut: int, format: Format) -> None:
    """A sound file with any bytes put in somewhere is either read or refused."""
    sound = (MUSEUM / ("stranger.ttl" if format == "turtle" else "three-wrong-nodes.jsonld")).read_bytes()
    with suppress(ImportRefused):
        _read(sound[:cut] + data + sound[cut:], format)


def test_blank_nodes_that_differ_only_far_away_get_different_names() -> None:
    """Blank nodes are told apart by what lies several blank nodes away."""
    lines = "\n".join(f"<urn:s> <urn:p> [ <urn:q> [ <urn:r> [ <urn:t> {number} ] ] ] ." for number in range(3))
    graph = Graph().parse(data=lines, format="turtle")
    stated = [Statement(*(f"_:{term}" if isinstance(term, BNode) else str(term) for term in one)) for one in graph]
    assert len({one.subject for one in blank.named(stated, BASE)}) == 10
