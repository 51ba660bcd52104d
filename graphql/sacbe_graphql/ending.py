"""What is not cut in the middle: a change goes to its end, though nobody waits for its answer any more."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def brought_to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Give what work gives; who is cancelled meanwhile stays until it has ended, with all places that she holds."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
