"""The parent of a node: forks servers, replaces the dead, stops in order, leaves nothing behind."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sacbe import supervisor
from sacbe.children import Child, fork
from sacbe.home import occupied
from sacbe_terms.errors import AlreadyRunning, DataFolderNotUsable


def wait_until(claim: object, path: Path, count: int) -> None:
    """Wait until so many lines stand in a file."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if path.exists() and len(path.read_text().splitlines()) >= count:
            return
        time.sleep(0.02)
    raise AssertionError(claim)


def node(home: Path, *, processes: int, crash: bool = False) -> Child:
    """Fork a supervisor whose servers write their process ids and then wait for a signal."""

    def server(serving: Callable[[], None]) -> None:
        with (home / "pids").open("a") as file:
            file.write(f"{os.getpid()}\n")
        if crash:
            raise SystemExit(3)
        serving()
        signal.pause()

    def parent() -> None:
        raise SystemExit(supervisor.watch(processes, server, ready=(home / "ready").touch))

    return fork("node", parent)


def pids(home: Path) -> list[int]:
    """Give the process ids of all servers so far."""
    return [int(line) for line in (home / "pids").read_text().splitlines()]


def is_gone(pid: int) -> bool:
    """Say whether a process has ended."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_stop_ends_every_server(tmp_path: Path) -> None:
    """SIGTERM to the parent ends the node with status 0 and no server left."""
    parent = node(tmp_path, processes=2)
    wait_until("two servers run", tmp_path / "pids", 2)
    parent.signal(signal.SIGTERM)
    assert parent.wait() == 0
    assert all(is_gone(pid) for pid in pids(tmp_path))


def test_ready_is_said_when_every_server_serves(tmp_path: Path) -> None:
    """Nobody is sent to an address where nothing answers yet."""
    parent = node(tmp_path, processes=3)
    wait_until("three servers run", tmp_path / "pids", 3)
    until = time.monotonic() + 10
    while not (tmp_path / "ready").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert (tmp_path / "ready").exists()
    parent.signal(signal.SIGTERM)
    assert parent.wait() == 0


def test_a_dead_server_is_replaced(tmp_path: Path) -> None:
    """kill -9 of a server costs that server's requests and nothing else."""
    parent = node(tmp_path, processes=1)
    wait_until("a server runs", tmp_path / "pids", 1)
    os.kill(pids(tmp_path)[0], signal.SIGKILL)
    wait_until("another took its place", tmp_path / "pids", 2)
    parent.signal(signal.SIGTERM)
    assert parent.wait() == 0


def test_servers_that_keep_dying_end_the_node(tmp_path: Path) -> None:
    """A node that cannot serve says so by ending, instead of forking for ever."""
    parent = node(tmp_path, processes=1, crash=True)
    assert parent.wait() == 1
    assert len(pids(tmp_path)) == supervisor.CRASHES_MAX + 1


def test_servers_do_not_outlive_their_parent(tmp_path: Path) -> None:
    """kill -9 of the parent leaves no orphan."""
    parent = node(tmp_path, processes=2)
    wait_until("two servers run", tmp_path / "pids", 2)
    parent.signal(signal.SIGKILL)
    parent.wait()
    assert all(is_gone(pid) for pid in pids(tmp_path))


def test_work_in_a_child_must_succeed() -> None:
    """A step that fails in its own process ends the start with that step's status."""
    with pytest.raises(SystemExit) as ended:
        supervisor.done_in_child("step", lambda: os._exit(4))
    assert ended.value.code == 4


def test_a_home_is_one_nodes(tmp_path: Path) -> None:
    """A second node beside the first is told so, and may come when the first is gone."""
    with occupied(tmp_path / "home"), pytest.raises(AlreadyRunning, match="already runs"), occupied(tmp_path / "home"):
        pass
    with occupied(tmp_path / "home"):
        pass


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The error names the folder and the setting."""
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderNotUsable, match="file") as refused, occupied(tmp_path / "file"):
        pass
    assert "SACBE_HOME" in refused.value.hint
