"""A made-up country for measurements of the schema: many institutions, each with a system of many operations.

The shapes follow what registered systems look like: a record with a dozen fields, one record inside
another, a list, an enumeration, arguments of several types, and documentation at each field.
"""

from sacbe_terms.descriptions import Description, Enumeration, EnumerationValue, Field, NamedType, Operation, Record
from sacbe_terms.exchange import Endpoint
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like.registry import Provider, PublishedDataService

PROVIDERS = 200
OPERATIONS_PER_PROVIDER = 25

_TYPES = ("String", "Int", "Date", "Decimal", "Boolean")


def providers(count: int = PROVIDERS, operations: int = OPERATIONS_PER_PROVIDER) -> tuple[Provider, ...]:
    """Give the registry's providers, each with one data service."""
    return tuple(provider(number, operations) for number in range(count))


def provider(number: int, operations: int = OPERATIONS_PER_PROVIDER, *, documentation: str = "") -> Provider:
    """Give one provider; another documentation makes it another publication of the same."""
    service = identifier(number)
    published = PublishedDataService(
        identifier=service,
        title=f"Sistema {number}",
        documentation=documentation,
        description=description(number, operations, documentation=documentation),
        endpoint=Endpoint(address="http://127.0.0.1:9/"),
    )
    return Provider(
        alias=alias(number), subsystem=service.subsystem, title=f"Institución {number}", data_services=(published,)
    )


def alias(number: int) -> str:
    """Give a provider's field below `exchange`."""
    return f"institucion{number:03}"


def identifier(number: int) -> DataServiceId:
    """Give the one data service of a provider."""
    return DataServiceId(SubsystemId(MemberId("GT", "GOV", f"9{number:03}"), "sistema"), "registros")


def description(number: int, operations: int = OPERATIONS_PER_PROVIDER, *, documentation: str = "") -> Description:
    """Give a description: each operation has a record of its own and shares an address and a state."""
    types: dict[str, NamedType] = {"Direccion": _record("Direccion", 4), "Estado": _STATE}
    for each in range(operations):
        types[f"Registro{each}"] = Record(
            name=f"Registro{each}",
            fields=(
                *_record(f"Registro{each}", 10).fields,
                _field("direccion", "Direccion"),
                _field("estado", "Estado"),
                _field("anteriores", "Direccion", list_depth=1),
            ),
        )
    return Description(
        kind="rest",
        title=f"Sistema {number}",
        documentation=documentation,
        operations=tuple(_operation(each, documentation) for each in range(operations)),
        types=types,
    )


def _operation(number: int, documentation: str) -> Operation:
    return Operation(
        code=f"consultarRegistro{number}",
        alias=f"consultarRegistro{number}",
        reads=True,
        arguments=(_field("numero", "String", is_required=True), _field("desde", "Date"), _field("estado", "Estado")),
        result=_field("resultado", f"Registro{number}"),
        documentation=documentation or f"Da el registro {number} de una persona o empresa.",
    )


def _record(name: str, count: int) -> Record:
    fields = tuple(_field(f"dato{each}", _TYPES[each % len(_TYPES)]) for each in range(count))
    return Record(name=name, fields=fields)


def _field(name: str, type_: str, *, is_required: bool = False, list_depth: int = 0) -> Field:
    return Field(
        name=name,
        wire=name,
        type=type_,
        is_required=is_required,
        list_depth=list_depth,
        documentation=f"El dato {name} tal como consta en el registro.",
    )


_STATE = Enumeration(
    name="Estado",
    values=tuple(EnumerationValue(name=name, wire=name) for name in ("ACTIVO", "SUSPENDIDO", "CANCELADO")),
)
