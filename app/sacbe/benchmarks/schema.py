"""What a large schema costs: a node with 200 institutions and 5,000 operations, as its users run it.

`{ __typename }` is asked all the time, at a pace that leaves the machine room, so that its longest
wait is what something else in the process made it wait: at rest, while one provider after the other
is published, and while somebody asks for the whole schema, of which nothing is prepared yet.
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
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.benchmarks import country
from sacbe.benchmarks.costs import cost, mapped_bytes
from sacbe.benchmarks.load import Load, Result
from sacbe.benchmarks.processes import begun, ended, node, port_of, server_of
from sacbe.garbage import SETTLE_SECONDS
from sacbe_catalog.data_services import DataServices
from sacbe_graphql import introspection, merge, static
from sacbe_terms.exchange import Endpoint
from sacbe_xroad_like import members

CONNECTIONS, PAUSE_SECONDS = 4, 0.004
"""Who asks `{ __typename }`: about a thousand times a second."""
PUBLICATIONS = 5
"""One after the other, while the load is on."""
LIVE_SECONDS_MAX = 20.0


class SchemaReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; waits in milliseconds."""

    providers: int
    operations: int
    all_parts_ms: float
    one_part_ms: float
    start_seconds: float
    start_cpu_seconds: float
    """Of the server process alone; other load on the machine does not raise it."""
    rss_bytes: int
    rss_after_bytes: int
    longest_at_rest: float
    longest_while_published: float
    longest_while_told: float
    live_seconds: float
    first_told_seconds: float
    told_again_seconds: float


def run(*, seconds: float, say: Callable[[str], None]) -> SchemaReport:
    """Measure; raises RuntimeError where a publication does not become live or an answer is wrong."""
    all_parts, one_part = _built()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say(f"starting a node and registering {country.PROVIDERS} institutions")
        with node(folder) as (demo, _):
            asyncio.run(_with_engine(demo, _register))
        say("starting it again")
        started = time.monotonic()
        demo, running = stack.enter_context(node(folder))
        start_seconds, server = time.monotonic() - started, server_of(running.pid)
        rss, start_cpu = mapped_bytes(server), cost(server).own_seconds
        say("at rest")
        at_rest = _loaded(demo, seconds, lambda: time.sleep(seconds))
        say("while the whole schema is asked for")
        told: list[float] = []
        while_told = _loaded(demo, seconds, lambda: told.extend(_seconds_to_tell(demo) for _ in range(2)))
        say("while providers are published")
        live: list[float] = []
        while_published = _loaded(
            demo, PUBLICATIONS * 2 + SETTLE_SECONDS, lambda: live.extend(asyncio.run(_with_engine(demo, _published)))
        )
        return SchemaReport(
            providers=country.PROVIDERS,
            operations=country.PROVIDERS * country.OPERATIONS_PER_PROVIDER,
            all_parts_ms=all_parts,
            one_part_ms=one_part,
            start_seconds=start_seconds,
            start_cpu_seconds=start_cpu,
            rss_bytes=rss,
            rss_after_bytes=mapped_bytes(server),
            longest_at_rest=at_rest.longest,
            longest_while_published=while_published.longest,
            longest_while_told=while_told.longest,
            live_seconds=max(live),
            first_told_seconds=told[0],
            told_again_seconds=told[1],
        )


def _built() -> tuple[float, float]:
    """Give the milliseconds that building takes from nothing, and after one provider's publication."""
    fixed, every = static.schema(), country.providers()
    started = time.perf_counter()
    before = merge.merged(fixed, every)
    all_parts = time.perf_counter() - started
    changed = (country.provider(0, documentation="otra"), *every[1:])
    started = time.perf_counter()
    merge.merged(fixed, changed, before.parts)
    return all_parts * 1000, (time.perf_counter() - started) * 1000


async def _with_engine(demo: dict[str, Any], work: Callable[[dict[str, Any], AsyncEngine], Any]) -> Any:
    engine = database.engine(demo["database_url"])
    try:
        return await work(demo, engine)
    finally:
        await engine.dispose()


async def _register(_demo: dict[str, Any], engine: AsyncEngine) -> None:
    for number in range(country.PROVIDERS):
        service = country.identifier(number)
        title = f"Institución {number}"
        await members.add(engine, service.subsystem.member, title=title)
        await members.add_subsystem(engine, service.subsystem, title=title, alias=country.alias(number))
        await _publish(engine, number, "")


async def _publish(engine: AsyncEngine, number: int, documentation: str) -> None:
    services, service = DataServices(engine), country.identifier(number)
    await services.save_draft(
        service,
        country.description(number, documentation=documentation),
        Endpoint(address="http://127.0.0.1:9/"),
    )
    await services.publish(service)


async def _published(demo: dict[str, Any], engine: AsyncEngine) -> list[float]:
    """Publish one provider after the other; give how long each took to be live."""
    seconds = []
    for number in range(PUBLICATIONS):
        documentation = f"publicación {number} en vigor"
        await _publish(engine, number, documentation)
        started = time.monotonic()
        query = f'{{ __type(name: "Institucion{number:03}Query") {{ fields {{ description }} }} }}'
        while documentation not in await asyncio.to_thread(_asked, demo, query):
            if time.monotonic() - started > LIVE_SECONDS_MAX:
                raise RuntimeError("A publication did not become live.")
            await asyncio.sleep(0.05)
        seconds.append(time.monotonic() - started)
        await asyncio.sleep(1)
    return seconds


def _seconds_to_tell(demo: dict[str, Any]) -> float:
    started = time.monotonic()
    if "Institucion199Registro24" not in _asked(demo, introspection.AS_TOOLS_ASK):
        raise RuntimeError("The schema lacks an operation.")
    return time.monotonic() - started


def _asked(demo: dict[str, Any], query: str) -> str:
    body = msgspec.json.encode({"query": query})
    request = urllib.request.Request(demo["graphql_url"], body, {"content-type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own node
        said: str = answer.read().decode()
    return said


def _loaded(demo: dict[str, Any], seconds: float, work: Callable[[], object]) -> Result:
    """Ask `{ __typename }` all the time while something is done; gives how long that took the asker."""
    loading = begun(
        Load(
            host="127.0.0.1",
            port=port_of(demo["graphql_url"]),
            method="POST",
            path="/graphql",
            headers={"content-type": "application/json"},
            body=msgspec.json.encode({"query": "{ __typename }"}).decode(),
            connections=CONNECTIONS,
            seconds=seconds,
            pause_seconds=PAUSE_SECONDS,
            expect="Query",
        )
    )
    work()
    result = ended(loading)
    if result.wrong:
        raise RuntimeError(f"{result.wrong} of {result.requests} answers were wrong.")
    return result
