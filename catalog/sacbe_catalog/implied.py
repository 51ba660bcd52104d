"""Nodes that are known without any record that states them.

Some every catalogue has: the codes that the software means something by. Others are codes and
places that a record points to by IRI and that somebody else describes: linked data allows that.
Implied nodes are not given out as records; a record that states one takes its place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sacbe_catalog import schemes
from sacbe_catalog.directory import Directory
from sacbe_catalog.nodes import Node, Pointed, taken_apart
from sacbe_catalog.records import Area, Catalogue, Concept


def built_in(stated: Sequence[Node]) -> tuple[Node, ...]:
    """Give what every catalogue has and these nodes do not state themselves, by name or by IRI."""
    own = Catalogue(concepts=schemes.CONCEPTS, areas=schemes.AREAS, languages=schemes.LANGUAGES)
    keys = {node.key for node in stated}
    iris = {(node.kind, iri) for node in stated if (iri := getattr(node.record, "iri", ""))}
    return tuple(
        replace(node, is_implied=True)
        for node in taken_apart(own)
        if node.key not in keys and (node.kind, getattr(node.record, "iri", "")) not in iris
    )


def of_others(pointed: Iterable[Pointed], directory: Directory) -> tuple[Node, ...]:
    """Give the codes and places that are pointed to by IRI and that the directory has not."""
    unknown = [
        (target, scheme, reference)
        for target, scheme, reference in pointed
        if "://" in reference and directory.find(target, reference, scheme=scheme) is None
    ]
    foreign = Catalogue(concepts=tuple(_concepts(unknown)), areas=tuple(_areas(unknown)))
    return tuple(replace(node, is_implied=True) for node in taken_apart(foreign) if node.key not in directory.ids)


def _concepts(unknown: Sequence[tuple[str, str, str]]) -> Iterator[Concept]:
    schemes_by_iri = {reference: scheme for target, scheme, reference in unknown if target == "concept"}
    for reference, scheme in schemes_by_iri.items():
        yield Concept(scheme=scheme, identifier=reference, labels={}, iri=reference)


def _areas(unknown: Sequence[tuple[str, str, str]]) -> Iterator[Area]:
    for reference in dict.fromkeys(reference for target, _, reference in unknown if target == "area"):
        yield Area(identifier=reference, level="", title="", iri=reference)
