"""`sacbe access group`: clients that may hold rights together."""

import click

from sacbe.cli.identifiers import GROUP, SUBSYSTEM
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import groups
from sacbe_xroad_like.administration import rights
from sacbe_xroad_like.group import GroupId
from sacbe_xroad_like.groups import Group


@click.group()
def group() -> None:
    """Keep groups of clients: LOCALGROUP:PROVIDER/CODE for one provider, GLOBALGROUP:INSTANCE/CODE for all."""


@group.command("set")
@click.argument("identifier", metavar="GROUP", type=GROUP)
@click.option("--title", help="Its name, for people.")
@click.option("--include", multiple=True, type=SUBSYSTEM, help="A client to take in.")
@click.option("--exclude", multiple=True, type=SUBSYSTEM, help="A client to put out; its rights by the group end.")
def set_(
    identifier: GroupId, title: str | None, include: tuple[SubsystemId, ...], exclude: tuple[SubsystemId, ...]
) -> None:
    """Make GROUP, or change its title and who is in it. It holds at once, everywhere."""

    async def work(house: House) -> Group:
        return (await rights.set_group(house.desk, identifier, title=title, include=include, exclude=exclude)).value

    kept = in_house(work)
    click.echo(f"{kept.identifier} has {len(kept.members)} clients.")


@group.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List every group with its clients."""

    async def work(house: House) -> tuple[Group, ...]:
        return await groups.all_groups(house.engine)

    found = in_house(work)
    report(
        [
            {"identifier": str(each.identifier), "title": each.title, "members": [str(one) for one in each.members]}
            for each in found
        ],
        as_json=as_json,
        say=lambda: table(
            ("group", "title", "clients"),
            [(str(each.identifier), each.title, ", ".join(map(str, each.members))) for each in found],
        ),
    )
