"""One kind of happening, told to everybody in this process who follows it.

Each follower has a line of her own, which is bounded: one that reads too slowly is let go with an
error, and costs the others and the process's memory nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from sacbe_terms.errors import SubscriptionNotKept

WAITING_MAX = 256
"""How many happenings wait for one follower."""

T = TypeVar("T")


class Following(Generic[T]):
    """What one follower has not read yet. It ends with the feed, and must be left by `leave`."""

    def __init__(self, wanted: Callable[[T], bool], leave: Callable[["Following[T]"], None]) -> None:
        self._wanted = wanted
        self._leave = leave
        self._waiting: deque[T] = deque()
        self._arrived = asyncio.Event()
        self._is_too_slow = self._has_ended = False

    def tell(self, happening: T) -> None:
        """Put a happening into the line, if it is wanted."""
        if self._is_too_slow or not self._wanted(happening):
            return
        if len(self._waiting) >= WAITING_MAX:
            self._is_too_slow = True
            self._waiting.clear()
        else:
            self._waiting.append(happening)
        self._arrived.set()

    def end(self) -> None:
        """Let the follower read what waits, and nothing more."""
        self._has_ended = True
        self._arrived.set()

    def leave(self) -> None:
        """Stop following."""
        self._leave(self)

    async def happenings(self) -> AsyncIterator[T]:
        """Give one after another, waiting for the next; raises SubscriptionNotKept where too many waited."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._is_too_slow:
                raise SubscriptionNotKept(
                    what=f"More than {WAITING_MAX} answers waited to be read, so the subscription was ended.",
                    hint="Read faster or ask for less, and read anew what may have been missed.",
                )
            if self._has_ended:
                return
            self._arrived.clear()
            await self._arrived.wait()


class Feed(Generic[T]):
    """Tells every follower."""

    def __init__(self) -> None:
        self._followers: set[Following[T]] = set()
        self._has_ended = False

    @property
    def followers(self) -> int:
        """How many follow at this moment."""
        return len(self._followers)

    def tell(self, happening: T) -> None:
        """Tell everybody who wants to know; returns at once."""
        for follower in self._followers:
            follower.tell(happening)

    def follow(self, wanted: Callable[[T], bool]) -> Following[T]:
        """Follow from now on."""
        following = Following[T](wanted, self._followers.discard)
        if self._has_ended:
            following.end()
        else:
            self._followers.add(following)
        return following

    def end(self) -> None:
        """End for everybody, now and later: the process stops."""
        self._has_ended = True
        for follower in self._followers:
            follower.end()
