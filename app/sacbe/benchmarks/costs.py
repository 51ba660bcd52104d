"""What processes have cost so far: user and system time and memory, read from the kernel (Linux)."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of our own processes, and of PostgreSQL beside them."""

    own_seconds: float
    postgres_seconds: float

    def since(self, before: "Cost") -> "Cost":
        """Give what was spent between two looks."""
        return Cost(self.own_seconds - before.own_seconds, self.postgres_seconds - before.postgres_seconds)


def family(root: int) -> tuple[int, ...]:
    """Give a process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        if fields := _fields(stat):
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return tuple(found)


def cost(root: int) -> Cost:
    """Give what a node has cost; a process of the name `postgres` counts apart."""
    own = postgres = 0.0
    for pid in family(root):
        if fields := _fields(Path(f"/proc/{pid}/stat")):
            seconds = (int(fields[11]) + int(fields[12])) * _TICK_SECONDS
            is_postgres = name(pid) == "postgres"
            own, postgres = (own, postgres + seconds) if is_postgres else (own + seconds, postgres)
    return Cost(own, postgres)


def resident_bytes(pid: int) -> int:
    """Give the memory that a process keeps for itself (its proportional share of what is shared)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def mapped_bytes(pid: int) -> int:
    """Give the memory that a process has in use, all of what it shares included (RSS)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES


def name(pid: int) -> str:
    """Give a process's name, empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _fields(stat: Path) -> list[str]:
    """Give the fields of `/proc/PID/stat` behind the name, empty when the process has ended."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []
