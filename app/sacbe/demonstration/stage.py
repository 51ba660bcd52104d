"""Sets the demonstration's stage: members, their data services, rights, a token, and `demo.json`.

Everything goes through the doors that a steward uses. What stands already is left alone, except
that the ministries' addresses, which change at each start, are registered anew.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe.demonstration import people
from sacbe.demonstration.ministries import Ministry
from sacbe.home import write_private
from sacbe_terms.choices import Choices, OperationChoice
from sacbe_terms.errors import DataServiceUnknown, LinkNotValid, RecordNotFound
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId
from sacbe_terms.links import Link, Supply
from sacbe_xroad_like import access, links, members, tokens
from sacbe_xroad_like.administration import user_tokens, users
from sacbe_xroad_like.administration.actor import HeldRole, Role
from sacbe_xroad_like.bus import Bus

CONSUMER = SubsystemId.parse("GT/GOV/1001/ventanilla")
STRANGER = SubsystemId.parse("GT/GOV/1002/archivo")
PURPOSE = "Atender trámites en ventanilla sin pedir papeles que el Estado ya tiene (demostración)."

MEMBERS = {
    "GT/GOV/1001": "Ministerio de Gobernación (demostración)",
    "GT/GOV/1002": "Archivo General (demostración)",
    "GT/GOV/2001": "Registro civil (demostración)",
    "GT/GOV/2002": "Administración tributaria (demostración)",
    "GT/GOV/2003": "Departamento de tránsito (demostración)",
}
CONSUMERS = {CONSUMER: "Ventanilla única", STRANGER: "Archivo"}
PROVIDERS = {
    "renap": (DataServiceId.parse("GT/GOV/2001/registro-civil/personas"), "Registro civil"),
    "sat": (DataServiceId.parse("GT/GOV/2002/contribuyentes/contribuyentes"), "Contribuyentes"),
    "transito": (DataServiceId.parse("GT/GOV/2003/licencias/licencias"), "Licencias de conducir"),
}
"""Each ministry's alias, its data service, and its subsystem's title."""

MARKS: Mapping[str, Choices] = {
    "renap": {
        "consultarPersona": OperationChoice(is_personal=True, person_numbers=("arguments/cui", "result/cui")),
        "listarPersonas": OperationChoice(is_personal=True, person_numbers=("result/cui",)),
        "solicitarCertificacion": OperationChoice(is_personal=True, person_numbers=("arguments/cui", "result/cui")),
    },
    "sat": {
        "consultarContribuyente": OperationChoice(
            is_personal=True, person_numbers=("arguments/cui", "result/cui", "result/nit")
        ),
        "listarContribuyentes": OperationChoice(is_personal=True, person_numbers=("result/cui", "result/nit")),
        "registrarContacto": OperationChoice(is_personal=True, person_numbers=("arguments/nit", "result/nit")),
    },
    "transito": {
        "consultarLicencia": OperationChoice(is_personal=True, person_numbers=("arguments/cui", "result/cui")),
        "listarLicencias": OperationChoice(is_personal=True, person_numbers=("result/cui",)),
        "imponerMulta": OperationChoice(is_personal=True, person_numbers=("arguments/cui",)),
    },
}
"""What each ministry's steward says of its operations."""

JOINED = """\
query Joined($service: ID!, $cui: String!) {
  service(identifier: $service) { title institution { title } processingTimeText costs { amount currency } }
  exchange {
    renap { consultarPersona(cui: $cui) { nombres apellidos fechaNacimiento municipioNacimiento { nombre } } }
    transito { consultarLicencia(cui: $cui) { numero tipo vence multas { fecha monto pagada } } }
  }
}
"""

SEARCH = """\
query Search($words: String!) {
  services(query: $words, first: 5) { totalCount nodes { identifier title institution { title } } }
}
"""

TAXPAYER = """\
query Taxpayer($cui: String!) {
  exchange { sat { consultarContribuyente(cui: $cui) { nit nombre estado solvente saldo } } }
}
"""

QUERIES = {
    "joined": {"query": JOINED, "variables": {"service": "licencia-conducir-primera", "cui": people.PEOPLE[1].cui}},
    "search": {"query": SEARCH, "variables": {"words": "sacar dpi"}},
    "taxpayer": {"query": TAXPAYER, "variables": {"cui": people.PEOPLE[1].cui}},
}
"""Queries that a newcomer or a script can send as they are."""

STEWARDS = {
    "renap": ("encargada@registro-civil.example", "GT/GOV/2001"),
    "sat": ("encargado@tributos.example", "GT/GOV/2002"),
    "transito": ("encargada@transito.example", "GT/GOV/2003"),
    "ventanilla": ("encargado@gobernacion.example", "GT/GOV/1001"),
}
"""Invented people: each provider's steward, by its alias, and the consumer's."""

AUTHORITY = ("autoridad@gobernacion.example", "GT/GOV/1001")
"""An invented person who answers for the instance."""


LINKS = (
    Link(
        service=PROVIDERS["renap"][0],
        type_name="Persona",
        field="contribuyente",
        target=OperationId(PROVIDERS["sat"][0], "consultarContribuyente"),
        arguments={"cui": "$cui"},
    ),
    Link(
        service=PROVIDERS["renap"][0],
        type_name="Persona",
        field="licencia",
        target=OperationId(PROVIDERS["transito"][0], "consultarLicencia"),
        arguments={"cui": "$cui"},
    ),
)
"""How the civil registry's records join with the others'."""

SUPPLIES = (
    Supply(
        evidence="licencia-conducir-primera-requisito-4-prueba-1",
        operation=OperationId(PROVIDERS["transito"][0], "consultarLicencia"),
    ),
)
"""Papers that nobody need bring: that there are no fines is told by the transit department itself."""


async def set_up(engine: AsyncEngine, bus: Bus, ministries: Mapping[str, Ministry]) -> str:
    """Register everything and give a token of CONSUMER, valid for 24 hours."""
    for identifier, title in MEMBERS.items():
        await members.add(engine, MemberId.parse(identifier), title=title)
    for consumer, title in CONSUMERS.items():
        await members.add_subsystem(engine, consumer, title=title)
    for alias, (service, title) in PROVIDERS.items():
        await members.add_subsystem(engine, service.subsystem, title=title, alias=alias)
    await asyncio.gather(
        *(_publish(bus, service, ministries[alias], MARKS[alias]) for alias, (service, _) in PROVIDERS.items())
    )
    for service, _ in PROVIDERS.values():
        await _grant_once(engine, service)
    await _join_once(engine)
    return await tokens.make(engine, CONSUMER, stated=tokens.DEVELOPMENT)


async def people_come(engine: AsyncEngine) -> dict[str, str]:
    """Give the invented stewards and the authority their roles, and a plain token each, valid for 24 hours.

    Gives the tokens, by alias and `authority`. Only a demonstration makes such tokens.
    """
    everybody = [(name, Role.STEWARD, *person) for name, person in STEWARDS.items()]
    everybody.append(("authority", Role.AUTHORITY, *AUTHORITY))
    given = {}
    for name, role, email, member in everybody:
        await users.give_role(engine, email, HeldRole(role, MemberId.parse(member)), by="sacbe up")
        given[name] = await user_tokens.make(engine, email)
    return given


async def _publish(bus: Bus, service: DataServiceId, ministry: Ministry, marks: Choices) -> None:
    """Publish a ministry where it is now; its document is read at the first start only."""
    try:
        await bus.registration.adjust(service, address=ministry.endpoint)
    except DataServiceUnknown:
        await bus.registration.register(
            service.subsystem, name=service.service_code, source=ministry.source, endpoint=ministry.endpoint
        )
        await bus.registration.mark(service, marks)
    await bus.registration.publish(service)


async def _join_once(engine: AsyncEngine) -> None:
    declared, supplied = await links.all_links(engine), await links.all_supplies(engine)
    for link in LINKS:
        if link not in declared:
            with suppress(LinkNotValid):  # an older demonstration may have other descriptions
                await links.add(engine, link, by="sacbe up")
    for supply in SUPPLIES:
        if supply not in supplied:
            with suppress(RecordNotFound):  # the catalogue may be somebody's own
                await links.add_supply(engine, supply, by="sacbe up")


async def _grant_once(engine: AsyncEngine, service: DataServiceId) -> None:
    held, now = await access.all_agreements(engine, consumer=CONSUMER), datetime.now(UTC)
    if not any(agreement.data_service == service and agreement.is_in_force(now) for agreement in held):
        await access.grant(engine, CONSUMER, service, purpose=PURPOSE)


def write_demo(
    home: Path, *, ports: Mapping[str, int], token: str, stewards: Mapping[str, str], database_url: str
) -> dict[str, Any]:
    """Write `demo.json`: what a script needs to run the main job. Readable by its owner only."""
    portal = f"http://127.0.0.1:{ports['public']}"
    content = {
        "portal_url": portal,
        "graphql_url": f"{portal}/graphql",
        "members_url": f"http://127.0.0.1:{ports['members']}",
        "members_tls_url": f"https://127.0.0.1:{ports['members_tls']}",
        "operations_url": f"http://127.0.0.1:{ports['operations']}",
        "consumer": str(CONSUMER),
        "token": token,
        "stewards": {name: each for name, each in stewards.items() if name != "authority"},
        "authority": stewards["authority"],
        "database_url": database_url.replace("postgresql+asyncpg://", "postgresql://"),
        "log_table": "bus.message_log",
        "queries": QUERIES,
    }
    write_private(home / "demo.json", msgspec.json.format(msgspec.json.encode(content)))
    return content
