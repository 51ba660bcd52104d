"""What a request costs where two server processes share a node, beside one: CPU of all of the node's processes.

Both nodes run beside each other and are measured in turn, since the machine is not as fast in every minute.
"""

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
from sacbe.benchmarks.rows import ROWS, Row
from sacbe.benchmarks.run import Measured, Target

SERVERS: Final = (1, 2)
"""How many server processes there are, in turn."""

SHARED_ROWS: Final = ("{ __typename }", "SOAP record", "REST record", "catalogue list by filter, 20 x 8 fields")
"""The rows that are measured."""

ROUNDS: Final = 3
"""How often each row is measured on each node, in turn; the best of them counts, since others use the machine too."""

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
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        port = stack.enter_context(upstream(from_demonstration()))
        one, two = (_started(stack, folder / str(servers), servers, port, say) for servers in SERVERS)
        return tuple(_shared(row, one, two, seconds, say) for row in ROWS if row.name in SHARED_ROWS)


def _started(stack: ExitStack, folder: Path, servers: int, port: int, say: Callable[[str], None]) -> Target:
    say(f"starting a node with {servers} server process{'es' if servers > 1 else ''}")
    folder.mkdir()
    demo, running = stack.enter_context(node(folder, servers=servers))
    asyncio.run(rows_run.stage(demo, port, SERVICES, say))
    return Target(port=port_of(demo["graphql_url"]), pid=running.pid, token=demo["token"])


def _shared(row: Row, one: Target, two: Target, seconds: float, say: Callable[[str], None]) -> Shared:
    say(row.name)
    rounds = [[rows_run.measure(each, rows_run.post(each, row.query, row, seconds)) for each in (one, two)]
              for _ in range(ROUNDS)]  # fmt: skip
    by_one, by_two = (min(some, key=lambda measured: measured.cpu_ms) for some in zip(*rounds, strict=True))
    return Shared(name=row.name, one=by_one, two=by_two)
