"""What the bus knows of the world at one moment: providers, data services, consumers, rights, tokens.

A `Registry` is a value; nobody changes it. `RegistryWatch` holds the one in force and replaces it as
a whole when the database tells of a change (LISTEN/NOTIFY), in every process of the node. A slow poll
stands behind the telling, so that a lost notice costs seconds, not truth.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import data_services
from sacbe_catalog.data_services import DataServices, StoredDescription
from sacbe_terms.credentials import AnyCredential
from sacbe_terms.descriptions import Description, Operation
from sacbe_terms.exchange import Endpoint
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_terms.links import Link
from sacbe_xroad_like import access, clients, groups, links, members, tokens
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.clients import KeysByClient
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.credentials import Credentials
from sacbe_xroad_like.dedicated import DedicatedConnection
from sacbe_xroad_like.groups import Members
from sacbe_xroad_like.projection import Projections
from sacbe_xroad_like.tables import access_token, agreement, subsystem
from sacbe_xroad_like.tokens import TokenOwner

POLL_SECONDS = 20.0
"""Without any notice the registry is read again this often."""

RECONNECT_SECONDS = 0.5
"""Pause before a lost connection is tried again."""

SOAP = "soap"
"""The kind of adapter whose systems X-Road's SOAP protocol can be passed on to."""

