"""A node whose records are linked: persons with their balances, one by one and many at once."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_terms.descriptions import Description, Field, Operation, Record
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_terms.links import Batch, Link
from sacbe_xroad_like.administration import linking
from sacbe_xroad_like.administration.actor import OPERATOR
from tests.conftest import TEMPLATE, named, run
from tests.graphql import offers
from tests.graphql.world import World, opened, publish, seeded


def text(name: str, *, depth: int = 0) -> Field:
    """Give a required text."""
    return Field(name=name, wire=name, type="String", list_depth=depth, is_required=True)


def operation(code: str, *arguments: Field, result: str, depth: int = 0) -> Operation:
    """Give an operation that reads."""
    answered = Field(name="r", wire="r", type=result, list_depth=depth)
    return Operation(code=code, alias=code, reads=True, arguments=arguments, result=answered)


BALANCES = Description(
    kind="memory",
    title="Saldos",
    operations=(
        operation("consultarSaldo", text("cui"), result="Saldo"),
        operation("consultarSaldos", text("cuis", depth=1), result="Saldo", depth=1),
        operation("consultarBanco", text("cuenta"), result="Banco"),
        operation("listarTitulares", text("cuenta"), result="Titular", depth=1),
    ),
    types={
        "Saldo": Record(
            name="Saldo",
            fields=(text("cui"), text("cuenta"), Field(name="monto", wire="monto", type="Decimal")),
        ),
        "Banco": Record(name="Banco", fields=(text("cuenta"), text("nombre"))),
        "Titular": Record(name="Titular", fields=(text("cui"),)),
    },
)

PERSONS = DataServiceId(offers.CIVIL_REGISTRY, "personas")
SALDOS = DataServiceId(offers.TAXES, "saldos")

ONE = Link(
    service=PERSONS,
    type_name="Persona",
    field="saldo",
    target=OperationId(SALDOS, "consultarSaldo"),
    arguments={"cui": "$cui"},
)
MANY = Link(
    service=PERSONS,
    type_name="Persona",
    field="saldoDeLista",
    target=OperationId(SALDOS, "consultarSaldo"),
    arguments={"cui": "$cui"},
    batch=Batch(operation_code="consultarSaldos", argument="cuis", match="cui"),
)
BANK = Link(
    service=SALDOS,
    type_name="Saldo",
    field="banco",
    target=OperationId(SALDOS, "consultarBanco"),
    arguments={"cuenta": "$cuenta"},
)
HOLDERS = Link(
    service=SALDOS,
    type_name="Saldo",
    field="titulares",
    target=OperationId(SALDOS, "listarTitulares"),
    arguments={"cuenta": "$cuenta"},
)
BACK = Link(
    service=SALDOS,
    type_name="Titular",
    field="saldo",
    target=OperationId(SALDOS, "consultarSaldo"),
    arguments={"cui": "$cui"},
)
"""With HOLDERS, a way that leads back to where it began."""
LINKS = (ONE, MANY, BANK, HOLDERS, BACK)

Answers = dict[str, Callable[..., Any]]


def person(cui: str, **more: object) -> dict[str, object]:
    """Give a person."""
    return {"cui": cui, "nombres": f"N{cui}", **more}


def balance(cui: str) -> dict[str, object]:
    """Give a person's balance."""
    return {"cui": cui, "cuenta": f"C{int(cui) % 5}", "monto": f"{cui}.50"}


class Linked(World):
    """A node with links, whose systems answer as on their first day."""

    def persons(self, *found: dict[str, object]) -> None:
        """Let the civil registry list these."""
        self.answers("personas", buscarPersonas=lambda **_: list(found), consultarPersona=lambda cui: person(cui))

    def balances(self, **answers: Callable[..., Any]) -> None:
        """Let the tax administration answer so, else with everybody's balance."""
        usual: Answers = {
            "consultarSaldo": balance,
            "consultarSaldos": lambda cuis: [balance(cui) for cui in cuis],
            "consultarBanco": lambda cuenta: {"cuenta": cuenta, "nombre": f"Banco {cuenta}"},
            "listarTitulares": lambda **_: [{"cui": "5"}] * 110,
        }
        self.memory.hold("saldos", BALANCES, usual | answers)

    def as_on_the_first_day(self) -> None:
        """Let all answer, a hundred persons with ten numbers among them, and forget what was heard."""
        self.persons(*(person(f"{number % 10}") for number in range(100)))
        self.balances()
        self.memory.heard.clear()

    @property
    def asked(self) -> list[tuple[str, Any]]:
        """Every call that was heard: its operation, and the one argument it has."""
        return [(heard.operation, next(iter(heard.arguments.values()), None)) for heard in self.memory.heard]


@asynccontextmanager
async def linked(engine: AsyncEngine, folder: Path) -> AsyncIterator[Linked]:
    """Open such a node."""
    async with opened(engine, folder, kind=Linked) as world:
        await publish(engine, world.bus, world.memory, offers.TAXES, "saldos", BALANCES)
        desk = world.bus.desk(OPERATOR)
        for link in LINKS:
            await linking.add(desk, link)
        await world.bus._watch.refresh()
        yield world


@asynccontextmanager
async def linked_alone(postgres: EmbeddedPostgres, folder: Path) -> AsyncIterator[Linked]:
    """Open such a node over a database of its own."""
    name = f"links_{uuid4().hex}"
    await run(postgres.url, f"create database {name} template {TEMPLATE} strategy file_copy")
    engine = database.engine(named(postgres.url, name))
    await seeded(engine)
    async with linked(engine, folder) as node:
        yield node
    await engine.dispose()


def found(answer: dict[str, Any]) -> list[Any]:
    """Give the listed persons of an answer."""
    persons: list[Any] = answer["data"]["exchange"]["renap"]["buscarPersonas"]
    return persons


def without(description: Description, code: str) -> Description:
    """Give a description without one of its operations."""
    left = tuple(each for each in description.operations if each.code != code)
    return msgspec.structs.replace(description, operations=left)
