"""The process that reads a description: `python -m sacbe_adapters.describing.worker MODULE`.

Everything that an unknown document can do to a parser, it does here, under limits of time
and memory that are not the node's. It talks to the node over standard input and output
(frames.py), opens nothing itself, and ends after one description. The module is an adapter's
reader: its `read(location, fetch)` gives a Description or raises an AdapterError, and `fetch` gives
the bytes at a location, or raises what the node says of it.
"""

import contextlib
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO

from sacbe_adapters.describing import frames
from sacbe_terms.descriptions import Description, to_json
from sacbe_terms.errors import AdapterError, DescriptionNotReadable

CPU_SECONDS_MAX = 45
"""Processor time for one description."""

MEMORY_BYTES_MAX = 2 * 1024 * 1024 * 1024
"""Address space for one description; a bundle of the largest size takes a quarter."""

TYPE_DEPTH_MAX = 20_000
"""How deep types may lead to types before they count as made of themselves."""

Fetch = Callable[[str, str], bytes]
"""Gives the bytes at a location; the second argument is the place that names it, empty for the first document."""
Read = Callable[[str, Fetch], Description]


def main(module: str) -> None:
    """Answer one `Begin` with `Found` or `Refused`."""
    _limit()
    sys.setrecursionlimit(TYPE_DEPTH_MAX)
    given, taken = sys.stdout.buffer, sys.stdin.buffer
    begin = frames.take(taken)
    assert isinstance(begin, frames.Begin)
    _say(given, _answer(import_module(module).read, begin.location, given, taken))


def _limit() -> None:
    """Set what the system enforces; where it knows a limit not (macOS: memory), the node's own time limit stays."""
    for kind, limit in (
        (resource.RLIMIT_CPU, CPU_SECONDS_MAX),
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def _answer(read: Read, location: str, given: BinaryIO, taken: BinaryIO) -> frames.Found | frames.Refused:
    def fetch(wanted: str, named_at: str) -> bytes:
        _say(given, frames.Need(location=wanted, named_at=named_at))
        document = frames.take(taken)
        if isinstance(document, frames.Refused):
            raise frames.error(document)
        assert isinstance(document, frames.Document)
        return document.data

    try:
        return frames.Found(description=to_json(read(location, fetch)))
    except AdapterError as error:
        return frames.refused(error)
    except (MemoryError, RecursionError):
        return frames.refused(DescriptionNotReadable(what="It is too large or too deep to be read.", where=location))


def _say(given: BinaryIO, message: frames.ToNode) -> None:
    given.write(frames.framed(message))
    given.flush()


if __name__ == "__main__":
    main(sys.argv[1])
