"""The SQL view adapter: reads named views of a PostgreSQL database, and can do nothing else to it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import asyncpg

from sacbe_adapters import values
from sacbe_adapters.contract import Adapter, DescriptionSource, Inability, Likeness
from sacbe_adapters.transport import Transport
from sacbe_adapters.values import Mismatch
from sacbe_sql_view.connections import Connections
from sacbe_sql_view.document import KIND, describe
from sacbe_sql_view.query import Query
from sacbe_sql_view.refusal import told
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import (
    AdapterError,
    AddressRefused,
    ArgumentsNotValid,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyBreaksContract,
    ReplyNotReadable,
    ReplyTooLarge,
)
from sacbe_terms.exchange import Call, Endpoint, Health, Reply

ROWS_AT_ONCE = 50
"""How many rows are fetched before the reply's size is looked at."""
QUERIES_MAX = 20_000
"""How many compiled operations are kept; beyond it all are made anew."""


class SqlViewAdapter(Adapter):
    """Speaks to PostgreSQL databases through views that a document names."""

    kind: ClassVar[str] = KIND
    inabilities: ClassVar[frozenset[Inability]] = frozenset(
        {Inability.CHANGE, Inability.FAULTS, Inability.STREAM_ATTACHMENTS}
    )

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self._connections = Connections(transport)
        self._queries: dict[int, Query] = {}

    @classmethod
    def recognises(cls, document: bytes, location: str) -> Likeness:  # noqa: ARG003 - the name tells nothing
        """Be sure of what says `sqlViews` at its beginning."""
        return Likeness.SURE if b'"sqlViews"' in document[:4096] else Likeness.NONE

    async def describe(self, source: DescriptionSource) -> Description:
        """Read the document; the database itself is not asked."""
        return describe(await self.transport.fetch(source.location), source.location)

    async def check(self, endpoint: Endpoint) -> Health:
        """Log in and ask for one number."""
        started = time.monotonic()
        try:
            async with self._connected(endpoint, "the check", started + endpoint.call_seconds_max) as connection:
                await connection.fetchval("select 1")
        except AdapterError as error:
            return Health(is_healthy=False, reason=f"{error.what} {error.hint}", seconds=time.monotonic() - started)
        return Health(is_healthy=True, seconds=time.monotonic() - started)

    async def call(self, call: Call) -> Reply:
        """Read the rows; see Adapter.call. Raises also CredentialsRefused."""
        query = self._query(call)
        _check_arguments(call)
        if call.deadline <= time.monotonic():
            raise LegacySystemSilent(call.name, waited_seconds=0)
        async with self._connected(call.endpoint, call.name, call.deadline) as connection:
            rows, size = await _rows(connection, query, call)
        return Reply(value=_value(query, rows, call), wire_bytes=size)

    async def close(self) -> None:
        """End every connection."""
        self._connections.close()

    @asynccontextmanager
    async def _connected(self, endpoint: Endpoint, name: str, deadline: float) -> AsyncIterator[Any]:
        async with _in_time(name, deadline), self._connections.connected(endpoint, name=name) as connection:
            yield connection

    def _query(self, call: Call) -> Query:
        kept = self._queries.get(id(call.operation))
        if kept is None:
            if len(self._queries) >= QUERIES_MAX:
                self._queries.clear()
            kept = self._queries[id(call.operation)] = Query(call.operation, call.description)
        return kept


@asynccontextmanager
async def _in_time(name: str, deadline: float) -> AsyncIterator[None]:
    """Keep a deadline, and turn what the network and the driver raise into errors of the contract."""
    seconds = deadline - time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise LegacySystemSilent(name, waited_seconds=round(seconds, 1)) from error
    except asyncpg.PostgresError as error:
        raise told(error, name, waited_seconds=seconds) from error
    except AddressRefused as error:
        raise AddressRefused(
            what=f"The address set for {name} cannot be called.", where=name, hint=f"{error.what} {error.hint}"
        ) from error
    except OSError as error:
        raise LegacySystemUnreachable(name) from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise ReplyNotReadable(name, reason="it is not what PostgreSQL says") from error


async def _rows(connection: Any, query: Query, call: Call) -> tuple[list[Any], int]:
    """Give the rows and their size; the database stops by itself at the call's deadline."""
    statement, parameters = query.statement(call.arguments)
    found: list[Any] = []
    size = 0
    async with connection.transaction(readonly=True):
        milliseconds = max(1, int((call.deadline - time.monotonic()) * 1000))
        await connection.execute(f"set local statement_timeout = {milliseconds}")
        async for row in connection.cursor(statement, *parameters, prefetch=ROWS_AT_ONCE):
            size += sum(len(value if isinstance(value, bytes) else str(value).encode()) for value in row)
            if size > call.endpoint.reply_bytes_max:
                raise ReplyTooLarge(call.name, limit_bytes=call.endpoint.reply_bytes_max)
            found.append(row)
    return found, size


def _value(query: Query, rows: list[Any], call: Call) -> object:
    is_list = call.operation.result.list_depth > 0
    if len(rows) > query.binding.rows_max:
        raise _too_many(call, query.binding.rows_max, is_list=is_list)
    try:
        records = [query.value(row) for row in rows]
        value: object = records if is_list else next(iter(records), None)
        values.check(call.description, call.operation.result, value)
    except Mismatch as mismatch:
        place = mismatch.pointer or "the whole answer"
        raise ReplyBreaksContract(call.name, place=place, reason=mismatch.reason) from mismatch
    return value


def _too_many(call: Call, rows_max: int, *, is_list: bool) -> AdapterError:
    if not is_list:
        return ReplyBreaksContract(call.name, place="the whole answer", reason="one row was expected and more came")
    error = ReplyTooLarge(call.name, limit_bytes=call.endpoint.reply_bytes_max)
    error.what = f"The answer of {call.name} has more than {rows_max} rows."
    return error


def _check_arguments(call: Call) -> None:
    try:
        values.check_fields(call.description, call.operation.arguments, call.arguments)
    except Mismatch as mismatch:
        where = mismatch.pointer.removeprefix("/")
        raise ArgumentsNotValid(
            what=f"The argument '{where}' of {call.name} does not fit: {mismatch.reason}.",
            where=where,
            hint="The operation's arguments and their types are in the schema.",
        ) from mismatch
