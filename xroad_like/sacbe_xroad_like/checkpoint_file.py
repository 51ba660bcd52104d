"""Signed checkpoints outside the database: a file that only grows, made durable at each line.

Whoever owns the database can rewrite everything in it; what stands here she cannot reach, nor sign
anew without the node's key. Copies of this file on other machines make it stronger still.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from sacbe_signing import checkpoint

TAIL_BYTES = 4096
"""The last note stands in the last bytes; each takes about 250."""


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """The file of one node. Every note is followed by an empty line."""

    path: Path

    def notes(self) -> tuple[str, ...]:
        """Give every whole note; a torn last one was never acknowledged and does not count."""
        try:
            return checkpoint.split(self.path.read_text(encoding="utf-8", errors="replace"))[0]
        except FileNotFoundError:
            return ()

    def last(self) -> str | None:
        """Give the last whole note, without reading the file from its beginning."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
                notes, _ = checkpoint.split(file.read().decode("utf-8", errors="replace"))
        except FileNotFoundError:
            return None
        return notes[-1] if notes else None

    def append(self, note: str) -> None:
        """Add a note and make it durable; one that the file is already past is left out.

        Two processes may come here when one lost its lock unknowingly: the file lock and the size
        keep the order. A torn end, left by a crash, is cut off first.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._cut_torn_end(descriptor)
            last = self.last()
            if last is None or checkpoint.parse(last).size < checkpoint.parse(note).size:
                os.write(descriptor, f"{note}\n".encode())
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _cut_torn_end(self, descriptor: int) -> None:
        length = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, TAIL_BYTES, max(0, length - TAIL_BYTES)).decode("utf-8", errors="replace")
        torn = checkpoint.split(tail)[1]
        if torn:
            os.ftruncate(descriptor, length - len(torn.encode()))
