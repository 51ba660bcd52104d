"""The SOAP adapter against the demonstration ministries, whose WSDLs and servers spyne made."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from sacbe.demonstration import people
from sacbe_adapters import conformance
from sacbe_adapters.conformance import illnesses
from sacbe_adapters.conformance.illness import Speaks
from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description
from sacbe_terms.exchange import Endpoint
from tests.demonstration.running import running

KNOWN = people.PEOPLE[0]
UNREACHABLE = Endpoint(address="http://127.0.0.1:1/")
"""Nothing listens on port 1."""

PERSON = {
    "cui": KNOWN.cui,
    "nombres": "María José",
    "apellidos": "Ajú Choc",
    "fechaNacimiento": "1946-02-07",
    "sexo": "F",
    "estadoCivil": "SOLTERO",
    "municipioNacimiento": {"codigo": "0101", "nombre": "Guatemala"},
    "padres": [
        {"nombre": "José Ángel Ajú", "parentesco": "PADRE"},
        {"nombre": "María José Choc", "parentesco": "MADRE"},
    ],
}
TAXPAYER = {
    "nit": "0004051K",
    "cui": KNOWN.cui,
    "nombre": "María José Ajú Choc",
    "estado": "ACTIVO",
    "solvente": True,
    "saldo": "10.50",
    "fechaInscripcion": "1964-02-21",
    "establecimientos": [],
}
NOBODY = {"cui": "9999"}
REQUEST = {"cui": KNOWN.cui, "motivo": "Trámite de pasaporte"}
CONTACT = {"nit": "0004051K", "correo": "maria@example.gt"}
EXPECTED: Mapping[str, Mapping[str, Any]] = {
    "renap": {
        "read": conformance.Example(operation="consultarPersona", arguments={"cui": KNOWN.cui}, value=PERSON),
        "listed": conformance.Example(operation="listarPersonas", arguments={"limite": 1}, value=[PERSON]),
        "change": conformance.Example(operation="solicitarCertificacion", arguments=REQUEST, value=REQUEST),
        "echo": conformance.Echo(
            operation="solicitarCertificacion", arguments=REQUEST, argument="motivo", result="motivo"
        ),
        "fault": conformance.FaultExample(
            operation="consultarPersona",
            arguments=NOBODY,
            code="PersonaNoEncontrada",
            text="9999",
            detail={"personaNoEncontrada": {"cui": "9999"}},
        ),
    },
    "sat": {
        "read": conformance.Example(operation="consultarContribuyente", arguments={"cui": KNOWN.cui}, value=TAXPAYER),
        "listed": conformance.Example(operation="listarContribuyentes", arguments={"limite": 1}, value=[TAXPAYER]),
        "change": conformance.Example(operation="registrarContacto", arguments=CONTACT, value=CONTACT),
        "echo": conformance.Echo(operation="registrarContacto", arguments=CONTACT, argument="correo", result="correo"),
        "fault": conformance.FaultExample(
            operation="consultarContribuyente",
            arguments=NOBODY,
            code="ContribuyenteNoEncontrado",
            text="9999",
            detail={"contribuyenteNoEncontrado": {"numero": "9999"}},
        ),
    },
}
"""What each ministry answers."""
DESCRIBED: dict[str, Description] = {}
BAD = {"no-es-xml.wsdl": b"definitions", "vacio.wsdl": b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>'}


@pytest.fixture(params=sorted(EXPECTED))
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[conformance.Subject]:
    """The civil registry in SOAP 1.1 and the tax administration in SOAP 1.2."""
    ministry = running()[request.param]
    for name, document in BAD.items():
        (tmp_path / name).write_bytes(document)
    async with AsyncExitStack() as stack:
        transport = HttpTransport([ip_network("127.0.0.0/8")])
        stack.push_async_callback(transport.close)
        ill = await stack.enter_async_context(illnesses.server())
        yield conformance.Subject(
            adapter=SoapAdapter(transport),
            source=DescriptionSource(location=ministry.source),
            endpoint=Endpoint(address=ministry.endpoint),
            bad_sources={name: DescriptionSource(location=str(tmp_path / name)) for name in BAD},
            silent=illnesses.silent_endpoint(ill),
            unreachable=UNREACHABLE,
            ill=illnesses.ill_endpoints(ill, Speaks.SOAP),
            described=DESCRIBED,
            **EXPECTED[request.param],
        )


class TestSoapDescribes(conformance.Describes):
    """Inherited."""


class TestSoapRefusesBadDescriptions(conformance.RefusesBadDescriptions):
    """Inherited."""


class TestSoapChecks(conformance.Checks):
    """Inherited."""


class TestSoapCalls(conformance.Calls):
    """Inherited."""


class TestSoapKeepsValuesExact(conformance.KeepsValuesExact):
    """Inherited."""


class TestSoapReportsFaults(conformance.ReportsFaults):
    """Inherited."""


class TestSoapKeepsDeadlines(conformance.KeepsDeadlines):
    """Inherited."""


class TestSoapSurvivesIllReplies(conformance.SurvivesIllReplies):
    """Inherited."""
