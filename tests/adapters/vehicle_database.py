"""A vehicle registry's database, and the same with an illness each: what the SQL view adapter is tried with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg
from sqlalchemy import make_url

from tests.conftest import named

USER, PASSWORD = "consulta", "sólo-lectura"

VIEW = """
    create view consulta.vehiculo as select placa::varchar, cui::char(13) as propietario_cui, avaluo::numeric,
        kilometros::bigint, puertas::smallint, consumo::double precision, es_exento, inscrito::date,
        revisado::timestamptz, impreso::timestamp, abre::time, garantia::interval, tarjeta::uuid, sello::bytea,
        '{}'::jsonb as extras
    from (values
        ('0012345', '0040136221001', '10.50', '9007199254740993', 4, 0.1, false, '1999-12-31',
         '2026-11-23 08:30:00.5-06', '2026-11-23 08:30:00', '07:00', '2 years 3 days',
         '0e37df36-f698-11e6-8dd4-cb9ced3df976', '\\x00ff'),
        ('0012346', '0040136221001', '12345678901234567890.123456789', null, null, null, true, '2000-01-01',
         null, null, null, null, null, null),
        ('1e5', '0040136221002', '0.00', null, null, null, false, '2001-01-01', null, null, null, null, null, null)
    ) as v (placa, cui, avaluo, kilometros, puertas, consumo, es_exento, inscrito, revisado, impreso, abre,
            garantia, tarjeta, sello)
"""

ILL = {
    "sin_vista": "select 1",
    "otra_forma": "create view consulta.vehiculo as select 1 as placa",
    "sin_columna": "create view consulta.vehiculo as select 'x'::varchar as placa, true as es_exento",
    "divide_por_cero": VIEW.replace("select placa::varchar", "select (1 / (length(cui) - 13))::varchar as placa"),
    "sin_permiso": VIEW + "; revoke all on consulta.vehiculo from public, consulta",
    "nulos": VIEW.replace("es_exento, inscrito::date", "null::boolean as es_exento, inscrito::date"),
    "fecha_infinita": VIEW.replace("inscrito::date", "'infinity'::date as inscrito"),
    "dos_filas": VIEW.replace("select placa::varchar", "select '0012345'::varchar as placa"),
    "lenta": VIEW.replace("from (values", "from pg_sleep(30), (values"),
}  # fmt: skip
"""By the database's name: what stands there in place of the view."""


async def build(url: str, texts: Sequence[str]) -> None:
    """Make the role, the registry's database and the ill ones."""
    owner = await connected(url)
    try:
        await owner.execute(f"create role {USER} login password '{PASSWORD}'")
        for database in ("vehiculos", *ILL):
            await owner.execute(f"create database {database}")
    finally:
        await owner.close()
    for database in ("vehiculos", *ILL):
        await _fill(named(url, database), ILL.get(database, VIEW), texts)


async def _fill(url: str, view: str, texts: Sequence[str]) -> None:
    owner = await connected(url)
    try:
        await owner.execute(f"create schema consulta; grant usage on schema consulta to {USER}")
        await owner.execute(f"alter default privileges in schema consulta grant select on tables to {USER}")
        await owner.execute(view)
        await owner.execute("create table consulta.apuntes (texto text)")
        await owner.execute("""create view consulta."Nota ""rara\""" as select texto from consulta.apuntes""")
        await owner.executemany("insert into consulta.apuntes values ($1)", [(text,) for text in texts])
    finally:
        await owner.close()


@asynccontextmanager
async def serving(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Run a server on a port of 127.0.0.1, and leave no connection of it behind."""
    under_way: set[asyncio.Task[None] | None] = set()

    async def kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        with suppress(OSError):
            try:
                await handle(reader, writer)
            finally:
                writer.transport.abort()

    server = await asyncio.start_server(kept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        tasks = [task for task in under_way if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[int]:
    """Let the server, which listens on a socket file alone, be reached on a port of 127.0.0.1."""
    socket = f"{make_url(url).query['host']}/.s.PGSQL.5432"

    async def bridge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(socket)
        try:
            await asyncio.gather(_pass_on(reader, server_writer), _pass_on(server_reader, writer))
        finally:
            server_writer.transport.abort()

    async with serving(bridge) as port:
        yield port


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def connected(url: str) -> asyncpg.Connection:
    """Connect as the owner of everything."""
    return await asyncpg.connect(url.replace("+asyncpg", ""))
