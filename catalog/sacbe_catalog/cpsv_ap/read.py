"""A graph of CPSV-AP 3.2.0 as a catalogue, with nothing that it says lost.

Read twice: first for what records have a place for; what that does not write out again is then
given to the record it belongs to, as `extra`. So a graph comes back with every statement it had.
"""

from itertools import islice
from typing import Any

from sacbe_catalog.cpsv_ap import jsonld, turtle
from sacbe_catalog.cpsv_ap.blank import named, with_lists
from sacbe_catalog.cpsv_ap.check import Check
from sacbe_catalog.cpsv_ap.classes import BY_KIND, CATALOGUE_FIELDS, CLASSES
from sacbe_catalog.cpsv_ap.collect import PROBLEMS_MAX
from sacbe_catalog.cpsv_ap.owners import CATALOGUE, owned
from sacbe_catalog.cpsv_ap.profile import DATASET
from sacbe_catalog.cpsv_ap.statements import Statement
from sacbe_catalog.cpsv_ap.view import View, triple_key
from sacbe_catalog.cpsv_ap.vocabulary import CATALOGUE as OWN_CATALOGUE
from sacbe_catalog.cpsv_ap.vocabulary import is_order
from sacbe_catalog.cpsv_ap.write import Format, catalogue_iri, statements_of
from sacbe_catalog.records import Catalogue, Triple
from sacbe_terms.errors import ImportRefused, Problem

FILE_BYTES_MAX = 64 * 1024 * 1024
"""A larger file is not taken in."""

_TOP_LEVEL = {
    "services": "service",
    "institutions": "institution",
    "events": "event",
    "legal_resources": "legal_resource",
    "concepts": "concept",
    "areas": "area",
    "languages": "language",
}


def read(data: bytes, *, format: Format, file: str, base_iri: str) -> Catalogue:
    """Read a JSON-LD or Turtle file; nothing is fetched from anywhere.

    Raises ImportRefused with every finding (node, property, reason, repair), 100 at most: all or
    nothing. Read back in normal form: top-level lists by identifier, references by identifier
    where the file describes the record, an IRI that we would mint left out, a statement that no
    record has a place for as a triple in `extra`, a blank node as an IRI below
    `{base_iri}.well-known/genid/` that is written as a blank node again.
    """
    if len(data) > FILE_BYTES_MAX:
        raise ImportRefused(file, [Problem(where=file, reason=f"larger than {FILE_BYTES_MAX} bytes", hint="Split it.")])
    collector = (jsonld if format == "json-ld" else turtle).parse(data, file=file, base_iri=base_iri)
    if collector.problems:
        raise ImportRefused(file, list(collector.problems))
    statements = named(with_lists(list(collector.stated)), base_iri)
    return _catalogue(statements, file, base_iri)


def _catalogue(statements: list[Statement], file: str, base_iri: str) -> Catalogue:
    view = View(statements, base_iri, CLASSES)
    problems = list(islice(Check(view, file).problems(), PROBLEMS_MAX))
    if not problems and not view.identifiers:
        hint = "It needs nodes of CPSV-AP's classes, such as cpsv:PublicService."
        problems = [Problem(where=file, reason="describes nothing of a catalogue", hint=hint)]
    if problems:
        raise ImportRefused(file, problems)
    said = statements_of(_read(view, {}), base_iri)
    left = {one for one in statements if one not in said and one not in view.understood}
    return _read(view, owned((one for one in left if not is_order(one.predicate)), view))


def _read(view: View, extra: dict[str, tuple[Triple, ...]]) -> Catalogue:
    values: dict[str, Any] = {field: view.records(BY_KIND[kind], extra) for field, kind in _TOP_LEVEL.items()}
    values |= _itself(view)
    return Catalogue(**values, extra=tuple(sorted(extra.get(CATALOGUE, ()), key=triple_key)))


def _itself(view: View) -> dict[str, Any]:
    """Read what the catalogue says of itself: ours if it is there, else the first dcat:Dataset."""
    minted = catalogue_iri(view.base_iri)
    nodes = [node for node in view.about if any(view.has_type(node, typed) for typed in (DATASET, OWN_CATALOGUE))]
    if not nodes:
        return {}
    node = minted if minted in nodes else min(nodes)
    return {one.name: one.read(node, view) for one in CATALOGUE_FIELDS} | {"iri": "" if node == minted else node}
