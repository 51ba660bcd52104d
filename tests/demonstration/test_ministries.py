"""The demonstration ministries as others see them: real HTTP, contracts of their own, clean ends."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
import zeep

from sacbe.demonstration import ministries, people
from sacbe_terms.errors import MinistryNotStarted
from tests.demonstration.running import running

SoapClient: Any = zeep.Client
KNOWN = people.PEOPLE[0]
OUTLIVES_ITS_PARENT_SECONDS = 10.0


@pytest.fixture(scope="module")
def registry() -> Any:
    """A third-party SOAP client on the civil registry."""
    return SoapClient(running()["renap"].source).service


@pytest.fixture(scope="module")
def tax() -> Any:
    """A third-party SOAP client on the tax administration."""
    return SoapClient(running()["sat"].source).service


def test_registry_answers_soap_1_1(registry: Any) -> None:
    """A person is read byte for byte: leading zeros, accents, dates and enumerations."""
    found = registry.consultarPersona(cui=KNOWN.cui)
    assert (found.cui, found.nombres, found.apellidos) == (KNOWN.cui, KNOWN.given_names, KNOWN.surnames)
    assert found.cui.startswith("000")
    assert (found.fechaNacimiento, found.sexo, found.estadoCivil) == (KNOWN.born, "F", KNOWN.marital_status)
    assert found.municipioNacimiento.codigo == KNOWN.birthplace.code
    assert [parent.nombre for parent in found.padres.Progenitor] == [KNOWN.father, KNOWN.mother]


def test_registry_lists_up_to_100(registry: Any) -> None:
    """A list has the asked length, 20 unless one is asked, never more than 100."""
    assert [len(registry.listarPersonas(limite=asked)) for asked in (None, 3, 1000)] == [20, 3, 100]


def test_registry_declares_its_fault(registry: Any) -> None:
    """An unknown person is a declared fault with code, text and detail."""
    with pytest.raises(zeep.exceptions.Fault, match="9999") as caught:
        registry.consultarPersona(cui="9999")
    assert caught.value.code.endswith("Client.PersonaNoEncontrada")
    assert caught.value.detail[0].tag == "{urn:demo:gt:renap}PersonaNoEncontrada"
    assert [member.text for member in caught.value.detail[0]] == ["9999"]


def test_tax_answers_soap_1_2(tax: Any) -> None:
    """A taxpayer is read in SOAP 1.2, her balance exact to the last zero."""
    found = tax.consultarContribuyente(cui=KNOWN.cui)
    assert str(found.saldo) == "10.50"
    assert found.saldo == Decimal("10.50")
    assert (found.cui, found.estado, found.solvente) == (KNOWN.cui, "ACTIVO", True)
    assert SoapClient(running()["sat"].source).wsdl.bindings.keys() == {"{urn:demo:gt:sat}Contribuyentes"}


def test_tax_registers_a_contact(tax: Any) -> None:
    """The changing operation gives back what it was given, with a zoned time."""
    number = tax.consultarContribuyente(cui=KNOWN.cui).nit
    done = tax.registrarContacto(nit=number, correo="maria@example.gt")
    assert (done.nit, done.correo, done.registradoEn.utcoffset().total_seconds()) == (
        number,
        "maria@example.gt",
        -6 * 3600,
    )


def test_tax_declares_its_fault(tax: Any) -> None:
    """An unknown taxpayer is a fault in SOAP 1.2's form."""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        tax.consultarContribuyente(cui="9999")
    assert [code.localname for code in caught.value.subcodes] == ["ContribuyenteNoEncontrado"]


@pytest.mark.parametrize("name", ["renap", "sat"])
def test_soap_contracts_are_wrapped_documents(name: str) -> None:
    """Every operation is document/literal, one part named like the operation in each direction."""
    client = SoapClient(running()[name].source)
    for operation in next(iter(client.wsdl.bindings.values()))._operations.values():
        assert (operation.style, operation.input.body.qname.localname) == ("document", operation.name)
        assert operation.output.body.qname.localname == f"{operation.name}Response"


