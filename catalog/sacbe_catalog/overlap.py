"""Two hands at once: the next piece is made ready in a thread while the database takes in the one before."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
Made = TypeVar("Made")

Told = Callable[[int, int], None]
"""Told how many are done, and of how many."""


async def overlapped(
    whole: Sequence[T],
    *,
    size: int,
    make: Callable[[Sequence[T]], Made],
    keep: Callable[[Made], Awaitable[None]],
    told: Told,
) -> None:
    """Make and keep a sequence in pieces of a size, in order; no more than two pieces are in memory.

    Raises what `make` or `keep` raises, once nothing of it is under way any more.
    """
    keeping = asyncio.ensure_future(_nothing())
    try:
        for start in range(0, len(whole), size):
            made = await asyncio.to_thread(make, whole[start : start + size])
            await keeping
            told(start, len(whole))
            keeping = asyncio.ensure_future(keep(made))
    finally:
        await keeping
    told(len(whole), len(whole))


async def _nothing() -> None:
    """Stand for the piece before the first."""
