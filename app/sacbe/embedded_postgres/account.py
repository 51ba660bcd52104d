"""Under which system account PostgreSQL runs, and what that account can reach.

PostgreSQL refuses to run as root. For root a plain system user is made, which gets
folders of its own: no folder of root's is opened or changed for it.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sacbe_terms.errors import DataFolderNotUsable

NAME = "sacbe-postgres"
"""System user that runs PostgreSQL when root starts Sacbé."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system account of the server; `is_other` when it is not the one we run as."""

    uid: int
    gid: int
    is_other: bool

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or folder that we made for it."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def can_run(self, path: Path) -> bool:
        """Say whether the account can run a program, or enter a folder: for another account, by everyone's rights."""
        path = path.resolve()
        return not self.is_other or all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))


def server_account() -> Account:
    """Give our own account, or for root the plain one, which is made when missing.

    Raises DataFolderNotUsable when it cannot be made.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), is_other=False)
    entry = _entry() or _make()
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, is_other=True)


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _make() -> pwd.struct_passwd:
    """Make the system user; the caller holds the lock that keeps two from trying at once."""
    said = "neither useradd nor adduser is installed"
    if useradd := shutil.which("useradd"):
        said = _run([useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME])
    elif adduser := shutil.which("adduser"):
        said = _run([adduser, "-S", "-D", "-H", NAME])
    if entry := _entry():
        return entry
    raise DataFolderNotUsable(
        what=f"PostgreSQL does not run as root, and the system user {NAME} could not be made: {said}",
        where="/etc/passwd",
        hint=f"Run as an ordinary user, make the system user {NAME} yourself, or set SACBE_DATABASE_URL.",
    )


def _run(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 fixed arguments
    return (result.stderr or result.stdout).strip()
