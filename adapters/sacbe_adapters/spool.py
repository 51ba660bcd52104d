"""Bodies of messages that are passed on: small ones in memory, larger ones in files that have no name.

A body is digested while it comes in, so that it can be signed and logged before anything of it goes on,
with the same memory whatever its size (`docs/decisions/0154`). Its file is open to this process alone,
stands in no folder, and is gone with the last body that reads from it, also after kill -9.
"""

import asyncio
import os
import tempfile
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from hashlib import sha256, sha512
from pathlib import Path
from typing import IO, Protocol, TypeVar

from sacbe_terms.errors import NoRoomForBody

PIECE_BYTES = 128 * 1024
"""How much of a body is in memory at a time: a smaller one is held, of a larger one a piece like this."""

WHOLE_AT_ONCE_MAX = 2
"""So many bodies that are larger than a piece are whole in the memory of a process at a time."""

SPOOLED_BYTES_MAX = 4 * 1024 * 1024 * 1024
"""How much of bodies one process keeps in files at a time."""


Result = TypeVar("Result")
Read = Callable[[], Awaitable[bytes]]
"""Reads bytes of a body when they are wanted."""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class BodyTooLarge(Exception):
    """The body is larger than the caller takes."""


class Spool:
    """Where the bodies of one process lie while they are carried. `folder` is made when it is first needed."""

    def __init__(self, folder: Path | None = None, *, bytes_max: int = SPOOLED_BYTES_MAX) -> None:
        """Without a folder files lie where the system keeps temporary ones."""
        self._folder = folder
        self._bytes_max = bytes_max
        self._places = asyncio.Semaphore(WHOLE_AT_ONCE_MAX)
        self.spooled_bytes = 0

    def intake(self, bytes_max: int) -> "Intake":
        """Begin to take a body in that may be so large."""
        return Intake(self, bytes_max)

    async def held(self, data: bytes) -> "Body":
        """Give a body of bytes that were made here; raises NoRoomForBody."""
        intake = self.intake(len(data))
        await intake.add(data)
        return await intake.done()

    def place(self, size: int) -> AbstractAsyncContextManager[None]:
        """Wait for a place to have so many bytes whole in memory; a piece or less needs none."""
        return self._places if size > PIECE_BYTES else nullcontext()

    async def whole(self, size: int, read: Read, work: Callable[[bytes], Result]) -> Result:
        """Have work done on bytes that must be whole: on many of them in a thread, when there is a place."""
        async with self.place(size):
            data = await read()
            return work(data) if size <= PIECE_BYTES else await asyncio.to_thread(work, data)

    def opened(self) -> "_File":
        """Give a new file; raises NoRoomForBody."""
        try:
            if self._folder is not None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _File(self, tempfile.TemporaryFile(dir=self._folder))
        except OSError as error:
            raise _no_room(error.strerror or "it cannot be written") from error

    def take(self, count: int) -> None:
        """Count bytes that are about to be written; raises NoRoomForBody."""
        if self.spooled_bytes + count > self._bytes_max:
            raise _no_room(f"bodies of more than {self._bytes_max} bytes are under way")
        self.spooled_bytes += count


class _File:
    """A file without a name; its methods that touch it are called in threads, one at a time."""

    def __init__(self, spool: Spool, file: IO[bytes]) -> None:
        self._spool = spool
        self._file = file
        self._taken = [0]
        weakref.finalize(self, _closed, spool, file, self._taken)

    def take(self, count: int) -> None:
        self._spool.take(count)
        self._taken[0] += count

    def write(self, pieces: Sequence[bytes]) -> None:
        try:
            self._file.writelines(pieces)
            self._file.flush()
        except OSError as error:
            raise _no_room(error.strerror or "it cannot be written") from error

    def read(self, start: int, count: int) -> bytes:
        return os.pread(self._file.fileno(), count, start)


def _closed(spool: Spool, file: IO[bytes], taken: list[int]) -> None:
    spool.spooled_bytes -= taken[0]
    file.close()


