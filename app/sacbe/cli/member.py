"""`sacbe member` and `sacbe token`: who takes part, and development tokens."""

import click

from sacbe.cli.identifiers import MEMBER_OR_SUBSYSTEM, SUBSYSTEM
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like import members, tokens
from sacbe_xroad_like.administration import taking_part


@click.group()
def member() -> None:
    """Register institutions and their information systems."""


@member.command()
@click.argument("identifier", type=MEMBER_OR_SUBSYSTEM)
@click.option("--title", required=True, help="Its name, for people.")
@click.option("--alias", help="Its field name in GraphQL, if it provides data services.")
def add(identifier: MemberId | SubsystemId, title: str, alias: str | None) -> None:
    """Register a member (GT/GOV/1001) or a subsystem of one (GT/GOV/1001/ventanilla)."""

    async def work(house: House) -> None:
        if isinstance(identifier, MemberId):
            await taking_part.add_member(house.desk, identifier, title=title)
        if isinstance(identifier, SubsystemId) or alias:
            client = identifier if isinstance(identifier, SubsystemId) else SubsystemId(identifier, "")
            await taking_part.add_subsystem(house.desk, client, title=title, alias=alias)

    in_house(work)
    click.echo(f"Registered {identifier}.")


@member.command("list")
@as_json
def list_members(as_json: bool) -> None:
    """List members and their subsystems."""

    async def work(house: House) -> list[tuple[str, str, str]]:
        rows = [(str(found), title, "") for found, title in await members.all_members(house.engine)]
        rows += [
            (str(each.identifier), each.title, each.alias or "") for each in await members.all_subsystems(house.engine)
        ]
        return sorted(rows)

    rows = in_house(work)
    value = [{"identifier": row[0], "title": row[1], "alias": row[2]} for row in rows]
    report(value, as_json=as_json, say=lambda: table(("identifier", "title", "alias"), rows))


@click.command()
@click.argument("client", type=SUBSYSTEM)
def token(client: SubsystemId) -> None:
    """Print a development token of a subsystem, valid for 24 hours.

    On a development node it states an official and a case for requests that name none.
    """

    async def work(house: House) -> str:
        stated = tokens.DEVELOPMENT if house.is_development else tokens.Stated()
        return await taking_part.make_token(house.desk, client, stated=stated)

    click.echo(in_house(work))
