"""`sacbe catalog`: records in and out of the catalogue."""

from pathlib import Path

import click
import msgspec

from sacbe.cli.telling import as_json, progress, report
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_catalog import files
from sacbe_catalog.lookups import Lookups
from sacbe_catalog.store import Stored

FORMATS = click.Choice(["json-ld", "turtle", "csv"])

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def catalog() -> None:
    """Bring records in and out of the catalogue."""


@catalog.command("import")
@click.argument("file", type=EXISTING)
@click.option("--format", "form", type=FORMATS, help="Where the file's name does not tell.")
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Says what foreign headers mean."
)
@as_json
def import_file(file: Path, form: str | None, mapping: Path | None, as_json: bool) -> None:
    """Import CPSV-AP (JSON-LD, Turtle) or CSV; all or nothing."""

    async def work(house: House) -> Stored:
        lookups = Lookups.of(await house.store.everything())
        records = files.read_file(file, format=form, mapping=mapping, lookups=lookups, base_iri=house.settings.base_iri)
        with progress() as told:
            return await house.store.put(records, source=file.name, progress=told)

    stored = in_house(work)
    report(msgspec.to_builtins(stored), as_json=as_json, say=lambda: _say(stored))


@catalog.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--format", "form", type=FORMATS, help="Where the file's name does not tell.")
def export_file(file: Path, form: str | None) -> None:
    """Export the whole catalogue as CPSV-AP (JSON-LD, Turtle), or its services as CSV."""

    async def work(house: House) -> int:
        records = await house.store.everything()
        files.write_file(records, file, format=form, base_iri=house.settings.base_iri)
        return len(records.services)

    click.echo(f"Exported {in_house(work)} services to {file}.")


def _say(stored: Stored) -> None:
    click.echo(f"Imported: {len(stored.added)} services added, {len(stored.replaced)} replaced.")
