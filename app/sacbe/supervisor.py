"""The parent of a node: owns sockets and PostgreSQL, forks the servers, and watches them all.

It has no event loop and no threads, so that forking is safe, and does nothing but watch:
a server that dies is forked again, a PostgreSQL that dies is started again, and a signal to
stop ends everything in order. Whatever kills the parent ends the children too.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import structlog

from sacbe.children import STOP_SECONDS_MAX, Child, fork

POLL_SECONDS = 0.1
"""How often children are looked at."""

CRASHES_MAX = 5
"""Servers that die this often within CRASH_WINDOW_SECONDS end the node: something is wrong for good."""

CRASH_WINDOW_SECONDS = 30.0
"""The span in which crashes are counted together."""

_log = structlog.get_logger("sacbe.supervisor")


class Stop:
    """Remembers that somebody asked the node to stop."""

    def __init__(self) -> None:
        self.is_asked = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Listen to SIGTERM, SIGINT and SIGHUP while inside."""
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        before = {number: signal.signal(number, self._asked) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _asked(self, *_: object) -> None:
        self.is_asked = True


Work = Callable[[Callable[[], None]], None]
"""What a server process does; it is given a function to call once it serves."""


def watch(processes: int, work: Work, *, tend: Sequence[Callable[[], object]] = (), ready: Callable[[], None]) -> int:
    """Keep so many server processes running until asked to stop; gives the node's exit code.

    `tend` is called again and again (to revive PostgreSQL), `ready` once every server serves.
    """
    stop, crashes, serving = Stop(), Crashes(), Serving(processes)
    with ExitStack() as stack:
        stack.enter_context(stop.on_signals())
        servers = [fork(f"server-{number}", lambda: work(serving.tell)) for number in range(processes)]
        stack.callback(end, servers)
        while not stop.is_asked:
            for action in tend:
                action()
            if not _replaced_dead(servers, lambda: work(serving.tell), crashes):
                return 1
            if serving.is_complete_now():
                ready()
            time.sleep(POLL_SECONDS)
    return 0


class Serving:
    """Learns through a pipe when each of the first servers has begun to serve."""

    def __init__(self, processes: int) -> None:
        self._missing = processes
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)

    def tell(self) -> None:
        """Say, in a server process, that it serves."""
        os.write(self._write, b"1")

    def is_complete_now(self) -> bool:
        """Say, once, that the last one that was missing serves."""
        if self._missing <= 0:
            return False
        try:
            self._missing -= len(os.read(self._read, self._missing))
        except BlockingIOError:
            return False
        return self._missing <= 0


def _replaced_dead(servers: list[Child], work: Callable[[], None], crashes: "Crashes") -> bool:
    """Fork anew each server that has ended; False when that happens too often."""
    for place, server in enumerate(servers):
        if server.poll() is not None:
            _log.warning("server process ended", name=server.name, status=server.status)
            if crashes.is_too_many():
                _log.error("servers keep ending; the node stops")
                return False
            servers[place] = fork(server.name, work)
    return True


class Crashes:
    """Counts how often servers died lately."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def is_too_many(self) -> bool:
        """Count one more, and say whether it is too many."""
        now = time.monotonic()
        self._times = [at for at in self._times if now - at < CRASH_WINDOW_SECONDS] + [now]
        return len(self._times) > CRASHES_MAX


def end(children: Sequence[Child]) -> None:
    """Ask every child to stop, and kill those that do not within the time allowed."""
    for child in children:
        child.signal(signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS_MAX
    while any(child.poll() is None for child in children) and time.monotonic() < until:
        time.sleep(POLL_SECONDS / 4)
    for child in children:
        child.signal(signal.SIGKILL)
        child.wait()


def done_in_child(name: str, work: Callable[[], None]) -> None:
    """Do something in a forked child and wait for it; SystemExit with its code if it fails."""
    status = fork(name, work).wait()
    if status != 0:
        raise SystemExit(status if status > 0 else os.EX_SOFTWARE)
