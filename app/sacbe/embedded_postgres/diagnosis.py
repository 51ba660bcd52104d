"""Reads PostgreSQL's last words and says what happened and what to do."""

from pathlib import Path

from sacbe_terms.errors import (
    AlreadyRunning,
    DatabaseWillNotStart,
    DataFolderNotUsable,
    DataFolderOfOtherVersion,
    InstallationError,
    NoDiskSpace,
)

LAST_LINES = 8
"""How many of PostgreSQL's last lines an error shows."""


def explain(said: str, *, where: Path) -> InstallationError:
    """Give the error that fits what PostgreSQL said before it ended."""
    lines = [line for line in said.splitlines() if line.strip()][-LAST_LINES:]
    last_words = "\n".join(lines) or "(it said nothing)"
    for sign, error, hint in _SIGNS:
        if sign in said:
            return error(what=f"PostgreSQL did not start:\n{last_words}", where=str(where), hint=hint)
    return DatabaseWillNotStart(
        what=f"PostgreSQL did not start:\n{last_words}",
        where=str(where),
        hint="Mend what PostgreSQL names, or move the folder away to begin with an empty database.",
    )


_DAMAGED = "The folder is damaged: put the last backup back, or move the folder away to begin anew."

_SIGNS: tuple[tuple[str, type[InstallationError], str], ...] = (
    ("No space left on device", NoDiskSpace, "Free some space, or set SACBE_HOME to a folder on another disk."),
    ("Disk quota exceeded", NoDiskSpace, "Free some space, or set SACBE_HOME to a folder on another disk."),
    (
        'lock file "postmaster.pid" already exists',
        AlreadyRunning,
        "A PostgreSQL already runs on this data folder: stop it, then start again.",
    ),
    (
        "database files are incompatible with server",
        DataFolderOfOtherVersion,
        "Install the PostgreSQL version that made the folder, or move the folder away.",
    ),
    (
        "has wrong ownership",
        DataFolderNotUsable,
        "Run Sacbé as the user who made the folder, or set SACBE_HOME to another folder.",
    ),
    ("has invalid permissions", DataFolderNotUsable, "Let its owner alone read it (chmod 700), then start again."),
    ("could not locate a valid checkpoint record", DataFolderNotUsable, _DAMAGED),
    ("could not find the database system", DataFolderNotUsable, _DAMAGED),
)
