"""A node started as its users start it: the command, a home of its own, nothing else."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

START_SECONDS_MAX = 60.0
"""A first start, migrations and seed included, on a busy machine."""


class Node:
    """A running `sacbe up`, and what a script needs of it."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home = home
        self.environment = environment

    @property
    def demo(self) -> Any:
        """Give what the node wrote for scripts."""
        return msgspec.json.decode((self.home / "demo.json").read_bytes())

    def sacbe(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command beside the running node; `typed` is its standard input."""
        return subprocess.run(
            [sys.executable, "-m", "sacbe", *arguments],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def get(self, path: str) -> tuple[int, str]:
        """Read a page of the portal."""
        with urllib.request.urlopen(self.demo["portal_url"] + path, timeout=20) as answer:
            return answer.status, answer.read().decode()

    def ask(self, query: str, variables: Any = None, *, token: str | None = None) -> Any:
        """Send a GraphQL query to the public door; give the whole answer, whatever its status."""
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        body = msgspec.json.encode({"query": query, "variables": variables or {}})
        request = urllib.request.Request(self.demo["graphql_url"], data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return msgspec.json.decode(answer.read())
        except urllib.error.HTTPError as refused:
            return msgspec.json.decode(refused.read())

    def ask_demo(self, name: str) -> Any:
        """Send one of the demonstration's own queries with its token."""
        prepared = self.demo["queries"][name]
        return self.ask(prepared["query"], prepared["variables"], token=self.demo["token"])


def environment_for(home: Path) -> dict[str, str]:
    """Give the environment of a node with free ports."""
    ports = {f"SACBE_{listener}_PORT": "0" for listener in ("PUBLIC", "MEMBERS", "MEMBERS_TLS", "OPERATIONS")}
    ours = {"SACBE_HOME": str(home), **ports}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SACBE_")}
    return {**kept, **ours, "PYTHONUNBUFFERED": "1"}


UP = (sys.executable, "-m", "sacbe", "up")


def start(home: Path, command: Sequence[str] = UP) -> tuple[Node, subprocess.Popen[str]]:
    """Start `sacbe up`, by a command of one's own if need be, and wait until it says that it is ready."""
    environment, said = environment_for(home), home.parent / f"{home.name}.log"
    with said.open("w") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    until = time.monotonic() + START_SECONDS_MAX
    while "Ready" not in said.read_text():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise AssertionError(f"sacbe up did not start:\n{said.read_text()}")
        time.sleep(0.05)
    return Node(home, environment), process


def stop(process: subprocess.Popen[str]) -> int:
    """End the node as Ctrl-C does, and give its exit status."""
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=30)


@contextmanager
def running(home: Path) -> Iterator[Node]:
    """Run a node for as long as the block lasts."""
    node, process = start(home)
    try:
        yield node
    finally:
        stop(process)
