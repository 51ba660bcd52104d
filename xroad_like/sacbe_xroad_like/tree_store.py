"""The tree as it is stored: each leaf's row keeps the roots of all complete subtrees that end there.

So any range that a proof needs is put together from a few rows found by their key, however long the
log is; the tree needs no state of its own, neither in memory nor in another table.
"""

from collections.abc import Iterable, Sequence

import asyncpg

from sacbe_signing import merkle
from sacbe_signing.merkle import Frontier

HASH_BYTES = 32
"""Length of each hash in `log_leaf.subtrees`."""

Range = tuple[int, int]


async def frontier(connection: asyncpg.Connection, size: int) -> Frontier:
    """Give the frontier of the tree's first `size` leaves; raises LookupError where leaves are missing."""
    found = await _pieces(connection, [(0, size)])
    return Frontier(size, tuple(found[0]))


async def roots(connection: asyncpg.Connection, ranges: Sequence[Range]) -> dict[Range, bytes]:
    """Give the roots over ranges of leaves that an RFC 6962 proof asks for; raises LookupError."""
    found = await _pieces(connection, ranges)
    return {
        wanted: Frontier(wanted[1] - wanted[0], tuple(peaks)).root()
        for wanted, peaks in zip(ranges, found, strict=True)
    }


async def size_of(connection: asyncpg.Connection) -> int:
    """Give the number of leaves."""
    return int(await connection.fetchval("select coalesce(max(leaf_index) + 1, 0) from bus.log_leaf"))


async def _pieces(connection: asyncpg.Connection, ranges: Sequence[Range]) -> list[list[bytes]]:
    places = [[(level, begin + last) for level, last in merkle.peak_positions(end - begin)] for begin, end in ranges]
    rows = await _rows(connection, {last for place in places for _, last in place})
    return [[_subtree(rows, level, last) for level, last in place] for place in places]


async def _rows(connection: asyncpg.Connection, indexes: Iterable[int]) -> dict[int, bytes]:
    found = await connection.fetch(
        "select leaf_index, subtrees from bus.log_leaf where leaf_index = any($1::bigint[])", list(indexes)
    )
    return {row["leaf_index"]: row["subtrees"] for row in found}


def _subtree(rows: dict[int, bytes], level: int, last: int) -> bytes:
    """Give the root of the complete subtree of 2^level leaves that ends with leaf `last`."""
    root = rows.get(last, b"")[level * HASH_BYTES : (level + 1) * HASH_BYTES]
    if len(root) != HASH_BYTES:
        raise LookupError(f"leaf {last} of the tree is missing or damaged")
    return root