class Intake:
    """A body on its way in: pieces are added, then it is `done`."""

    def __init__(self, spool: Spool, bytes_max: int) -> None:
        self._spool = spool
        self._bytes_max = bytes_max
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._file: _File | None = None
        self._digests = (sha256(), sha512())
        self.size = 0

    async def add(self, piece: bytes) -> None:
        """Take a piece in; raises BodyTooLarge, NoRoomForBody."""
        self.size += len(piece)
        if self.size > self._bytes_max:
            raise BodyTooLarge
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > PIECE_BYTES:
            await self._put_away()

    async def read(self, start: int, end: int) -> bytes:
        """Give bytes of what has come so far: the caller answers for how many."""
        put_away = self.size - self._held_bytes
        held = b"".join(self._held)[max(start - put_away, 0) : max(end - put_away, 0)]
        if self._file is None or start >= put_away:
            return held
        return await asyncio.to_thread(self._file.read, start, min(end, put_away) - start) + held

    async def done(self) -> "Body":
        """Give the whole body; raises NoRoomForBody."""
        if self._file is None:
            return Body.of(b"".join(self._held))
        if self._held:
            await self._put_away()
        return Body((_Range(self._file, 0, self.size),), (self._digests[0].digest(), self._digests[1].digest()))

    async def _put_away(self) -> None:
        if self._file is None:
            self._file = await asyncio.to_thread(self._spool.opened)
        held, self._held = self._held, []
        self._file.take(self._held_bytes)
        self._held_bytes = 0
        await asyncio.to_thread(self._written, self._file, held)

    def _written(self, file: _File, pieces: Sequence[bytes]) -> None:
        file.write(pieces)
        for piece in pieces:
            _digest(self._digests, piece)


class _Range:
    """So many bytes of a file."""

    __slots__ = ("_file", "_start", "size")

    def __init__(self, file: _File, start: int, size: int) -> None:
        self._file, self._start, self.size = file, start, size

    def part(self, start: int, end: int) -> "_Range":
        return _Range(self._file, self._start + start, end - start)

    async def read(self) -> bytes:
        return await asyncio.to_thread(self._file.read, self._start, self.size)


class _Held:
    """Bytes in memory."""

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def part(self, start: int, end: int) -> "_Held":
        return self if (start, end) == (0, self.size) else _Held(self._data[start:end])

    async def read(self) -> bytes:
        return self._data


class Body:
    """A whole body, read as often as need be; its digests are known."""

    __slots__ = ("_digests", "_parts", "held", "size")

    def __init__(
        self, parts: Sequence[_Range | _Held], digests: tuple[bytes, bytes] | None, *, held: bytes | None = None
    ):
        self._parts = parts
        self._digests = digests
        self.held = held
        """All of it, where it is in memory."""
        self.size = sum(part.size for part in parts)

    @classmethod
    def of(cls, data: bytes) -> "Body":
        """Give a body in memory."""
        return cls((_Held(data),), None, held=data)

    @property
    def sha256(self) -> bytes:
        """By which it is signed and logged."""
        return sha256(self.held).digest() if self.held is not None else self._known[0]

    @property
    def sha512(self) -> bytes:
        """By which X-Road's clients know it."""
        return sha512(self.held).digest() if self.held is not None else self._known[1]

    @property
    def _known(self) -> tuple[bytes, bytes]:
        assert self._digests is not None
        return self._digests

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give it piece by piece."""
        for part in self._parts:
            for start in range(0, part.size, PIECE_BYTES):
                yield await part.part(start, min(part.size, start + PIECE_BYTES)).read()

    async def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Give bytes of it at once: the caller answers for how many."""
        stop = self.size if end is None else end
        if self.held is not None:
            return self.held if (start, stop) == (0, self.size) else self.held[start:stop]
        return b"".join([await part.read() for part in self._cut(start, stop)])

    async def replaced(self, start: int, end: int, by: "Body") -> "Body":
        """Give this body with another in one place; digested anew, nothing of a file is copied."""
        if self.held is not None and by.held is not None:
            return Body.of(self.held[:start] + by.held + self.held[end:])
        parts = (*self._cut(0, start), *by._parts, *self._cut(end, self.size))
        digests = (sha256(), sha512())
        async for piece in Body(parts, None).pieces():
            await asyncio.to_thread(_digest, digests, piece)
        return Body(parts, (digests[0].digest(), digests[1].digest()))

    def _cut(self, start: int, end: int) -> Iterator[_Range | _Held]:
        at = 0
        for part in self._parts:
            first, last = max(start - at, 0), min(end - at, part.size)
            if first < last:
                yield part.part(first, last)
            at += part.size


def _digest(digests: "tuple[_Digest, _Digest]", piece: bytes) -> None:
    for digest in digests:
        digest.update(piece)


def _no_room(reason: str) -> NoRoomForBody:
    return NoRoomForBody(
        what=f"A body of this size finds no place to lie while it is carried: {reason}.",
        where="spool",
        hint="Try again after a while; the operator sees to the disk of SACBE_HOME.",
    )
