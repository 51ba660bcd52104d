"""What a catalogue already knows by name, so that a file may say "RENAP" and mean the institution.

Made once from the catalogue in force and given to the readers of files, which know no database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sacbe_catalog import schemes
from sacbe_catalog.folding import fold
from sacbe_catalog.records import Catalogue, Concept

Known = dict[str, str]
"""Identifiers by folded name (`folding.fold`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookups:
    """Identifiers by folded identifier, acronym, title and label, in every language."""

    institutions: Known = field(default_factory=dict)
    events: Known = field(default_factory=dict)
    legal_resources: Known = field(default_factory=dict)
    audiences: Known = field(default_factory=dict)
    currencies: Known = field(default_factory=dict)
    institution_kinds: Known = field(default_factory=dict)
    channel_kinds: Known = field(default_factory=dict)

    @classmethod
    def of(cls, catalogue: Catalogue) -> "Lookups":
        """Make the lookups of a catalogue; a name that two records share names neither of them."""
        return cls(
            institutions=_known(catalogue.institutions),
            events=_known(catalogue.events),
            legal_resources=_known(catalogue.legal_resources),
            audiences=_of_scheme(catalogue, schemes.AUDIENCE),
            currencies=_of_scheme(catalogue, schemes.CURRENCY),
            institution_kinds=_of_scheme(catalogue, schemes.INSTITUTION_KIND),
            channel_kinds=_of_scheme(catalogue, schemes.CHANNEL),
        )


def find(known: Known, name: str) -> str:
    """Give the identifier that a name means, empty where it is not known."""
    return known.get(fold(name), "")


def _of_scheme(catalogue: Catalogue, scheme: str) -> Known:
    return _known(concept for concept in catalogue.concepts if concept.scheme == scheme)


def _known(records: Iterable[Any]) -> Known:
    found: dict[str, set[str]] = {}
    kept = list(records)
    for record in kept:
        for name in _names(record):
            found.setdefault(fold(name), set()).add(record.identifier)
    sure = {name: identifiers.pop() for name, identifiers in found.items() if len(identifiers) == 1}
    return sure | {fold(record.identifier): record.identifier for record in kept}


def _names(record: Any) -> Iterator[str]:
    yield from (record.labels if isinstance(record, Concept) else record.title).values()
    if acronym := getattr(record, "acronym", ""):
        yield acronym
    yield from getattr(record, "alternatives", ())
