"""What an operator's tools ask of a node: is it alive, is it ready, what did it do."""

import asyncio
from collections.abc import Iterator

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from sacbe.house import House
from sacbe_adapters.resilience import Resilience
from sacbe_graphql.subscriptions.places import Open
from sacbe_xroad_like.notices.letters import State
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.operational_record import OperationalRecord
from sacbe_xroad_like.stages import STAGES

REQUESTS = Counter("sacbe_http_requests_total", "Requests answered.", ["listener", "status"])
SECONDS = Histogram("sacbe_http_request_seconds", "Time to the end of the answer.", ["listener"])
EXCHANGES = Counter("sacbe_exchanges_total", "Exchanges of the bus, refusals too.", ["door", "ended"])
STAGE_SECONDS = Histogram(
    "sacbe_exchange_stage_seconds",
    "Time of an exchange by stage.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)

LETTERS = Counter("sacbe_letters_total", "Attempts to send a letter of notices, by what became of it.", ["state"])

STREAMS = Gauge("sacbe_streams_open", "What stays open: WebSockets, and subscriptions of all kinds.", ["kind"])

READY_SECONDS_MAX = 2.0
"""A database that takes longer than this to say one word is not ready."""


class Ministries(Collector):
    """What this process knows of the ministries' systems, looked up when it is asked for."""

    def __init__(self, resilience: Resilience) -> None:
        self._resilience = resilience

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give one sample for each operation that rests, and two for each provider that was called."""
        rests = GaugeMetricFamily(
            "sacbe_operation_rest_seconds", "Until a failing operation is asked again.", labels=["operation"]
        )
        for resting in self._resilience.resting():
            rests.add_metric([resting.operation], resting.seconds)
        calls = GaugeMetricFamily("sacbe_provider_calls", "Calls under way.", labels=["provider", "state"])
        for load in self._resilience.loads():
            calls.add_metric([load.provider, "running"], load.running)
            calls.add_metric([load.provider, "waiting"], load.waiting)
        yield from (rests, calls)


class Records(Collector):
    """How many operational records this process has lost."""

    def __init__(self, records: OperationalLog) -> None:
        self._records = records

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give the one sample."""
        yield CounterMetricFamily(
            "sacbe_operational_records_lost", "Operational records that were not written.", value=self._records.lost
        )


def count_exchange(record: OperationalRecord) -> None:
    """Count an exchange and the time of its stages; labels come from short lists of ours, never from a message."""
    EXCHANGES.labels(record.asked.door, "answered" if record.ended.succeeded else "failed").inc()
    for stage in STAGES:
        STAGE_SECONDS.labels(stage).observe(getattr(record.timed, f"{stage}_seconds"))


def count_streams(opened: Open) -> None:
    """Count what is open, whenever that is asked for."""
    STREAMS.labels("connection").set_function(lambda: opened.connections.taken)
    STREAMS.labels("subscription").set_function(lambda: opened.subscriptions.taken)


def count_letter(state: State) -> None:
    """Count an attempt to send a letter."""
    LETTERS.labels(state.value).inc()


def of_ministries(resilience: Resilience) -> bytes:
    """Give the samples of `Ministries` in Prometheus' text form."""
    return _samples(Ministries(resilience))


def of_records(records: OperationalLog) -> bytes:
    """Give the sample of `Records` in Prometheus' text form."""
    return _samples(Records(records))


def _samples(collector: Collector) -> bytes:
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry)


def routes(house: House) -> list[HTTPRouteHandler]:
    """Give the handlers of the operations listener."""

    @get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[dict[str, str]]:
        reason = await _not_ready(house)
        status = 503 if reason else 200
        return Response({"status": reason or "ready"}, status_code=status)

    @get("/metrics", include_in_schema=False)
    async def metrics() -> Response[bytes]:
        bus = house.bus
        samples = generate_latest(REGISTRY) + of_ministries(bus.resilience) + of_records(bus.records)
        return Response(samples, media_type=CONTENT_TYPE_LATEST)

    return [healthz, readyz, metrics]


async def _not_ready(house: House) -> str:
    """Say why the node cannot serve, in words that name no address; empty when it can."""
    try:
        async with asyncio.timeout(READY_SECONDS_MAX), house.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (OSError, SQLAlchemyError, TimeoutError):
        return "the database does not answer"
    return ""
