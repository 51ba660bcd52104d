"""One server process: opens the house, starts the bus, serves until it is told to stop."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import uvloop

from sacbe import logs, members_tls
from sacbe.asgi import application
from sacbe.chores import Chore, Chores
from sacbe.door_choices import DoorChoices
from sacbe.garbage import Lasting
from sacbe.house import House, opened
from sacbe.listeners import MEMBERS_TLS, Listener, origins
from sacbe.server import Server
from sacbe.settings import Settings
from sacbe_catalog import kept_lexicons
from sacbe_catalog.drafts import Drafts
from sacbe_graphql.door import GraphQLDoor


def serve(
    settings: Settings,
    database_url: str,
    listeners: Sequence[Listener],
    on_serving: Callable[[], None],
    *,
    is_development: bool,
    choices: DoorChoices,
) -> None:
    """Serve every listener in this process, telling when it does; returns after an orderly stop.

    `choices` are the same for all processes of the node.
    """
    logs.configure(level=settings.log_level, log_format=settings.log_format)
    uvloop.run(_serve(settings, database_url, listeners, on_serving, is_development=is_development, choices=choices))


def _forgetting(house: House) -> Chore:
    async def forget() -> None:
        await house.demand.forget(datetime.now(UTC).date())

    return forget


async def _serve(
    settings: Settings,
    database_url: str,
    listeners: Sequence[Listener],
    on_serving: Callable[[], None],
    *,
    is_development: bool,
    choices: DoorChoices,
) -> None:
    tls = {}
    if members_tls.is_served(settings, is_development=is_development):
        tls[MEMBERS_TLS] = members_tls.context(members_tls.files(settings, is_development=is_development))
    async with opened(
        settings, database_url, is_development=is_development, origins=origins(settings, listeners)
    ) as house:
        door = GraphQLDoor(
            house.reader,
            house.data_services,
            house.bus,
            rates=choices.rates,
            persisted=choices.persisted,
            cache_seconds=settings.cache_seconds,
            proxies=settings.trusted_proxies,
        )
        house.bus.on_change(door.refresh)
        house.bus.hear(kept_lexicons.CHANNEL, house.lexicons.hear)
        for context in tls.values():
            house.bus.on_change(members_tls.registered_in(context))
        await house.bus.start()
        house.post.start()
        chores = Chores({"scheduled drafts": Drafts(house.store).publish_due, "old queries": _forgetting(house)})
        chores.start()
        house.bus.on_change(Lasting(house.bus.registry).after)
        try:
            node = application(house, door)
            await Server(node, listeners, tls=tls, on_serving=on_serving, on_stopping=door.feeds.end).serve()
        finally:
            await chores.stop()
            await house.post.stop()
            await house.bus.stop()
