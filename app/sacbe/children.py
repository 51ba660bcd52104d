"""Processes forked by the supervisor: they share its sockets, and never outlive it.

Fork happens before any event loop, pool or thread exists in the parent.
"""

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

STOP_SECONDS_MAX = 15.0
"""How long a child may take to end after SIGTERM, before it is killed."""

_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """A forked process; `status` is None while it runs, else its exit code (negative: the signal)."""

    name: str
    pid: int
    status: int | None = None

    def poll(self) -> int | None:
        """Give the exit code once the process has ended."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def wait(self) -> int:
        """Wait for the end and give the exit code."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def fork(name: str, work: Callable[[], None]) -> Child:
    """Run `work` in a child process that ends when it returns, or when the parent dies."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Child(name, pid)
    os._exit(_run(parent, work))


def _run(parent: int, work: Callable[[], None]) -> int:
    """The child's whole life; gives its exit code."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        end_with_parent(parent)
        work()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def end_with_parent(parent: int) -> None:
    """Ask the kernel (Linux) to end this process when its parent dies; SystemExit if it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)
