"""Starting and ending the demonstration ministries from another program.

Each runs as a process of its own and ends when this one does, however it ends: the pipe
to its standard input closes then. They stay out of the terminal's Ctrl-C, so that the
program that started them can close in its own order.
"""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from sacbe.demonstration import process
from sacbe_terms.errors import MinistryNotStarted

MODULES = {
    "renap": "sacbe.demonstration.civil_registry",
    "sat": "sacbe.demonstration.tax",
    "transito": "sacbe.demonstration.transit",
}
"""The ministries by the alias that their provider has in the demonstration."""
START_SECONDS_MAX = 20.0
"""How long a ministry may take until it listens, on a busy machine."""
STOP_SECONDS_MAX = 3.0
"""How long it may take to end before it is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ministry:
    """A running ministry: where its description is, and where it takes calls."""

    name: str
    source: str
    endpoint: str
    process: subprocess.Popen[bytes]


class Launched:
    """Ministries on their way up; they end with the program that launched them, or by `end`."""

    def __init__(self, names: Iterable[str]) -> None:
        self._deadline = time.monotonic() + START_SECONDS_MAX
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `listening` or `end`
        self._children = {name: _started(name, self._complaints) for name in names}

    def listening(self) -> dict[str, Ministry]:
        """Wait until each listens; raises MinistryNotStarted, with none left running."""
        try:
            listening = {name: self._listening(name) for name in self._children}
        except BaseException:
            self.end()
            raise
        self._complaints.close()
        return listening

    def end(self) -> None:
        """End them, and kill those that do not end in time."""
        _end(self._children.values())
        self._complaints.close()

    def _listening(self, name: str) -> Ministry:
        child = self._children[name]
        line = _first_line(child, self._deadline)
        if not line.startswith(process.LISTENING):
            raise MinistryNotStarted(name, reason=self._last_words() or f"silent for {START_SECONDS_MAX:g} s")
        source = line.removeprefix(process.LISTENING).strip()
        return Ministry(name=name, source=source, endpoint=source.rpartition("/")[0] + "/", process=child)

    def _last_words(self) -> str:
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip().splitlines()
        return said[-1] if said else ""


def launch(names: Iterable[str] = tuple(MODULES)) -> Launched:
    """Start ministries on free ports of 127.0.0.1, all at once, without waiting for them."""
    return Launched(names)


def start(names: Iterable[str] = tuple(MODULES)) -> dict[str, Ministry]:
    """Start ministries and wait until each listens; raises MinistryNotStarted, with none left running."""
    return launch(names).listening()


def stop(ministries: Iterable[Ministry]) -> None:
    """End ministries, and kill those that do not end in time."""
    _end(ministry.process for ministry in ministries)


def _started(name: str, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module, under the same interpreter
        [sys.executable, "-m", MODULES[name], "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        start_new_session=True,
    )


def _first_line(child: subprocess.Popen[bytes], deadline: float) -> str:
    """Read one line, or what there is of it at the deadline or at the end."""
    assert child.stdout is not None
    read = b""
    while not read.endswith(b"\n"):
        ready, _, _ = select.select([child.stdout], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(child.stdout.fileno(), 4096) if ready else b""
        if not chunk:
            break
        read += chunk
    return read.decode(errors="replace")


def _end(children: Iterable[subprocess.Popen[bytes]]) -> None:
    ending = list(children)
    for child in ending:
        child.terminate()
    for child in ending:
        with child:
            try:
                child.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                child.kill()
