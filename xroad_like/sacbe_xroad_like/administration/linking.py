"""Acts about links: declared for the member whose records get the field, or whose operation supplies.

A link gives nobody a right: whoever asks for its field needs one to the operation behind it.
"""

from collections.abc import Iterable, Mapping

from sacbe_terms.errors import LinkNotValid
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_terms.links import Link, Supply
from sacbe_xroad_like import links
from sacbe_xroad_like.administration.desk import Desk, Done
from sacbe_xroad_like.administration.rules import Act


def arguments(texts: Iterable[str]) -> Mapping[str, str]:
    """Read what each argument is given: `cui=$cui`, `limite=10`. Raises LinkNotValid."""
    given = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise LinkNotValid(text, reason="this names no argument", hint="Write NAME=$FIELD, or NAME=TEXT.")
        given[name] = value
    return given


async def add(desk: Desk, link: Link) -> Done[Link]:
    """Declare a link; the same again stands already. Raises as `links.add`."""
    async with desk.performing(
        Act.ADD_LINK, link.name, link.service.subsystem.member, concerning=(link.target.service.subsystem.member,)
    ) as under_way:
        if link in await links.all_links(desk.engine):
            return under_way.stands(link)
        return Done(await links.add(under_way.engine, link, by=desk.actor.name))


async def remove(desk: Desk, service: DataServiceId, type_name: str, field: str) -> Done[Link]:
    """Take a link back; raises RecordNotFound."""
    subject = f"{service} {type_name}.{field}"
    async with desk.performing(Act.REMOVE_LINK, subject, service.subsystem.member) as under_way:
        return Done(await links.remove(under_way.engine, service, type_name, field))


async def add_supply(desk: Desk, evidence: str, operation: OperationId) -> Done[Supply]:
    """Say that an operation gives what an evidence shows; raises as `links.add_supply`."""
    supply = Supply(evidence=evidence, operation=operation)
    async with desk.performing(Act.ADD_SUPPLY, _subject(supply), operation.service.subsystem.member) as under_way:
        if supply in await links.all_supplies(desk.engine):
            return under_way.stands(supply)
        return Done(await links.add_supply(under_way.engine, supply, by=desk.actor.name))


async def remove_supply(desk: Desk, evidence: str, operation: OperationId) -> Done[Supply]:
    """Take that back; raises RecordNotFound."""
    supply = Supply(evidence=evidence, operation=operation)
    async with desk.performing(Act.REMOVE_SUPPLY, _subject(supply), operation.service.subsystem.member) as under_way:
        return Done(await links.remove_supply(under_way.engine, supply))


def _subject(supply: Supply) -> str:
    return f"{supply.evidence} {supply.operation}"
