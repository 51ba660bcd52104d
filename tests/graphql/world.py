"""A whole node for the door's tests: the real catalogue, the real bus, real HTTP handling.

The ministries' systems live in the memory adapter, which keeps the whole contract and remembers
what it heard.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import msgspec
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_adapters.contract import Adapter
from sacbe_adapters.memory.adapter import Answer, MemoryAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_catalog import seed
from sacbe_catalog.data_services import DataServices
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.store import CatalogueStore
from sacbe_graphql import http
from sacbe_graphql.door import GraphQLDoor
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.descriptions import Description
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like import access, members, tokens
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.person_accesses import PersonKeys
from tests.graphql import offers

BASE_IRI = "https://sacbe.example/id/"
CONSUMER = SubsystemId.parse("GT/GOV/1001/ventanilla")
STRANGER = SubsystemId.parse("GT/GOV/1002/archivo")

SYSTEMS = {
    "personas": (offers.CIVIL_REGISTRY, offers.PERSONS),
    "contribuyentes": (offers.TAXES, offers.TAXPAYERS),
}
"""What is published, by data service."""

ALIASES = {offers.CIVIL_REGISTRY: "renap", offers.TAXES: "sat"}

ORIGIN = "http://node.example"
"""By which clients reach the node."""

GRAPHQL_JSON = "application/graphql-response+json"


class Asker:
    """A node's GraphQL door behind HTTP, and ways to ask it."""

    def __init__(self, door: GraphQLDoor, bus: Bus, client: httpx.AsyncClient) -> None:
        self.door = door
        self.bus = bus
        self.client = client
        self.token = ""

    async def ask(self, query: str, *, token: str | None = None, **variables: object) -> dict[str, Any]:
        """Ask with the usual token (or another, or none for an empty one) and give the answer."""
        response = await self.post({"query": query, "variables": variables}, token=token)
        answer: dict[str, Any] = msgspec.json.decode(response.content)
        return answer

    async def post(self, body: object, *, token: str | None = None, **headers: str) -> httpx.Response:
        """Post JSON, or bytes as they are."""
        given = {"content-type": "application/json", "accept": GRAPHQL_JSON, **headers}
        shown = self.token if token is None else token
        if shown:
            given["authorization"] = f"Bearer {shown}"
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.client.post("/graphql", content=content, headers=given)


class World(Asker):
    """A node with the offers published in the memory adapter, and a consumer that has every right."""

    engine: AsyncEngine
    memory: MemoryAdapter
    stranger: str

    def answers(self, system: str, **operations: Answer) -> None:
        """Let a system answer so: a function per operation code."""
        self.memory.hold(system, SYSTEMS[system][1], operations)

    @property
    def heard(self) -> list[tuple[str, str]]:
        """Every call that a system heard: its name and the operation."""
        return [(heard.system, heard.operation) for heard in self.memory.heard]


AskerT = TypeVar("AskerT", bound=Asker)
WorldT = TypeVar("WorldT", bound=World)


@asynccontextmanager
async def served(
    engine: AsyncEngine, adapters: Mapping[str, Adapter], folder: Path, *, kind: type[AskerT]
) -> AsyncIterator[AskerT]:
    """Open a door over a bus that is not started yet; it is stopped in the end."""
    keys = DevelopmentAuthority(folder / "keys", b"a passphrase for tests")
    persons = PersonKeys(("a secret of thirty-two characters.",))
    bus = Bus(engine, adapters, keys, folder, persons=persons, origins=(ORIGIN,))
    door = GraphQLDoor(CatalogueReader(engine, BASE_IRI), DataServices(engine), bus)
    bus.on_change(door.refresh)
    app = Litestar([*http.routes(door), *http.explorer_routes(door)], openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(cast("Any", app))  # litestar types its messages more narrowly
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        try:
            yield kind(door, bus, client)
        finally:
            await bus.stop()


@asynccontextmanager
async def opened(engine: AsyncEngine, folder: Path, *, kind: type[WorldT]) -> AsyncIterator[WorldT]:
    """Open a node with the offers published, and a consumer that has every right."""
    memory = MemoryAdapter(HttpTransport(()))
    async with served(engine, {"memory": memory}, folder, kind=kind) as world:
        world.engine, world.memory = engine, memory
        for consumer in (CONSUMER, STRANGER):
            await members.add(engine, consumer.member, title="Consumidor")
            await members.add_subsystem(engine, consumer, title="Consumidor")
        for name, (subsystem, description) in SYSTEMS.items():
            await publish(engine, world.bus, memory, subsystem, name, description)
        world.token, world.stranger = [await tokens.make(engine, subsystem) for subsystem in (CONSUMER, STRANGER)]
        await world.bus.start()
        yield world


async def publish(
    engine: AsyncEngine, bus: Bus, memory: MemoryAdapter, provider: SubsystemId, name: str, description: Description
) -> DataServiceId:
    """Register and publish a system of this name, with the consumer's right to it."""
    await members.add(engine, provider.member, title=name.upper())
    await members.add_subsystem(engine, provider, title=name.upper(), alias=ALIASES[provider])
    endpoint = memory.hold(name, description, {})
    await bus.registration.register(
        provider, name=name, source=endpoint.address, endpoint=endpoint.address, kind="memory"
    )
    identifier = DataServiceId(provider, name)
    await bus.registration.publish(identifier)
    await access.grant(engine, CONSUMER, identifier, purpose="Pruebas")
    return identifier


async def seeded(engine: AsyncEngine) -> None:
    """Put the seed into the catalogue."""
    await CatalogueStore(engine, BASE_IRI).put(seed.load())
