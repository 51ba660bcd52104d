"""The rooms of one process, wired together: the only place where all of them are known."""

from collections.abc import AsyncIterator, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.home import development_key_password, development_secrets_key
from sacbe.settings import Network, Settings, responders, variable
from sacbe_adapters.contract import Adapter
from sacbe_adapters.registry import adapters
from sacbe_adapters.transport_http import HttpTransport
from sacbe_catalog.data_services import DataServices
from sacbe_catalog.demand import Demand
from sacbe_catalog.kept_lexicons import LexiconsInForce
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.store import CatalogueStore
from sacbe_signing import keys
from sacbe_signing.authority import DEVELOPMENT, DevelopmentAuthority
from sacbe_signing.key_device import Device, DeviceKeys
from sacbe_signing.keys import FileKeys, FolderKeyRing, KeyHolder, KeyRing
from sacbe_terms.errors import Problem, SettingUnsafe
from sacbe_xroad_like.administration.actor import OPERATOR
from sacbe_xroad_like.administration.desk import Desk
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.client_statuses import ClientStatuses, WaysOut
from sacbe_xroad_like.notices.mail_server import MailServer, Security
from sacbe_xroad_like.notices.post import Post, WritingDesk
from sacbe_xroad_like.notices.recipients import Links, Recipients
from sacbe_xroad_like.originals import Originals
from sacbe_xroad_like.person_accesses import PersonKeys
from sacbe_xroad_like.status_policy import Authority, StatusPolicy
from sacbe_xroad_like.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Every room of the node, ready to use."""

    settings: Settings
    is_development: bool
    engine: AsyncEngine
    store: CatalogueStore
    lexicons: LexiconsInForce
    reader: CatalogueReader
    data_services: DataServices
    bus: Bus
    recipients: Recipients
    post: Post
    demand: Demand
    address: str = ""
    """Where clients reach the portal of this node, if it serves."""

    @property
    def desk(self) -> Desk:
        """Where whoever owns the machine administers."""
        return self.bus.desk(OPERATOR)


@asynccontextmanager
async def speaking(settings: Settings) -> AsyncIterator[Mapping[str, Adapter]]:
    """Give the installed adapters over the guarded way out; no database is needed for them."""
    async with _way_out(settings.allowed_networks) as transport:
        speakers = adapters(transport)
        try:
            yield speakers
        finally:
            for adapter in speakers.values():
                await adapter.close()


@asynccontextmanager
async def asking(settings: Settings, *, is_development: bool) -> AsyncIterator[ClientStatuses]:
    """Give what asks authorities about clients' certificates; an address in a certificate leads to no private network.

    Raises KeyNotUsable for an authority's file that cannot be read.
    """
    policy = status_policy(settings, is_development=is_development)
    async with _way_out(settings.allowed_networks) as given, _way_out(()) as found:
        yield ClientStatuses(policy, WaysOut(given, found))


@asynccontextmanager
async def _way_out(allowed: Sequence[Network]) -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(allowed)
    try:
        yield transport
    finally:
        await transport.close()


@asynccontextmanager
async def opened(
    settings: Settings, database_url: str, *, is_development: bool, origins: Sequence[str] = ()
) -> AsyncIterator[House]:
    """Open the rooms over a migrated database; the bus is not started, so nothing runs by itself.

    `origins` are the addresses under which clients reach the node, if it serves.
    """
    engine = database.engine(database_url)
    lexicons = LexiconsInForce(engine)
    ring = key_ring(settings, is_development=is_development)
    links = Links(_secrets(settings, is_development=is_development))
    async with (
        speaking(settings) as speakers,
        asking(settings, is_development=is_development) as client_statuses,
    ):
        try:
            yield House(
                settings=settings,
                is_development=is_development,
                engine=engine,
                store=CatalogueStore(engine, settings.base_iri),
                lexicons=lexicons,
                reader=CatalogueReader(engine, settings.base_iri, lexicons),
                data_services=DataServices(engine),
                bus=Bus(
                    engine,
                    speakers,
                    ring,
                    settings.home,
                    vault(settings, is_development=is_development),
                    origins=origins,
                    takes_unbound_tokens=is_development,
                    persons=PersonKeys(_secrets(settings, is_development=is_development)),
                    originals=Originals(_secrets(settings, is_development=is_development)),
                    client_statuses=client_statuses,
                ),
                recipients=Recipients(engine, links),
                post=Post(engine, _writing_desk(settings, links, origins)),
                demand=Demand(engine, _demand_key(settings, is_development=is_development)),
                address=next(iter((*settings.addresses, *origins)), ""),
            )
        finally:
            await engine.dispose()


def key_ring(settings: Settings, *, is_development: bool) -> KeyRing:
    """Give the keys of this node: made on demand in development, in the operator's files or device else."""
    folder = keys_folder(settings)
    if is_development:
        return DevelopmentAuthority(folder, development_key_password(settings.home).encode())
    return FolderKeyRing(folder, _key_holder(settings), settings.authorities)


