"""Answers made smaller on their way: gzip, where the client takes it and nothing secret is in the answer.

The length of a compressed text tells what repeats in it. Where a secret stands beside words that a
stranger chose, she can find it out letter by letter from lengths alone (BREACH). So only answers to
callers without a token are compressed: they hold nothing that not everybody may read
(`docs/decisions/0194-what-may-be-kept-and-compressed.md`).
"""

import asyncio
import hashlib
import zlib

from sacbe_graphql.kept import Kept

COMPRESSED_BYTES_MIN = 1_400
"""A smaller answer fits into one packet anyway."""

IN_THREAD_BYTES_MIN = 32_768
"""A larger one (half a millisecond) is compressed beside the event loop, and kept for others who ask the same."""

KEPT_BYTES_MAX = 16 * 1024 * 1024
"""Of compressed answers together."""

LEVEL = 4
"""Of zlib: on catalogue records 98 % of what the highest level saves, for a quarter of its time."""

_GZIP = 16 + zlib.MAX_WBITS


class Compression:
    """Compresses for one process, one large answer at a time."""

    def __init__(self) -> None:
        self._kept = Kept[bytes](KEPT_BYTES_MAX)
        self._turn = asyncio.Lock()

    async def smaller(self, body: bytes) -> bytes:
        """Give the body in gzip's form (RFC 1952); the same bytes for the same body."""
        if len(body) < IN_THREAD_BYTES_MIN:
            return _gzipped(body)
        digest = hashlib.sha256(body).digest()
        async with self._turn:
            found = self._kept.find(digest)
            if found is None:
                found = await asyncio.to_thread(_gzipped, body)
                self._kept.keep(digest, found, weight=len(found))
        return found


def _gzipped(body: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    return compressor.compress(body) + compressor.flush()
