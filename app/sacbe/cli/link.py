"""`sacbe link`: fields that join institutions, and evidences that an institution need not ask for."""

import click

from sacbe.cli.identifiers import DATA_SERVICE, OPERATION
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.errors import SacbeError
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_terms.links import Batch, Link, Supply
from sacbe_xroad_like import links
from sacbe_xroad_like.administration import linking


@click.group()
def link() -> None:
    """Join institutions' records, and the catalogue's evidences with the operations that give them."""


@link.command()
@click.argument("service", type=DATA_SERVICE)
@click.argument("type_and_field", metavar="TYPE.FIELD")
@click.argument("operation", type=OPERATION)
@click.option(
    "--argument", "arguments", multiple=True, help="NAME=$FIELD of the record, or NAME=TEXT; once for each argument."
)
@click.option("--batch", help="An operation of the same data service that answers a list of keys at once.")
@click.option("--batch-argument", default="", help="Its argument that takes the list of keys.")
@click.option("--batch-match", default="", help="The field of what it answers in which the key stands.")
@click.option("--dry-run", is_flag=True, help="Say whether it fits, and store nothing.")
def add(
    service: DataServiceId,
    type_and_field: str,
    operation: OperationId,
    arguments: tuple[str, ...],
    batch: str | None,
    batch_argument: str,
    batch_match: str,
    dry_run: bool,
) -> None:
    """Let FIELD of the TYPE of SERVICE be what OPERATION answers. It gives nobody a right to OPERATION."""
    type_name, field = _type_and_field(type_and_field)
    declared = Link(
        service=service,
        type_name=type_name,
        field=field,
        target=operation,
        arguments=linking.arguments(arguments),
        batch=Batch(operation_code=batch, argument=batch_argument, match=batch_match) if batch else None,
    )

    async def work(house: House) -> Link:
        if dry_run:
            await links.refuse_unfit(house.engine, declared)
            return declared
        return (await linking.add(house.desk, declared)).value

    made = in_house(work)
    click.echo(f"{'It fits:' if dry_run else 'Linked'} {made.name} = {made.formula}.")


@link.command()
@click.option("--draft", type=DATA_SERVICE, help="As if this data service's newest draft were published.")
@as_json
def check(draft: DataServiceId | None, as_json: bool) -> None:
    """Say of every link whether its field is in the schema, and why not. Exit status 1 if one is not."""

    async def work(house: House) -> list[tuple[Link, SacbeError | None]]:
        return await links.checked(house.engine, draft)

    found = in_house(work)
    report(
        {"links": [_value(each) | {"fits": error is None, "reason": error and error.what} for each, error in found]},
        as_json=as_json,
        say=lambda: table(("field", "fits"), [(each.name, error.what if error else "yes") for each, error in found]),
    )
    raise SystemExit(1 if any(error for _, error in found) else 0)


@link.command()
@click.argument("service", type=DATA_SERVICE)
@click.argument("type_and_field", metavar="TYPE.FIELD")
def remove(service: DataServiceId, type_and_field: str) -> None:
    """Take the link FIELD of the TYPE of SERVICE back."""
    type_name, field = _type_and_field(type_and_field)

    async def work(house: House) -> Link:
        return (await linking.remove(house.desk, service, type_name, field)).value

    click.echo(f"Removed {in_house(work).name}.")


@link.command()
@click.argument("evidence")
@click.argument("operation", type=OPERATION)
@click.option("--remove", "is_removed", is_flag=True, help="Take it back.")
def evidence(evidence: str, operation: OperationId, is_removed: bool) -> None:
    """Say that OPERATION gives what EVIDENCE of the catalogue shows, so that nobody need bring the paper."""

    async def work(house: House) -> Supply:
        act = linking.remove_supply if is_removed else linking.add_supply
        return (await act(house.desk, evidence, operation)).value

    supply = in_house(work)
    verb = "no longer supplies" if is_removed else "supplies"
    click.echo(f"{supply.operation} {verb} {supply.evidence}.")


@link.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List every link, and every evidence with what supplies it."""

    async def work(house: House) -> tuple[tuple[Link, ...], tuple[Supply, ...]]:
        return await links.all_links(house.engine), await links.all_supplies(house.engine)

    declared, supplies = in_house(work)
    report(
        {"links": [_value(each) for each in declared], "evidences": [_supplied(each) for each in supplies]},
        as_json=as_json,
        say=lambda: table(
            ("field or evidence", "is"),
            [(each.name, each.formula) for each in declared]
            + [(each.evidence, str(each.operation)) for each in supplies],
        ),
    )


def _value(declared: Link) -> dict[str, object]:
    batch = declared.batch
    return {
        "service": str(declared.service),
        "type": declared.type_name,
        "field": declared.field,
        "operation": str(declared.target),
        "arguments": declared.arguments,
        "batch": batch and {"operation": batch.operation_code, "argument": batch.argument, "match": batch.match},
    }


def _supplied(supply: Supply) -> dict[str, object]:
    return {"evidence": supply.evidence, "operation": str(supply.operation)}


def _type_and_field(text: str) -> tuple[str, str]:
    type_name, point, field = text.rpartition(".")
    if not (type_name and point and field):
        raise click.UsageError(f"'{text}' is no TYPE.FIELD, such as Persona.contribuyente.")
    return type_name, field
