"""The worked third adapter: views of a real PostgreSQL, by the suite that every adapter inherits, and by pip."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest

from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_adapters import conformance, registry
from sacbe_adapters.conformance import illnesses
from sacbe_adapters.conformance.behaviours import TEXTS
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.transport_http import HttpTransport
from sacbe_sql_view.adapter import SqlViewAdapter
from sacbe_sql_view.connections import place
from sacbe_terms.credentials import Basic
from sacbe_terms.errors import (
    AddressRefused,
    ArgumentsNotValid,
    CredentialsRefused,
    DescriptionNotReadable,
    LegacySystemSilent,
    ReplyTooLarge,
)
from sacbe_terms.exchange import Endpoint
from tests.adapters import vehicle_database
from tests.adapters.vehicle_database import PASSWORD, USER
from tests.house.tree import ROOT

MUSEUM = ROOT / "tests" / "museum" / "sql_view"
DOCUMENT = MUSEUM / "vehiculos.json"
PACKAGE = ROOT / "adapters" / "examples" / "sql_view"
CREDENTIALS = (Basic(user=USER, password=PASSWORD),)

FIRST = {
    "placa": "0012345",
    "propietarioCui": "0040136221001",
    "avaluo": "10.50",
    "kilometros": "9007199254740993",
    "puertas": 4,
    "consumo": 0.1,
    "esExento": False,
    "inscrito": "1999-12-31",
    "revisado": "2026-11-23T14:30:00.5Z",
    "impreso": "2026-11-23T08:30:00",
    "abre": "07:00:00",
    "garantia": "P2Y3D",
    "tarjeta": "0e37df36-f698-11e6-8dd4-cb9ced3df976",
    "sello": "AP8=",
}

NO_POSTGRESQL = {
    "closed-at-once": b"",
    "web-page": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "no-tls-then-noise": b"N\x00\xff\xfe\x01" * 20,
    "wrong-sign": b"X",
    "error-without-end": b"NE\x00\x00\x00\x64SFATAL\x00",
}
"""What servers that are no PostgreSQL say first."""


@pytest.fixture(scope="session")
def vehicles(postgres: EmbeddedPostgres) -> str:
    """The address of the server that holds the registry and its ill copies."""
    asyncio.run(vehicle_database.build(postgres.url, TEXTS))
    return postgres.url


def at(address: str, seconds: float = 5.0) -> Endpoint:
    """Give an endpoint with the credentials of a reader."""
    return Endpoint(address=address, credentials=CREDENTIALS, call_seconds_max=seconds)


@asynccontextmanager
async def saying(said: bytes) -> AsyncIterator[str]:
    """Run a server that says one thing to whoever comes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(said)
        await writer.drain()
        await asyncio.sleep(0.1)

    async with vehicle_database.serving(serve) as port:
        yield f"postgresql://127.0.0.1:{port}/x"


@pytest.fixture
async def subject(vehicles: str) -> AsyncIterator[conformance.Subject]:
    """The vehicle registry, and ill systems beside it."""
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    adapter = SqlViewAdapter(transport)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(vehicle_database.listening(vehicles))
        silent = await stack.enter_async_context(illnesses.server())
        ill = {name: at(f"postgresql://127.0.0.1:{port}/{name}") for name in vehicle_database.ILL}
        for name, said in NO_POSTGRESQL.items():
            ill[name] = at(await stack.enter_async_context(saying(said)))
        yield conformance.Subject(
            adapter=adapter,
            source=DescriptionSource(location=str(DOCUMENT)),
            endpoint=at(f"postgresql://127.0.0.1:{port}/vehiculos"),
            read=conformance.Example(operation="consultarVehiculo", arguments={"placa": "0012345"}, value=FIRST),
            listed=conformance.Example(
                operation="listarVehiculos",
                arguments={"prefijo": "00"},
                value=[
                    {"placa": "0012345", "avaluo": "10.50", "inscrito": "1999-12-31", "esExento": False},
                    {
                        "placa": "0012346",
                        "avaluo": "12345678901234567890.123456789",
                        "inscrito": "2000-01-01",
                        "esExento": True,
                    },
                ],
            ),
            echo=conformance.Echo(operation="consultarNota", arguments={}, argument="texto", result="texto"),
            bad_sources={
                path.stem: DescriptionSource(location=str(path)) for path in MUSEUM.iterdir() if path != DOCUMENT
            },
            silent=at(silent.replace("http:", "postgresql:") + "/x", seconds=0.3),
            unreachable=at("postgresql://127.0.0.1:1/x"),
            ill=ill,
        )
        await adapter.close()
        await transport.close()


class TestSqlViewDescribes(conformance.Describes):
    """Inherited."""


class TestSqlViewRefusesBadDescriptions(conformance.RefusesBadDescriptions):
    """Inherited."""


class TestSqlViewChecks(conformance.Checks):
    """Inherited."""


class TestSqlViewCalls(conformance.Calls):
    """Inherited."""


class TestSqlViewKeepsValuesExact(conformance.KeepsValuesExact):
    """Inherited."""


class TestSqlViewReportsFaults(conformance.ReportsFaults):
    """Inherited."""


class TestSqlViewKeepsDeadlines(conformance.KeepsDeadlines):
    """Inherited."""


class TestSqlViewSurvivesIllReplies(conformance.SurvivesIllReplies):
    """Inherited."""


