"""Illnesses of the connection and of HTTP itself: cut, silent, dripping, endless, or no HTTP at all."""

import gzip
import itertools
import time
import zlib
from collections.abc import Iterable, Iterator

from sacbe_adapters.conformance.illness import PRIVATE, Illness, Leaves, reply
from sacbe_terms.errors import (
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyNotReadable,
    ReplyTooLarge,
)

DRIP_SECONDS = 0.05
"""How long a dripping system waits before each byte."""
ENDLESS_BYTES = 4 * 1024 * 1024
"""What counts as endless: more than any limit that the suite sets."""

_HEAD = f"HTTP/1.1 200 OK\r\nServer: {PRIVATE}/2.4\r\n".encode()
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_SWITCHING = b"HTTP/1.1 101 No\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
_PIECE = b"x" * 65536


def _dripped(start: bytes, piece: bytes) -> Iterator[bytes]:
    yield start
    while True:
        time.sleep(DRIP_SECONDS)
        yield piece


def _endless(start: bytes, piece: bytes) -> Iterable[bytes]:
    return itertools.chain([start], itertools.repeat(piece, ENDLESS_BYTES // len(piece)))


def _packed(body: bytes, coding: str) -> bytes:
    return reply(body, kind="text/xml", more=f"Content-Encoding: {coding}\r\n")


CUT = (
    Illness(name="closed-at-once", says=lambda _: [], error=LegacySystemUnreachable),
    Illness(name="reset-at-once", says=lambda _: [], error=LegacySystemUnreachable, leaves=Leaves.RESETTING),
    Illness(name="cut-in-the-status-line", says=lambda _: [b"HTTP/1.1 20"], error=LegacySystemUnreachable),
    Illness(name="cut-in-a-header", says=lambda _: [_HEAD + b"Content-Ty"], error=LegacySystemUnreachable),
    Illness(name="truncated", says=lambda kind: [reply(b"{", kind=kind, length=1000)], error=LegacySystemUnreachable),
    Illness(
        name="reset-in-the-body",
        says=lambda kind: [reply(b"<a>", kind=kind, length=1000)],
        error=LegacySystemUnreachable,
        leaves=Leaves.RESETTING,
    ),
    Illness(name="cut-in-a-chunk", says=lambda _: [_CHUNKED + b"64\r\n<a>"], error=LegacySystemUnreachable),
    Illness(name="no-last-chunk", says=lambda _: [_CHUNKED + b"3\r\n<a>\r\n"], error=LegacySystemUnreachable),
    Illness(name="cut-while-packed", says=lambda _: [_packed(gzip.compress(b"x" * 999)[:-9], "gzip")],
            error=ReplyNotReadable),
    Illness(name="only-an-interim-reply", says=lambda _: [b"HTTP/1.1 103 Early Hints\r\n\r\n"],
            error=LegacySystemUnreachable),
)  # fmt: skip
"""The connection ends before the reply does."""

SLOW = (
    Illness(name="silent", says=lambda _: [], error=LegacySystemSilent, leaves=Leaves.NEVER),
    Illness(name="silent-after-the-head", says=lambda _: [_HEAD + b"Content-Length: 9\r\n\r\n"],
            error=LegacySystemSilent, leaves=Leaves.NEVER),
    Illness(name="silent-in-the-body", says=lambda kind: [reply(b"<a>", kind=kind, length=1000)],
            error=LegacySystemSilent, leaves=Leaves.NEVER),
    Illness(name="silent-after-a-chunk", says=lambda _: [_CHUNKED + b"3\r\n<a>\r\n"],
            error=LegacySystemSilent, leaves=Leaves.NEVER),
    Illness(name="dripping-head", says=lambda _: _dripped(_HEAD + b"X-Slow: ", b"x"), error=LegacySystemSilent),
    Illness(name="dripping", says=lambda kind: _dripped(reply(b"", kind=kind, length=10_000), b" "),
            error=LegacySystemSilent),
    Illness(name="dripping-chunks", says=lambda _: _dripped(_CHUNKED, b"1\r\n \r\n"), error=LegacySystemSilent),
    Illness(name="dripping-interim-replies", says=lambda _: _dripped(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
            error=LegacySystemSilent),
)  # fmt: skip
"""Nothing more comes, or next to nothing."""

ENDLESS = (
    Illness(name="endless-headers", says=lambda _: _endless(_HEAD, b"X-More: " + b"y" * 1024 + b"\r\n"),
            error=ReplyNotReadable),
    Illness(name="endless-header", says=lambda _: _endless(_HEAD + b"X-Long: ", _PIECE), error=ReplyNotReadable),
    Illness(name="endless-status-line", says=lambda _: _endless(b"HTTP/1.1 200 ", _PIECE), error=ReplyNotReadable),
    Illness(name="storm-of-interim-replies", says=lambda _: _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 99),
            error=ReplyNotReadable),
    Illness(name="endless-body", says=lambda _: _endless(_HEAD + b"\r\n", _PIECE), error=ReplyTooLarge),
    Illness(name="endless-chunks", says=lambda _: _endless(_CHUNKED, b"10000\r\n" + _PIECE + b"\r\n"),
            error=ReplyTooLarge),
    Illness(name="chunk-extensions-without-end", says=lambda _: _endless(_CHUNKED + b"1;", _PIECE),
            error=ReplyNotReadable),
    Illness(name="trailers-without-end", says=lambda _: _endless(_CHUNKED + b"0\r\n", b"X-T: " + _PIECE + b"\r\n"),
            error=ReplyNotReadable),
    Illness(name="oversized", says=lambda kind: [reply(b"x" * ENDLESS_BYTES, kind=kind)], error=ReplyTooLarge),
    Illness(name="announced-too-large", says=lambda kind: [reply(b"", kind=kind, length=10**12)],
            error=ReplyTooLarge),
    Illness(name="gzip-bomb", says=lambda _: [_packed(gzip.compress(b" " * ENDLESS_BYTES), "gzip")],
            error=ReplyTooLarge),
    Illness(name="deflate-bomb", says=lambda _: [_packed(zlib.compress(b" " * ENDLESS_BYTES), "deflate")],
            error=ReplyTooLarge),
)  # fmt: skip
"""More comes than anybody takes."""

NO_HTTP = (
    Illness(name="no-http", says=lambda _: [f"220 {PRIVATE}.example ESMTP\r\n".encode()], error=ReplyNotReadable),
    Illness(name="body-without-a-head", says=lambda _: [b"<html></html>\r\n\r\n"], error=ReplyNotReadable),
    Illness(name="http-2", says=lambda _: [b"\0\0\x12\x04\0\0\0\0\0" + b"\0" * 18], error=ReplyNotReadable),
    Illness(name="tls-alert", says=lambda _: [b"\x15\x03\x01\0\x02\x02\x28"], error=ReplyNotReadable),
    Illness(name="status-in-words", says=lambda _: [b"HTTP/1.1 banana OK\r\n\r\n"], error=ReplyNotReadable),
    Illness(name="status-of-four-digits", says=lambda _: [b"HTTP/1.1 2000 OK\r\n\r\n"], error=ReplyNotReadable),
    Illness(name="header-without-a-colon", says=lambda _: [_HEAD + b"secreto\r\n\r\n"], error=ReplyNotReadable),
    Illness(name="nul-in-a-header", says=lambda _: [_HEAD + b"X-A: secreto\0\r\n\r\n"], error=ReplyNotReadable),
    Illness(name="line-break-in-a-header", says=lambda _: [_HEAD + b"X-A: a\rContent-Length: 3\r\n\r\n<a>"],
            error=ReplyNotReadable),
    Illness(name="two-lengths", says=lambda _: [_HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
            error=ReplyNotReadable),
    Illness(name="length-below-zero", says=lambda kind: [reply(b"xx", kind=kind, length=-2)], error=ReplyNotReadable),
    Illness(name="length-in-words", says=lambda kind: [reply(b"xx", kind=kind, length="dos")], error=ReplyNotReadable),
    Illness(name="length-and-chunks", says=lambda _: [_HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n<a>"], error=ReplyNotReadable),
    Illness(name="chunk-size-in-words", says=lambda _: [_CHUNKED + b"zz\r\n"], error=ReplyNotReadable),
    Illness(name="chunk-size-beyond-64-bits", says=lambda _: [_CHUNKED + b"f" * 17 + b"\r\n"], error=ReplyNotReadable),
    Illness(name="chunk-longer-than-it-says", says=lambda _: [_CHUNKED + b"1\r\nxxxx\r\n0\r\n\r\n"],
            error=ReplyNotReadable),
    Illness(name="switching-protocols", says=lambda _: [_SWITCHING],
            error=ReplyNotReadable),
    Illness(name="said-to-be-packed", says=lambda _: [_packed(b"<secreto/>", "gzip")], error=ReplyNotReadable),
    Illness(name="packed-twice", says=lambda _: [_packed(gzip.compress(gzip.compress(b"<a/>")), "gzip, gzip")],
            error=ReplyNotReadable),
    Illness(name="packed-in-an-unknown-way", says=lambda _: [_packed(b"x", PRIVATE)], error=ReplyNotReadable),
)  # fmt: skip
"""What comes is not HTTP/1.1, or holds it in a way that two programs could read differently."""
