"""The SOAP adapter keeps the contract, in both versions, against a stack that is not ours."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest

from sacbe_adapters import conformance
from sacbe_adapters.conformance import illnesses
from sacbe_adapters.conformance.illness import Speaks
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description
from sacbe_terms.exchange import Endpoint
from tests.adapters import php_soap
from tests.adapters.reading import MUSEUM

CUI = "0012345670101"
UNKNOWN = "9999999990101"

PERSONA_IN_PHP = {
    "version": 3,
    "cui": CUI,
    "nombres": "  Ana Lucía Ñandú & <hijos>  ",
    "fecha_nacimiento": "1990-02-28",
    "inscrita": "2026-11-23T10:00:00-06:00",
    "fallecida": False,
    "hijos": 0,
    "folio": "9223372036854775807",
    "saldo": {"_": "10.50", "moneda": "USD"},
    "estatura": 1.65,
    "estado_civil": "unión de hecho",
    "apodo": ["Lucy", "1e5"],
    "telefono": "00005555",
}
PERSONA = {
    "version": 3,
    "cui": CUI,
    "nombres": "  Ana Lucía Ñandú & <hijos>  ",
    "fechaNacimiento": "1990-02-28",
    "inscrita": "2026-11-23T10:00:00-06:00",
    "fallecida": False,
    "hijos": 0,
    "folio": "9223372036854775807",
    "saldo": {"value": "10.50", "moneda": "USD"},
    "estatura": 1.65,
    "estadoCivil": "UNION_DE_HECHO",
    "apodo": ["Lucy", "1e5"],
    "telefono": "00005555",
}
ANSWERS = {
    "consultarPersona": {
        "answer": {"persona": PERSONA_IN_PHP},
        "when": {"cui": UNKNOWN},
        "fault": {
            "code": "Client.NoExiste",
            "text": f"No existe {UNKNOWN}",
            "name": "noExiste",
            "detail": {"noExiste": {"cui": UNKNOWN}},
        },
    },
    "listarPersonas": {"answer": {"personas": {"persona": [PERSONA_IN_PHP, PERSONA_IN_PHP]}}},
    "inscribirPersona": {"answer": {"folio": "12345678901234"}, "echo": {"nota": "eco"}},
}


@pytest.fixture(scope="module", params=["1.1", "1.2"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The museum's registry with the port of one version first, and PHP serving it."""
    folder = tmp_path_factory.mktemp("registry")
    wsdl = folder / "registry.wsdl"
    text = (MUSEUM / "registry.wsdl").read_text()
    first, second = [line for line in text.splitlines() if "<wsdl:port " in line]
    if request.param == "1.2":
        text = text.replace(first, "").replace(second, second + first)
    wsdl.write_text(text)
    with php_soap.serving(wsdl, ANSWERS, folder, version=request.param) as address:
        yield wsdl, address


class _Remembering(SoapAdapter):
    """Describes each document once: the suite asks for it before every call."""

    async def describe(self, source: DescriptionSource) -> Description:
        """Read the document the first time it is asked for."""
        if source.location not in _READ:
            _READ[source.location] = await super().describe(source)
        return _READ[source.location]


_READ: dict[str, Description] = {}


@pytest.fixture
async def subject(served: tuple[Path, str]) -> AsyncIterator[conformance.Subject]:
    """The adapter, with PHP's server and with ill ones."""
    wsdl, address = served
    async with AsyncExitStack() as stack:
        ill = await stack.enter_async_context(illnesses.server())
        transport = HttpTransport([ip_network("127.0.0.0/8")])
        stack.push_async_callback(transport.close)
        yield conformance.Subject(
            adapter=_Remembering(transport),
            source=DescriptionSource(location=str(wsdl)),
            endpoint=Endpoint(address=address),
            read=conformance.Example(operation="consultarPersona", arguments={"cui": CUI}, value=PERSONA),
            listed=conformance.Example(operation="listarPersonas", arguments={"limite": 2}, value=[PERSONA, PERSONA]),
            change=conformance.Example(
                operation="inscribirPersona",
                arguments={"persona": PERSONA, "nota": "nueva"},
                value={"folio": "12345678901234", "eco": "nueva"},
            ),
            echo=conformance.Echo(
                operation="inscribirPersona", arguments={"persona": PERSONA}, argument="nota", result="eco"
            ),
            fault=conformance.FaultExample(
                operation="consultarPersona",
                arguments={"cui": UNKNOWN},
                code="NoExiste",
                text="No existe",
                detail={"noExiste": {"cui": UNKNOWN}},
            ),
            bad_sources={
                path.name: DescriptionSource(location=str(path))
                for path in (MUSEUM / "not-xml.wsdl", MUSEUM / "doctype.wsdl", MUSEUM / "broken-binding.wsdl")
            },
            silent=illnesses.silent_endpoint(ill),
            unreachable=Endpoint(address="http://127.0.0.1:9/"),
            ill=illnesses.ill_endpoints(ill, Speaks.SOAP),
        )


class TestSoapDescribes(conformance.Describes):
    """SOAP: from a document to a description."""


class TestSoapRefusesBadDescriptions(conformance.RefusesBadDescriptions):
    """SOAP: ill documents."""


class TestSoapChecks(conformance.Checks):
    """SOAP: health."""


class TestSoapCalls(conformance.Calls):
    """SOAP: calls."""


class TestSoapKeepsValuesExact(conformance.KeepsValuesExact):
    """SOAP: fidelity."""


class TestSoapReportsFaults(conformance.ReportsFaults):
    """SOAP: faults."""


class TestSoapKeepsDeadlines(conformance.KeepsDeadlines):
    """SOAP: time and size."""


class TestSoapSurvivesIllReplies(conformance.SurvivesIllReplies):
    """SOAP: ill systems."""
