"""Checks the log's tree: that leaves follow each other, rows are as sealed, checkpoints are reproduced.

Leaves come in their order. The tree is built from the stored leaf hashes, so that a changed row is told
by itself, and rewritten leaves are told by the checkpoints between which they lie.
"""

from collections.abc import Iterator, Mapping

from sacbe_signing.merkle import Frontier
from sacbe_terms.errors import Problem
from sacbe_xroad_like.tree_store import HASH_BYTES

HINT = "Compare with a backup or with another copy of the log."
"""What to do about a break."""


class TreeCheck:
    """Takes the leaves; `signed_roots` has the root of every believed checkpoint by its size."""

    def __init__(self, signed_roots: Mapping[int, bytes]) -> None:
        self.size = 0
        self._signed_roots = signed_roots
        self._good_size = 0
        self._frontier: Frontier | None = Frontier()
        """None once the tree is known to be another one: every later root would only repeat that."""

    def take(self, index: int, subtrees: bytes, recomputed: bytes | None, *, name: str) -> Iterator[Problem]:
        """Take the next leaf; `recomputed` is its hash by the row as it stands, None if the row is gone."""
        if index != self.size:
            yield self._gap(index)
        self.size = index + 1
        if recomputed is None:
            yield _problem(f"leaf {index}", "its message was deleted")
        elif recomputed != subtrees[:HASH_BYTES]:
            yield _problem(name, "it is not as it was when it was sealed")
        if self._frontier is not None:
            yield from self._grow(self._frontier, subtrees)

    def finish(self) -> Iterator[Problem]:
        """Say what is missing at the end: leaves that a checkpoint counted."""
        signed = max(self._signed_roots, default=0)
        if signed > self.size:
            reason = f"the log was cut: {signed} leaves were signed, {self.size} are there"
            yield _problem(f"leaves {self.size} to {signed - 1}", reason)

    def _gap(self, index: int) -> Problem:
        self._frontier = None
        if index > self.size:
            return _problem(f"leaves {self.size} to {index - 1}", "they were deleted")
        return _problem(f"leaf {index}", "it stands twice")

    def _grow(self, frontier: Frontier, subtrees: bytes) -> Iterator[Problem]:
        appended = frontier.append(subtrees[:HASH_BYTES])
        self._frontier = appended.frontier
        if b"".join(appended.completed) != subtrees:
            yield _problem(f"leaf {self.size - 1}", "its subtrees do not follow from the leaves before it")
        signed_root = self._signed_roots.get(self.size)
        if signed_root is None:
            return
        if signed_root == appended.frontier.root():
            self._good_size = self.size
        else:
            self._frontier = None
            reason = f"history was rewritten: the checkpoint of {self.size} leaves does not come out"
            yield _problem(f"leaves {self._good_size} to {self.size - 1}", reason)


def _problem(where: str, reason: str) -> Problem:
    return Problem(where=where, reason=reason, hint=HINT)
