"""The process that reads a WSDL: `python -m sacbe_adapters.soap.worker`.

Everything that an unknown document can do to a parser, it does here, under limits of time
and memory that are not the node's. It talks to the node over standard input and output
(frames.py), opens nothing itself, and ends after one description.
"""

import contextlib
import resource
import sys
from typing import BinaryIO

from sacbe_adapters.soap import bundle, frames, operations
from sacbe_adapters.soap.refusal import NotReadable
from sacbe_adapters.soap.second_reader import agreed
from sacbe_terms.descriptions import Description, to_json
from sacbe_terms.errors import Problem

CPU_SECONDS_MAX = 45
"""Processor time for one description."""

MEMORY_BYTES_MAX = 2 * 1024 * 1024 * 1024
"""Address space for one description; a bundle of the largest size takes a quarter."""

TYPE_DEPTH_MAX = 20_000
"""How deep types may lead to types before they count as made of themselves."""

PROBLEMS_MAX = 20
"""Reasons told when nothing can be offered."""


def main() -> None:
    """Answer one `Begin` with `Found` or `Refused`."""
    _limit()
    sys.setrecursionlimit(TYPE_DEPTH_MAX)
    given, taken = sys.stdout.buffer, sys.stdin.buffer
    begin = frames.take(taken)
    assert isinstance(begin, frames.Begin)
    _say(given, _answer(begin.location, given, taken))


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


def _answer(location: str, given: BinaryIO, taken: BinaryIO) -> frames.Found | frames.Refused:
    def fetch(wanted: str, named_at: str) -> bytes:
        _say(given, frames.Need(location=wanted, named_at=named_at))
        document = frames.take(taken)
        assert isinstance(document, frames.Document)
        return document.data

    try:
        read = bundle.load(location, fetch)
        description = agreed(read, operations.describe(read))
    except NotReadable as error:
        return frames.Refused(what=error.what, where=error.where, hint=error.hint)
    except (MemoryError, RecursionError):
        return frames.Refused(what="It is too large or too deep to be read", where=location)
    return _found(description, location)


def _found(description: Description, location: str) -> frames.Found | frames.Refused:
    if description.operations:
        return frames.Found(description=to_json(description))
    problems = [Problem(where=entry.where, reason=entry.reason) for entry in description.uncovered]
    return frames.Refused(
        what="None of its operations can be offered" if problems else "It offers no operation over SOAP",
        where=problems[0].where if problems else location,
        hint=problems[0].reason if problems else "Give the WSDL that holds the service and its bindings.",
        is_readable=True,
        problems=tuple(problems[:PROBLEMS_MAX]),
    )


def _say(given: BinaryIO, message: frames.ToNode) -> None:
    given.write(frames.framed(message))
    given.flush()


if __name__ == "__main__":
    main()
