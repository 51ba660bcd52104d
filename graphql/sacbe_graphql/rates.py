"""How much one caller may ask in a time, so that none takes a node from the others.

GCRA, the generic cell rate algorithm (ITU-T I.371, annex A), with one time per caller: that at which
all she asked for will have been paid back. A request counts as one, and as more by what it costs us:
a document that is not known yet by its length, variables by their number, an operation by its cost.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil

from sacbe_graphql.shared_times import SharedTimes
from sacbe_terms.errors import RateExceeded

ADDRESSES_KEPT = 8_192
"""Of those that asked last, read as numbers."""

_ROUNDING_SECONDS = 1e-9

TOKENS_PER_REQUEST = 10
"""Reading and validating ten tokens takes at most 0.6 ms, four times `{ __typename }`."""

CHARACTERS_PER_REQUEST = 1_000
VARIABLES_PER_REQUEST = 50
COST_PER_REQUEST = 100
BODY_BYTES_PER_REQUEST = 20_000
"""Of what must be decoded before anything else is known; a smaller body is part of its request."""

TYPES_PER_REQUEST = 25
"""Of the schema, where introspection asks for it: the answer grows with their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many requests a second in the long run, and so many at once after a rest."""

    name: str
    """Which limit it is, for the message of the refusal."""
    per_second: float
    burst: float


def due(paid: float, now: float, requests: float, rate: Rate) -> tuple[float, float]:
    """Give when all will be paid back if these requests are let pass, and how long to wait before they can be."""
    new = max(paid, now) + requests / rate.per_second
    return new, max(0.0, new - now - rate.burst / rate.per_second - _ROUNDING_SECONDS)


@dataclass(slots=True)
class Allowance:
    """What one request takes of its caller's rate; without a rate everything is let pass."""

    rate: Rate | None = None
    times: SharedTimes | None = None
    key: bytes = b""
    clock: Callable[[], float] = time.monotonic
    taken: float = 0.0
    """As how many requests it has counted so far."""

    def take(self, requests: float) -> None:
        """Count so many requests more; raises RateExceeded, and then counts none.

        One request never counts as more than the burst, or it could never pass.
        """
        if self.rate is not None and self.times is not None and requests:
            self._count(min(requests, max(0.0, self.rate.burst - self.taken)), self.rate, self.times)
        self.taken += requests

    def _count(self, requests: float, rate: Rate, times: SharedTimes) -> None:
        new, wait = due(times.get(self.key), self.clock(), requests, rate)
        if wait > 0:
            again = wait + min(self.taken, rate.burst) / rate.per_second  # what was taken is to be taken once more
            raise RateExceeded(rate.name, per_second=rate.per_second, burst=rate.burst, seconds=ceil(again))
        times.set(self.key, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The rates of a node: one for whoever is known, one for each address of those who are not."""

    known: Rate | None = None
    anonymous: Rate | None = None
    times: SharedTimes = field(default_factory=SharedTimes)
    clock: Callable[[], float] = time.monotonic

    def of_known(self, name: str) -> Allowance:
        """Give the allowance of a client or user."""
        return Allowance(self.known, self.times, b"known " + name.encode(), self.clock)

    def of_address(self, address: str) -> Allowance:
        """Give the allowance of an address; a network of IPv6 that one customer has (RFC 6177) is one."""
        return Allowance(self.anonymous, self.times, b"address " + _network(address), self.clock)


@lru_cache(ADDRESSES_KEPT)
def _network(address: str) -> bytes:
    try:
        parsed = ip_address(address)
    except ValueError:  # a socket file, a test: all such callers are one
        return b""
    if isinstance(parsed, IPv6Address):
        return parsed.ipv4_mapped.packed if parsed.ipv4_mapped else parsed.packed[:8]
    return parsed.packed


def of_reading(tokens: int, characters: int) -> float:
    """Say as how many requests the reading of a document counts that is not known yet."""
    return tokens / TOKENS_PER_REQUEST + characters / CHARACTERS_PER_REQUEST


def of_body(size: int) -> int:
    """Say as how many requests a body of so many bytes counts, before it is decoded."""
    return size // BODY_BYTES_PER_REQUEST


def of_variables(values: int) -> float:
    """Say as how many requests variables count."""
    return values / VARIABLES_PER_REQUEST


def of_cost(cost: int) -> float:
    """Say as how many requests an operation of this cost counts."""
    return cost / COST_PER_REQUEST


def of_introspection(types: int) -> float:
    """Say as how many requests a question about a schema of so many types counts."""
    return types / TYPES_PER_REQUEST
