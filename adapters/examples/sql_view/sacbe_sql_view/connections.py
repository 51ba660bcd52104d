"""Connections to ministries' databases: made to an address that was judged, read only, kept for the next call."""

import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg

from sacbe_adapters.transport import Transport
from sacbe_terms.credentials import Basic
from sacbe_terms.errors import AddressRefused, CredentialsRefused
from sacbe_terms.exchange import Endpoint

IDLE_CONNECTIONS_MAX = 8
"""Connections kept open to one database while nothing is asked of it."""
IDLE_SECONDS_MAX = 60.0
"""A connection that was not used for longer is closed instead of used."""
PORT = 5432

SESSION = {
    "application_name": "sacbe",
    "default_transaction_read_only": "on",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "search_path": "",
}
"""How every session reads and prints; with no search path an unqualified name is nobody's by chance."""


class Connections:
    """Keeps what it opens. Use one object per event loop."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._kept: dict[Endpoint, deque[tuple[float, Any]]] = defaultdict(deque)

    @asynccontextmanager
    async def connected(self, endpoint: Endpoint, *, name: str) -> AsyncIterator[Any]:
        """Give a connection; one that anything went wrong on is ended with it.

        Raises AddressRefused, CredentialsRefused, OSError and what asyncpg raises.
        """
        connection = self._fresh(endpoint) or await self._connect(endpoint, name)
        try:
            yield connection
        except BaseException:
            connection.terminate()
            raise
        if len(self._kept[endpoint]) < IDLE_CONNECTIONS_MAX:
            self._kept[endpoint].append((time.monotonic() + IDLE_SECONDS_MAX, connection))
        else:
            connection.terminate()

    def close(self) -> None:
        """End every kept connection."""
        for kept in self._kept.values():
            for _, connection in kept:
                connection.terminate()
        self._kept.clear()

    def _fresh(self, endpoint: Endpoint) -> Any:
        kept = self._kept[endpoint]
        while kept:
            until, connection = kept.pop()
            if time.monotonic() < until and not connection.is_closed():
                return connection
            connection.terminate()
        return None

    async def _connect(self, endpoint: Endpoint, name: str) -> Any:
        host, port, database = place(endpoint.address)
        shown = next((each for each in endpoint.credentials if isinstance(each, Basic)), None)
        if shown is None:
            raise CredentialsRefused(name, reason="no user and password are set for its database")
        failure: OSError | None = None
        for address in await self._transport.addresses(host, port):
            try:
                return await asyncpg.connect(
                    host=address,
                    port=port,
                    database=database,
                    user=shown.user,
                    password=shown.password,
                    ssl="prefer",
                    server_settings=SESSION,
                )
            except OSError as error:
                failure = error
        raise failure or OSError("no address")


def place(address: str) -> tuple[str, int, str]:
    """Give host, port and database of `postgresql://host[:port]/database`; raises AddressRefused for other forms."""
    try:
        parts = urlsplit(address)
        host, port, database = parts.hostname or "", parts.port or PORT, unquote(parts.path.removeprefix("/"))
    except ValueError as error:
        raise _refused() from error
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme != "postgresql" or not host or not database or "/" in database or not is_plain:
        raise _refused()
    return host, port, database


def _refused() -> AddressRefused:
    return AddressRefused(
        what="The address is not that of a database.",
        where="address",
        hint="Write postgresql://host:port/database; user and password are credentials of the endpoint.",
    )
