"""A town whose ministries speak for themselves: an X-Road listener before real HTTP servers.

The servers answer what a test tells them; members, rights, keys, log and transport are the real thing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_adapters.rest.adapter import RestAdapter
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_catalog.data_services import DataServices
from sacbe_terms.descriptions import Description, Field, Operation, Source
from sacbe_terms.exchange import Endpoint
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like import access, members
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.members_listener import MembersListener
from sacbe_xroad_like.person_accesses import PersonKeys
from sacbe_xroad_like.wire.fault import CodeStyle
from tests.adapters.wire import Wire
from tests.xroad_like.town import SECRET, authority

CONSUMER = SubsystemId(MemberId("EE", "BUSINESS", "consumer"), "")
PROVIDER = SubsystemId(MemberId("EE", "BUSINESS", "producer"), "")
REST_PROVIDER = SubsystemId(MemberId("EE", "BUSINESS", "producer"), "sub")
REST_CONSUMER = SubsystemId(MemberId("EE", "BUSINESS", "consumer"), "sub")
SOAP_PROVIDER = SubsystemId(MemberId("EE", "BUSINESS", "producer"), "subsys2")
SOAP_CONSUMER = SubsystemId(MemberId("EE", "BUSINESS", "consumer"), "subsys1")
REST_SERVICE = DataServiceId(REST_PROVIDER, "echo")
SOAP_CODES = ("getState", "test", "testQuery", "generateMtom", "generateAttachment", "persona")


@dataclass(frozen=True)
class Town:
    """A running bus, its listener over HTTP, and the ministries' server."""

    bus: Bus
    client: httpx.AsyncClient
    wire: Wire


def soap_description(*codes: str, source: str = "estado.wsdl", speaks_xroad: bool = True) -> Description:
    """Describe a SOAP ministry by its operations' codes alone: nothing of it is translated here."""
    result = Field(name="done", wire="", type="Boolean")
    operations = [
        Operation(
            code=code,
            alias=f"{Path(source).stem}{code}",
            reads=True,
            arguments=(),
            result=result,
            speaks_xroad=speaks_xroad,
        )
        for code in codes
    ]
    read = (Source(location=source, sha256="00" * 32),)
    return Description(kind="soap", title="Estado", operations=tuple(operations), sources=read)


def rest_description(*endpoints: tuple[str, str], source: str = "echo.json") -> Description:
    """Describe a REST ministry by methods and paths."""
    result = Field(name="done", wire="", type="JSON")
    operations = [
        Operation(
            code=f"op{number}",
            alias=f"{Path(source).stem}{number}",
            reads=method == "GET",
            arguments=(),
            result=result,
            method=method,
            path=path,
        )
        for number, (method, path) in enumerate(endpoints)
    ]  # fmt: skip
    read = (Source(location=source, sha256="00" * 32),)
    return Description(kind="rest", title="Eco", operations=tuple(operations), sources=read)


@asynccontextmanager
async def town(
    engine: AsyncEngine,
    folder: Path,
    wire: Wire,
    *,
    style: CodeStyle = CodeStyle.CAMEL,
    client_statuses: ClientStatuses | None = None,
) -> AsyncIterator[Town]:
    """Run a bus with one SOAP and one REST ministry, both at the wire's server, and a consumer of each."""
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    adapters = {"rest": RestAdapter(transport), "soap": SoapAdapter(transport)}
    bus = Bus(
        engine,
        adapters,
        authority(folder),
        folder,
        client_statuses=client_statuses,
        persons=PersonKeys([SECRET]),
    )
    await populate(engine, f"http://127.0.0.1:{wire.port}/base")
    await bus.start()
    listener = MembersListener(bus, instance="EE", style=style, unchosen=ConnectionType.PLAIN)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=listener), base_url="http://members", headers={"accept": ""}
        ) as client:
            yield Town(bus=bus, client=client, wire=wire)
    finally:
        await bus.stop()
        await transport.close()


async def populate(engine: AsyncEngine, address: str) -> None:
    """Register both members, publish what the ministries offer, and give the consumers their rights."""
    for each in (CONSUMER, PROVIDER):
        await members.add(engine, each.member, title=each.member.member_code)
    for number, each in enumerate((REST_PROVIDER, REST_CONSUMER, SOAP_PROVIDER, SOAP_CONSUMER)):
        await members.add_subsystem(engine, each, title=str(each), alias=f"a{number}")
    await members.add_subsystem(engine, PROVIDER, title="producer", alias="producer")
    await publish(engine, DataServiceId(PROVIDER, "estado"), soap_description(*SOAP_CODES), address)
    await publish(engine, DataServiceId(SOAP_PROVIDER, "estado"), soap_description("getState"), address)
    await publish(engine, REST_SERVICE, rest_description(("GET", "/personas/{cui}"), ("POST", "/personas")), address)
    await access.grant(engine, CONSUMER, DataServiceId(PROVIDER, "estado"), purpose="pruebas")
    await access.grant(
        engine,
        SOAP_CONSUMER,
        DataServiceId(SOAP_PROVIDER, "estado"),
        purpose="pruebas",
    )
    await access.grant(engine, REST_CONSUMER, REST_SERVICE, purpose="pruebas")


async def publish(engine: AsyncEngine, identifier: DataServiceId, description: Description, address: str) -> None:
    """Publish a data service at an address, without asking whether anybody is there."""
    await DataServices(engine).save_draft(identifier, description, Endpoint(address=address, call_seconds_max=5))
    await DataServices(engine).publish(identifier)
