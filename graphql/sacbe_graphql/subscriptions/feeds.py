"""Everything that one process can tell subscribers, and where it hears of it.

The catalogue's changes come from the database, whichever process made them; a client's exchanges are
read from the records of all processes. Which systems rest, each process finds out for itself
(`docs/decisions/0120-what-stands-before-ill-systems-is-per-process.md`).
"""

import time
from collections.abc import AsyncIterator, Collection

from sacbe_catalog import changes
from sacbe_catalog.changes import Kind, ServiceChange
from sacbe_graphql.subscriptions.feed import Feed
from sacbe_graphql.subscriptions.health import Health, HealthWatch
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.own_exchanges import OwnExchange


class Feeds:
    """Of one process; made before its bus starts."""

    def __init__(self, bus: Bus) -> None:
        self._services = Feed[ServiceChange]()
        self._exchanges = Feed[OwnExchange]()
        self._reader = bus.own_exchanges(self._exchanges.tell)
        self._health = HealthWatch()
        bus.hear(changes.CHANNEL, self._hear)
        bus.on_change(self._health.follow)
        bus.resilience.on_turn(self._health.turn)

    @property
    def followers(self) -> int:
        """How many subscriptions are followed at this moment."""
        return sum(feed.followers for feed in (self._services, self._exchanges, self._health.feed))

    async def services(
        self, identifiers: Collection[str] | None, institution: str | None
    ) -> AsyncIterator[ServiceChange]:
        """Follow changes of public services: these ones, or those of an institution, or all."""

        def wanted(change: ServiceChange) -> bool:
            is_named = identifiers is None or change.identifier in identifiers
            return change.kind is Kind.MANY or (
                is_named and (institution is None or institution in change.institutions)
            )

        following = self._services.follow(wanted)
        try:
            async for change in following.happenings():
                yield change
        finally:
            following.leave()

    async def health(self, identifiers: Collection[str] | None, provider: str | None) -> AsyncIterator[Health]:
        """Follow the health of data services: how each is now, then every turn."""

        def wanted(health: Health) -> bool:
            is_named = identifiers is None or str(health.data_service) in identifiers
            return is_named and (provider is None or str(health.data_service.subsystem) == provider)

        now = [health for health in self._health.now.values() if wanted(health)]
        following = self._health.feed.follow(wanted)
        try:
            for health in now:
                yield health
            async for health in following.happenings():
                yield health
        finally:
            following.leave()

    async def exchanges(self, consumer: SubsystemId, service: str | None) -> AsyncIterator[OwnExchange]:
        """Follow a client's own exchanges, whichever process and door they went through."""
        began = time.monotonic()

        def wanted(exchange: OwnExchange) -> bool:
            is_own = exchange.consumer == str(consumer) and exchange.recorded >= began
            return is_own and service in (None, exchange.data_service)

        self._reader.follow(str(consumer))
        following = self._exchanges.follow(wanted)
        try:
            async for exchange in following.happenings():
                yield exchange
        finally:
            following.leave()
            self._reader.leave(str(consumer))

    async def end(self) -> None:
        """End everything that is followed, and stop reading."""
        for feed in (self._services, self._exchanges, self._health.feed):
            feed.end()
        await self._reader.stop()

    def _hear(self, told: str | None) -> None:
        for change in (changes.MANY,) if told is None else changes.read(told):
            self._services.tell(change)
