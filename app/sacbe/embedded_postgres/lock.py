"""The lock that lets one process at a time use a data folder, and what it tells the others.

The server's processes hold the same lock as the process that started them. So when
that one is killed, the folder counts as taken until the last of them has ended.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import BinaryIO

from sacbe.embedded_postgres import orphans
from sacbe.embedded_postgres.place import Place, explained, owner_url, place_for
from sacbe_terms.errors import AlreadyRunning

ORPHAN_SECONDS_MAX = 30.0
"""How long to wait for a server whose starter was killed."""

POLL_SECONDS = 0.02
"""How often a lock that another holds is tried."""


def take_lock(place: Place) -> BinaryIO:
    """Take the folder for this process; a server left by a killed process is ended first.

    Raises AlreadyRunning when the process that holds it lives, or its server does not end.
    """
    until = time.monotonic() + ORPHAN_SECONDS_MAX
    while (lock := _try(place)) is None:
        if _holder_lives(place) or time.monotonic() > until:
            raise _already_running(place)
        orphans.end_server(place.data)
        time.sleep(POLL_SECONDS)
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock


def running_url(home: Path) -> str | None:
    """Give the owner's address of the server that another process runs for this home, None if none runs.

    Waits while that process is still starting it. Raises DataFolderNotUsable, AlreadyRunning
    when the other process holds the folder and starts nothing.
    """
    place = place_for(home)
    until = time.monotonic() + ORPHAN_SECONDS_MAX
    while (lock := _try(place)) is None:
        if _holder_lives(place) and place.address.exists():
            with explained(place.folder):
                return owner_url(place, Path(place.address.read_text()))
        if time.monotonic() > until:
            raise _already_running(place)
        time.sleep(POLL_SECONDS)
    lock.close()
    return None


def _try(place: Place) -> BinaryIO | None:
    with explained(place.folder):
        lock = place.lock.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _holder_lives(place: Place) -> bool:
    holder = orphans.number_in(place.lock)
    return holder is not None and orphans.lives(holder)


def _already_running(place: Place) -> AlreadyRunning:
    holder = orphans.number_in(place.lock)
    return AlreadyRunning(
        what=f"Another Sacbé (process {holder}) already runs on this data folder.",
        where=str(place.folder),
        hint="Use that one, stop it, or set SACBE_HOME to another folder for a second one.",
    )
