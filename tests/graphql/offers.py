"""Descriptions and a registry made by hand, for tests of what is built from them."""

from sacbe_terms.descriptions import (
    Choice,
    Description,
    Enumeration,
    EnumerationValue,
    Field,
    Operation,
    Record,
)
from sacbe_terms.exchange import Endpoint
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like.registry import Provider, PublishedDataService, Registry

CIVIL_REGISTRY = SubsystemId.parse("GT/GOV/2001/registro-civil")
TAXES = SubsystemId.parse("GT/GOV/2002/contribuyentes")

PERSONS = Description(
    kind="memory",
    title="Personas",
    documentation="Personas inscritas.",
    operations=(
        Operation(
            code="consultarPersona",
            alias="consultarPersona",
            reads=True,
            documentation="Consulta una persona por su CUI.",
            arguments=(
                Field(name="cui", wire="cui", type="String", is_required=True, documentation="CUI de 13 dígitos."),
            ),
            result=Field(name="persona", wire="persona", type="Persona"),
        ),
        Operation(
            code="buscarPersonas",
            alias="buscarPersonas",
            reads=True,
            arguments=(
                Field(name="limite", wire="limite", type="Int", default="10"),
                Field(name="estados", wire="estado", type="Estado", list_depth=1),
                Field(name="criterio", wire="criterio", type="Criterio"),
                Field(name="ingresoMinimo", wire="ingresoMinimo", type="Decimal"),
                Field(name="padre", wire="padre", type="String", is_nullable=True),
            ),
            result=Field(name="personas", wire="personas", type="Persona", list_depth=1),
        ),
        Operation(
            code="inscribirPersona",
            alias="inscribirPersona",
            reads=False,
            arguments=(Field(name="persona", wire="persona", type="Persona", is_required=True),),
            result=Field(name="done", wire="", type="Boolean"),
        ),
    ),
    types={
        "Persona": Record(
            name="Persona",
            documentation="Una persona inscrita.",
            fields=(
                Field(name="cui", wire="cui", type="String", is_required=True),
                Field(
                    name="nombres", wire="nombres", type="String", is_required=True, documentation="Como se inscribió."
                ),
                Field(name="fechaNacimiento", wire="fechaNacimiento", type="Date"),
                Field(name="estado", wire="estado", type="Estado"),
                Field(name="ingreso", wire="ingreso", type="Decimal"),
                Field(name="folio", wire="folio", type="Long"),
                Field(name="padres", wire="padre", type="Persona", list_depth=1),
                Field(name="documento", wire="documento", type="Documento"),
            ),
        ),
        "Estado": Enumeration(
            name="Estado",
            values=(
                EnumerationValue(name="SOLTERO", wire="soltero(a)"),
                EnumerationValue(name="CASADO", wire="casado(a)", documentation="Con acta."),
            ),
        ),
        "Documento": Choice(name="Documento", members=("Cedula", "Dpi")),
        "Cedula": Record(name="Cedula", fields=(Field(name="orden", wire="orden", type="String"),)),
        "Dpi": Record(name="Dpi", fields=(Field(name="serie", wire="serie", type="String", is_required=True),)),
        "Criterio": Choice(name="Criterio", members=("Cedula", "Dpi")),
    },
)

TAXPAYERS = Description(
    kind="memory",
    title="Contribuyentes",
    operations=(
        Operation(
            code="consultarContribuyente",
            alias="consultarContribuyente",
            reads=True,
            arguments=(Field(name="cui", wire="cui", type="String", is_required=True),),
            result=Field(name="contribuyente", wire="contribuyente", type="Persona"),
        ),
    ),
    types={
        "Persona": Record(
            name="Persona",
            fields=(
                Field(name="nit", wire="nit", type="String", is_required=True),
                Field(name="saldo", wire="saldo", type="Decimal"),
            ),
        )
    },
)


def service(subsystem: SubsystemId, code: str, description: Description) -> PublishedDataService:
    """Give a description as a published data service."""
    return PublishedDataService(
        identifier=DataServiceId(subsystem, code),
        title=description.title,
        documentation=description.documentation,
        description=description,
        endpoint=Endpoint(address="memory:"),
    )


def provider(alias: str, subsystem: SubsystemId, *services: PublishedDataService) -> Provider:
    """Give data services as a provider's."""
    return Provider(alias=alias, subsystem=subsystem, title=alias.upper(), data_services=services)


REGISTRY = Registry(
    providers=(
        provider("renap", CIVIL_REGISTRY, service(CIVIL_REGISTRY, "personas", PERSONS)),
        provider("sat", TAXES, service(TAXES, "contribuyentes", TAXPAYERS)),
    )
)
