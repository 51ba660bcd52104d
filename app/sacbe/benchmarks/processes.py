"""The processes of a benchmark run: a node as its users start it, the upstream, the baseline.

Each is started under this interpreter and ended with its block.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from sacbe.benchmarks.costs import family, name
from sacbe.benchmarks.load import Load, Result
from sacbe.benchmarks.upstream import Recorded

START_SECONDS_MAX = 120.0
"""How long a node may take to start."""

UNLIMITED = {"SACBE_GRAPHQL_RATE_CLIENTS": "0", "SACBE_GRAPHQL_RATE_ANONYMOUS": "0"}
"""A benchmark is one caller that asks thousands of times a second."""


@contextmanager
def node(folder: Path, *, servers: int = 1) -> Iterator[tuple[dict[str, Any], "subprocess.Popen[bytes]"]]:
    """Run `sacbe up` with so many server processes until the block ends; one caller may ask it as much as she can."""
    home, said = folder / "home", folder / "said"
    ports = {f"SACBE_{name}_PORT": "0" for name in ("PUBLIC", "MEMBERS", "MEMBERS_TLS", "OPERATIONS")}
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sacbe", "up"],
            env={
                **os.environ,
                **ports,
                **UNLIMITED,
                "SACBE_HOME": str(home),
                "SACBE_PROCESSES": str(servers),
                "PYTHONUNBUFFERED": "1",
            },
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(lambda: b"Ready" in said.read_bytes() or process.poll() is not None, said)
        yield msgspec.json.decode((home / "demo.json").read_bytes()), process
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(is_done: Callable[[], bool], said: Path) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while not is_done():
        if time.monotonic() > until:
            raise RuntimeError(f"The node did not start:\n{said.read_text()}")
        time.sleep(0.01)


@contextmanager
def upstream(answers: list[Recorded]) -> Iterator[int]:
    """Run the constant upstream; give its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sacbe.benchmarks.upstream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with _running(process):
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(answers))
        process.stdin.close()
        yield _said_port(process)


@contextmanager
def baseline(upstream: int, database_url: str) -> Iterator[tuple[int, int]]:
    """Run the naive baseline; give its port and its process."""
    process = subprocess.Popen(  # noqa: S603 - our own module, under the same interpreter
        [sys.executable, "-W", "ignore", "-m", "sacbe.benchmarks.baseline", str(upstream), database_url],
        stdout=subprocess.PIPE,
    )
    with _running(process):
        yield _said_port(process), process.pid


@contextmanager
def constant() -> Iterator[tuple[int, int]]:
    """Run the server of the constant JSON answer; give its port and its process."""
    process = subprocess.Popen([sys.executable, "-m", "sacbe.benchmarks.constant"], stdout=subprocess.PIPE)
    with _running(process):
        yield _said_port(process), process.pid


@contextmanager
def ill_upstream(illness: str) -> Iterator[int]:
    """Run the upstream that drips or is silent; give its port."""
    process = subprocess.Popen(  # noqa: S603 - our own module, under the same interpreter
        [sys.executable, "-m", "sacbe.benchmarks.ill_upstream", illness], stdout=subprocess.PIPE
    )
    with _running(process):
        yield _said_port(process)


def begun(load: Load) -> "subprocess.Popen[bytes]":
    """Put a load on a server, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sacbe.benchmarks.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(load))
    process.stdin.close()
    return process


def ended(loading: "subprocess.Popen[bytes]") -> Result:
    """Wait for the end of a load and give what came back; raises RuntimeError where it failed."""
    assert loading.stdout is not None
    said = loading.stdout.read()
    loading.stdout.close()
    if loading.wait():
        raise RuntimeError("The load ended with an error.")
    return msgspec.json.decode(said, type=Result)


def port_of(url: str) -> int:
    """Give the port of a listener's address."""
    return int(url.split(":")[2].split("/")[0])


@contextmanager
def _running(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _said_port(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def server_of(parent: int) -> int:
    """Give the newest of a node's own processes: the one that serves."""
    return max((pid for pid in family(parent) if name(pid).startswith(("sacbe", "python"))), default=parent)
