"""The rooms of one process, wired together: the only place where all of them are known."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.home import development_key_password, development_secrets_key
from sacbe.settings import Settings
from sacbe_adapters.contract import Adapter
from sacbe_adapters.registry import adapters
from sacbe_adapters.transport_http import HttpTransport
from sacbe_catalog.data_services import DataServices
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.store import CatalogueStore
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_signing.keys import FileKeyRing, KeyRing
from sacbe_xroad_like.administration.actor import OPERATOR
from sacbe_xroad_like.administration.desk import Desk
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.person_accesses import PersonKeys
from sacbe_xroad_like.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Every room of the node, ready to use."""

    settings: Settings
    is_development: bool
    engine: AsyncEngine
    store: CatalogueStore
    reader: CatalogueReader
    data_services: DataServices
    bus: Bus

    @property
    def desk(self) -> Desk:
        """Where whoever owns the machine administers."""
        return self.bus.desk(OPERATOR)


@asynccontextmanager
async def speaking(settings: Settings) -> AsyncIterator[Mapping[str, Adapter]]:
    """Give the installed adapters over the guarded way out; no database is needed for them."""
    transport = HttpTransport(settings.allowed_networks)
    speakers = adapters(transport)
    try:
        yield speakers
    finally:
        for adapter in speakers.values():
            await adapter.close()
        await transport.close()


@asynccontextmanager
async def opened(
    settings: Settings, database_url: str, *, is_development: bool, origins: Sequence[str] = ()
) -> AsyncIterator[House]:
    """Open the rooms over a migrated database; the bus is not started, so nothing runs by itself.

    `origins` are the addresses under which clients reach the node, if it serves.
    """
    engine = database.engine(database_url)
    async with speaking(settings) as speakers:
        try:
            yield House(
                settings=settings,
                is_development=is_development,
                engine=engine,
                store=CatalogueStore(engine, settings.base_iri),
                reader=CatalogueReader(engine, settings.base_iri),
                data_services=DataServices(engine),
                bus=Bus(
                    engine,
                    speakers,
                    key_ring(settings, is_development=is_development),
                    settings.home,
                    vault(settings, is_development=is_development),
                    origins=origins,
                    takes_unbound_tokens=is_development,
                    persons=PersonKeys(_secrets(settings, is_development=is_development)),
                ),
            )
        finally:
            await engine.dispose()


def key_ring(settings: Settings, *, is_development: bool) -> KeyRing:
    """Give the keys of this node: made on demand in development, read from the operator's files else."""
    folder = keys_folder(settings)
    if is_development:
        return DevelopmentAuthority(folder, development_key_password(settings.home).encode())
    return FileKeyRing(folder, settings.key_password.encode())


def vault(settings: Settings, *, is_development: bool) -> Vault:
    """Give what locks credentials to ministries' systems; in development its secret is made on demand."""
    return Vault(_secrets(settings, is_development=is_development))


def _secrets(settings: Settings, *, is_development: bool) -> tuple[str, ...]:
    if is_development and not settings.secrets_key:
        return (development_secrets_key(settings.home),)
    return settings.secrets_key


def keys_folder(settings: Settings) -> Path:
    """Say where the node's keys lie."""
    return settings.home / "keys"
