"""Writes the dumps of open data, in a process of its own: `python -m sacbe.dumping FOLDER`, the database on stdin.

Two processes never write at once: whoever comes second waits and finds what the first wrote. A set of dumps lies in a
folder of its own, and `current` leads to the newest: who reads sees one set whole.
"""

import asyncio
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe_catalog import publishing
from sacbe_catalog.open_data import dumps
from sacbe_catalog.open_data.dumps import Told
from sacbe_catalog.open_data.package import CURRENT, Package, read_package

KEPT: Final = 2
"""Sets that stay: the newest, and the one before, which somebody may still be reading."""


async def dump(engine: AsyncEngine, folder: Path, told: Told) -> Package:
    """Write a set of dumps below a folder and make it the current one; one that is current already stays."""
    with _alone(folder):
        change = await publishing.newest_change(engine)
        present = read_package(folder / CURRENT)
        if present is not None and present.change == change:
            return present
        new = Path(tempfile.mkdtemp(prefix=f"{change}-", dir=folder))
        try:
            package = await dumps.write(new, _records(engine), change=change, told=told)
        except BaseException:
            shutil.rmtree(new)
            raise
        _put_in_force(folder, new)
        return package


def _records(engine: AsyncEngine) -> dumps.Records:
    def records(kind: str) -> AsyncIterator[Any]:
        return publishing.all_of(engine, kind)

    return records


def _put_in_force(folder: Path, new: Path) -> None:
    new.chmod(0o755)
    link = folder / f".{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(new.name)
    link.replace(folder / CURRENT)
    sets = sorted((one for one in folder.iterdir() if one.is_dir() and not one.is_symlink()), key=_made)
    for old in sets[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _made(folder: Path) -> float:
    return folder.stat().st_mtime


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def main() -> None:
    """Write a set of dumps below the folder named; the database's address is the one line of standard input."""
    asyncio.run(_main(sys.stdin.readline().strip(), Path(sys.argv[1])))


async def _main(address: str, folder: Path) -> None:
    engine = database.engine(address)
    try:
        await dump(engine, folder, lambda _kind, _done: None)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    main()
