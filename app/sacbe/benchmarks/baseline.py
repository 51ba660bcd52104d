"""The naive way, as the measure: the libraries as shipped, without rights, signatures or log.

strawberry's own litestar route, zeep's asynchronous client and httpx, each as its documentation
shows first, over the same upstream and the same catalogue reader. Run as a process:
`python -m sacbe.benchmarks.baseline PORT_OF_UPSTREAM DATABASE_URL`.

This file alone may import what the house keeps in other rooms: it is not part of the house.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import strawberry
import uvicorn
import zeep
from litestar import Litestar, get
from lxml import etree
from strawberry.litestar import make_graphql_controller

from sacbe import database
from sacbe.benchmarks.answers import CONSTANT
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.views import ServiceFilter


@strawberry.type
class Person:
    """A record of the civil registry."""

    cui: str
    nombres: str
    apellidos: str
    fechaNacimiento: str


@strawberry.type
class Licence:
    """A record of the transit department."""

    numero: str
    tipo: str
    vence: str
    puntos: int


@strawberry.type
class Service:
    """A public service with the eight fields that the benchmark asks for."""

    identifier: str
    iri: str
    title: str
    description: str
    status: str
    processingTime: str | None
    processingTimeText: str
    keywords: list[str]


@dataclass(frozen=True, slots=True)
class SoapClient:
    """zeep's asynchronous client of the upstream's registry, as its documentation shows first."""

    client: Any

    def caller(self, code: str, arguments: Mapping[str, object]) -> Callable[[], Awaitable[object]]:
        """Give a function that calls an operation once."""
        operation = self.client.service[code]
        return lambda: operation(**arguments)

    def through_codec(self, code: str, arguments: Mapping[str, object], reply: bytes) -> object:
        """Write a request and read a reply without a wire."""
        etree.tostring(self.client.create_message(self.client.service, code, **arguments))
        binding = self.client.service._binding
        return binding.get(code).process_reply(etree.fromstring(reply))


def soap_client(upstream: int) -> SoapClient:
    """Read the upstream's WSDL as zeep does, and call it where it listens."""
    client: Any = zeep.AsyncClient(f"http://127.0.0.1:{upstream}/soap?wsdl")  # type: ignore[no-untyped-call]  # untyped
    # Its asynchronous client has no other way to name an address.
    client.service._binding_options["address"] = f"http://127.0.0.1:{upstream}/soap"
    return SoapClient(client)


def schema(upstream: int, reader: CatalogueReader) -> strawberry.Schema:
    """Give the schema; its resolvers call upstream and catalogue in the plainest way."""
    http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{upstream}")
    registry = soap_client(upstream).client.service

    @strawberry.type
    class Driver:
        """A person, with her licence asked for by a resolver."""

        cui: str
        nombres: str

        @strawberry.field
        async def licencia(self) -> Licence:
            """One call by httpx for each person."""
            return _licence((await http.get(f"/licencias/{self.cui}")).json())

    @strawberry.type
    class Query:
        """What the benchmark asks."""

        @strawberry.field
        async def person(self, cui: str) -> Person:
            """One call by zeep."""
            return _person(await registry.consultarPersona(cui))

        @strawberry.field
        async def people(self) -> list[Person]:
            """One call by zeep, 100 records."""
            return [_person(found) for found in await registry.listarPersonas(100)]

        @strawberry.field
        async def drivers(self) -> list[Driver]:
            """One call by zeep, and one by httpx for each of 100 records."""
            return [Driver(cui=found.cui, nombres=found.nombres) for found in await registry.listarPersonas(100)]

        @strawberry.field
        async def licence(self, cui: str) -> Licence:
            """One call by httpx."""
            return _licence((await http.get(f"/licencias/{cui}")).json())

        @strawberry.field
        async def licences(self) -> list[Licence]:
            """One call by httpx, 100 records."""
            return [_licence(found) for found in (await http.get("/licencias")).json()]

        @strawberry.field
        async def services(self, first: int, query: str | None = None, institution: str | None = None) -> list[Service]:
            """A page of the catalogue by the same reader that Sacbé uses."""
            narrowed = ServiceFilter(institutions=(institution,) if institution else ())
            page = await reader.services(query=query, filter=narrowed, first=first)
            return [_service(found) for found in page.nodes]

    return strawberry.Schema(Query)


def _person(found: Any) -> Person:
    born = found.fechaNacimiento.isoformat()
    return Person(cui=found.cui, nombres=found.nombres, apellidos=found.apellidos, fechaNacimiento=born)


def _licence(found: dict[str, Any]) -> Licence:
    return Licence(numero=found["numero"], tipo=found["tipo"], vence=found["vence"], puntos=found["puntos"])


def _service(found: Any) -> Service:
    return Service(
        identifier=found.identifier,
        iri=found.iri,
        title=found.title,
        description=found.description,
        status=found.status,
        processingTime=found.processing_time,
        processingTimeText=found.processing_time_text,
        keywords=list(found.keywords),
    )


@get(CONSTANT, include_in_schema=False)
async def constant() -> dict[str, str]:
    """The constant JSON answer by which machines are compared."""
    return {"status": "alive"}


async def serve(upstream: int, database_url: str) -> None:
    """Serve until the process is ended; says its port on standard output first."""
    reader = CatalogueReader(database.engine(database_url), "https://sacbe.example/id/")
    controller = make_graphql_controller(schema(upstream, reader), path="/graphql")
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sys.stdout.write(f"{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        Litestar([controller, constant], openapi_config=None, logging_config=None), log_level="error", access_log=False
    )
    await uvicorn.Server(config).serve(sockets=[sock])


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