def test_transit_publishes_openapi() -> None:
    """The transit department describes itself in OpenAPI 3, its operations named."""
    document = msgspec.json.decode(httpx.get(running()["transito"].source).content)
    operations = [found["operationId"] for path in document["paths"].values() for found in path.values()]
    assert document["openapi"].startswith("3.")
    assert operations == ["consultarLicencia", "listarLicencias", "imponerMulta"]
    assert "demostración" in document["info"]["title"]


def test_transit_answers_rest() -> None:
    """A licence is read by GET; an unknown one is a problem in JSON (RFC 9457)."""
    endpoint = running()["transito"].endpoint
    found = httpx.get(f"{endpoint}licencias/{KNOWN.cui}")
    missing = httpx.get(f"{endpoint}licencias/9999")
    assert found.json()["titular"] == f"{KNOWN.given_names} {KNOWN.surnames}"
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert missing.json()["title"] == "LICENCIA_NO_ENCONTRADA"


def test_transit_imposes_a_fine() -> None:
    """A fine that was imposed is on the licence afterwards."""
    endpoint, fined = running()["transito"].endpoint, people.PEOPLE[7].cui
    done = httpx.post(f"{endpoint}licencias/{fined}/multas", json={"monto": "10.50", "motivo": "Señal"})
    assert done.status_code == 201
    assert done.json() in httpx.get(f"{endpoint}licencias/{fined}").json()["multas"]


def test_every_person_is_in_all_three(registry: Any, tax: Any) -> None:
    """One identity number names the same person in all three ministries."""
    last = people.PEOPLE[-1].cui
    licence = httpx.get(f"{running()['transito'].endpoint}licencias/{last}").json()
    person = registry.consultarPersona(cui=last)
    assert f"{person.nombres} {person.apellidos}" == licence["titular"] == tax.consultarContribuyente(cui=last).nombre


@pytest.mark.parametrize("name", sorted(ministries.MODULES))
def test_takes_sixteen_calls_at_once(name: str) -> None:
    """Sixteen callers at one time are all answered."""
    source = running()[name].source
    with httpx.Client() as client, ThreadPoolExecutor(16) as callers:
        statuses = list(callers.map(lambda _: client.get(source).status_code, range(48)))
    assert statuses == [200] * 48


def test_keeps_connections() -> None:
    """A SOAP ministry answers call after call on one connection."""
    with httpx.Client() as client:
        answers = [client.get(running()["renap"].source) for _ in range(3)]
    streams = {id(answer.extensions["network_stream"]) for answer in answers}
    assert len(streams) == 1


def test_ends_at_sigterm() -> None:
    """A ministry that is told to end ends at once, as a success."""
    (ministry,) = ministries.start(["transito"]).values()
    ministry.process.send_signal(signal.SIGTERM)
    assert ministry.process.wait(OUTLIVES_ITS_PARENT_SECONDS) == 0
    ministries.stop([ministry])


def test_ends_when_its_parent_is_killed() -> None:
    """No ministry outlives the program that started it, even one that was killed."""
    program = (
        "from sacbe.demonstration import ministries;"
        "print(ministries.start(['renap'])['renap'].source, flush=True); input()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    source = parent.stdout.readline().decode().strip()
    assert httpx.get(source).status_code == 200
    parent.kill()
    parent.communicate()
    assert _falls_silent(source)


def _falls_silent(source: str) -> bool:
    deadline = time.monotonic() + OUTLIVES_ITS_PARENT_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(source, timeout=1)
        except httpx.TransportError:
            return True
        time.sleep(0.05)
    return False


def test_says_why_it_did_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ministry that cannot start is named, with the last words it wrote."""
    monkeypatch.setitem(ministries.MODULES, "ausente", "sacbe.demonstration.absent")
    with pytest.raises(MinistryNotStarted, match=r"'ausente'.*No module named"):
        ministries.start(["ausente"])


def test_a_taken_port_is_said(tmp_path: Any) -> None:
    """A ministry on a port that another has exits with a failure and says so."""
    port = urlsplit(running()["renap"].source).port
    ended = subprocess.run(
        [sys.executable, "-m", ministries.MODULES["sat"], "--port", str(port)],
        capture_output=True,
    )
    assert ended.returncode != 0
    assert b"Address already in use" in ended.stderr
