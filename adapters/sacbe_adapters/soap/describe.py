"""Reading a WSDL, seen from the node: start the worker, fetch what it asks for, take its answer.

The node parses nothing. It fetches, behind the guard, and stops the worker at its time limit.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import msgspec

from sacbe_adapters.soap import frames
from sacbe_adapters.transport import Transport
from sacbe_terms.descriptions import Description, from_json
from sacbe_terms.errors import AddressRefused, DescriptionNotReadable, NothingUsable

DESCRIBE_SECONDS_MAX = 90.0
"""Longest time for one description, with all its documents."""


async def describe(transport: Transport, location: str) -> Description:
    """Give what a WSDL offers; raises DescriptionNotReadable, AddressRefused, NothingUsable."""
    try:
        async with asyncio.timeout(DESCRIBE_SECONDS_MAX), _worker() as worker:
            return await _conversation(worker, transport, location)
    except TimeoutError as error:
        raise _gave_up(location, f"reading it took longer than {DESCRIBE_SECONDS_MAX:g} s") from error
    except (asyncio.IncompleteReadError, ConnectionError, ValueError, msgspec.MsgspecError) as error:
        raise _gave_up(location, "reading it took more time or memory than one description may") from error


@asynccontextmanager
async def _worker() -> AsyncIterator[asyncio.subprocess.Process]:
    """A reading process with nothing of the node's environment but where Python finds its packages."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "sacbe_adapters.soap.worker",
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
            _refuse(said)
        message = frames.Document(data=await _fetched(transport, said, location))


async def _heard(worker: asyncio.subprocess.Process) -> frames.ToNode:
    assert worker.stdout is not None
    head = await worker.stdout.readexactly(frames.LENGTH_BYTES)
    return frames.from_worker(await worker.stdout.readexactly(frames.length(head)))


async def _fetched(transport: Transport, need: frames.Need, given: str) -> bytes:
    """Fetch what the worker asks for; the first document was given by hand, all others were found inside it."""
    if not need.named_at:
        return await transport.fetch(given)
    try:
        return await transport.fetch(need.location, found_in=given)
    except AddressRefused as error:
        raise AddressRefused(
            what=f"The document imports '{need.location}'. {error.what}",
            where=need.named_at,
            hint="Save the imported document beside the first one and name it there, or publish it under https.",
        ) from error
    except DescriptionNotReadable as error:
        raise DescriptionNotReadable(
            what=f"An imported document is missing: {error.what}",
            where=need.named_at,
            hint="Put the imported document where it is named.",
        ) from error


def _refuse(said: frames.Refused) -> NoReturn:
    kind = NothingUsable if said.is_readable else DescriptionNotReadable
    raise kind(what=f"{said.what}.", where=said.where, hint=said.hint, problems=said.problems)


def _gave_up(location: str, reason: str) -> DescriptionNotReadable:
    return DescriptionNotReadable(
        what=f"The description was not read: {reason}.",
        where=location,
        hint="Split the document, or ask its publisher for a plainer one.",
    )
