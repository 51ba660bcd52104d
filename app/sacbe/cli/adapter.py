"""`sacbe adapter`: a ministry's system becomes fields of the schema, without a programmer."""

import asyncio

import click
import msgspec

from sacbe.cli.credential import credential
from sacbe.cli.identifiers import DATA_SERVICE, SUBSYSTEM
from sacbe.cli.telling import as_json, report
from sacbe.cli.visit import in_house, own_settings
from sacbe.house import House, speaking
from sacbe_graphql import schema
from sacbe_terms.choices import OperationChoice
from sacbe_terms.comparison import Comparison, Effect, Kind
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import NothingUsable
from sacbe_terms.exchange import Health
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like import registration
from sacbe_xroad_like.administration import offering
from sacbe_xroad_like.drift import Drift
from sacbe_xroad_like.registration import Registered

kind_option = click.option(
    "--kind", help="Of an installed adapter, such as soap or rest; guessed from the document if left out."
)


@click.group()
def adapter() -> None:
    """Register a ministry's system by its WSDL or OpenAPI document."""


adapter.add_command(credential)


@adapter.command()
@click.argument("source")
@kind_option
@as_json
def describe(source: str, kind: str | None, as_json: bool) -> None:
    """Show what SOURCE (a file or an address) would publish, and what is not covered and why. Stores nothing."""

    async def work() -> Description:
        async with speaking(own_settings()) as adapters:
            return await registration.describe(adapters, source, kind=kind)

    found = asyncio.run(work())
    report(msgspec.to_builtins(found), as_json=as_json, say=lambda: _say_description(found))
    if not found.operations:
        raise NothingUsable(what="No operation of this document can be published.", where=source)


@adapter.command()
@click.argument("provider", type=SUBSYSTEM)
@click.option("--name", required=True, help="Code of the data service, unique in the provider.")
@click.option("--source", required=True, help="The document: a file or an address.")
@click.option("--endpoint", help="Where the system is called; the document's own address if left out.")
@kind_option
@as_json
def register(
    provider: SubsystemId, name: str, source: str, endpoint: str | None, kind: str | None, as_json: bool
) -> None:
    """Keep a document as the newest draft of a data service of PROVIDER. Publish it to make it live."""

    async def work(house: House) -> Registered:
        done = await offering.register(house.desk, provider, name=name, source=source, endpoint=endpoint, kind=kind)
        return done.value

    found = in_house(work)
    value = {
        "identifier": str(found.identifier),
        "version": found.version,
        **_changes_value(found.changes),
        "proposals": found.proposals,
    }
    report(value, as_json=as_json, say=lambda: _say_registered(found))


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
@click.option("--accept-breaking", is_flag=True, help="Publish although consumers break; see `diff`.")
def publish(data_service: DataServiceId, accept_breaking: bool) -> None:
    """Put the newest draft in force; its fields are live within a second."""

    async def work(house: House) -> Description:
        return (await offering.publish(house.desk, data_service, accepts_breaking=accept_breaking)).value

    found = in_house(work)
    click.echo(f"Published {data_service}: {_count(len(found.operations), 'operation')} live.")


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
@as_json
def check(data_service: DataServiceId, as_json: bool) -> None:
    """Say whether the system behind a data service answers, and whether its document changed since it was read.

    Exit status 1 if the system does not answer.
    """

    async def work(house: House) -> tuple[Health, Drift]:
        return (await offering.check(house.desk, data_service)).value

    health, drift = in_house(work)
    value = {
        "healthy": health.is_healthy,
        "reason": health.reason,
        "seconds": health.seconds,
        "drift": {"documents": drift.documents, "reason": drift.reason, **_changes_value(drift.changes)},
    }
    report(value, as_json=as_json, say=lambda: _say_check(health, drift))
    raise SystemExit(0 if health.is_healthy else 1)


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
@as_json
def diff(data_service: DataServiceId, as_json: bool) -> None:
    """Say what publishing the newest draft would change, place by place, and whether a consumer breaks."""

    async def work(house: House) -> Comparison:
        return await house.bus.registration.diff(data_service)

    found = in_house(work)
    report(_changes_value(found), as_json=as_json, say=lambda: _say_changes(found))


