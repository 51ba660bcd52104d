"""Where one embedded server keeps its files, and the lock that lets only one use them.

An ordinary user's files lie in the node's home folder. Root's lie below
`/var/lib/sacbe`, in a folder named after the home folder, because the account that
runs PostgreSQL must reach them and root's own folders stay closed to it.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sacbe.embedded_postgres.account import Account, server_account
from sacbe_terms.errors import DataFolderNotUsable, NoDiskSpace

ROOTS_FOLDER = Path("/var/lib/sacbe")
"""Parent of everything that PostgreSQL keeps when root starts Sacbé."""

OWNER = "sacbe"
"""The role that owns everything, and the name of the database."""

SOCKET_PATH_BYTES_MAX = 107
"""Longest path of a socket on Linux; longer ones are refused by PostgreSQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The files of one embedded server."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def unfinished_data(self) -> Path:
        """A data folder in the making, renamed when whole."""
        return self.folder / "data.unfinished"

    @property
    def password(self) -> Path:
        """Password of the owner's role, readable by nobody else."""
        return self.folder / "password"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "postgresql.log"

    @property
    def lock(self) -> Path:
        """Locked while anyone runs or makes the server; holds the process id."""
        return self.folder / "lock"

    @property
    def address(self) -> Path:
        """Folder of the running server's socket; there while it runs."""
        return self.folder / "address"

    @property
    def made_by(self) -> int | None:
        """Major version that made the data folder, None if there is no folder yet.

        Raises DataFolderNotUsable when the folder holds something else.
        """
        if not self.data.exists():
            return None
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError) as error:
            raise DataFolderNotUsable(
                what="This is not a data folder of PostgreSQL, or it is damaged.",
                where=str(self.data),
                hint="Move it away to begin with an empty database, or put the backup back.",
            ) from error


def place_for(home: Path) -> Place:
    """Say where the server of a home folder keeps its files; makes the folder and root's system user.

    Raises DataFolderNotUsable and NoDiskSpace.
    """
    with explained(home):
        if os.geteuid() != 0:
            folder = home.resolve() / "postgresql"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Place(folder=folder, account=server_account())
        folder = ROOTS_FOLDER / hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        for opened in (ROOTS_FOLDER, folder):
            opened.chmod(0o755)
        (folder / "home").write_text(f"{home.resolve()}\n")
        with locked(ROOTS_FOLDER / "lock"):
            return Place(folder=folder, account=server_account())


def owner_url(place: Place, sockets: Path) -> str:
    """Give the address of the database for its owner, by the socket in a folder.

    Raises DataFolderNotUsable when the password cannot be read.
    """
    with explained(place.folder):
        password = place.password.read_text()
    return f"postgresql+asyncpg://{OWNER}:{password}@/{OWNER}?host={quote(str(sockets))}"


def socket_folder(account: Account) -> Path:
    """Make a private folder whose path is short enough for a socket in it."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 mkdtemp makes it private
        is_short = len(os.fsencode(parent)) + len("/sacbe-12345678/.s.PGSQL.5432") <= SOCKET_PATH_BYTES_MAX
        if is_short and account.can_run(parent):
            break
    with explained(parent):
        folder = Path(tempfile.mkdtemp(prefix="sacbe-", dir=parent))
        account.give(folder)
    return folder


def copied_programs(package: Path) -> Path:
    """Copy a wheel's package out of a closed home, once per installed version, and give the copy.

    Its sibling `<package>.libs` goes with it: the programs look for it by relative path.
    """
    made_at = (package / "__init__.py").stat().st_mtime_ns
    stamp = hashlib.sha256(f"{package} {made_at}".encode()).hexdigest()[:16]
    target = ROOTS_FOLDER / "programs" / stamp
    with explained(ROOTS_FOLDER), locked(ROOTS_FOLDER / "lock"):
        if not target.exists():
            _copy(package, target)
    return target / package.name


def _copy(package: Path, target: Path) -> None:
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, unfinished / source.name, symlinks=True)
    for path in (target.parent, unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
    unfinished.rename(target)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file for a short piece of work, waiting for whoever has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn the system's refusals of file work into errors that say what to do."""
    try:
        yield
    except OSError as error:
        where = str(error.filename or place)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_disk_space(where) from error
        raise DataFolderNotUsable(
            what=f"The folder cannot be used: {error.strerror}.",
            where=where,
            hint="Make it writable for the user who runs Sacbé, or set SACBE_HOME to another folder.",
        ) from error


def no_disk_space(where: str, *, free_bytes: int = 0) -> NoDiskSpace:
    """Say how little room is left and what to do."""
    return NoDiskSpace(
        what=f"The disk is full: {free_bytes // 2**20} MiB are free.",
        where=where,
        hint="Free some space, or set SACBE_HOME to a folder on another disk.",
    )
