"""Reading a description, seen from the node: start the worker, fetch what it asks for, take its answer.

The node parses nothing. It fetches, behind the guard, and stops the worker at its time limit.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from sacbe_adapters.describing import frames
from sacbe_adapters.transport import Transport
from sacbe_terms.descriptions import Description, from_json
from sacbe_terms.errors import AdapterError, DescriptionNotReadable

DESCRIBE_SECONDS_MAX = 90.0
"""Longest time for one description, with all its documents."""


async def describe(transport: Transport, location: str, *, reader: str) -> Description:
    """Give what a document offers, read by the module `reader` (see worker.py).

    Raises DescriptionNotReadable, AddressRefused, NothingUsable.
    """
    try:
        async with asyncio.timeout(DESCRIBE_SECONDS_MAX), _worker(reader) as worker:
            return await _conversation(worker, transport, location)
    except TimeoutError as error:
        raise _gave_up(location, f"reading it took longer than {DESCRIBE_SECONDS_MAX:g} s") from error
    except (asyncio.IncompleteReadError, ConnectionError, KeyError, ValueError, msgspec.MsgspecError) as error:
        raise _gave_up(location, "reading it took more time or memory than one description may") from error


@asynccontextmanager
async def _worker(reader: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A reading process with nothing of the node's environment but where Python finds its packages."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "sacbe_adapters.describing.worker",
        reader,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _conversation(worker: asyncio.subprocess.Process, transport: Transport, location: str) -> Description:
    assert worker.stdin is not None
    message: frames.ToWorker = frames.Begin(location=location)
    while True:
        worker.stdin.write(frames.framed(message))
        await worker.stdin.drain()
        said = await _heard(worker)
        if isinstance(said, frames.Found):
            return from_json(said.description)
        if isinstance(said, frames.Refused):
            raise frames.error(said)
        message = await _fetched(transport, said, location)


async def _heard(worker: asyncio.subprocess.Process) -> frames.ToNode:
    assert worker.stdout is not None
    head = await worker.stdout.readexactly(frames.LENGTH_BYTES)
    return frames.from_worker(await worker.stdout.readexactly(frames.length(head)))


async def _fetched(transport: Transport, need: frames.Need, given: str) -> frames.Document | frames.Refused:
    """Fetch what the worker asks for; the first document was given by hand, all others were found inside it."""
    if not need.named_at:
        return frames.Document(data=await transport.fetch(given))
    try:
        return frames.Document(data=await transport.fetch(need.location, found_in=given))
    except AdapterError as error:
        return frames.refused(error)


def _gave_up(location: str, reason: str) -> DescriptionNotReadable:
    return DescriptionNotReadable(
        what=f"The description was not read: {reason}.",
        where=location,
        hint="Split the document, or ask its publisher for a plainer one.",
    )
