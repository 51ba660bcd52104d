"""How many connections and subscriptions there may be at once: of one client, and of all together."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sacbe_terms.errors import SubscriptionNotKept


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Every limit of what stays open, for one process, with its usual value."""

    connections_max: int = 2_000
    """WebSockets of everybody: one takes some 50 kB."""
    connections_each_max: int = 50
    """From one address."""
    subscriptions_max: int = 5_000
    subscriptions_each_max: int = 100
    """Of one client or person; without a token, of one address."""
    operations_max: int = 20
    """At once on one WebSocket."""
    init_seconds_max: float = 10.0
    """From the connection to `connection_init`."""
    idle_seconds_max: float = 300.0
    """For a WebSocket without any operation."""
    check_seconds: float = 10.0
    """How often it is looked at whether a token still holds, and a sign of life is given."""


class Places:
    """Counts those of one kind."""

    def __init__(self, name: str, *, all_max: int, each_max: int) -> None:
        self._name, self._all_max, self._each_max = name, all_max, each_max
        self._taken = Counter[str]()

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._taken.total()

    @contextmanager
    def one(self, client: str) -> Iterator[None]:
        """Take a place for as long as the block runs; raises SubscriptionNotKept."""
        for have, allowed, whose in (
            (self._taken[client], self._each_max, "you have"),
            (self.taken, self._all_max, "this node has"),
        ):
            if have >= allowed:
                raise SubscriptionNotKept(
                    what=f"{whose.capitalize()} {have} {self._name} open; at most {allowed} are allowed.",
                    hint="End one that is no longer needed, or try again later.",
                )
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]


class Open:
    """What is open in one process, and how much of it there may be."""

    def __init__(self, limits: StreamLimits | None = None) -> None:
        self.limits = limits or StreamLimits()
        self.connections = Places(
            "connections", all_max=self.limits.connections_max, each_max=self.limits.connections_each_max
        )
        self.subscriptions = Places(
            "subscriptions", all_max=self.limits.subscriptions_max, each_max=self.limits.subscriptions_each_max
        )
