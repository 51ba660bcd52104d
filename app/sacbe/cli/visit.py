"""How a command gets at the house: over the settings' database, the running node's, or its own.

`SACBE_DATABASE_URL` first; else the PostgreSQL that a node of this `SACBE_HOME` runs; else one is
started for the command and stopped after it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres, running_url
from sacbe.house import House, opened
from sacbe.settings import Settings, with_loopback

T = TypeVar("T")


def in_house(work: Callable[[House], Awaitable[T]]) -> T:
    """Open the house, do the work in it, close it; the database is brought up to date if it is ours."""
    settings = own_settings()
    with database_of(settings) as url:
        return asyncio.run(_visit(settings, url, work))


def own_settings() -> Settings:
    """Give the settings; a command beside `sacbe up` may reach the systems that `sacbe up` may."""
    settings = Settings.read()
    return settings if settings.database_url else with_loopback(settings)


@contextmanager
def database_of(settings: Settings) -> Iterator[str]:
    """Give the owner's database address for as long as the command needs it."""
    url = settings.database_url or running_url(settings.home)
    if url:
        yield url
        return
    with EmbeddedPostgres(settings.home) as embedded:
        yield embedded.url


async def _visit(settings: Settings, url: str, work: Callable[[House], Awaitable[T]]) -> T:
    if not await database.is_current(url):
        await database.upgrade(url)
    async with opened(settings, url, is_development=not settings.database_url) as house:
        return await work(house)