def _key_holder(settings: Settings) -> KeyHolder:
    if not settings.pkcs11_module:
        return FileKeys(settings.key_password.encode())
    return DeviceKeys(Device(module=Path(settings.pkcs11_module), token=settings.pkcs11_token, pin=settings.pkcs11_pin))


def status_policy(settings: Settings, *, is_development: bool) -> StatusPolicy:
    """Give whom to ask about clients' certificates; the development authority's responder is on this machine.

    Raises KeyNotUsable, and SettingUnsafe for an address of an authority that is not believed.
    """
    folder, addresses = keys_folder(settings), responders(settings)
    believed = keys.read_authorities(keys.authority_files(folder, settings.authorities))
    _refuse_unknown(addresses.keys() - {name for name, _ in believed} - {""})
    if is_development:
        addresses = {DEVELOPMENT: DevelopmentAuthority.responder_address(folder)} | addresses
    return StatusPolicy(
        authorities=tuple(Authority(name, certificate) for name, certificate in believed),
        addresses=addresses,
        answer_age_max=timedelta(seconds=settings.ocsp_seconds_max),
    )


def _refuse_unknown(names: Set[str]) -> None:
    if names:
        raise SettingUnsafe(
            what="Responders are named of authorities that are not believed.",
            hint="An authority is called by its certificate's file, without `.pem`.",
            problems=[
                Problem(where=variable("ocsp_addresses"), reason=f"there is no authority {name}")
                for name in sorted(names)
            ],
        )


def vault(settings: Settings, *, is_development: bool) -> Vault:
    """Give what locks credentials to ministries' systems; in development its secret is made on demand."""
    return Vault(_secrets(settings, is_development=is_development))


def _writing_desk(settings: Settings, links: Links, origins: Sequence[str]) -> WritingDesk | None:
    """Give what letters are written with; None where no mail server is set."""
    if not settings.smtp_host:
        return None
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=Security(settings.smtp_security),
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
        authorities=settings.smtp_ca,
    )
    address = next(iter((*settings.addresses, *origins)), "")
    return WritingDesk(server=server, links=links, address=address, digest_hour=settings.digest_hour)


def _secrets(settings: Settings, *, is_development: bool) -> tuple[str, ...]:
    if is_development and not settings.secrets_key:
        return (development_secrets_key(settings.home),)
    return settings.secrets_key


def _demand_key(settings: Settings, *, is_development: bool) -> bytes:
    """Give the secret by which the networks of those who ask are made unrecognisable."""
    secret = "".join(_secrets(settings, is_development=is_development)[:1])
    return blake2b(secret.encode(), person=b"sacbe.demand").digest()


def keys_folder(settings: Settings) -> Path:
    """Say where the node's keys lie."""
    return settings.home / "keys"
