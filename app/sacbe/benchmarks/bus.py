"""What the bus adds to an adapter's bare call: rights, quota, two signatures, the log.

A bus of its own over an embedded PostgreSQL carries plans of one call to the constant upstream;
beside it the same adapter is called alone, in the same process. The CPU is this process's, user and
system time per call; PostgreSQL's is given apart.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import msgspec
import uvloop

from sacbe import database
from sacbe.benchmarks import adapters as bare
from sacbe.benchmarks.costs import cost
from sacbe.benchmarks.processes import upstream
from sacbe.demonstration.stage import CONSUMER, PROVIDERS
from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe.garbage import Lasting
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_catalog.data_services import DataServices
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.descriptions import Description
from sacbe_terms.exchange import Consumer, Endpoint, Plan, PlannedCall
from sacbe_xroad_like import access, members
from sacbe_xroad_like.bus import Bus

CALLS_A_DAY = 100_000_000
"""A quota that is counted and never reached."""


class BusRow(msgspec.Struct, frozen=True, kw_only=True):
    """A SOAP record over the bus and without it, at one number of callers. CPU in milliseconds per call."""

    connections: int
    bus_ms: float
    bare_ms: float
    postgres_ms: float
    per_second: float
    p99_ms: float

    @property
    def added_ms(self) -> float:
        """What the bus costs by itself."""
        return self.bus_ms - self.bare_ms


class BusReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run found; `constant_ms` is the unit in which machines are compared."""

    constant_ms: float
    rows: tuple[BusRow, ...]


def run(*, seconds: float, say: Callable[[str], None]) -> BusReport:
    """Run every row; raises what a call that fails raises."""
    with ExitStack() as stack:
        say("describing a ministry, and recording what it answers")
        described, answers = bare.prepared()
        port = stack.enter_context(upstream(answers))
        constant_ms = bare.constant_ms(seconds, say)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = EmbeddedPostgres(folder)
        url = server.start()
        stack.callback(server.stop)
        rows = uvloop.run(_rows(url, folder, described["renap"], port, seconds, say))
    return BusReport(constant_ms=constant_ms, rows=tuple(rows))


async def _rows(
    url: str, folder: Path, description: Description, port: int, seconds: float, say: Callable[[str], None]
) -> list[BusRow]:
    await database.upgrade(url)
    async with _bus(url, folder, description, port) as bus:
        alone = bare.caller(SoapAdapter(HttpTransport(bare.LOOPBACK)), description, bare.ASKED[0], port)
        return [await _row(bus, alone, connections, seconds, say) for connections in bare.CONNECTIONS]


@asynccontextmanager
async def _bus(url: str, folder: Path, description: Description, port: int) -> AsyncIterator[Bus]:
    """Run a bus with one ministry and one consumer, who holds an agreement with a quota."""
    engine, transport = database.engine(url), HttpTransport([ip_network("127.0.0.0/8")])
    service, title = PROVIDERS["renap"]
    for subsystem, alias in ((service.subsystem, "renap"), (CONSUMER, None)):
        await members.add(engine, subsystem.member, title=title)
        await members.add_subsystem(engine, subsystem, title=title, alias=alias)
    await DataServices(engine).save_draft(service, description, Endpoint(address=f"http://127.0.0.1:{port}/"))
    await DataServices(engine).publish(service)
    await access.grant(engine, CONSUMER, service, purpose="bench", per_day=CALLS_A_DAY)
    keys = DevelopmentAuthority(folder / "keys", os.urandom(32))
    bus = Bus(engine, {"soap": SoapAdapter(transport)}, keys, folder)
    await bus.start()
    Lasting(bus.registry)
    try:
        yield bus
    finally:
        await bus.stop()
        await transport.close()
        await engine.dispose()


async def _row(
    bus: Bus, alone: Callable[[], Awaitable[object]], connections: int, seconds: float, say: Callable[[str], None]
) -> BusRow:
    say(f"SOAP record over the bus, {connections} callers")
    by_itself = await bare.measured("alone", alone, connections, seconds)
    before = await asyncio.to_thread(cost, os.getpid())
    carried = await bare.measured("bus", _carrier(bus), connections, seconds)
    spent = (await asyncio.to_thread(cost, os.getpid())).since(before)
    calls = carried.per_second * (seconds + bare.WARM_UP_SECONDS)
    return BusRow(
        connections=connections,
        bus_ms=carried.cpu_ms,
        bare_ms=by_itself.cpu_ms,
        postgres_ms=spent.postgres_seconds / calls * 1000,
        per_second=carried.per_second,
        p99_ms=carried.p99_ms,
    )


def _carrier(bus: Bus) -> Callable[[], Awaitable[object]]:
    asked = bare.ASKED[0]
    call = PlannedCall(
        paths=("exchange.renap.consultarPersona",),
        service=PROVIDERS["renap"][0],
        operation_code=asked.code,
        arguments=asked.arguments,
        fields="{ nombres apellidos }",
    )
    plan, consumer = Plan(calls=(call,)), Consumer(subsystem=CONSUMER)

    async def carry() -> object:
        (outcome,) = await bus.carry(plan, consumer=consumer)
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    return carry