CHANNELS = (members.CHANNEL, data_services.CHANNEL)
"""What is listened to."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OfferedOperation:
    """An operation in force, with its identifier and the printed form of that, made once."""

    identifier: OperationId
    name: str
    operation: Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDataService:
    """A data service in force: its contract, where it is called, and the links that its records have."""

    identifier: DataServiceId
    title: str
    documentation: str
    description: Description
    endpoint: Endpoint
    links: tuple[Link, ...] = ()
    operations: Mapping[str, OfferedOperation] = field(init=False, repr=False, compare=False)
    """By wire code."""
    projections: Projections = field(init=False, repr=False, compare=False)
    """What was compiled of its results' selections: it ends with the description."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "projections", Projections(self.description))
        offered = {}
        for operation in self.description.operations:
            identifier = OperationId(self.identifier, operation.code)
            offered[operation.code] = OfferedOperation(identifier, str(identifier), operation)
        object.__setattr__(self, "operations", offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A subsystem that offers data services, and its field below `exchange`."""

    alias: str
    subsystem: SubsystemId
    title: str
    data_services: tuple[PublishedDataService, ...]


@dataclass(frozen=True, slots=True)
class Supplying:
    """An operation that gives what an evidence shows, with whose it is."""

    provider_title: str
    service: PublishedDataService
    offered: OfferedOperation


Listener = Callable[["Registry"], Awaitable[None]]
Hearer = Callable[[str | None], None]
"""Takes what the database tells, or None where something may have been missed."""

SoapServices = Mapping[tuple[SubsystemId, str], tuple[PublishedDataService, OfferedOperation]]
"""SOAP services as X-Road names them: by provider and operation's code, whichever data service has it."""

AgreementsByPair = Mapping[tuple[SubsystemId, DataServiceId], tuple[Agreement, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The registry at one moment: `subsystems` with their printed form, made once; `tokens` by their digest;
    `supplies` by the evidence that they supply.

    Between two registries `providers` is the same object unless something of it changed.
    """

    providers: tuple[Provider, ...] = ()
    suspended: Mapping[DataServiceId, Description] = field(default_factory=dict)
    subsystems: Mapping[SubsystemId, str] = field(default_factory=dict)
    agreements: AgreementsByPair = field(default_factory=dict)
    tokens: Mapping[bytes, TokenOwner] = field(default_factory=dict)
    client_keys: KeysByClient = field(default_factory=dict)
    connections: Mapping[SubsystemId, ConnectionType] = field(default_factory=dict)
    supplies: Mapping[str, tuple[OperationId, ...]] = field(default_factory=dict)
    data_services: Mapping[DataServiceId, PublishedDataService] = field(init=False, repr=False, compare=False)
    soap_services: SoapServices = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        every = {offered.identifier: offered for provider in self.providers for offered in provider.data_services}
        object.__setattr__(self, "data_services", every)
        object.__setattr__(self, "soap_services", _soap_services(every.values()))

    def in_force(self, consumer: SubsystemId, service: DataServiceId) -> list[Agreement]:
        """Give the agreements by which a consumer may call something of a data service now."""
        now = datetime.now(UTC)
        return [each for each in self.agreements.get((consumer, service), ()) if each.is_in_force(now)]

    def supplying(self, evidence: str) -> list[Supplying]:
        """Give the published operations that give what an evidence of the catalogue shows."""
        found = []
        for operation in self.supplies.get(evidence, ()):
            service = self.data_services.get(operation.service)
            offered = service.operations.get(operation.operation_code) if service else None
            if service and offered:
                found.append(Supplying(self._provider_title(service), service, offered))
        return found

    def _provider_title(self, service: PublishedDataService) -> str:
        return next(each.title for each in self.providers if each.subsystem == service.identifier.subsystem)


def _soap_services(services: Iterable[PublishedDataService]) -> SoapServices:
    return {
        (service.identifier.subsystem, code): (service, offered)
        for service in services
        if service.description.kind == SOAP
        for code, offered in service.operations.items()
    }


class RegistryReader:
    """Reads the registry. What did not change is the same object again: nothing of it is sent or built twice."""

    def __init__(self, engine: AsyncEngine, credentials: Credentials) -> None:
        self._engine = engine
        self._credentials = credentials
        self._data_services = DataServices(engine)
        self._known: dict[tuple[str, int], StoredDescription] = {}
        self._suspended: dict[tuple[str, int], StoredDescription] = {}
        self._offered: dict[tuple[str, int], PublishedDataService] = {}
        self._providers: tuple[Provider, ...] = ()

    async def read(self) -> Registry:
        """Read the registry as it stands; raises what the database raises."""
        stored = await self._data_services.all_in_force(self._known)
        suspended = await self._data_services.all_suspended(self._suspended)
        async with self._engine.connect() as connection:
            subsystems = (await connection.execute(sa.select(subsystem))).all()
            agreements = [access.from_row(row) for row in (await connection.execute(_AGREEMENTS)).all()]
            inside = await groups.members_of(connection)
            held = (await connection.execute(_TOKENS)).all()
            keys = (await connection.execute(clients.ALL_KEYS)).all()
            linked, supplies = await links.by_service(connection), await links.by_evidence(connection)
        shown = await self._credentials.open_all()
        self._suspended = {(str(each.identifier), each.version): each for each in suspended}
        self._keep(stored, shown, linked, {row.identifier: (row.alias, row.title) for row in subsystems})
        return Registry(
            providers=self._providers,
            suspended={each.identifier: each.description for each in suspended},
            subsystems={SubsystemId.parse(row.identifier): row.identifier for row in subsystems},
            agreements=by_pair(agreements, inside),
            tokens={row.sha256: tokens.from_row(row) for row in held},
            client_keys=clients.by_client(keys),
            connections=clients.chosen_connections(subsystems),
            supplies=supplies,
        )

    def _keep(
        self,
        stored: Iterable[StoredDescription],
        shown: Mapping[str, tuple[AnyCredential, ...]],
        linked: Mapping[str, tuple[Link, ...]],
        subsystems: Mapping[str, tuple[str | None, str]],
    ) -> None:
        self._known = {(str(each.identifier), each.version): each for each in stored}
        self._offered = {key: self._current(key, shown.get(key[0], ()), linked.get(key[0], ())) for key in self._known}
        providers = _providers(self._offered.values(), subsystems)
        if providers != self._providers:
            self._providers = providers

    def _current(
        self, key: tuple[str, int], shown: tuple[AnyCredential, ...], linked: tuple[Link, ...]
    ) -> PublishedDataService:
        """Give what was offered before, unless it is new, calls show something else now, or its links changed."""
        before = self._offered.get(key)
        if before and before.endpoint.credentials == shown and before.links == linked:
            return before
        return _published(self._known[key], shown, linked)


_AGREEMENTS = sa.select(agreement).order_by(agreement.c.id)
_TOKENS = sa.select(access_token).where(access_token.c.expires_at > sa.func.now())


def _providers(
    offered: Iterable[PublishedDataService], subsystems: Mapping[str, tuple[str | None, str]]
) -> tuple[Provider, ...]:
    """Group data services, which come sorted, by the subsystem that provides them."""
    found = []
    for identifier, services in groupby(offered, key=lambda each: each.identifier.subsystem):
        alias, title = subsystems.get(str(identifier), (None, ""))
        if alias is not None:
            found.append(Provider(alias=alias, subsystem=identifier, title=title, data_services=tuple(services)))
    return tuple(sorted(found, key=lambda provider: provider.alias))


def _published(
    stored: StoredDescription, shown: tuple[AnyCredential, ...], linked: tuple[Link, ...]
) -> PublishedDataService:
    return PublishedDataService(
        identifier=stored.identifier,
        title=stored.description.title,
        documentation=stored.description.documentation,
        description=stored.description,
        endpoint=replace(stored.endpoint, credentials=shown),
        links=linked,
    )


def by_pair(agreements: Iterable[Agreement], inside: Members) -> AgreementsByPair:
    """Group them by who may call by them: each client in a group holds its agreements."""
    grouped: defaultdict[tuple[SubsystemId, DataServiceId], list[Agreement]] = defaultdict(list)
    for each in agreements:
        for client in access.clients_of(each, inside):
            grouped[client, each.data_service].append(each.held_by(client))
    return {pair: tuple(held) for pair, held in grouped.items()}


class RegistryWatch:
    """Holds the registry in force, and keeps it so."""

    def __init__(self, engine: AsyncEngine, credentials: Credentials) -> None:
        self._reader = RegistryReader(engine, credentials)
        self._listening = DedicatedConnection(engine)
        self._told = asyncio.Event()
        self._reading = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []
        self._hearers: list[tuple[str, Hearer]] = []
        self._listened_on: object = None
        self.current = Registry()

    def on_change(self, listener: "Listener") -> None:
        """Have each new registry handed to a function, after the swap; the next one waits for it."""
        self._listeners.append(listener)

    def hear(self, channel: str, hearer: "Hearer") -> None:
        """Have what is told on a channel handed to a function at once; made for before `start`.

        It is handed None whenever listening begins (anew): something may have been missed before.
        """
        self._hearers.append((channel, hearer))

    async def start(self) -> None:
        """Read the registry and begin to watch; raises what the database raises."""
        await self._listen()
        await self.refresh()
        self._watcher = asyncio.create_task(self._watch(), name="registry watch")

    async def stop(self) -> None:
        """Stop watching; the last registry stays readable."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        await self._listening.drop()

    async def refresh(self) -> Registry:
        """Read the registry now; swap and tell if it differs from the one in force.

        One reading at a time: an older one that ends later must not be put over a newer one.
        """
        async with self._reading:
            self._told.clear()
            read = await self._reader.read()
            if read != self.current:
                self.current = read
                for listener in self._listeners:
                    await _hand_over(listener, read)
            return self.current

    async def _watch(self) -> None:
        while True:
            try:
                await self._wait_until_told()
                await self._listen()
                await self.refresh()
            except Exception as error:  # the database is away: keep the last registry, try again
                _log.warning("the registry cannot be read at the moment", error=type(error).__name__)
                await self._listening.drop()
                self._told.set()
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _wait_until_told(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._told.wait()
        except TimeoutError:
            return

    async def _listen(self) -> None:
        """Make sure that the connection stands and listens; listening twice is the same as once."""
        connection = await self._listening.raw()
        await connection.execute("select 1")
        for channel in CHANNELS:
            await connection.add_listener(channel, self._hear)
        for channel, _ in self._hearers:
            await connection.add_listener(channel, self._pass_on)
        connection.add_termination_listener(self._hear)
        if connection is not self._listened_on:
            self._listened_on = connection
            for _, hearer in self._hearers:
                _tell(hearer, None)

    def _hear(self, *_: object) -> None:
        self._told.set()

    def _pass_on(self, _connection: object, _process: int, told_on: str, told: object) -> None:
        for channel, hearer in self._hearers:
            if channel == told_on:
                _tell(hearer, str(told))


async def _hand_over(listener: Listener, registry: Registry) -> None:
    try:
        await listener(registry)
    except Exception:  # one listener's fault must not keep the others from the truth
        _log.exception("a listener of the registry failed")


def _tell(hearer: Hearer, told: str | None) -> None:
    try:
        hearer(told)
    except Exception:  # as above
        _log.exception("a hearer failed")
