"""A catalogue as a graph of CPSV-AP 3.2.0 that passes the official shapes."""

from collections.abc import Iterator
from typing import Literal as OneOf

from sacbe_catalog import iris
from sacbe_catalog.cpsv_ap import jsonld, turtle
from sacbe_catalog.cpsv_ap.classes import BY_KIND, CATALOGUE_FIELDS, KINDS
from sacbe_catalog.cpsv_ap.fields import Place
from sacbe_catalog.cpsv_ap.labels import Labels
from sacbe_catalog.cpsv_ap.names import Names, as_iri, records_of
from sacbe_catalog.cpsv_ap.profile import DATASET, types_of_codes
from sacbe_catalog.cpsv_ap.statements import TYPE, Statement, of_triple, ordered
from sacbe_catalog.cpsv_ap.vocabulary import CATALOGUE, DCT, NAME
from sacbe_catalog.records import Catalogue

CATALOGUE_IDENTIFIER = "principal"
"""What the catalogue itself is called in its minted IRI."""

TOP_LEVEL = ("services", "institutions", "events", "legal_resources", "concepts", "areas", "languages")

Format = OneOf["json-ld", "turtle"]


def write(catalogue: Catalogue, *, format: Format, base_iri: str) -> bytes:
    """Write a catalogue as JSON-LD (its context inline) or Turtle.

    Equal catalogues give equal bytes. A record without an IRI gets the one that `iris.mint`
    gives it below `base_iri`; `extra` is written out as it came. Every reference of a complete
    catalogue conforms to the official shapes; one to an institution that the catalogue does not
    hold is only as good as the reader's knowledge of it.
    """
    statements, labels = ordered(statements_of(catalogue, base_iri)), Labels(base_iri)
    return jsonld.serialise(statements, labels) if format == "json-ld" else turtle.serialise(statements, labels)


def statements_of(catalogue: Catalogue, base_iri: str) -> set[Statement]:
    """Give every statement that a catalogue makes."""
    names = Names(catalogue, base_iri, KINDS)
    stated = set(_of_itself(catalogue, names, base_iri))
    for field in TOP_LEVEL:
        for record in getattr(catalogue, field):
            stated.update(BY_KIND[KINDS[type(record)]].said(record, names.of_record(record), names))
    stated.update(_kept(catalogue))
    stated.update(types_of_codes(stated))
    return stated


def catalogue_iri(base_iri: str) -> str:
    """Give the IRI of a catalogue that states none."""
    return iris.mint(base_iri, "catalogue", CATALOGUE_IDENTIFIER)


def _of_itself(catalogue: Catalogue, names: Names, base_iri: str) -> Iterator[Statement]:
    """Say what the catalogue is; a dcat:Dataset only where it has all that the profile wants of one."""
    if not (catalogue.title or catalogue.description or catalogue.publisher or catalogue.iri):
        return
    subject = as_iri(catalogue.iri) if catalogue.iri else catalogue_iri(base_iri)
    is_dataset = all((catalogue.title, catalogue.description, catalogue.publisher))
    yield Statement(subject, TYPE, DATASET if is_dataset else CATALOGUE)
    for field in CATALOGUE_FIELDS:
        yield from field.said(getattr(catalogue, field.name), Place(catalogue, subject, names))
    if is_dataset:
        for service in catalogue.services:
            yield Statement(names.of_record(service), f"{DCT}isPartOf", subject)


def _kept(catalogue: Catalogue) -> Iterator[Statement]:
    for holder in (catalogue, *records_of(catalogue)):
        for triple in getattr(holder, "extra", ()):
            if triple.predicate != NAME:
                yield of_triple(triple)