async def test_says_what_it_leaves_out(subject: conformance.Subject) -> None:
    """A column whose type has no exact form here is not offered, and the steward is told which and why."""
    (left_out,) = (await subject.description()).uncovered
    assert left_out.where == "$.operations[0].columns[14]"
    assert "jsonb" in left_out.reason


async def test_locates_each_fault_of_a_document(subject: conformance.Subject) -> None:
    """What does not hold together is told by its place; SQL is not among the words of a document."""
    with pytest.raises(DescriptionNotReadable) as caught:
        await subject.adapter.describe(subject.bad_sources["filter-on-nothing"])
    assert [problem.where for problem in caught.value.problems] == ["$.operations[0].filters[0].column"]
    with pytest.raises(DescriptionNotReadable, match=r"\$\.operations\[0\]\.filters\[0\]\.operator"):
        await subject.adapter.describe(subject.bad_sources["sql-in-an-operator"])


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"inscritoDesde": "2000-01-01", "inscritoHasta": "2000-12-31"}, ["0012346"]),
        ({"avaluo": "10.5"}, ["0012345"]),
        ({"esExento": True}, ["0012346"]),
        ({"prefijo": "1e5"}, ["1e5"]),
        ({"prefijo": "' or true --"}, []),
        ({"prefijo": "%"}, []),
    ],
)
async def test_filters_by_value(subject: conformance.Subject, arguments: dict[str, object], found: list[str]) -> None:
    """Filters compare values by the column's type, and whatever a caller gives is a value."""
    reply = await subject.call("listarVehiculos", arguments)
    assert isinstance(reply.value, list)
    assert [row["placa"] for row in reply.value] == found


async def test_gives_null_for_one_that_is_not_there(subject: conformance.Subject) -> None:
    """An operation that gives one row gives none where there is none."""
    assert (await subject.call("consultarVehiculo", {"placa": "x"})).value is None


async def test_never_cuts_a_list_short(subject: conformance.Subject) -> None:
    """More rows than the document allows is an error, not a part of the answer."""
    with pytest.raises(ReplyTooLarge, match="2 rows"):
        await subject.call("listarVehiculos", {})


@pytest.mark.parametrize("argument", [{"inscritoDesde": "2026-02-31"}, {"avaluo": "1e200000"}, {"prefijo": "a\0b"}])
async def test_refuses_what_the_database_takes_for_no_value(
    subject: conformance.Subject, argument: dict[str, object]
) -> None:
    """A date that no calendar has and a number beyond all bounds are the caller's, told without the value."""
    with pytest.raises(ArgumentsNotValid) as caught:
        await subject.call("listarVehiculos", argument)
    assert str(*argument.values()) not in str(caught.value)


async def test_the_database_stops_too(subject: conformance.Subject, vehicles: str) -> None:
    """A view that takes too long is left at the deadline, and its statement does not run on."""
    with pytest.raises(LegacySystemSilent):
        await subject.call("consultarVehiculo", {"placa": "0012345"}, endpoint=subject.ill["lenta"], seconds=0.5)
    owner = await vehicle_database.connected(vehicles)
    running = "select count(*) from pg_stat_activity where usename = $1 and query like '%limit%' and state = 'active'"
    for _ in range(200):
        if not await owner.fetchval(running, USER):
            break
        await asyncio.sleep(0.05)
    assert not await owner.fetchval(running, USER)
    await owner.close()


async def test_needs_credentials_that_hold(subject: conformance.Subject) -> None:
    """Without user and password, or with others than the database knows, it says so and not which."""
    for credentials in ((), (Basic(user=USER, password="otra"),)):
        endpoint = Endpoint(address=subject.endpoint.address, credentials=credentials)
        with pytest.raises(CredentialsRefused) as caught:
            await subject.call("consultarNota", {"texto": "x"}, endpoint=endpoint)
        assert USER not in str(caught.value)


async def test_goes_only_where_the_operator_allows(subject: conformance.Subject) -> None:
    """A database outside the allowed networks is not connected to, in whatever form it is named."""
    adapter = SqlViewAdapter(HttpTransport([]))
    health = await adapter.check(subject.endpoint)
    assert not health.is_healthy
    assert "SACBE_ALLOWED_NETWORKS" in health.reason
    for address in (
        "http://127.0.0.1/x",
        "postgresql://u:p@127.0.0.1/x",
        "postgresql://127.0.0.1",
        "postgresql://127.0.0.1/x?host=10.0.0.1",
        "postgresql://127.0.0.1:x/x",
        "postgresql:///x",
    ):
        with pytest.raises(AddressRefused):
            place(address)


def test_is_found_once_it_is_installed(tmp_path: Path) -> None:
    """Installed by pip, it is one more kind: found by entry point, guessed from its document, shown as fields."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run(
        [*install, "--no-deps", "--no-build-isolation", "--target", str(tmp_path), str(PACKAGE)],
        check=True,
        timeout=120,
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SACBE_HOME": str(tmp_path / "home")}
    described = subprocess.run(
        [sys.executable, "-m", "sacbe", "adapter", "describe", str(DOCUMENT), "--json"],
        env=environment,
        capture_output=True,
        timeout=60,
    )
    assert described.returncode == 0, described.stderr
    assert msgspec.json.decode(described.stdout)["kind"] == "sql-view"
    assert "sql-view" not in registry.adapters(HttpTransport([]))
