"""One HTTP/1.1 connection: a request out, the whole reply in, nothing read past the limits.

A reply is kept in memory, or handed piece by piece to an intake, and then the other side waits while a
piece is put away. Written on asyncio and llhttp (httptools) alone, because a call through the bus must cost
little: see docs/decisions/0042. It knows nothing of addresses; `transport_http` decides
where it may connect. One request is under way at a time.
"""

import asyncio
import re
import time
import zlib
from dataclasses import dataclass
from typing import cast

import httptools

from sacbe_adapters.spool import PIECE_BYTES, Body, BodyTooLarge, Intake
from sacbe_adapters.transport import HttpReply, PassedReply

STATUS_MAX = 599
"""The highest status that HTTP knows (RFC 9110, section 15)."""

HEAD_BYTES_MAX = 64 * 1024
"""A longer status line with headers, chunk head or trailer is not read to its end."""

IDLE_SECONDS_MAX = 4.0
"""Most servers close an idle connection after 5 s; a request must not meet one that is just closing."""

_KEEP_ALIVE_SECONDS = re.compile(r"timeout=(\d{1,5})")
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class ConnectionCut(Exception):
    """The connection ended before the reply did."""


class ReplyNotHttp(Exception):
    """What came back is not an HTTP/1.1 reply, or one that cannot be unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a reply is taken in. `has_body` is false for HEAD, whose replies never carry one; a reply to a
    request that is passed on goes to an intake, and keeps its coding."""

    has_body: bool
    bytes_max: int
    deadline: float
    is_passed_on: bool = False


