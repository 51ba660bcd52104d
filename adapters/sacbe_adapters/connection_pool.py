"""Connections to one host that serve the same credentials: so many at a time, and kept for a while.

A connection that was not used for some seconds is closed, whether or not another call comes, and
an empty pool lets go of itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from sacbe_adapters.http_connection import IDLE_SECONDS_MAX, Connection
from sacbe_adapters.resilience import Bulkhead

CONNECTIONS_MAX = 64
"""Connections in use at the same time; a further call waits for one, within its deadline."""
IDLE_CONNECTIONS_MAX = 64
"""Connections kept open while nothing is asked."""


class Pool:
    """Use one object per event loop. `on_empty` is called when nothing is kept, used or waited for any more."""

    def __init__(self, on_empty: Callable[[], object]) -> None:
        self.places = Bulkhead(CONNECTIONS_MAX)
        self._on_empty = on_empty
        self._idle: deque[Connection] = deque()
        self._sweeping: asyncio.TimerHandle | None = None

    def fresh(self) -> Connection | None:
        """Take the kept connection that was used last, if one may still be used."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh():
                return connection
            connection.close()
        return None

    def keep(self, connection: Connection) -> None:
        """Keep a connection for the next call, or close it where it cannot serve another."""
        if connection.is_reusable and len(self._idle) < IDLE_CONNECTIONS_MAX:
            self._idle.append(connection)
        else:
            connection.close()

    def leave(self) -> None:
        """Give a place back, and see to it that what is kept is closed in time."""
        self.places.leave()
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(IDLE_SECONDS_MAX, self._sweep)

    def close(self) -> None:
        """Close every kept connection."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _sweep(self) -> None:
        self._sweeping = None
        for connection in list(self._idle):
            if not connection.is_fresh():
                connection.close()
                self._idle.remove(connection)
        if self._idle or self.places.running or self.places.waiting:
            self._sweeping = asyncio.get_running_loop().call_later(IDLE_SECONDS_MAX, self._sweep)
        else:
            self._on_empty()
