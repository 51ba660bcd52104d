"""One run of the benchmarks: starts everything itself, measures, and leaves nothing behind.

Sacbé runs as its users run it (`sacbe up`, one server process), the baseline beside it, both over
the same constant upstream and the same database. CPU is user and system time per request, from
the kernel; PostgreSQL's share is given apart.
"""

import asyncio
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from sacbe import database
from sacbe.benchmarks.answers import CONSTANT, from_demonstration
from sacbe.benchmarks.catalogue import enlarged
from sacbe.benchmarks.costs import cost, resident_bytes
from sacbe.benchmarks.load import Load
from sacbe.benchmarks.processes import baseline, begun, ended, node, port_of, server_of, upstream
from sacbe.benchmarks.rows import ROWS, Row
from sacbe.demonstration.stage import PROVIDERS
from sacbe_catalog.data_services import DataServices
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.exchange import Endpoint

WARM_UP_SECONDS = 1.0
"""Load before each measurement, which counts for nothing."""

LIVE_SECONDS_MAX = 20.0
"""How long a change of the schema is waited for."""

SETTLE_SECONDS = 0.5
"""Pause between a load and the next look at the clock, for what is written behind."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one server did under one load. CPU in milliseconds per request."""

    per_second: float
    cpu_ms: float
    postgres_ms: float
    p50_ms: float
    p99_ms: float
    wrong: int


class MeasuredRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table: Sacbé, and the naive baseline under the same load."""

    name: str
    connections: int
    sacbe: Measured
    baseline: Measured


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run found."""

    constant: MeasuredRow
    rows: tuple[MeasuredRow, ...]
    start_seconds: float
    idle_bytes: int
    publish_seconds: float
    services: int


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A server under load: where it listens, and the process whose family pays for it."""

    port: int
    pid: int
    token: str = ""


def run(*, seconds: float, services: int, say: Callable[[str], None]) -> Report:
    """Run every row; raises RuntimeError when an answer is wrong."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say("starting a node, and once more for the warm start")
        with node(folder):
            pass
        started = time.monotonic()
        demo, running = stack.enter_context(node(folder))
        start_seconds = time.monotonic() - started
        idle = resident_bytes(server_of(running.pid))
        say("recording what the ministries answer, for the constant upstream")
        upstream_port = stack.enter_context(upstream(from_demonstration()))
        publish_seconds = asyncio.run(stage(demo, upstream_port, services, say))
        naive_port, naive_pid = stack.enter_context(baseline(upstream_port, demo["database_url"]))
        naive = Target(port=naive_port, pid=naive_pid)
        sacbe = Target(port=port_of(demo["graphql_url"]), pid=running.pid, token=demo["token"])
        operations = Target(port=port_of(demo["operations_url"]), pid=running.pid)
        constant = MeasuredRow(
            name="constant JSON answer",
            connections=16,
            sacbe=measure(operations, _get(operations, "/healthz", "alive", seconds)),
            baseline=measure(naive, _get(naive, CONSTANT, "alive", seconds)),
        )
        rows = tuple(_row(row, sacbe, naive, seconds, say) for row in ROWS)
    return Report(
        constant=constant,
        rows=rows,
        start_seconds=start_seconds,
        idle_bytes=idle,
        publish_seconds=publish_seconds,
        services=services,
    )


def _row(row: Row, sacbe: Target, naive: Target, seconds: float, say: Callable[[str], None]) -> MeasuredRow:
    say(f"{row.name}, {row.connections} connections")
    return MeasuredRow(
        name=row.name,
        connections=row.connections,
        sacbe=measure(sacbe, post(sacbe, row.query, row, seconds)),
        baseline=measure(naive, post(naive, row.baseline, row, seconds)),
    )


def measure(target: Target, load: Load) -> Measured:
    """Warm up, then put the load on and see what it cost."""
    ended(begun(msgspec.structs.replace(load, seconds=WARM_UP_SECONDS)))
    time.sleep(SETTLE_SECONDS)
    before = cost(target.pid)
    result = ended(begun(load))
    time.sleep(SETTLE_SECONDS)
    spent = cost(target.pid).since(before)
    if result.wrong:
        raise RuntimeError(f"{result.wrong} of {result.requests} answers to {load.body} were wrong.")
    return Measured(
        per_second=result.per_second,
        cpu_ms=spent.own_seconds / result.requests * 1000,
        postgres_ms=spent.postgres_seconds / result.requests * 1000,
        p50_ms=result.p50,
        p99_ms=result.p99,
        wrong=result.wrong,
    )


def post(target: Target, query: str, row: Row, seconds: float) -> Load:
    """Give the load of a row's query."""
    headers = {"content-type": "application/json"}
    if target.token and row.needs_token:
        headers["authorization"] = f"Bearer {target.token}"
    return Load(
        host="127.0.0.1",
        port=target.port,
        method="POST",
        path="/graphql",
        headers=headers,
        body=msgspec.json.encode({"query": query}).decode(),
        connections=row.connections,
        seconds=seconds,
        expect=row.expect,
    )


def _get(target: Target, path: str, expect: str, seconds: float) -> Load:
    return Load(
        host="127.0.0.1",
        port=target.port,
        method="GET",
        path=path,
        headers={},
        body="",
        connections=16,
        seconds=seconds,
        expect=expect,
    )


async def stage(demo: dict[str, Any], upstream: int, services: int, say: Callable[[str], None]) -> float:
    """Point the data services at the upstream and fill the catalogue; gives the seconds until a change is live."""
    engine = database.engine(demo["database_url"])
    try:
        say(f"filling the catalogue with {services} services")
        store = CatalogueStore(engine, "https://sacbe.example/id/")
        await store.put(enlarged(await store.everything(), services))
        data_services = DataServices(engine)
        for alias in ("renap", "transito"):
            stored = await data_services.newest(PROVIDERS[alias][0])
            await data_services.save_draft(
                stored.identifier, stored.description, Endpoint(address=f"http://127.0.0.1:{upstream}/")
            )
            await data_services.publish(stored.identifier)
        return await _seconds_until_live(demo, data_services)
    finally:
        await engine.dispose()


async def _seconds_until_live(demo: dict[str, Any], data_services: DataServices) -> float:
    """Suspend a data service, and measure how long its fields take to come back once it is published."""
    sat = PROVIDERS["sat"][0]
    await data_services.suspend(sat)
    await asyncio.to_thread(_wait_until_live, demo, is_live=False)
    await data_services.publish(sat)
    published = time.monotonic()
    await asyncio.to_thread(_wait_until_live, demo, is_live=True)
    return time.monotonic() - published


def _wait_until_live(demo: dict[str, Any], *, is_live: bool) -> None:
    until = time.monotonic() + LIVE_SECONDS_MAX
    while _is_live(demo) is not is_live:
        if time.monotonic() > until:
            raise RuntimeError("A published change did not become live.")
        time.sleep(0.005)


def _is_live(demo: dict[str, Any]) -> bool:
    body = msgspec.json.encode({"query": "{ exchange { providers { alias } } }"})
    request = urllib.request.Request(demo["graphql_url"], body, {"content-type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own node
        return b'"sat"' in answer.read()
