"""Searches of a mix of words through the door, beside their bare statements over as many connections."""

import asyncio
import itertools
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from sqlalchemy import make_url

from sacbe import database
from sacbe.benchmarks import run as rows_run
from sacbe.benchmarks.answers import from_demonstration
from sacbe.benchmarks.costs import cost
from sacbe.benchmarks.load import Load
from sacbe.benchmarks.processes import node, port_of, upstream
from sacbe.benchmarks.rows import SERVICE_FIELDS, Row
from sacbe.benchmarks.run import Measured, Target
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.reading_connections import PLANNED_ONCE
from sacbe_graphql.explaining import PlannedRead, explained

QUERIES: Final = (
    "renovar licencia de conducir",
    "sacar dpi",
    "licensia de manejar",
    "pasaporte",
    "antecedentes penales",
    "inscribir empresa",
    "pagar impuesto de circulacion",
    "como saco partida de nacimiento de mi hijo",
    "beca para estudiar",
    "denuncia laboral por despido",
)
"""Short and long, common and misspelt, with and without accents."""

CONNECTIONS: Final = 16
BASE_IRI: Final = "https://sacbe.example/id/"


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """The door under the mix, and the statements alone. Of the bare ones, CPU is PostgreSQL's."""

    door: Measured
    bare: Measured
    services: int

    @property
    def ratio(self) -> float:
        """The door's p99 to that of the statements alone."""
        return self.door.p99_ms / self.bare.p99_ms


def run(*, seconds: float, services: int, say: Callable[[str], None]) -> Searched:
    """Measure both over the same catalogue; raises RuntimeError when an answer is wrong."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say("starting a node")
        demo, running = stack.enter_context(node(folder))
        port = stack.enter_context(upstream(from_demonstration()))
        asyncio.run(rows_run.stage(demo, port, services, say))
        target = Target(port=port_of(demo["graphql_url"]), pid=running.pid)
        say("searches through the door")
        door = rows_run.measure(target, _load(target, seconds))
        say("their bare statements")
        bare = asyncio.run(_bare(demo["database_url"], running.pid, seconds))
    return Searched(door=door, bare=bare, services=services)


def _load(target: Target, seconds: float) -> Load:
    first, *others = map(_query, QUERIES)
    row = Row(name="search", query=first, baseline="", expect="identifier", needs_token=False, connections=CONNECTIONS)
    bodies = tuple(msgspec.json.encode({"query": query}).decode() for query in others)
    return msgspec.structs.replace(rows_run.post(target, first, row, seconds), bodies=bodies)


def _query(words: str) -> str:
    return f'{{ services(first: 20, query: "{words}") {{ nodes {{ {SERVICE_FIELDS} }} }} }}'


async def _bare(url: str, node_pid: int, seconds: float) -> Measured:
    reads = await _reads(url)
    connections = [await _connected(url) for _ in range(CONNECTIONS)]
    await _all_asked(connections, reads, rows_run.WARM_UP_SECONDS)
    before = cost(node_pid)
    latencies = await _all_asked(connections, reads, seconds)
    spent = cost(node_pid).since(before)
    for connection in connections:
        await connection.close()
    return Measured(
        per_second=len(latencies) / seconds,
        cpu_ms=spent.own_seconds / len(latencies) * 1000,
        postgres_ms=spent.postgres_seconds / len(latencies) * 1000,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
        wrong=0,
    )


async def _reads(url: str) -> list[PlannedRead]:
    """Give the very statements that the door runs."""
    engine = database.engine(url)
    try:
        reader = CatalogueReader(engine, BASE_IRI)
        found = [explained((), reader, _query(words), None).reads for words in QUERIES]
        return [read for read in found if read is not None]
    finally:
        await engine.dispose()


async def _connected(url: str) -> asyncpg.Connection:
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    await connection.execute(PLANNED_ONCE)
    return connection


async def _all_asked(connections: list[asyncpg.Connection], reads: list[PlannedRead], seconds: float) -> list[float]:
    """Ask on all connections at once; gives how long each statement took, in order."""
    until = time.perf_counter() + seconds
    taken = await asyncio.gather(*(_asked(each, place, reads, until) for place, each in enumerate(connections)))
    return sorted(itertools.chain.from_iterable(taken))


async def _asked(connection: asyncpg.Connection, place: int, reads: list[PlannedRead], until: float) -> list[float]:
    taken = []
    for read in itertools.cycle(reads[place % len(reads) :] + reads[: place % len(reads)]):
        started = time.perf_counter()
        await connection.fetchrow(read.sql, *read.values)
        taken.append(time.perf_counter() - started)
        if started > until:
            break
    return taken
