"""Whether the documents of a description are still what they were when it was registered.

Each document is pinned by its digest. A document that changed since may mean that the system changed
too; the description in force stays as it is until the steward registers the new document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sacbe_terms.comparison import Comparison
from sacbe_terms.descriptions import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What became of the documents: `documents` are those that changed, came or went, by location.

    `changes` is what registering them anew would change. `reason` says why they cannot be read any more.
    """

    documents: tuple[str, ...] = ()
    changes: Comparison = field(default_factory=Comparison)
    reason: str = ""

    @property
    def is_there(self) -> bool:
        """Say whether anything is not as it was."""
        return bool(self.documents or self.reason)


def changed(pinned: Sequence[Source], found: Sequence[Source]) -> tuple[str, ...]:
    """Give the locations whose digest is another, in the order of the documents, the new ones last."""
    before = {source.location: source.sha256 for source in pinned}
    after = {source.location: source.sha256 for source in found}
    every = dict.fromkeys((*before, *after))
    return tuple(location for location in every if before.get(location) != after.get(location))
