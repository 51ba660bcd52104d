"""The node's database: its engine, and the migrations of the rooms that keep something in it.

Each room owns one PostgreSQL schema with its own line of migrations and its own
version table, so that a room can move to another server. The node works as the role
`sacbe_node`, which can do only what the rooms' migrations grant; migrations run as the owner.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection
from sqlalchemy.schema import CreateSchema

import sacbe_catalog
import sacbe_xroad_like
from sacbe_terms.errors import DatabaseUnreachable

VERSION_MIN = 150000
"""Oldest PostgreSQL that the statements are written for, as `server_version_num`."""

CONNECT_SECONDS_MAX = 10.0
"""How long one connection may take to be made."""

STATEMENT_SECONDS_MAX = 30.0
"""How long one statement of the node may take; the server ends it then."""

POOL_WAIT_SECONDS_MAX = 5.0
"""How long a request waits for a free connection."""

MIGRATION_LOCK = 0x5ACBE
"""Key of the advisory lock that lets one process migrate at a time."""

MIGRATIONS = Path(__file__).with_name("migrations")
"""Folder of alembic's environment, shared by all rooms."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Room:
    """A room that keeps something: its schema, and the folder of its migrations."""

    schema: str
    versions: Path

    @property
    def head(self) -> str | None:
        """Newest revision in the folder, read without loading any of it; None while there is none."""
        newest = max(self.versions.glob("[0-9]*.py"), default=None)
        if newest is None:
            return None
        found = re.search(r"^revision(?:: str)? = [\"'](.+)[\"']$", newest.read_text(), re.MULTILINE)
        return found[1] if found else newest.stem


ROOMS = tuple(
    Room(schema, Path(package.__path__[0]) / "migrations" / "versions")
    for schema, package in (("catalog", sacbe_catalog), ("bus", sacbe_xroad_like))
)
"""The rooms with a schema, in the order of their migration."""


def engine(url: str, *, role: str | None = "sacbe_node", pool_size: int = 10) -> AsyncEngine:
    """Give an engine whose connections work as the role (None: as the one who connects).

    A connection that the server has closed is noticed before it is used, without a question
    to the server. Raises DatabaseUnreachable when the address cannot be read.
    """
    settings = {
        "application_name": "sacbe",
        "jit": "off",
        "timezone": "UTC",
        "statement_timeout": f"{STATEMENT_SECONDS_MAX:.0f}s",
        "idle_in_transaction_session_timeout": f"{2 * STATEMENT_SECONDS_MAX:.0f}s",
        **({} if role is None else {"role": role}),
    }
    made = create_async_engine(
        _readable(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS_MAX,
        pool_use_lifo=True,
        json_serializer=json_text,
        json_deserializer=msgspec.json.decode,
        connect_args={"timeout": CONNECT_SECONDS_MAX, "server_settings": settings},
    )
    event.listen(made.sync_engine, "checkout", _refuse_if_closed)
    return made


async def upgrade(url: str, *, progress: Progress | None = None) -> None:
    """Bring every room's schema to its newest revision, all or nothing; one process at a time.

    Raises DatabaseUnreachable when the database is away, too old or refuses a migration.
    """
    rooms = [room for room in ROOMS if room.head is not None]
    async with _owner(url) as connection, connection.begin():
        await _refuse_old_server(connection, url)
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        for room in rooms:
            if progress is not None:
                progress(f"Migrating the schema {room.schema} to {room.head}")
            await connection.execute(CreateSchema(room.schema, if_not_exists=True))
            await connection.run_sync(_upgrade_room, room)


async def is_current(url: str) -> bool:
    """Say whether every room's schema is at its newest revision; costs one statement and loads no migration.

    Raises DatabaseUnreachable when the database is away.
    """
    heads = {(room.schema, room.head) for room in ROOMS if room.head is not None}
    async with _owner(url) as connection:
        return heads <= await _versions(connection, sorted(schema for schema, _ in heads))


async def _versions(connection: AsyncConnection, schemas: list[str]) -> set[tuple[str, str]]:
    """Read the revision of each schema, as (schema, revision); one without a version table has none."""
    tables = text("select schemaname from pg_tables where tablename = 'alembic_version' and schemaname = any(:schemas)")
    present = await connection.scalars(tables, {"schemas": schemas})
    versions = set()
    for schema in present.all():
        found = await connection.scalars(_VERSION_OF[schema])
        versions |= {(schema, revision) for revision in found.all()}
    return versions


_VERSION_OF = {room.schema: text(f"select version_num from {room.schema}.alembic_version") for room in ROOMS}  # noqa: S608 fixed names


def _upgrade_room(connection: Connection, room: Room) -> None:
    # alembic takes a fifth of a second to load, which a node that is current need not spend.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "schema": room.schema})
    config.set_main_option("script_location", _escaped(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(room.versions))
    command.upgrade(config, "head")


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


@asynccontextmanager
async def _owner(url: str) -> AsyncIterator[AsyncConnection]:
    """Connect as the owner for a moment; every refusal becomes DatabaseUnreachable."""
    maker = create_async_engine(
        _readable(url), poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS_MAX, "command_timeout": None}
    )
    try:
        async with maker.connect() as connection:
            yield connection
    except ProgrammingError as error:
        raise _unreachable(url, f"The database refuses a statement: {error.orig}") from error
    except (
        OSError,
        SQLAlchemyError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
    ) as error:
        raise _unreachable(url, f"The database cannot be reached: {error or 'no answer'}") from error
    finally:
        await maker.dispose()


async def _refuse_old_server(connection: AsyncConnection, url: str) -> None:
    version = await connection.scalar(text("select current_setting('server_version_num')::int"))
    if version < VERSION_MIN:
        raise _unreachable(url, f"The database is PostgreSQL {version // 10000}; 15 or newer is needed.")


def _refuse_if_closed(
    connection: asyncpg.Connection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Let the pool replace a connection that the server has closed, before a request meets it."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed the connection")


def _readable(url: str) -> str:
    """Give the address back if it is one of PostgreSQL; `postgresql://` is understood too."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unreachable("", "SACBE_DATABASE_URL cannot be read.") from error
    if parsed.get_backend_name() != "postgresql":
        raise _unreachable(url, f"SACBE_DATABASE_URL names {parsed.get_backend_name()}; only PostgreSQL is used.")
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def _unreachable(url: str, what: str) -> DatabaseUnreachable:
    return DatabaseUnreachable(
        what=what,
        where=make_url(url).render_as_string(hide_password=True) if url else "SACBE_DATABASE_URL",
        hint="Look whether the server runs and SACBE_DATABASE_URL is right: "
        "postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE.",
    )


def json_text(value: object) -> str:
    """Write a value as JSON, as the database takes it."""
    return msgspec.json.encode(value).decode()
