"""The tree that makes a log's order and completeness provable, exactly as RFC 6962 section 2.1 has it.

Leaf = SHA-256(0x00 || record), node = SHA-256(0x01 || left || right); an odd node is carried up
unchanged. A tree of n leaves is a row of complete subtrees, largest first (the bits of n); the
`Frontier` keeps only their roots, so that appending needs no older leaf.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""Root of a tree without leaves."""


def leaf_hash(record: bytes) -> bytes:
    """Hash one record (RFC 6962 2.1)."""
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them (RFC 6962 2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the complete subtrees of a tree of `size` leaves, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Appended":
        """Add a leaf hash; also give the roots of all subtrees that it completes, itself first."""
        peaks, completed = list(self.peaks), [leaf]
        size = self.size
        while size & 1:
            completed.append(node_hash(peaks.pop(), completed[-1]))
            size >>= 1
        return Appended(Frontier(self.size + 1, (*peaks, completed[-1])), tuple(completed))

    def root(self) -> bytes:
        """Give the root of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


@dataclass(frozen=True, slots=True)
class Appended:
    """A frontier one leaf later, and the subtree roots completed by that leaf, smallest first."""

    frontier: Frontier
    completed: tuple[bytes, ...]


def peak_positions(size: int) -> tuple[tuple[int, int], ...]:
    """Say which complete subtrees make a tree of this size: (level, index of their last leaf)."""
    positions, end = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            end += 1 << level
            positions.append((level, end - 1))
    return tuple(positions)


def root(leaves: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes (RFC 6962 2.1)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf).frontier
    return frontier.root()


Subtree = Callable[[int, int], bytes]
"""Gives the root over the leaves [begin, end)."""


def subtrees_of(leaves: Sequence[bytes]) -> Subtree:
    """Give the subtrees of a list of leaf hashes held in memory."""
    return lambda begin, end: root(leaves[begin:end])


def inclusion_ranges(index: int, size: int) -> tuple[tuple[int, int], ...]:
    """Say which ranges of leaves an inclusion proof is made of, from the leaf up (RFC 6962 2.1.1)."""
    return _inclusion(index, 0, size)


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Give the audit path of a leaf; raises ValueError if the tree has no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return tuple(subtree(begin, end) for begin, end in inclusion_ranges(index, size))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Say whether a leaf hash stands at this index of the tree with this root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or len(proof) != len(inclusion_ranges(index, size)):
        return False
    found, begin = leaf, index
    for (other_begin, _), other in zip(inclusion_ranges(index, size), proof, strict=True):
        found = node_hash(other, found) if other_begin < begin else node_hash(found, other)
        begin = min(begin, other_begin)
    return found == expected_root


def consistency_ranges(old: int, new: int) -> tuple[tuple[int, int], ...]:
    """Say which ranges of leaves a consistency proof is made of (RFC 6962 2.1.2)."""
    return () if old in (0, new) else _consistency(old, 0, new, is_known=True)


def consistency_proof(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Prove that a tree of `old` leaves is the beginning of one of `new`; raises ValueError if old > new."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    return tuple(subtree(begin, end) for begin, end in consistency_ranges(old, new))


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the tree with `old_root` is the beginning of the one with `new_root`."""
    if not 0 <= old <= new or len(proof) != len(consistency_ranges(old, new)):
        return False
    if old == new:
        return old_root == new_root
    if old == 0:
        return old_root == EMPTY_ROOT
    given = dict(zip(consistency_ranges(old, new), proof, strict=True))
    if old & (old - 1) == 0:  # a complete subtree of the new tree; any other must be rebuilt from the proof
        given[0, old] = old_root
    return _rebuilt(0, old, given) == old_root and _rebuilt(0, new, given) == new_root


def _split(begin: int, end: int) -> int:
    """Give where the left subtree of [begin, end) ends: its size is the largest power of two below."""
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def _inclusion(index: int, begin: int, end: int) -> tuple[tuple[int, int], ...]:
    if end - begin == 1:
        return ()
    middle = _split(begin, end)
    if index < middle:
        return (*_inclusion(index, begin, middle), (middle, end))
    return (*_inclusion(index, middle, end), (begin, middle))


def _consistency(old: int, begin: int, end: int, *, is_known: bool) -> tuple[tuple[int, int], ...]:
    """RFC 6962's SUBPROOF: `is_known` while the verifier knows the subtree's root as the old root."""
    if old == end:
        return () if is_known else ((begin, end),)
    middle = _split(begin, end)
    if old <= middle:
        return (*_consistency(old, begin, middle, is_known=is_known), (middle, end))
    return (*_consistency(old, middle, end, is_known=False), (begin, middle))


def _rebuilt(begin: int, end: int, given: dict[tuple[int, int], bytes]) -> bytes | None:
    """Give the root over [begin, end) from given subtrees, or None where they do not suffice."""
    if (begin, end) in given:
        return given[begin, end]
    if end - begin < 2:
        return None
    middle = _split(begin, end)
    left, right = _rebuilt(begin, middle, given), _rebuilt(middle, end, given)
    return None if left is None or right is None else node_hash(left, right)
