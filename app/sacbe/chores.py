"""What the node does by itself from time to time; one that fails is logged, and tried again in the next round."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

SECONDS_BETWEEN_ROUNDS: Final = 15
"""Between the end of one round and the beginning of the next."""

Chore = Callable[[], Awaitable[object]]
"""Something to do; every process of the node may do it at once."""

_log = structlog.get_logger("sacbe.chores")


class Chores:
    """Does what there is to do, round after round, between `start` and `stop`."""

    def __init__(self, chores: Mapping[str, Chore]) -> None:
        self._chores = chores
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._task = asyncio.create_task(self._go_round(), name="chores")

    async def stop(self) -> None:
        """End at once; what was under way is not done, and is done in another round or process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_round(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)

    async def round(self) -> None:
        """Do every chore once."""
        for name, chore in self._chores.items():
            try:
                await chore()
            except Exception as error:
                _log.error("a chore failed and will be tried again", chore=name, reason=str(error))
