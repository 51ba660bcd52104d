"""Starts, watches and stops one PostgreSQL server as a child of this process.

Whatever is killed, nothing is lost and nothing is left over: the server ends when we
end (the kernel tells it), a server that ended is started again at the same address,
and a folder left by a crash recovers at the next start. The lock is held by the
server's processes as well, so a data folder is free only when the last of them is gone.
"""

import atexit
import dataclasses
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from sacbe.embedded_postgres import diagnosis, orphans
from sacbe.embedded_postgres.initialise import initialise, launcher
from sacbe.embedded_postgres.lock import take_lock
from sacbe.embedded_postgres.place import Place, copied_programs, explained, owner_url, place_for, socket_folder
from sacbe.embedded_postgres.programs import Programs, choose, find_programs
from sacbe_terms.errors import DatabaseWillNotStart

START_SECONDS_MAX = 120.0
"""How long a start may take; recovery after a crash is part of it."""

STOP_SECONDS_MAX = 30.0
"""How long a fast stop may take before the server is stopped at once (it then recovers at the next start)."""

POLL_SECONDS = 0.01
"""How often a starting or stopping server is looked at."""

PID_FILE_STATE = 7
"""Line of `postmaster.pid`, counted from 0, in which the server tells its state."""

LOG_BYTES_MAX = 10 * 2**20
"""A larger log is put aside at the next start, and the one before it deleted."""

SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=200",
    "timezone=UTC",
    "log_timezone=UTC",
    "lc_messages=C",
    "jit=off",
    "log_checkpoints=off",
    # A failed statement and its detail can hold a person's data, which no log may.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)
"""What every embedded server is started with."""

THROW_AWAY_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)
"""Added where a crash of the machine may lose everything, as in tests; killed processes lose nothing here either."""


class EmbeddedPostgres:
    """One PostgreSQL server, owned by this process.

    Start it from the main thread: the kernel ends the server when the thread that started it ends.
    """

    def __init__(self, home: Path, *, durable: bool = True, programs: Sequence[Programs] | None = None) -> None:
        self.home = home
        self._durable = durable
        self._programs = programs
        self._place: Place | None = None
        self._chosen: Programs | None = None
        self._socket_folder: Path | None = None
        self._lock: BinaryIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()

    def start(self) -> str:
        """Start the server, making its data folder if there is none, and give its owner's address.

        Raises AlreadyRunning, DatabaseWillNotStart, DataFolderNotUsable, DataFolderOfOtherVersion,
        NoDiskSpace and PlatformUnsupported; after an error nothing runs and nothing is locked.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(
                "PostgreSQL must be started from the main thread: it ends with the thread that starts it."
            )
        self._owner = os.getpid()
        atexit.register(self.stop)
        try:
            self._prepare()
            self._launch()
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Stop the server and free the folder; does nothing where it does not run or is another process's."""
        if os.getpid() != self._owner:
            return
        atexit.unregister(self.stop)
        self._end_server()
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None
        if self._lock is not None:
            self.place.address.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def is_alive(self) -> bool:
        """Say whether the server's main process runs."""
        return self._process is not None and self._process.poll() is None

    def revive(self) -> bool:
        """Start the server again at the same address if it ended; say whether that was needed.

        Call it from the main thread, about once a second. Raises as `start`.
        """
        if self._lock is None or self.is_alive():
            return False
        orphans.end_backends(self.place.data)
        self._launch()
        return True

    @property
    def url(self) -> str:
        """Address of the database for its owner, with the password: never to be logged."""
        return owner_url(self.place, self._socket_folder or Path())

    @property
    def place(self) -> Place:
        """Where the server keeps its files."""
        if self._place is None:
            self._place = place_for(self.home)
        return self._place

    @property
    def process_id(self) -> int | None:
        """The server's main process, None when it does not run."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    @property
    def major(self) -> int | None:
        """Major version of the programs in use, None before the start."""
        return self._chosen.major if self._chosen is not None else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        place = self.place
        self._lock = take_lock(place)
        found = find_programs() if self._programs is None else self._programs
        self._chosen = _runnable(found, place)
        orphans.clear_stale_pid_file(place.data)
        if not place.data.exists():
            initialise(place, self._chosen, durable=self._durable, lock=self._lock.fileno())
        with explained(place.folder):
            if place.log.exists() and place.log.stat().st_size > LOG_BYTES_MAX:
                place.log.replace(place.log.with_suffix(".log.1"))
            self._socket_folder = socket_folder(place.account)

    def _launch(self) -> None:
        """Start the server's process and wait until it answers."""
        place = self.place
        assert self._lock is not None
        with explained(place.folder), place.log.open("ab") as log:
            place.log.chmod(0o600)
            said_before = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 our own launcher and PostgreSQL's server
                launcher(place, self._command()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                pass_fds=[self._lock.fileno()],
            )
        self._wait_until_ready(said_before)
        place.address.write_text(str(self._socket_folder))

    def _command(self) -> list[str]:
        assert self._chosen is not None
        extra = () if self._durable else THROW_AWAY_SETTINGS
        settings = (*SETTINGS, *extra, f"unix_socket_directories={self._socket_folder}")
        command = [str(self._chosen.postgres), "-D", str(self.place.data)]
        return [*command, *(part for setting in settings for part in ("-c", setting))]

    def _wait_until_ready(self, said_before: int) -> None:
        assert self._process is not None
        place, until = self.place, time.monotonic() + START_SECONDS_MAX
        while not _is_ready(place.data, self._process.pid):
            if self._process.poll() is not None:
                raise diagnosis.explain(_said_since(place.log, said_before), where=place.folder)
            if time.monotonic() > until:
                self._end_server()
                raise DatabaseWillNotStart(
                    what=f"PostgreSQL was not ready after {START_SECONDS_MAX:g} s.",
                    where=str(place.log),
                    hint="Read the log named here; after a crash of a large database, starting again may be enough.",
                )
            time.sleep(POLL_SECONDS)

    def _end_server(self) -> None:
        if self._process is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._process.poll() is not None:
                break
            self._process.send_signal(how)
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                continue
        self._process = None


def _runnable(found: Sequence[Programs], place: Place) -> Programs:
    """Choose the programs for a place, copied out of a closed home where the server's account cannot run them."""
    usable = [each for each in found if each.package is not None or place.account.can_run(each.postgres)]
    chosen = choose(usable, data=place.data, made_by=place.made_by)
    if chosen.package is None or place.account.can_run(chosen.postgres):
        return chosen
    return dataclasses.replace(chosen, bin=copied_programs(chosen.package) / "pginstall" / "bin")


def _is_ready(data: Path, process_id: int) -> bool:
    """Read the server's own statement of its state; an older server's file names another process."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > PID_FILE_STATE and lines[0] == str(process_id) and lines[PID_FILE_STATE].strip() == "ready"


def _said_since(log: Path, position: int) -> str:
    with log.open("rb") as file:
        file.seek(position)
        return file.read().decode(errors="replace")
