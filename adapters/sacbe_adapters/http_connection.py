"""One HTTP/1.1 connection: a request out, the whole reply in, nothing read past the limits.

Written on asyncio and llhttp (httptools) alone, because a call through the bus must cost
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

from sacbe_adapters.transport import HttpReply

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


class BodyTooLarge(Exception):
    """The body is larger than the caller takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a reply is taken in. `has_body` is false for HEAD, whose replies never carry one; a reply to a
    request that is passed on keeps its headers one by one, and its coding."""

    has_body: bool
    bytes_max: int
    deadline: float
    is_passed_on: bool = False


class Connection(asyncio.Protocol):
    """An open connection; `ask` may be called again while `is_reusable`."""

    def __init__(self) -> None:
        self.is_reusable = False
        self._fresh_until = 0.0
        self._waiting: asyncio.Future[HttpReply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio)."""
        self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()

    async def ask(self, request: bytes, asking: Asking) -> HttpReply:
        """Send one request and give the whole reply.

        Raises ConnectionCut, ReplyNotHttp, BodyTooLarge, and TimeoutError at the deadline.
        """
        self._parser = httptools.HttpResponseParser(self)
        self._asking = asking
        self._headers: dict[str, str] = {}
        self._pairs: list[tuple[str, str]] = []
        self._chunks: list[bytes] = []
        self._body_bytes = self._bodiless_bytes = 0
        self._is_head_read = self._is_spoiled = self.is_reusable = False
        self._waiting = self._loop.create_future()
        if self._transport.is_closing():
            raise ConnectionCut
        self._transport.write(request)
        timer = self._loop.call_later(asking.deadline - time.monotonic(), self._fail, TimeoutError())
        try:
            return await self._waiting
        finally:
            timer.cancel()
            self._waiting = None
            if not self.is_reusable:
                self._transport.abort()

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
        """Refuse at once what announces to be too large (llhttp)."""
        if self._parser.get_status_code() < 200:
            return
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

    def on_message_complete(self) -> None:
        """End the reply; an interim one (1xx) is passed over (llhttp)."""
        if not self._is_head_read:
            self._headers, self._pairs = {}, []
            return
        self.is_reusable = self._asking.has_body and self._parser.should_keep_alive() and not self._is_spoiled
        self._finish()

    def _finish(self) -> None:
        if self._waiting is None or self._waiting.done():
            return
        try:
            packed, self._chunks = b"".join(self._chunks), []  # a kept connection holds nothing of a reply
            body = self._unpacked(packed)
        except (BodyTooLarge, ReplyNotHttp) as error:
            self._fail(error)
            return
        self._fresh_until = time.monotonic() + _idle_seconds(self._headers.get("keep-alive", ""))
        pairs = self._pairs if self._asking.is_passed_on else ()
        reply = HttpReply(status=self._parser.get_status_code(), headers=self._headers, body=body, pairs=pairs)
        self._waiting.set_result(reply)

    def _fail(self, error: Exception) -> None:
        self.is_reusable, self._is_spoiled = False, True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)

    def _unpacked(self, body: bytes) -> bytes:
        coding = self._headers.get("content-encoding", "identity").strip().lower()
        if coding == "identity" or not body or self._asking.is_passed_on:
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
