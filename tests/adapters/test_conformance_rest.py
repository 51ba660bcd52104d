"""The REST adapter against the transit department, whose document and server litestar made."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from sacbe.demonstration import people
from sacbe_adapters import conformance
from sacbe_adapters.conformance import illnesses
from sacbe_adapters.conformance.illness import Speaks
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.rest.adapter import RestAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.exchange import Endpoint
from tests.demonstration.running import running

MUSEUM = Path(__file__).parents[1] / "museum" / "openapi"
UNREACHABLE = Endpoint(address="http://127.0.0.1:1/")
"""Nothing listens on port 1."""

FIRST = {
    "numero": "00012345-00",
    "cui": people.EXAMPLE_CUI,
    "titular": "María José Ajú Choc",
    "tipo": "A",
    "vence": "2024-12-23",
    "puntos": 20,
    "multas": [{"fecha": "2026-10-14", "monto": "100.50", "motivo": "Exceso de velocidad", "pagada": True}],
    "restricciones": "Usa anteojos",
}
PROBLEM = {"status": "404", "title": "LICENCIA_NO_ENCONTRADA", "detail": "No hay licencia para el CUI 9999."}
FINED = people.PEOPLE[11].cui


@pytest.fixture
async def subject() -> AsyncIterator[conformance.Subject]:
    """The transit department, and ill systems beside it."""
    ministry = running()["transito"]
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    async with illnesses.server() as ill:
        yield conformance.Subject(
            adapter=RestAdapter(transport),
            source=DescriptionSource(location=ministry.source),
            endpoint=Endpoint(address=ministry.endpoint),
            read=conformance.Example(operation="consultarLicencia", arguments={"cui": people.EXAMPLE_CUI}, value=FIRST),
            listed=conformance.Example(
                operation="listarLicencias", arguments={"tipo": "A", "limite": 1}, value=[FIRST]
            ),
            change=conformance.Example(
                operation="imponerMulta",
                arguments={"cui": FINED, "body": {"monto": "10.50", "motivo": "Señal"}},
                value={"monto": "10.50", "motivo": "Señal", "pagada": False},
            ),
            echo=conformance.Echo(
                operation="imponerMulta",
                arguments={"cui": FINED, "body": {"monto": "0.00"}},
                argument="body/motivo",
                result="motivo",
            ),
            fault=conformance.FaultExample(
                operation="consultarLicencia",
                arguments={"cui": "9999"},
                code="LICENCIA_NO_ENCONTRADA",
                text="9999",
                detail={
                    "problema404": {
                        "status": "404",
                        "title": "LICENCIA_NO_ENCONTRADA",
                        "detail": "No hay licencia para el CUI 9999.",
                    }
                },
            ),
            bad_sources={
                path.stem: DescriptionSource(location=str(path))
                for path in MUSEUM.glob("*.*")
                if b"must say" in path.read_bytes()
            },
            silent=illnesses.silent_endpoint(ill),
            unreachable=UNREACHABLE,
            ill=illnesses.ill_endpoints(ill, Speaks.JSON),
        )
        await transport.close()


class TestRestDescribes(conformance.Describes):
    """Inherited."""


class TestRestRefusesBadDescriptions(conformance.RefusesBadDescriptions):
    """Inherited."""


class TestRestChecks(conformance.Checks):
    """Inherited."""


class TestRestCalls(conformance.Calls):
    """Inherited."""


class TestRestKeepsValuesExact(conformance.KeepsValuesExact):
    """Inherited."""


class TestRestReportsFaults(conformance.ReportsFaults):
    """Inherited."""


class TestRestKeepsDeadlines(conformance.KeepsDeadlines):
    """Inherited."""


class TestRestSurvivesIllReplies(conformance.SurvivesIllReplies):
    """Inherited."""
