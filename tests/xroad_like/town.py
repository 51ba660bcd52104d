"""A small town for the bus's tests: a registry office, two consumers, and a bus between them.

The office is an adapter that answers from memory and remembers what it heard; everything else is
the real thing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_adapters.contract import Adapter, DescriptionSource
from sacbe_adapters.transport_http import HttpTransport
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_signing.keys import KeyRing
from sacbe_terms.descriptions import Description, Field, Operation, Record, Source
from sacbe_terms.errors import LegacySystemFault, Problem
from sacbe_terms.exchange import Call, Consumer, Endpoint, Health, Plan, PlannedCall, Reply
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like import access, members
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.originals import Originals
from sacbe_xroad_like.person_accesses import PersonKeys

PROVIDER = SubsystemId(MemberId("GT", "GOV", "2001"), "registro-civil")
CONSUMER = SubsystemId(MemberId("GT", "GOV", "1001"), "ventanilla")
STRANGER = SubsystemId(MemberId("GT", "GOV", "1002"), "archivo")
PERSONS = DataServiceId(PROVIDER, "personas")

SECRET = "a secret of thirty-two characters."
"""Of the node, for the names of persons."""

DOCUMENT = str(Path(__file__))
"""Any file that exists: the office knows its description without reading it."""

ANSWER = {"nombres": "Ixchel Ñ", "fechaNacimiento": "1990-02-28"}


def text(name: str, *, required: bool = True) -> Field:
    """Give a text field."""
    return Field(name=name, wire=name, type="String", is_required=required)


def operation(code: str, *arguments: Field, reads: bool = True, alias: str = "") -> Operation:
    """Give an operation that answers with a person."""
    result = Field(name="persona", wire="persona", type="Persona", is_required=True)
    return Operation(code=code, alias=alias or code, reads=reads, arguments=arguments, result=result)


def description(*operations: Operation, title: str = "Personas") -> Description:
    """Give a description with the type Persona in it."""
    persona = Record(name="Persona", fields=(text("nombres"), text("fechaNacimiento", required=False)))
    return Description(
        kind="office",
        title=title,
        operations=operations or PERSON_OPERATIONS,
        types={"Persona": persona},
        endpoints=("https://8.8.8.8/personas",),
        sources=(Source(location="personas.wsdl", sha256="00" * 32),),
        documentation="Datos del registro civil.",
    )


PERSON_OPERATIONS = (
    operation("consultarPersona", text("cui")),
    operation("listarPersonas", Field(name="limite", wire="limite", type="Int")),
    operation("inscribir", text("nombres"), reads=False),
)


class Office(Adapter):
    """The registry office: answers, fails or dawdles as a test tells it, and remembers what it heard."""

    kind = "office"

    def __init__(self) -> None:
        super().__init__(HttpTransport(()))
        self.heard: list[Call] = []
        self.checked: list[Endpoint] = []
        self.answer: Callable[[Call], Awaitable[object]] = plain_answer
        self.described = description()
        self.problems: tuple[Problem, ...] = ()
        """What its replies are forgiven."""
        self.ill: dict[str, str] = {}
        """By address: why the system there is not healthy."""

    async def describe(self, source: DescriptionSource) -> Description:
        """Give what the test put there; the document must exist."""
        await self.transport.fetch(source.location)
        return self.described

    async def check(self, endpoint: Endpoint) -> Health:
        """Say whether the test made the system ill."""
        self.checked.append(endpoint)
        reason = self.ill.get(endpoint.address, "")
        return Health(is_healthy=not reason, reason=reason)

    async def call(self, call: Call) -> Reply:
        """Remember the call and answer."""
        self.heard.append(call)
        return Reply(value=await self.answer(call), wire_bytes=100, problems=self.problems)


async def plain_answer(call: Call) -> object:
    """Answer at once."""
    return ANSWER


async def fault(call: Call) -> object:
    """Answer with a declared fault."""
    raise LegacySystemFault(call.name, fault_code="NoExiste", fault_text="no hay tal persona", detail={"cui": "1"})


async def silence(call: Call) -> object:
    """Never answer."""
    await asyncio.sleep(3600)
    return None


async def populate(engine: AsyncEngine, bus: Bus) -> None:
    """Register the members, publish the office's data service, and give the consumer its right."""
    await add_members(engine)
    await bus.registration.register(
        PROVIDER, name="personas", source=DOCUMENT, endpoint="https://renap.example", kind="office"
    )
    await bus.registration.publish(PERSONS)
    await access.grant(engine, CONSUMER, PERSONS, purpose="Trámite de licencia")


async def add_members(engine: AsyncEngine) -> None:
    """Register the provider, under its alias, the consumer and the stranger."""
    for subsystem, title in ((PROVIDER, "Registro civil"), (CONSUMER, "Ventanilla"), (STRANGER, "Archivo")):
        await members.add(engine, subsystem.member, title=title)
        await members.add_subsystem(engine, subsystem, title=title)
    await members.add_subsystem(engine, PROVIDER, title="Registro civil", alias="renap")


@asynccontextmanager
async def running_bus(
    engine: AsyncEngine, office: Office, folder: Path, keys: KeyRing | None = None, **identity: Any
) -> AsyncIterator[Bus]:
    """Give a started bus over a populated registry; `identity` is what it goes by to know who asks."""
    ring = keys or authority(folder)
    bus = Bus(
        engine,
        {"office": office},
        ring,
        folder,
        persons=PersonKeys((SECRET,)),
        originals=Originals((SECRET,)),
        **identity,
    )
    await populate(engine, bus)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


def authority(folder: Path) -> DevelopmentAuthority:
    """Give the key ring of the node in this folder."""
    return DevelopmentAuthority(folder / "keys", b"a passphrase for tests")


def call(code: str = "consultarPersona", path: str = "exchange.renap.persona", **arguments: object) -> PlannedCall:
    """Plan one call of the office."""
    return PlannedCall(
        paths=(path,),
        service=PERSONS,
        operation_code=code,
        arguments=arguments or {"cui": "2345678901234"},
        fields="{ nombres fechaNacimiento }",
    )


def plan(*calls: PlannedCall, is_changing: bool = False) -> Plan:
    """Plan these calls, or the usual one."""
    return Plan(calls=calls or (call(),), is_changing=is_changing)


def consumer(subsystem: SubsystemId = CONSUMER, *, any_purpose: bool = False, **said: str) -> Consumer:
    """Give a consumer, who may say more of herself."""
    return Consumer(subsystem=subsystem, any_purpose=any_purpose, **said)


@asynccontextmanager
async def altered(owner: asyncpg.Connection, there: str, back: str) -> AsyncIterator[None]:
    """Change the shared database's structure or rights for a while."""
    await owner.execute(there)
    try:
        yield
    finally:
        await owner.execute(back)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; a test that waits in vain fails."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    assert holds()
