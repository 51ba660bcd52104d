"""A tax administration that speaks SOAP 1.2. Demonstration only.

Run it with `python -m sacbe.demonstration.tax`; its WSDL is at `?wsdl`.
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from sacbe.demonstration import people, process
from sacbe.demonstration import spyne_stack as soap

NAMESPACE = "urn:demo:gt:sat"
LISTED_MAX = 100
"""The longest list that is given."""
LISTED_BY_DEFAULT = 20
GUATEMALA = timezone(timedelta(hours=-6))

Text = soap.Unicode(**soap.PRESENT)
Estado = soap.enumeration(NAMESPACE, "EstadoContribuyente", "ACTIVO", "SUSPENDIDO", "CESADO")
Establecimiento = soap.record(
    NAMESPACE, "Establecimiento", numero=Text, nombreComercial=Text, municipio=Text, abierto=soap.Date
)
Contribuyente = soap.record(
    NAMESPACE,
    "Contribuyente",
    nit=Text,
    cui=Text,
    nombre=Text,
    estado=Estado,
    solvente=soap.Boolean(**soap.PRESENT),
    saldo=soap.Decimal(**soap.PRESENT),
    fechaInscripcion=soap.Date(**soap.PRESENT),
    establecimientos=soap.Array(Establecimiento.customize(**soap.PRESENT), **soap.PRESENT),
)
Contacto = soap.record(NAMESPACE, "Contacto", nit=Text, correo=Text, registradoEn=soap.DateTime(**soap.PRESENT))
ContribuyenteNoEncontrado = soap.fault(NAMESPACE, "ContribuyenteNoEncontrado", numero=Text)


def nit(person: people.Person) -> str:
    """Give a taxpayer's number, with the K that some of them end in."""
    return f"{person.number * 37 + 4051:07d}{'K' if person.number % 10 == 0 else person.number % 9}"


BY_NIT = {nit(person): person for person in people.PEOPLE}


def balance(person: people.Person) -> Decimal:
    """Give what she owes, with two decimals: 10.50 for the first."""
    return Decimal(1050 + person.number % 4 * 98_765).scaleb(-2)


def establecimientos(person: people.Person) -> list[Any]:
    """Give her shops: none, one or two."""
    return [
        Establecimiento(
            numero=f"{shop + 1:03d}",
            nombreComercial=f"Tienda «{person.surnames.split()[shop]}» & Compañía",
            municipio=person.birthplace.name,
            abierto=person.born + timedelta(days=9000 + 400 * shop) if shop == 0 else None,
        )
        for shop in range(person.number % 3)
    ]


def consultarContribuyente(_context: object, cui: str) -> Any:
    """Consulta un contribuyente por su CUI. Demostración: las personas y los saldos son inventados."""
    person = people.BY_CUI.get(cui)
    if person is None:
        raise soap.raised(ContribuyenteNoEncontrado, f"El CUI {cui} no está inscrito.", numero=cui)
    return contribuyente(person)


def listarContribuyentes(_context: object, limite: int | None) -> list[Any]:
    """Lista contribuyentes, hasta 100. Demostración: las personas y los saldos son inventados."""
    asked = LISTED_BY_DEFAULT if limite is None else limite
    return [contribuyente(person) for person in people.PEOPLE[: max(0, min(asked, LISTED_MAX))]]


def contribuyente(person: people.Person) -> Any:
    """Write a person as the administration's record."""
    return Contribuyente(
        nit=nit(person),
        cui=person.cui,
        nombre=f"{person.given_names} {person.surnames}",
        estado=("ACTIVO", "ACTIVO", "SUSPENDIDO", "CESADO")[person.number % 4],
        solvente=person.number % 4 == 0,
        saldo=balance(person),
        fechaInscripcion=person.born + timedelta(days=18 * 366),
        establecimientos=establecimientos(person),
    )


def registrarContacto(_context: object, nit: str, correo: str) -> Any:
    """Registra el correo de un contribuyente. Demostración: no se guarda nada."""
    if nit not in BY_NIT:
        raise soap.raised(ContribuyenteNoEncontrado, f"El NIT {nit} no está inscrito.", numero=nit)
    now = datetime.now(UTC).astimezone(GUATEMALA).replace(microsecond=0)
    return Contacto(nit=nit, correo=correo, registradoEn=now)


def application() -> Any:
    """Give the administration as a WSGI application."""
    faults = (ContribuyenteNoEncontrado,)
    operations = {
        "consultarContribuyente": soap.operation(
            consultarContribuyente, Text, returns=Contribuyente.customize(**soap.PRESENT), faults=faults
        ),
        "listarContribuyentes": soap.operation(
            listarContribuyentes,
            soap.Integer32,
            returns=Contribuyente.customize(max_occurs="unbounded", nillable=False),
        ),
        "registrarContacto": soap.operation(
            registrarContacto, Text, Text, returns=Contacto.customize(**soap.PRESENT), faults=faults
        ),
    }
    return soap.application(NAMESPACE, "Contribuyentes", operations, protocol=soap.SOAP_12)


if __name__ == "__main__":
    process.serve_wsgi(application(), process.options("Administración tributaria"), path="/?wsdl")
