"""One time for each of many keys, in memory that all processes of a node share.

Made before the servers are forked, so that a client has one limit however its connections fall on
the processes, and whatever happens to the database. There is no lock: two processes that write the
same key at once may lose one of the two times, which lets one request pass too many.

The memory never grows. Each key may lie in a few places; a new one takes the place with the
earliest time, so that what is forgotten first is over longest.
"""

import mmap
import secrets
from hashlib import blake2b

PLACES = 65_536
"""How many keys are known at once, a megabyte in all: every client, and many addresses."""

PLACES_OF_A_KEY = 8
"""In how many places one key may lie."""

_PLACE_BYTES = 16
"""A key's digest, and its time."""


class SharedTimes:
    """Times by key; a key that is not known has the time 0."""

    def __init__(self, places: int = PLACES) -> None:
        memory = memoryview(mmap.mmap(-1, places * _PLACE_BYTES))
        self._secret = secrets.token_bytes(16)  # so that nobody can choose keys that push another's out
        self._digests, self._times = memory[: places * 8].cast("Q"), memory[places * 8 :].cast("d")
        self._groups = places // PLACES_OF_A_KEY

    def get(self, key: bytes) -> float:
        """Give the time of a key."""
        digest, places = self._places(key)
        return next((self._times[place] for place in places if self._digests[place] == digest), 0.0)

    def set(self, key: bytes, time: float) -> None:
        """Keep a time for a key."""
        digest, places = self._places(key)
        known = next((place for place in places if self._digests[place] == digest), None)
        place = min(places, key=self._times.__getitem__) if known is None else known
        if known is None:
            self._digests[place] = 0  # nobody is to read the time that is there now as this key's
        self._times[place] = time
        self._digests[place] = digest

    def _places(self, key: bytes) -> tuple[int, range]:
        digest = int.from_bytes(blake2b(key, digest_size=8, key=self._secret).digest(), "little") or 1
        first = digest % self._groups * PLACES_OF_A_KEY
        return digest, range(first, first + PLACES_OF_A_KEY)
