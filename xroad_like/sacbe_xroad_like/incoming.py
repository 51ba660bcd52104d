"""A request's body on its way in: taken when it is wanted and not before, at a pace, within a limit.

Whoever sends a body too slowly is told so and let go: the time that a body may take grows with what has
come of it. A body that nobody wanted is not read; what of it is on its way is thrown away for a moment, so
that the answer reaches a client that is still sending (RFC 9112, section 9.6).
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from sacbe_adapters.spool import Body, BodyTooLarge, Intake, Spool
from sacbe_terms.errors import MessageTooLarge, RequestNotReadable
from sacbe_xroad_like.wire.error_body import Headers
from sacbe_xroad_like.wire.soap_part import Finder, SoapPart

GRACE_SECONDS = 30.0
"""How long a body may take to come or to go, before its size counts."""

PACE_BYTES_PER_SECOND = 64 * 1024
"""So much of it must have passed for each further second."""

UNWANTED_SECONDS_MAX = 10.0
"""How long the rest of a body that nobody wanted is thrown away, while it comes."""

UNWANTED_BYTES_MAX = 64 * 1024 * 1024
"""How much of it: as much as a message may have, for clients that read no answer before all is sent."""

QUIET_SECONDS_MAX = 1.0
"""How long the next piece of it is waited for."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGone(Exception):
    """Nobody is left to answer."""


class Pace:
    """Until when the next piece of a body must have passed."""

    def __init__(self) -> None:
        self._since = asyncio.get_running_loop().time()
        self.bytes = 0

    @property
    def until(self) -> float:
        """By the loop's clock."""
        return self._since + GRACE_SECONDS + self.bytes / PACE_BYTES_PER_SECOND


class Incoming:
    """One request's body. `is_whole` when nothing of it is left to come.

    What takes it in raises MessageTooLarge, RequestNotReadable (too slow), NoRoomForBody and ClientGone.
    """

    def __init__(self, headers: Headers, receive: Receive, spool: Spool, *, bytes_max: int) -> None:
        given = dict(headers)
        self._receive = receive
        self._intake: Intake = spool.intake(bytes_max)
        self._bytes_max = bytes_max
        self._announced = given.get("content-length", "")
        self._has_body = bool(self._announced) or "transfer-encoding" in given
        self._waits_for_leave = given.get("expect", "").lower() == "100-continue"
        self._pace: Pace | None = None
        self.is_whole = not self._has_body or self._announced == "0"

    async def whole(self) -> Body | None:
        """Take the body in, None if the request has none."""
        while not self.is_whole:
            await self._next()
        return await self._intake.done() if self._has_body else None

    async def message(self, finder: Finder) -> SoapPart:
        """Take in no more than the SOAP message, and say where it stands; raises what the finder does too."""
        while not self.is_whole and finder.found is None:
            finder.feed(await self._next())
        return finder.found or finder.end()

    async def read(self, part: SoapPart) -> bytes:
        """Give the message, which has come."""
        return await self._intake.read(part.start, part.end)

    async def rest(self, finder: Finder) -> Body:
        """Take in what comes behind the message, and give the whole body; raises what the finder does too."""
        while not self.is_whole:
            finder.feed(await self._next())
        finder.end()
        return await self._intake.done()

    async def throw_away(self) -> None:
        """Let go of a body that nobody wants, for as long and as much as is reasonable."""
        if self._waits_for_leave and self._pace is None:
            return
        loop, seen = asyncio.get_running_loop(), 0
        until = loop.time() + UNWANTED_SECONDS_MAX
        while not self.is_whole and seen < UNWANTED_BYTES_MAX:
            try:
                async with asyncio.timeout_at(min(until, loop.time() + QUIET_SECONDS_MAX)):
                    message = await self._receive()
            except TimeoutError:
                return
            seen += len(message.get("body", b""))
            self.is_whole = not message.get("more_body")

    async def _next(self) -> bytes:
        """Take the next piece in."""
        if self._announced.isdecimal() and int(self._announced) > self._bytes_max:
            raise self._too_large()
        self._pace = self._pace or Pace()
        try:
            async with asyncio.timeout_at(self._pace.until):
                message = await self._receive()
        except TimeoutError as error:
            raise _too_slow(self._pace.bytes) from error
        if message["type"] != "http.request":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        self._pace.bytes += len(piece)
        self.is_whole = not message.get("more_body")
        try:
            await self._intake.add(piece)
        except BodyTooLarge as error:
            raise self._too_large() from error
        return piece

    def _too_large(self) -> MessageTooLarge:
        return MessageTooLarge(
            what=f"The message is larger than {self._bytes_max} bytes.",
            where="body",
            hint="Send it in parts, or ask for less at once.",
        )


def _too_slow(so_far: int) -> RequestNotReadable:
    return RequestNotReadable(
        what=f"The body came too slowly: {so_far} bytes so far.",
        where="body",
        hint=f"Send at least {PACE_BYTES_PER_SECOND} bytes a second.",
    )
