"""A civil registry that speaks SOAP 1.1, as most of the older ones do. Demonstration only.

Run it with `python -m sacbe.demonstration.civil_registry`; its WSDL is at `?wsdl`.
"""

from typing import Any

from sacbe.demonstration import people, process
from sacbe.demonstration import spyne_stack as soap

NAMESPACE = "urn:demo:gt:renap"
LISTED_MAX = 100
"""The longest list that is given."""
LISTED_BY_DEFAULT = 20

Text = soap.Unicode(**soap.PRESENT)
Sexo = soap.enumeration(NAMESPACE, "Sexo", "M", "F")
EstadoCivil = soap.enumeration(NAMESPACE, "EstadoCivil", *people.MARITAL_STATUSES)
Parentesco = soap.enumeration(NAMESPACE, "Parentesco", "PADRE", "MADRE")
Municipio = soap.record(NAMESPACE, "Municipio", codigo=Text, nombre=Text)
Progenitor = soap.record(NAMESPACE, "Progenitor", nombre=Text, parentesco=Parentesco)
Persona = soap.record(
    NAMESPACE,
    "Persona",
    cui=Text,
    nombres=Text,
    apellidos=Text,
    fechaNacimiento=soap.Date(**soap.PRESENT),
    sexo=Sexo,
    estadoCivil=EstadoCivil,
    municipioNacimiento=Municipio.customize(**soap.PRESENT),
    padres=soap.Array(Progenitor.customize(**soap.PRESENT), **soap.PRESENT),
)
Solicitud = soap.record(NAMESPACE, "Solicitud", numero=Text, cui=Text, motivo=Text)
PersonaNoEncontrada = soap.fault(NAMESPACE, "PersonaNoEncontrada", cui=Text)


def persona(person: people.Person) -> Any:
    """Write a person as the registry's record."""
    return Persona(
        cui=person.cui,
        nombres=person.given_names,
        apellidos=person.surnames,
        fechaNacimiento=person.born,
        sexo=person.sex,
        estadoCivil=person.marital_status,
        municipioNacimiento=Municipio(codigo=person.birthplace.code, nombre=person.birthplace.name),
        padres=[
            Progenitor(nombre=person.father, parentesco="PADRE"),
            Progenitor(nombre=person.mother, parentesco="MADRE"),
        ],
    )


def consultarPersona(_context: object, cui: str) -> Any:
    """Consulta los datos de una persona por su CUI. Demostración: las personas son inventadas."""
    if cui not in people.BY_CUI:
        raise soap.raised(PersonaNoEncontrada, f"No hay ninguna persona con el CUI {cui}.", cui=cui)
    return persona(people.BY_CUI[cui])


def listarPersonas(_context: object, limite: int | None) -> list[Any]:
    """Lista personas en el orden del registro, hasta 100. Demostración: las personas son inventadas."""
    asked = LISTED_BY_DEFAULT if limite is None else limite
    return [persona(person) for person in people.PEOPLE[: max(0, min(asked, LISTED_MAX))]]


def solicitarCertificacion(_context: object, cui: str, motivo: str) -> Any:
    """Solicita una certificación de nacimiento. Demostración: no se guarda nada."""
    if cui not in people.BY_CUI:
        raise soap.raised(PersonaNoEncontrada, f"No hay ninguna persona con el CUI {cui}.", cui=cui)
    return Solicitud(numero=f"{people.BY_CUI[cui].number:07d}", cui=cui, motivo=motivo)


def application() -> Any:
    """Give the registry as a WSGI application."""
    operations = {
        "consultarPersona": soap.operation(
            consultarPersona, Text, returns=Persona.customize(**soap.PRESENT), faults=(PersonaNoEncontrada,)
        ),
        "solicitarCertificacion": soap.operation(
            solicitarCertificacion,
            Text,
            Text,
            returns=Solicitud.customize(**soap.PRESENT),
            faults=(PersonaNoEncontrada,),
        ),
        "listarPersonas": soap.operation(
            listarPersonas, soap.Integer32, returns=Persona.customize(max_occurs="unbounded", nillable=False)
        ),
    }
    return soap.application(NAMESPACE, "RegistroCivil", operations, protocol=soap.SOAP_11)


if __name__ == "__main__":
    process.serve_wsgi(application(), process.options("Registro civil"), path="/?wsdl")
