"""The adapters' calls alone: no GraphQL, no rights, no log, no database.

Calls go over loopback to the constant upstream, which is a process of its own; the CPU is this
process's, user and system time per call. Beside them stand zeep's own asynchronous client over the
same upstream, both codecs without a wire, and what holding every field of a reply to facets costs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from ipaddress import ip_network

import msgspec
import uvloop

from sacbe.benchmarks import baseline
from sacbe.benchmarks.answers import CONSTANT, CUI, LISTED, recorded
from sacbe.benchmarks.costs import cost
from sacbe.benchmarks.load import Load
from sacbe.benchmarks.processes import begun, constant, ended, upstream
from sacbe.benchmarks.upstream import Recorded
from sacbe.demonstration import ministries as demonstration
from sacbe_adapters.contract import Adapter, DescriptionSource
from sacbe_adapters.rest.adapter import RestAdapter
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description, Facets, Field, Record
from sacbe_terms.exchange import Call, Endpoint

CONNECTIONS = (1, 16, 64)
"""How many callers call at once."""

ZEEPS_CONNECTIONS = 16
"""How many call through zeep: its cost does not depend on it."""

WARM_UP_SECONDS = 0.5
"""Calls before each measurement, which count for nothing."""

ROUNDS, ROUND_SECONDS = 7, 0.2
"""Of both codecs without a wire; the quickest counts."""

LOOPBACK = [ip_network("127.0.0.0/8")]
"""Where the upstream is."""

_FACETS = Facets(length_min=1, length_max=200, patterns=(r"\S.{0,39}",))
"""What every text of a reply is held to where the cost of facets is measured."""


class AdapterRow(msgspec.Struct, frozen=True, kw_only=True):
    """One adapter's call at one number of connections. CPU in milliseconds per call."""

    name: str
    connections: int
    cpu_ms: float
    per_second: float
    p50_ms: float
    p99_ms: float


class CodecRow(msgspec.Struct, frozen=True, kw_only=True):
    """Request and reply in memory: both codecs, and ours for replies with facets. Milliseconds of CPU."""

    name: str
    ours_ms: float
    zeep_ms: float
    decode_ms: float
    decode_with_facets_ms: float


class AdaptersReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run found; `constant_ms` is the unit in which machines are compared."""

    constant_ms: float
    rows: tuple[AdapterRow, ...]
    zeep: tuple[AdapterRow, ...]
    codecs: tuple[CodecRow, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of a ministry, and how it is asked for."""

    name: str
    ministry: str
    code: str
    arguments: dict[str, str | int]


ASKED = (
    Asked(name="SOAP record", ministry="renap", code="consultarPersona", arguments={"cui": CUI}),
    Asked(name=f"SOAP list of {LISTED}", ministry="renap", code="listarPersonas", arguments={"limite": LISTED}),
    Asked(name="REST record", ministry="transito", code="consultarLicencia", arguments={"cui": CUI}),
    Asked(name=f"REST list of {LISTED}", ministry="transito", code="listarLicencias", arguments={"limite": LISTED}),
)
"""What is asked, one row each."""

_OVER_SOAP = tuple(asked for asked in ASKED if asked.ministry == "renap")
_ADAPTERS: dict[str, type[SoapAdapter | RestAdapter]] = {"renap": SoapAdapter, "transito": RestAdapter}


def run(*, seconds: float, say: Callable[[str], None]) -> AdaptersReport:
    """Run every row; raises the adapter's error when an answer is wrong."""
    with ExitStack() as stack:
        say("describing two ministries, and recording what they answer")
        described, answers = prepared()
        port = stack.enter_context(upstream(answers))
        unit_ms = constant_ms(seconds, say)
        rows = tuple(uvloop.run(_rows(described, port, seconds, say)))
        client = baseline.soap_client(port)
        theirs = tuple(uvloop.run(_zeeps_rows(client, seconds, say)))
    replies = {answer.marker: answer.body for answer in answers}
    codecs = tuple(_codec_row(asked, described["renap"], replies[asked.code], client) for asked in _OVER_SOAP)
    return AdaptersReport(constant_ms=unit_ms, rows=rows, zeep=theirs, codecs=codecs)


def prepared() -> tuple[dict[str, Description], list[Recorded]]:
    """Describe the demonstration's ministries, and record what they answer."""
    running = demonstration.start(("renap", "transito", "sat"))
    try:
        return uvloop.run(_described({name: running[name].source for name in _ADAPTERS})), recorded(running)
    finally:
        demonstration.stop(running.values())


async def _described(sources: Mapping[str, str]) -> dict[str, Description]:
    transport = HttpTransport(LOOPBACK)
    try:
        return {
            name: await _ADAPTERS[name](transport).describe(DescriptionSource(location=source))
            for name, source in sources.items()
        }
    finally:
        await transport.close()


