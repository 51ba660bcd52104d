"""However a node ends, nothing of it goes on."""

import os
import shlex
import time
from pathlib import Path

from sacbe.embedded_postgres import running_url
from tests.journeys.node import UP, start

END_SECONDS_MAX = 20.0


def test_a_node_under_make_ends_with_make(tmp_path: Path) -> None:
    """After kill -9 of the program that started it, `sacbe up --with-parent` stops in order, PostgreSQL and all."""
    home = tmp_path / "home"
    _, shell = start(home, ("sh", "-c", f"{shlex.join(UP)} --with-parent; true"))
    shell.kill()
    shell.wait()
    _await_end(home, group=shell.pid)


def _await_end(home: Path, *, group: int) -> None:
    until = time.monotonic() + END_SECONDS_MAX
    while running_url(home) is not None or _lives(group):
        assert time.monotonic() < until
        time.sleep(0.1)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
