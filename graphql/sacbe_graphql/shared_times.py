"""One time for each of many keys, in memory that all processes of a node share.

Made before the servers are forked, so that a client has one limit however its connections fall on
the processes, and whatever happens to the database. There is no lock: two processes that write the
same key at once may lose one of the two times, which lets one request pass too many.

The memory never grows. Each key may lie in a few places; a new one takes the place with the
earliest time, so that what is forgotten first is over longest.
"""

import mmap
import secrets
from functools import lru_cache
from hashlib import blake2b

PLACES = 65_536
"""How many keys are known at once, a megabyte in all: every client, and many addresses."""

PLACES_OF_A_KEY = 8
"""In how many places one key may lie."""

DIGESTS_KEPT = 8_192
"""Of the keys that were used last."""

_PLACE_BYTES = 16
"""A key's digest, and its time."""


class SharedTimes:
    """Times by key; a key that is not known has the time 0."""

    def __init__(self, places: int = PLACES) -> None:
        memory = memoryview(mmap.mmap(-1, places * _PLACE_BYTES))
        self._secret = secrets.token_bytes(16)  # so that nobody can choose keys that push another's out
        self._digests, self._times = memory[: places * 8].cast("Q"), memory[places * 8 :].cast("d")
        self._groups = places // PLACES_OF_A_KEY
        self._digest = lru_cache(DIGESTS_KEPT)(self._digest_of)

    def get(self, key: bytes) -> float:
        """Give the time of a key."""
        place = self._place(self._digest(key))
        return 0.0 if place is None else self._times[place]

    def set(self, key: bytes, time: float) -> None:
        """Keep a time for a key."""
        digest = self._digest(key)
        place = self._place(digest)
        if place is None:
            place = min(self._places(digest), key=self._times.__getitem__)
            self._digests[place] = 0  # nobody is to read the time that is there now as this key's
        self._times[place] = time
        self._digests[place] = digest

    def _place(self, digest: int) -> int | None:
        for place in self._places(digest):
            if self._digests[place] == digest:
                return place
        return None

    def _places(self, digest: int) -> range:
        first = digest % self._groups * PLACES_OF_A_KEY
        return range(first, first + PLACES_OF_A_KEY)

    def _digest_of(self, key: bytes) -> int:
        return int.from_bytes(blake2b(key, digest_size=8, key=self._secret).digest(), "little") or 1