@adapter.command("set")
@click.argument("data_service", type=DATA_SERVICE)
@click.option("--endpoint", help="Where the system is called.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="How long a call may take.")
@click.option("--bytes", "reply_bytes", type=click.IntRange(1), help="How large a reply may be.")
@click.option(
    "--lenient/--strict",
    default=None,
    help="A reply's field that breaks the description: null with an error, or the whole reply refused.",
)
def set_(
    data_service: DataServiceId,
    endpoint: str | None,
    seconds: float | None,
    reply_bytes: int | None,
    lenient: bool | None,
) -> None:
    """Choose how the system behind a data service is called. Makes a new draft; publish it to make it live."""

    async def work(house: House) -> int:
        drafted = await offering.set_calling(
            house.desk,
            data_service,
            address=endpoint,
            call_seconds_max=seconds,
            reply_bytes_max=reply_bytes,
            is_lenient=lenient,
        )
        return drafted.value

    _say_draft(data_service, in_house(work))


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
@click.argument("operation")
@click.option("--personal/--not-personal", default=None, help="Whether it gives data of a person.")
@click.option("--person", "places", multiple=True, help="Where a person's number stands, such as arguments/cui.")
@click.option("--alias", default="", help="Its field below the provider.")
@click.option("--reads/--changes", default=None, help="Whether it stands below Query or Mutation.")
@click.option(
    "--attachments/--no-attachments",
    default=None,
    help="Whether files go along that its document does not name.",
)
def mark(
    data_service: DataServiceId,
    operation: str,
    personal: bool | None,
    places: tuple[str, ...],
    alias: str,
    reads: bool | None,
    attachments: bool | None,
) -> None:
    """Say what an OPERATION (by its code) is. Makes a new draft; publish it to make it live.

    A place of a person's number makes the operation personal. Earlier marks that are not given stay.
    """
    is_personal = True if places and personal is None else personal
    choice = OperationChoice(
        alias=alias, reads=reads, is_personal=is_personal, person_numbers=places, attachments=attachments
    )

    async def work(house: House) -> int:
        return (await offering.mark(house.desk, data_service, operation, choice)).value

    _say_draft(data_service, in_house(work))


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
def suspend(data_service: DataServiceId) -> None:
    """Take a data service out of force; its fields are gone within a second."""

    async def work(house: House) -> None:
        await offering.suspend(house.desk, data_service)

    in_house(work)
    click.echo(f"Suspended {data_service}.")


def _say_check(health: Health, drift: Drift) -> None:
    click.echo("healthy" if health.is_healthy else f"ill: {health.reason}")
    if drift.reason:
        click.echo(f"The document cannot be read any more: {drift.reason}")
    for document in drift.documents:
        click.echo(f"The document changed since it was registered: {document}")
    if drift.documents:
        click.echo("Registering it anew would change:")
        _say_changes(drift.changes)


def _say_draft(data_service: DataServiceId, version: int) -> None:
    click.echo(f"Draft {version}. Make it live with: sacbe adapter publish {data_service}")


def _say_description(found: Description) -> None:
    click.echo(schema.sdl(found))
    for uncovered in found.uncovered:
        click.echo(f"# not covered: {uncovered.where}: {uncovered.reason}")


def _say_registered(found: Registered) -> None:
    operations = _count(len(found.description.operations), "operation")
    click.echo(f"Registered {found.identifier}, draft {found.version}: {operations}.")
    _say_changes(found.changes)
    _say_proposals(found)
    click.echo(f"Make it live with: sacbe adapter publish {found.identifier}")


def _say_proposals(found: Registered) -> None:
    """Show what sounds personal; nothing is marked before the steward says so."""
    if found.proposals:
        click.echo("  Some names sound like a person's number. Where that is so, mark them:")
    for code, places in found.proposals.items():
        persons = " ".join(f"--person {place}" for place in places)
        click.echo(f"    sacbe adapter mark {found.identifier} {code} --personal {persons}")


def _changes_value(found: Comparison) -> dict[str, object]:
    return {"breaks": bool(found.breaking), "changes": msgspec.to_builtins(found.changes)}


def _say_changes(found: Comparison) -> None:
    for change in found.changes:
        effect = "" if change.effect is Effect.SAFE else f" ({change.effect})"
        click.echo(f"  {_SIGNS[change.kind]} {change}{effect}")
    if not found.changes:
        click.echo("  no change")
    elif found.breaking:
        click.echo(f"  Consumers break at {_count(len(found.breaking), 'place')}.")
    else:
        click.echo("  No consumer breaks.")


_SIGNS = {Kind.ADDED: "+", Kind.CHANGED: "~", Kind.REMOVED: "-"}


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