class Connection(asyncio.Protocol):
    """An open connection; `ask` and `pass_on` may be called again while `is_reusable`."""

    def __init__(self) -> None:
        self.is_reusable = False
        self._news = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._fresh_until = 0.0
        self._is_paused = False
        self._waiting: asyncio.Future[HttpReply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio)."""
        self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()

    async def ask(self, request: bytes, asking: Asking) -> HttpReply:
        """Send one request and give the whole reply.

        Raises ConnectionCut, ReplyNotHttp, BodyTooLarge, and TimeoutError at the deadline.
        """
        waiting = self._begin(asking)
        self._transport.write(request)
        timer = self._loop.call_later(asking.deadline - time.monotonic(), self._fail, TimeoutError())
        try:
            return await waiting
        finally:
            timer.cancel()
            self._end()

    async def pass_on(self, head: bytes, body: Body | None, asking: Asking, intake: Intake) -> PassedReply:
        """Send another's request, its body piece by piece, and take the reply in so, with its coding.

        A reply that comes before all of the request is sent is the reply. Raises what `ask` does, and NoRoomForBody.
        """
        waiting = self._begin(asking)
        timer = self._loop.call_later(asking.deadline - time.monotonic(), self._fail, TimeoutError())
        whole = b"" if body is None else body.held
        self._transport.write(head if whole is None else head + whole)
        sending = self._loop.create_task(self._send(body)) if body is not None and whole is None else None
        try:
            await self._take_in(intake, waiting)
            reply = await waiting
            self.is_reusable = self.is_reusable and (sending is None or sending.done())
            return PassedReply(status=reply.status, pairs=tuple(self._pairs), body=await intake.done())
        finally:
            timer.cancel()
            if sending is not None:
                sending.cancel()
            self._end()

    def _begin(self, asking: Asking) -> "asyncio.Future[HttpReply]":
        """Make ready for one reply; raises ConnectionCut."""
        self._parser = httptools.HttpResponseParser(self)
        self._asking = asking
        self._headers: dict[str, str] = {}
        self._pairs: list[tuple[str, str]] = []
        self._chunks: list[bytes] = []
        self._body_bytes = self._bodiless_bytes = self._waiting_bytes = 0
        self._is_head_read = self._is_spoiled = self.is_reusable = False
        if self._transport.is_closing():
            raise ConnectionCut
        self._news.clear()
        self._waiting = self._loop.create_future()
        return self._waiting

    def _end(self) -> None:
        """Let go of what was waited for, and of a connection that can serve no other request."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.done() and not waiting.cancelled():
            waiting.exception()  # looked at, though whoever waited may have failed in another way
        if not self.is_reusable:
            self._transport.abort()

    async def _send(self, body: Body) -> None:
        try:
            async for piece in body.pieces():
                await self._may_write.wait()
                self._transport.write(piece)
        except OSError as error:
            self._fail(error)

    async def _take_in(self, intake: Intake, waiting: "asyncio.Future[HttpReply]") -> None:
        """Put the reply away as it comes, until it is whole or has failed."""
        while self._chunks or not waiting.done():
            if not self._chunks:
                await self._news.wait()
                self._news.clear()
            chunks, self._chunks, self._waiting_bytes = self._chunks, [], 0
            for chunk in chunks:
                await intake.add(chunk)
            self._resume_reading()

    def _resume_reading(self) -> None:
        if self._is_paused and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """Let the sender wait: what was written has not gone out yet (asyncio)."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """Let the sender go on (asyncio)."""
        self._may_write.set()

    def is_fresh(self) -> bool:
        """Say whether another request may be sent: still open, and not idle for too long."""
        return not self._transport.is_closing() and time.monotonic() < self._fresh_until

    def close(self) -> None:
        """Close without waiting."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Feed the parser (asyncio)."""
        if self._waiting is None or self._waiting.done():
            self.is_reusable = False
            self._transport.abort()
            return
        self._bodiless_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(ReplyNotHttp())
        if self._bodiless_bytes > HEAD_BYTES_MAX:
            self._fail(ReplyNotHttp())

    def connection_lost(self, exc: Exception | None) -> None:
        """End the reply that lasts until the connection closes, or fail the one under way (asyncio)."""
        self.is_reusable = False
        self._may_write.set()
        if self._waiting is None or self._waiting.done():
            return
        lasts_until_closed = self._is_head_read and not self._headers.keys() & {"content-length", "transfer-encoding"}
        if exc is None and lasts_until_closed:
            self._finish()
        else:
            self._fail(ConnectionCut())

    def on_message_begin(self) -> None:
        """A second reply to one request ends the connection and touches nothing of the first (llhttp)."""
        if self._waiting is None or self._waiting.done():
            self._is_spoiled = True
            self._headers, self._pairs = {}, []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; repeated ones are joined (RFC 9110, section 5.2) (llhttp)."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text
        self._pairs.append((key, text))

    def on_headers_complete(self) -> None:
        """Refuse at once what announces to be too large, or has a status that is none (llhttp)."""
        if self._parser.get_status_code() < 200:
            return
        if self._parser.get_status_code() > STATUS_MAX:
            self._fail(ReplyNotHttp())
        self._is_head_read = True
        announced = self._headers.get("content-length", "")
        if self._asking.has_body and announced.isdecimal() and int(announced) > self._asking.bytes_max:
            self._fail(BodyTooLarge())
        if not self._asking.has_body:
            self._finish()

    def on_body(self, body: bytes) -> None:
        """Count and keep a piece of the body (llhttp)."""
        self._body_bytes += len(body)
        self._bodiless_bytes = 0
        if self._body_bytes > self._asking.bytes_max:
            self._fail(BodyTooLarge())
        else:
            self._chunks.append(body)
            if self._asking.is_passed_on:
                self._tell(len(body))

    def on_message_complete(self) -> None:
        """End the reply; an interim one (1xx) is passed over (llhttp)."""
        if not self._is_head_read:
            self._headers, self._pairs = {}, []
            return
        self.is_reusable = self._asking.has_body and self._parser.should_keep_alive() and not self._is_spoiled
        self._finish()

    def _tell(self, count: int) -> None:
        """Wake whoever takes the reply in, and let the other side wait while too much is not put away."""
        self._news.set()
        self._waiting_bytes += count
        if self._waiting_bytes > PIECE_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def _finish(self) -> None:
        if self._waiting is None or self._waiting.done():
            return
        try:
            body = b"" if self._asking.is_passed_on else self._unpacked(self._packed())
        except (BodyTooLarge, ReplyNotHttp) as error:
            self._fail(error)
            return
        self._fresh_until = time.monotonic() + _idle_seconds(self._headers.get("keep-alive", ""))
        self._waiting.set_result(HttpReply(status=self._parser.get_status_code(), headers=self._headers, body=body))
        self._news.set()

    def _fail(self, error: Exception) -> None:
        self.is_reusable, self._is_spoiled = False, True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
            self._news.set()

    def _packed(self) -> bytes:
        """Give all that came, and hold it no longer: a kept connection holds nothing of a reply."""
        packed, self._chunks = b"".join(self._chunks), []
        return packed

    def _unpacked(self, body: bytes) -> bytes:
        coding = self._headers.get("content-encoding", "identity").strip().lower()
        if coding == "identity" or not body:
            return body
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise ReplyNotHttp
        return _inflated(body, self._asking.bytes_max)


def _inflated(body: bytes, bytes_max: int) -> bytes:
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = inflate.decompress(body, bytes_max + 1)
    except zlib.error as error:
        raise ReplyNotHttp from error
    if len(plain) > bytes_max:
        raise BodyTooLarge
    if not inflate.eof or inflate.unused_data:
        raise ReplyNotHttp
    return plain


def _idle_seconds(keep_alive: str) -> float:
    """Stay a second below what the server says that it waits."""
    told = _KEEP_ALIVE_SECONDS.search(keep_alive) if keep_alive else None
    return min(IDLE_SECONDS_MAX, int(told[1]) - 1.0) if told else IDLE_SECONDS_MAX
