"""Many open connections that ask little each: latencies by door, and what the node holds meanwhile.

A node as its users run it. A thousand connections stay open and each asks once in nine seconds in the
mean, so that over a hundred requests a second arrive: a record over SOAP by GraphQL, then one over REST by
X-Road's own protocol, each with rights, signatures and log.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from sacbe.benchmarks import ministries
from sacbe.benchmarks.answers import CUI, from_demonstration
from sacbe.benchmarks.costs import resident_bytes
from sacbe.benchmarks.load import Load, Result
from sacbe.benchmarks.processes import begun, ended, node, port_of, server_of, upstream
from sacbe.benchmarks.rows import ONE_PERSON_QUERY
from sacbe.demonstration.stage import CONSUMER, PROVIDERS
from sacbe.garbage import SETTLE_SECONDS

CONNECTIONS, PAUSE_SECONDS = 1000, 9.0
"""How many are open, and how long each waits between two requests in the mean."""
LIVE_SECONDS = 2.5 + SETTLE_SECONDS
"""From a published endpoint to its being in force in a process that has settled."""

_OFFICIAL = {"x-road-userid": "GT1234", "x-road-issue": "exp. 7"}


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """What came back through one door. Latencies in milliseconds; memory is the serving process's own, in bytes."""

    name: str
    per_second: float
    p50_ms: float
    p99_ms: float
    wrong: int
    memory_bytes: int


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """The doors in the order of the run, and how many connections were open."""

    connections: int
    idle_memory_bytes: int
    doors: tuple[Door, ...]


def run(*, seconds: float, say: Callable[[str], None]) -> Crowd:
    """Measure; none of the answers is wrong where all is well."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say("starting a node")
        demo, process = stack.enter_context(node(folder))
        server = server_of(process.pid)
        idle = resident_bytes(server)
        port = stack.enter_context(upstream(from_demonstration()))
        for alias in ("renap", "transito"):
            ministries.move(demo, alias, port=port)
        time.sleep(LIVE_SECONDS)
        doors = tuple(_through(name, load, server, say) for name, load in _loads(demo, seconds).items())
    return Crowd(connections=CONNECTIONS, idle_memory_bytes=idle, doors=doors)


def _through(name: str, load: Load, server: int, say: Callable[[str], None]) -> Door:
    say(f"{CONNECTIONS} connections: {name}")
    loading = begun(load)
    time.sleep(load.pause_seconds + load.seconds / 2)
    held = resident_bytes(server)
    found: Result = ended(loading)
    return Door(
        name=name,
        per_second=found.per_second,
        p50_ms=found.p50,
        p99_ms=found.p99,
        wrong=found.wrong,
        memory_bytes=held,
    )


def _loads(demo: dict[str, Any], seconds: float) -> dict[str, Load]:
    members = f"/r1/{PROVIDERS['transito'][0]}/licencias/{CUI}"
    return {
        "GraphQL, a record over SOAP": _load(
            demo["graphql_url"],
            "POST",
            "/graphql",
            {"content-type": "application/json", "authorization": f"Bearer {demo['token']}"},
            seconds,
            body=msgspec.json.encode({"query": ONE_PERSON_QUERY}).decode(),
            expect=CUI,
        ),
        "X-Road, a record over REST": _load(
            demo["members_url"], "GET", members, {"x-road-client": str(CONSUMER), **_OFFICIAL}, seconds, expect="numero"
        ),
    }


def _load(
    url: str, method: str, path: str, headers: dict[str, str], seconds: float, *, expect: str, body: str = ""
) -> Load:
    return Load(
        host="127.0.0.1",
        port=port_of(f"{url}/"),
        method=method,
        path=path,
        headers=headers,
        body=body,
        connections=CONNECTIONS,
        seconds=seconds,
        pause_seconds=PAUSE_SECONDS,
        expect=expect,
    )
