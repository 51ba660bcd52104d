"""A catalogue taken apart into its nodes: every record with a name of its own, parts included.

A part that several records hold (an evidence that many services ask for) is one node, as in a graph.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from sacbe_catalog import iris, schemes
from sacbe_catalog.mapping import BY_KIND, MAPPINGS, Mapping
from sacbe_catalog.records import Catalogue, Concept, ContactPoint

Key = tuple[str, str]
"""Kind and identifier: what names a node."""

Pointed = tuple[str, str, str]
"""What a record points to: kind, scheme (of a coded value), and the reference as written."""

CATALOGUE_IDENTIFIER = "principal"
"""The one catalogue of a node's own; the name leaves room for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One record and its name; `owner` is the top-level record that it came with, for people to find it."""

    kind: str
    identifier: str
    record: msgspec.Struct
    owner: str
    is_part: bool = False
    is_implied: bool = False

    @property
    def key(self) -> Key:
        """Kind and identifier."""
        return self.kind, self.identifier

    @property
    def mapping(self) -> Mapping:
        """How the record maps to tables."""
        return BY_KIND[self.kind]

    @property
    def place(self) -> str:
        """Where a person finds the record."""
        itself = f"{self.kind} {self.identifier}"
        return f"{self.owner}, {itself}" if self.is_part else itself

    def iri(self, base_iri: str) -> str:
        """The node's IRI: the one stated, else the minted one."""
        stated: str = getattr(self.record, "iri", "")
        return stated or iris.mint(base_iri, self.kind, self.identifier)


def taken_apart(catalogue: Catalogue) -> Iterator[Node]:
    """Give every node of a catalogue in the order stated, a record before its parts."""
    for scheme in dict.fromkeys(concept.scheme for concept in catalogue.concepts):
        iri = scheme if "://" in scheme else ""
        record = schemes.ConceptScheme(identifier=scheme, iri=iri)
        yield Node(kind="concept_scheme", identifier=scheme, record=record, owner="")
    for mapping in MAPPINGS:
        for record in getattr(catalogue, mapping.catalogue_field) if mapping.catalogue_field else ():
            identifier = _identifier(record)
            yield from _with_parts(mapping, identifier, record, owner=f"{mapping.kind} {identifier}", is_part=False)
    if says_something_of_itself(catalogue):
        itself = msgspec.structs.replace(catalogue, **{m.catalogue_field: () for m in MAPPINGS if m.catalogue_field})
        yield Node(kind="catalogue", identifier=CATALOGUE_IDENTIFIER, record=itself, owner="")


def says_something_of_itself(catalogue: Catalogue) -> bool:
    """Say whether the catalogue tells more than its records."""
    return bool(catalogue.title or catalogue.description or catalogue.publisher or catalogue.iri or catalogue.extra)


def references_of(nodes: Iterable[Node]) -> Iterator[tuple[str, str, str, str]]:
    """Give all that some nodes point to, as field, kind, scheme and the reference as written."""
    for node in nodes:
        for one in node.mapping.references:
            reference = getattr(node.record, one.field)
            if reference:
                yield one.field, one.target, scheme_of(node, one.scheme), reference
        for link in node.mapping.links:
            if not link.is_part:
                for at, reference in enumerate(getattr(node.record, link.field)):
                    yield f"{link.field}[{at}]", link.target, link.scheme, reference


def pointed_to(nodes: Iterable[Node]) -> tuple[Pointed, ...]:
    """Give all that some nodes point to, each once, in the order of its first mention."""
    return tuple(dict.fromkeys((target, scheme, written) for _, target, scheme, written in references_of(nodes)))


def scheme_of(node: Node, scheme: str) -> str:
    """Give the scheme of a coded value; a concept's own references stay in its scheme."""
    return scheme or getattr(node.record, "scheme", "")


def _with_parts(
    mapping: Mapping, identifier: str, record: msgspec.Struct, *, owner: str, is_part: bool
) -> Iterator[Node]:
    yield Node(kind=mapping.kind, identifier=identifier, record=record, owner=owner, is_part=is_part)
    for link in mapping.parts:
        for position, part in enumerate(getattr(record, link.field)):
            name = part_identifier(part, holder=identifier, holder_kind=mapping.kind, position=position)
            yield from _with_parts(BY_KIND[link.target], name, part, owner=owner, is_part=True)


def part_identifier(part: msgspec.Struct, *, holder: str, holder_kind: str, position: int) -> str:
    """Name a part: by its identifier; a contact point, which has none, by its IRI or its place."""
    if isinstance(part, ContactPoint):
        return part.iri or f"{holder_kind}/{holder}/{position + 1}"
    return _identifier(part)


def _identifier(record: msgspec.Struct) -> str:
    identifier: str = getattr(record, "identifier")  # noqa: B009 - every record but two has one; Struct declares none
    return iris.concept_name(record.scheme, identifier) if isinstance(record, Concept) and identifier else identifier
