"""How data services are: published or suspended, and which operations' systems rest, as far as this process knows."""

from collections.abc import Collection
from dataclasses import dataclass

from sacbe_catalog.data_services import State
from sacbe_graphql.subscriptions.feed import Feed
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Of one data service."""

    data_service: DataServiceId
    state: State | None
    """None for one that is neither published nor suspended any more."""
    resting: tuple[str, ...] = ()
    """Codes of operations that failed so often that their system is let rest."""


Healths = dict[DataServiceId, Health]


def of(registry: Registry, resting: Collection[str]) -> Healths:
    """Say how every data service is, by the printed names of operations that rest."""
    healths = {
        identifier: Health(
            data_service=identifier,
            state=State.PUBLISHED,
            resting=tuple(code for code, offered in service.operations.items() if offered.name in resting),
        )
        for identifier, service in registry.data_services.items()
    }
    suspended = {each: Health(data_service=each, state=State.SUSPENDED) for each in registry.suspended}
    return suspended | healths


def turns(before: Healths, after: Healths) -> list[Health]:
    """Give what is otherwise now; one that is gone has no state."""
    gone = [Health(data_service=each, state=None) for each in before.keys() - after.keys()]
    return [*gone, *(health for each, health in after.items() if before.get(each) != health)]


class HealthWatch:
    """Knows the health of this moment, and tells each turn."""

    def __init__(self) -> None:
        self.feed = Feed[Health]()
        self.now: Healths = {}
        self._registry = Registry()
        self._resting: set[str] = set()

    async def follow(self, registry: Registry) -> None:
        """Take a new registry; where a data service is another one now, its rests are forgotten."""
        for identifier, service in self._registry.data_services.items():
            if registry.data_services.get(identifier) is not service:
                self._resting -= {offered.name for offered in service.operations.values()}
        self._registry = registry
        self._tell()

    def turn(self, operation: str, is_resting: bool) -> None:
        """Take in that an operation's system is let rest, or is back."""
        self._resting.add(operation) if is_resting else self._resting.discard(operation)
        self._tell()

    def _tell(self) -> None:
        before, self.now = self.now, of(self._registry, self._resting)
        for health in turns(before, self.now):
            self.feed.tell(health)
