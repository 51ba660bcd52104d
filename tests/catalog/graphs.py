"""What tests of graphs share: a base, rdflib's reading of a file, and the official shapes' verdict."""

import os
from functools import cache
from pathlib import Path

import msgspec
import pyshacl
import pytest
from rdflib import Graph
from rdflib.namespace import RDF, SH
from rdflib.plugins.parsers.jsonld import to_rdf

from sacbe_catalog.cpsv_ap.write import Format

BASE = "https://sacbe.example/id/"
FORMATS: tuple[Format, ...] = ("json-ld", "turtle")
MUSEUM = Path(__file__).parents[1] / "museum" / "catalogue"


def conformance_data(*parts: str) -> Path:
    """Give a file of the data that others wrote; skip the test, with the reason, where it is absent."""
    folder = os.environ.get("SACBE_CONFORMANCE_DATA")
    path = Path(folder or ".", *parts)
    if folder is None or not path.exists():
        pytest.skip(f"needs {'/'.join(parts)} below SACBE_CONFORMANCE_DATA")
    return path


def official(name: str) -> Path:
    """Give a file of the official CPSV-AP 3.2.0."""
    return conformance_data("shapes", "cpsv-ap-3.2.0", name)


def graph_of(data: bytes, format: Format) -> Graph:
    """Read a file as rdflib alone does, without our terms or checks."""
    graph = Graph()
    if format == "json-ld":
        to_rdf(msgspec.json.decode(data), graph)
        return graph
    return graph.parse(data=data, format="turtle")


@cache
def _shapes() -> Graph:
    return Graph().parse(official("cpsv-ap-SHACL.ttl"))


def violations(graph: Graph) -> list[str]:
    """Give what the official shapes object to in a graph, as `node path constraint`."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=_shapes(), inplace=True)
    return sorted(
        f"{report.value(found, SH.focusNode)} {report.value(found, SH.resultPath)} "
        f"{report.value(found, SH.sourceConstraintComponent)} {report.value(found, SH.value)}"
        for found in report.subjects(RDF.type, SH.ValidationResult)
    )
