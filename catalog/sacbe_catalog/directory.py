"""Who is who: finds the node that a reference means, among stored records and those about to be."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sacbe_catalog import iris
from sacbe_catalog.nodes import Key, Pointed


class Found(NamedTuple):
    """A node's id, and whether the reference named it by IRI."""

    id: int
    is_by_iri: bool


class Entry(NamedTuple):
    """One node as the directory knows it; `notation` is a concept's identifier within its scheme."""

    id: int
    kind: str
    identifier: str
    iri: str
    notation: str = ""
    is_implied: bool = False


@dataclass(slots=True)
class Directory:
    """Ids by name and by IRI. A later entry of the same name takes the place of an earlier one."""

    ids: dict[Key, int] = field(default_factory=dict)
    ids_by_iri: dict[Key, int] = field(default_factory=dict)
    _concepts: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in nodes."""
        for entry in entries:
            self.ids[entry.kind, entry.identifier] = entry.id
            self.ids_by_iri[entry.kind, entry.iri] = entry.id
            if entry.kind == "concept":
                self._concepts[entry.notation].add(entry.id)

    def all_of(self, pointed: Iterable[Pointed]) -> frozenset[int]:
        """Give the ids of all that is pointed to, services apart."""
        found = (self.find(kind, written, scheme=scheme) for kind, scheme, written in pointed if kind != "service")
        return frozenset(one.id for one in found if one)

    def find(self, target: str, reference: str, *, scheme: str = "") -> Found | None:
        """Find what a reference means, or None.

        A coded value is looked up as an IRI, then in its own scheme, then in all other schemes
        where only one has it.
        """
        if target != "concept":
            known = self.ids.get((target, reference))
            return None if known is None else Found(known, False)
        by_iri = self.ids_by_iri.get((target, reference))
        if by_iri is not None:
            return Found(by_iri, True)
        own = self.ids.get((target, iris.concept_name(scheme, reference)))
        if own is not None:
            return Found(own, False)
        elsewhere = self._concepts.get(reference, set())
        return Found(next(iter(elsewhere)), False) if len(elsewhere) == 1 else None
