"""Whether one ill ministry slows the others: their p99 with it and without it, in one run.

A node as its users run it, with three ministries. Two answer at once; callers ask both in one query,
at a pace that leaves the machine room, so that the figure is a latency and not a throughput. The
third is called by others at the same time: it is well, it drips, or it is silent. Each round takes
every state once, and the third's breaker is new in each, so both its phases are in the figure:
calls that are held until their time is over, and refusals while the system rests.
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
from sacbe.benchmarks.load import Load
from sacbe.benchmarks.processes import begun, ended, ill_upstream, node, port_of, upstream
from sacbe.benchmarks.rows import JOINED_QUERY
from sacbe.garbage import SETTLE_SECONDS

OTHERS_CONNECTIONS, OTHERS_PAUSE_SECONDS = 8, 0.1
"""Who asks the two that are well, and how long each waits between two questions."""
THIRD_CONNECTIONS, THIRD_PAUSE_SECONDS = 48, 0.5
"""Who asks the third: more than an operation's places."""
THIRD_CALL_SECONDS_MAX = 2.0
"""The third's deadline, shorter than usual, so that a round sees the rest as well."""
LIVE_SECONDS = 2.5 + SETTLE_SECONDS
"""A published endpoint is in force in every process after a second at most, and the process has settled."""

WELL = "well"
ILLNESSES = ("drip", "silent")
_TAXPAYER = f'{{ exchange {{ sat {{ consultarContribuyente(cui: "{CUI}") {{ nit nombre }} }} }} }}'


class Isolation(msgspec.Struct, frozen=True, kw_only=True):
    """The others' p99 in milliseconds for each state of the third, in its quietest round; ratios to `well`."""

    p50_ms: dict[str, float]
    p99_ms: dict[str, float]
    ratios: dict[str, float]
    rounds: int
    wrong: int


def run(*, seconds: float, rounds: int, say: Callable[[str], None]) -> Isolation:
    """Measure; a wrong answer of the two that are well is counted, and none is to be expected."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacbe-bench-")))
        say("starting a node")
        demo, _ = stack.enter_context(node(folder))
        ports = {WELL: stack.enter_context(upstream(from_demonstration()))}
        ports |= {illness: stack.enter_context(ill_upstream(illness)) for illness in ILLNESSES}
        ministries.move(demo, "renap", port=ports[WELL])
        ministries.move(demo, "transito", port=ports[WELL])
        found: dict[str, list[tuple[float, float, int]]] = {state: [] for state in ports}
        for number in range(rounds):
            for state, port in ports.items():
                say(f"round {number + 1} of {rounds}: the third is {state}")
                found[state].append(_round(demo, port, f"{state}{number}", seconds))
    return _told(found, rounds)


def _round(demo: dict[str, Any], port: int, path: str, seconds: float) -> tuple[float, float, int]:
    """Give the others' p50 and p99 in milliseconds, and their wrong answers, while the third is in one state."""
    ministries.move(demo, "sat", port=port, path=path, call_seconds_max=THIRD_CALL_SECONDS_MAX)
    time.sleep(LIVE_SECONDS)
    is_well = path.startswith(WELL)
    third = begun(
        _load(demo, _TAXPAYER, THIRD_CONNECTIONS, THIRD_PAUSE_SECONDS, seconds, expect="nit" if is_well else "")
    )
    others = ended(
        begun(_load(demo, JOINED_QUERY, OTHERS_CONNECTIONS, OTHERS_PAUSE_SECONDS, seconds, expect="nombres"))
    )
    return others.p50, others.p99, others.wrong + ended(third).wrong


def _told(found: dict[str, list[tuple[float, float, int]]], rounds: int) -> Isolation:
    p50, p99 = [{state: min(each[at] for each in seen) for state, seen in found.items()} for at in (0, 1)]
    return Isolation(
        p50_ms=p50,
        p99_ms=p99,
        ratios={illness: p99[illness] / p99[WELL] for illness in ILLNESSES},
        rounds=rounds,
        wrong=sum(wrong for seen in found.values() for *_, wrong in seen),
    )


def _load(
    demo: dict[str, Any], query: str, connections: int, pause_seconds: float, seconds: float, *, expect: str
) -> Load:
    return Load(
        host="127.0.0.1",
        port=port_of(demo["graphql_url"]),
        method="POST",
        path="/graphql",
        headers={"content-type": "application/json", "authorization": f"Bearer {demo['token']}"},
        body=msgspec.json.encode({"query": query}).decode(),
        connections=connections,
        seconds=seconds,
        pause_seconds=pause_seconds,
        expect=expect,
    )