def constant_ms(seconds: float, say: Callable[[str], None]) -> float:
    """What one constant JSON answer of the node's server costs."""
    say("a constant JSON answer")
    with constant() as (port, pid):
        load = Load(
            host="127.0.0.1",
            port=port,
            method="GET",
            path=CONSTANT,
            headers={},
            body="",
            connections=16,
            seconds=seconds,
            expect="alive",
        )
        ended(begun(load))
        before = cost(pid)
        result = ended(begun(load))
        return cost(pid).since(before).own_seconds / result.requests * 1000


async def _rows(
    described: Mapping[str, Description], port: int, seconds: float, say: Callable[[str], None]
) -> list[AdapterRow]:
    transport = HttpTransport(LOOPBACK)
    adapters: dict[str, Adapter] = {name: adapter(transport) for name, adapter in _ADAPTERS.items()}
    try:
        found = []
        for asked in ASKED:
            call = caller(adapters[asked.ministry], described[asked.ministry], asked, port)
            for connections in CONNECTIONS:
                say(f"{asked.name}, {connections} connections")
                found.append(await measured(asked.name, call, connections, seconds))
        return found
    finally:
        await transport.close()


async def _zeeps_rows(client: baseline.SoapClient, seconds: float, say: Callable[[str], None]) -> list[AdapterRow]:
    found = []
    for asked in _OVER_SOAP:
        say(f"{asked.name} through zeep")
        call = client.caller(asked.code, asked.arguments)
        found.append(await measured(asked.name, call, ZEEPS_CONNECTIONS, seconds))
    return found


def caller(adapter: Adapter, description: Description, asked: Asked, port: int) -> Callable[[], Awaitable[object]]:
    """Give what calls one operation at the upstream."""
    operation = description.operation(asked.code)
    assert operation is not None
    endpoint = Endpoint(address=f"http://127.0.0.1:{port}/", call_seconds_max=30)

    async def call() -> object:
        return await adapter.call(
            Call(
                name=f"GT/GOV/2001/{asked.ministry}/{asked.code}",
                operation=operation,
                description=description,
                endpoint=endpoint,
                arguments=asked.arguments,
                deadline=time.monotonic() + endpoint.call_seconds_max,
                message_id="bench",
            )
        )

    return call


async def measured(name: str, call: Callable[[], Awaitable[object]], connections: int, seconds: float) -> AdapterRow:
    """Warm up, then call until the time is over and see what it cost this process."""
    await _calls(call, connections, WARM_UP_SECONDS)
    cpu, began = time.process_time(), time.perf_counter()
    latencies = sorted(await _calls(call, connections, seconds))
    spent, lasted = time.process_time() - cpu, time.perf_counter() - began
    return AdapterRow(
        name=name,
        connections=connections,
        cpu_ms=spent / len(latencies) * 1000,
        per_second=len(latencies) / lasted,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
    )


async def _calls(call: Callable[[], Awaitable[object]], connections: int, seconds: float) -> list[float]:
    latencies: list[float] = []
    until = time.perf_counter() + seconds

    async def caller() -> None:
        while (began := time.perf_counter()) < until:
            await call()
            latencies.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(connections)))
    return latencies


def _codec_row(asked: Asked, description: Description, body: bytes, client: baseline.SoapClient) -> CodecRow:
    operation = description.operation(asked.code)
    assert operation is not None
    strict = _held(description)
    codec, held = Codec(description, operation), Codec(strict, operation)
    reply = HttpReply(status=200, headers={"content-type": "text/xml; charset=utf-8"}, body=body)
    assert held.decode("bench", reply) == codec.decode("bench", reply)

    def ours() -> None:
        codec.encode("bench", asked.arguments)
        codec.decode("bench", reply)

    plain, with_facets = _milliseconds(lambda: codec.decode("bench", reply), lambda: held.decode("bench", reply))
    both, theirs = _milliseconds(ours, lambda: client.through_codec(asked.code, asked.arguments, body))
    return CodecRow(name=asked.name, ours_ms=both, zeep_ms=theirs, decode_ms=plain, decode_with_facets_ms=with_facets)


def _held(description: Description) -> Description:
    """The same description, with facets on every text of its records."""
    types = {
        name: msgspec.structs.replace(named, fields=tuple(map(_with_facets, named.fields)))
        if isinstance(named, Record)
        else named
        for name, named in description.types.items()
    }
    return msgspec.structs.replace(description, types=types)


def _with_facets(field: Field) -> Field:
    return msgspec.structs.replace(field, facets=_FACETS) if field.type == "String" else field


def _milliseconds(*runs: Callable[[], object]) -> list[float]:
    """CPU of one run of each, the quickest of several rounds in which they take turns."""
    found: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for times, run_once in zip(found, runs, strict=True):
            times.append(_once(run_once))
    return [min(times) for times in found]


def _once(run_once: Callable[[], object]) -> float:
    runs, began = 0, time.process_time()
    while (spent := time.process_time() - began) < ROUND_SECONDS:
        run_once()
        runs += 1
    return spent / runs * 1000
