"""What a request costs where two server processes share a node, beside one: CPU of all of the node's processes."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from sacbe.benchmarks import run as rows_run
from sacbe.benchmarks.answers import from_demonstration
from sacbe.benchmarks.processes import node, port_of, upstream
from sacbe.benchmarks.rows import ROWS
from sacbe.benchmarks.run import Measured, Target

SERVERS: Final = (1, 2)
"""How many server processes there are, in turn."""

SHARED_ROWS: Final = ("{ __typename }", "SOAP record", "REST record", "catalogue list by filter, 20 x 8 fields")
"""The rows that are measured."""

ROUNDS: Final = 2
"""How often each row is measured; the better of them counts, since others use the machine as well."""

SERVICES: Final = 1_000
"""In the catalogue."""


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """One row under one load, by one server process and by two."""

    name: str
    one: Measured
    two: Measured

    @property
    def ratio(self) -> float:
        """CPU per request of two processes to that of one."""
        return self.two.cpu_ms / self.one.cpu_ms


def run(*, seconds: float, say: Callable[[str], None]) -> tuple[Shared, ...]:
    """Measure every row with one process and with two; raises RuntimeError when an answer is wrong."""
    one, two = (_measured(servers, seconds, say) for servers in SERVERS)
    return tuple(Shared(name=name, one=one[name], two=two[name]) for name in SHARED_ROWS)


def _measured(servers: int, seconds: float, say: Callable[[str], None]) -> dict[str, Measured]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say(f"starting a node with {servers} server process{'es' if servers > 1 else ''}")
        demo, running = stack.enter_context(node(folder, servers=servers))
        port = stack.enter_context(upstream(from_demonstration()))
        asyncio.run(rows_run.stage(demo, port, SERVICES, say))
        target = Target(port=port_of(demo["graphql_url"]), pid=running.pid, token=demo["token"])
        found = {}
        for row in ROWS:
            if row.name in SHARED_ROWS:
                say(row.name)
                load = rows_run.post(target, row.query, row, seconds)
                rounds = [rows_run.measure(target, load) for _ in range(ROUNDS)]
                found[row.name] = min(rounds, key=lambda measured: measured.cpu_ms)
    return found
