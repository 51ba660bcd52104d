"""Makes a data folder: the cluster, its owner's password and the database `sacbe`.

The folder is made beside its final name and renamed when it is whole, so that a
process killed on the way leaves nothing that looks like a database.
"""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from sacbe.embedded_postgres import diagnosis
from sacbe.embedded_postgres.place import OWNER, Place, explained, no_disk_space
from sacbe.embedded_postgres.programs import Programs
from sacbe_terms.errors import DatabaseWillNotStart

FREE_BYTES_MIN = 256 * 2**20
"""Room that a new data folder needs, with its first records and its write-ahead log."""

BUILTIN_LOCALE_MAJOR_MIN = 17
"""From this version PostgreSQL brings C.UTF-8 itself and needs no locale of the system."""

MAKE_SECONDS_MAX = 300.0
"""A folder that takes longer to make is given up (a slow disk needs some seconds)."""


def initialise(place: Place, programs: Programs, *, durable: bool, lock: int) -> None:
    """Make the data folder of a place; the programs hold the descriptor `lock` while they work on it.

    Raises NoDiskSpace, DataFolderNotUsable and DatabaseWillNotStart.
    """
    with explained(place.folder):
        free_bytes = shutil.disk_usage(place.folder).free
        if free_bytes < FREE_BYTES_MIN:
            raise no_disk_space(str(place.folder), free_bytes=free_bytes)
        shutil.rmtree(place.unfinished_data, ignore_errors=True)
        place.unfinished_data.mkdir(mode=0o700)
        place.account.give(place.unfinished_data)
        _write_password(place)
        _run(place, initdb_command(place, programs, durable=durable), lock=lock)
        _run(place, single_user_command(place, programs), lock=lock, said=f"CREATE DATABASE {OWNER}\n")
        place.unfinished_data.rename(place.data)


def initdb_command(place: Place, programs: Programs, *, durable: bool) -> list[str]:
    """Give the command: UTF-8, an order of letters that is the same everywhere, checksums, passwords by SCRAM."""
    if programs.major >= BUILTIN_LOCALE_MAJOR_MIN:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        locale = ["--locale=en_US.UTF-8" if sys.platform == "darwin" else "--locale=C.UTF-8"]
    return [
        str(programs.initdb),
        f"--pgdata={place.unfinished_data}",
        f"--username={OWNER}",
        f"--pwfile={place.password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
        *locale,
        *([] if durable else ["--no-sync"]),
    ]


def single_user_command(place: Place, programs: Programs) -> list[str]:
    """Give the command that runs statements without a server, a socket or a password."""
    data = str(place.unfinished_data)
    return [str(programs.postgres), "--single", "-j", "-D", data, "template1"]


def launcher(place: Place, command: list[str]) -> list[str]:
    """Wrap a command so that it runs under the server's account and ends when we end."""
    account = place.account
    program = Path(__file__).with_name("launch.py")
    return [sys.executable, "-I", "-S", str(program), *map(str, (os.getpid(), account.uid, account.gid)), *command]


def _write_password(place: Place) -> None:
    place.password.unlink(missing_ok=True)
    descriptor = os.open(place.password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(24))
    place.account.give(place.password)


def _run(place: Place, command: list[str], *, lock: int, said: str = "") -> None:
    try:
        result = subprocess.run(  # noqa: S603 our own launcher and PostgreSQL's programs
            launcher(place, command),
            input=said,
            capture_output=True,
            text=True,
            cwd="/",
            pass_fds=[lock],
            timeout=MAKE_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired as error:
        raise DatabaseWillNotStart(
            what=f"{Path(command[0]).name} did not end within {MAKE_SECONDS_MAX:g} s.",
            where=str(place.folder),
            hint="Look whether the disk answers, then start again.",
        ) from error
    answer = result.stderr + result.stdout
    if result.returncode or "ERROR:" in answer or "FATAL:" in answer:
        raise diagnosis.explain(answer, where=place.folder)
