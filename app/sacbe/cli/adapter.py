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
from sacbe_terms.comparison import Comparison, Effect, Kind
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import NothingUsable
from sacbe_terms.exchange import Health
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like import registration
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
        return await house.bus.registration.register(provider, name=name, source=source, endpoint=endpoint, kind=kind)

    found = in_house(work)
    value = {
        "identifier": str(found.identifier),
        "version": found.version,
        **_changes_value(found.changes),
    }
    report(value, as_json=as_json, say=lambda: _say_registered(found))


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
def publish(data_service: DataServiceId) -> None:
    """Put the newest draft in force; its fields are live within a second."""

    async def work(house: House) -> Description:
        return await house.bus.registration.publish(data_service)

    found = in_house(work)
    click.echo(f"Published {data_service}: {_count(len(found.operations), 'operation')} live.")


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
@as_json
def check(data_service: DataServiceId, as_json: bool) -> None:
    """Say whether the system behind a data service answers. Exit status 1 if it does not."""

    async def work(house: House) -> Health:
        return await house.bus.registration.check(data_service)

    found = in_house(work)
    value = {"healthy": found.is_healthy, "reason": found.reason, "seconds": found.seconds}
    report(value, as_json=as_json, say=lambda: click.echo("healthy" if found.is_healthy else f"ill: {found.reason}"))
    raise SystemExit(0 if found.is_healthy else 1)


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
        return await house.bus.registration.adjust(
            data_service,
            address=endpoint,
            call_seconds_max=seconds,
            reply_bytes_max=reply_bytes,
            is_lenient=lenient,
        )

    _say_draft(data_service, in_house(work))


@adapter.command()
@click.argument("data_service", type=DATA_SERVICE)
def suspend(data_service: DataServiceId) -> None:
    """Take a data service out of force; its fields are gone within a second."""

    async def work(house: House) -> None:
        await house.bus.registration.suspend(data_service)

    in_house(work)
    click.echo(f"Suspended {data_service}.")


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
    click.echo(f"Make it live with: sacbe adapter publish {found.identifier}")


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
