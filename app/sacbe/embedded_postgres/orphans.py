"""Ends the processes of a server that has lost its main process or the process that started it.

A backend that computes does not notice that its main process was killed, and holds the
shared memory without which no new server starts. Where the kernel shows processes
(Linux), they are found by their working folder, which is the data folder; elsewhere
they end by themselves, as PostgreSQL means them to.
"""

import os
import signal
import time
from pathlib import Path

POLL_SECONDS = 0.01
"""How often it is looked whether they have ended."""

ENDING_SECONDS_MAX = 2.0
"""How long a killed process may still be seen after it has let go of its files."""

PROCESSES = Path("/proc")
"""Where Linux shows its processes."""


def end_backends(data: Path) -> None:
    """End what is left of a server whose main process is gone, and return when nothing is.

    They are killed: what they had committed is in the write-ahead log, and nobody will read what else they hold.
    """
    while left := _processes_in(data):
        for process_id in left:
            signal_to(process_id, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def end_server(data: Path) -> None:
    """Ask a server whose starter was killed for its fast stop; end its backends if its main process is gone."""
    server = number_in(data / "postmaster.pid")
    if server is not None and is_postgres(server):
        signal_to(server, signal.SIGINT)
    else:
        end_backends(data)


def clear_stale_pid_file(data: Path) -> None:
    """Remove the pid file of a server that is gone, though its number may live on: reused, or not yet reaped.

    Only for who holds the folder's lock, so that no process of our server is left; a server that
    someone started by hand is recognised by its name and left for PostgreSQL itself to refuse.
    """
    server = number_in(data / "postmaster.pid")
    if server is None:
        return
    until = time.monotonic() + ENDING_SECONDS_MAX
    while is_postgres(server) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    if not is_postgres(server):
        (data / "postmaster.pid").unlink(missing_ok=True)


def lives(process_id: int) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not."""
    if not _shows_processes():
        return signal_to(process_id, 0)
    return bool(_name_of(process_id))


def is_postgres(process_id: int) -> bool:
    """Say whether a process is a PostgreSQL that runs; where names cannot be seen, whether it runs."""
    if not _shows_processes():
        return signal_to(process_id, 0)
    return _name_of(process_id) in ("postgres", "postmaster")


def number_in(path: Path) -> int | None:
    """Give the process id that a file begins with, None if there is none."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def signal_to(process_id: int, number: int) -> bool:
    """Send a signal and say whether there was anyone to get it."""
    try:
        os.kill(process_id, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _shows_processes() -> bool:
    return (PROCESSES / "self/stat").exists()


def _name_of(process_id: int) -> str:
    """Read the kernel's line `pid (name) state ...`; empty for a process that has ended."""
    try:
        stat = (PROCESSES / str(process_id) / "stat").read_text()
    except OSError:
        return ""
    name, _, rest = stat.partition("(")[2].rpartition(")")
    return "" if rest.strip().startswith(("Z", "X")) else name


def _processes_in(folder: Path) -> list[int]:
    """Give the processes that work in a folder, as far as we may see them."""
    found = []
    for entry in PROCESSES.glob("[0-9]*"):
        process_id = int(entry.name)
        if _working_folder(entry) == folder and is_postgres(process_id):
            found.append(process_id)
    return found


def _working_folder(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:
        return None
