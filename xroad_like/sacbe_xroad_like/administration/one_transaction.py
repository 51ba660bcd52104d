"""Several works over an engine, each with its own transaction, made one: all of it becomes true, or nothing.

The rooms' functions take an engine and see to their transactions themselves. Given this engine instead,
they share one, which begins with the first of them that writes; what is read before that is read as
usual, so that a system far away, which is asked before anything is written, is never waited for inside it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class OneTransaction(AsyncEngine):
    """An engine whose `begin` is a part of one transaction. Commits when its block ends well."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine.sync_engine)
        self._stack = AsyncExitStack()
        self._connection: AsyncConnection | None = None

    async def __aenter__(self) -> "OneTransaction":
        """Begin nothing yet."""
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        """Commit, or roll back if an error comes through."""
        self._connection = None
        await self._stack.__aexit__(*error)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Give the connection, with a savepoint of its own: what fails is undone, and may be answered."""
        if self._connection is None:
            self._connection = await self._stack.enter_async_context(super().begin())
        async with self._connection.begin_nested():
            yield self._connection

    def connect(self) -> AsyncConnection:
        """Give the connection to read from: the transaction's, once it has begun."""
        if self._connection is None:
            return super().connect()
        return _Lent(self, self._connection.sync_connection)


class _Lent(AsyncConnection):
    """The transaction's connection in other hands, which do not close it."""

    async def start(self, is_ctxmanager: bool = False) -> AsyncConnection:  # noqa: ARG002 - it is started
        return self

    async def close(self) -> None:
        """Leave it open: its transaction goes on."""
