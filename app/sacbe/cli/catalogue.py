"""`sacbe catalog`: records in and out of the catalogue."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import msgspec

from sacbe.cli import versions
from sacbe.cli.reasons import OPERATOR
from sacbe.cli.telling import as_json, progress, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_catalog import files
from sacbe_catalog.findings import RULES, Finding, findings
from sacbe_catalog.history import Author
from sacbe_catalog.lookups import Lookups
from sacbe_catalog.open_data.package import CURRENT, Package
from sacbe_catalog.store import Stored
from sacbe_catalog.truth import TruthPart
from sacbe_catalog.upkeep import InstitutionUpkeep
from sacbe_catalog.views import ServiceFilter
from sacbe_terms.errors import RecordNotFound

FORMATS = click.Choice(["json-ld", "turtle", "csv"])

PAGE = 100
"""Services that are read at once."""

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def catalog() -> None:
    """Bring records in and out of the catalogue, see who changed them, and go back."""


for command in (versions.versions, versions.changes, versions.diff, versions.go_back):
    catalog.add_command(command)


@catalog.command("import")
@click.argument("file", type=EXISTING)
@click.option("--format", "form", type=FORMATS, help="Where the file's name does not tell.")
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Says what foreign headers mean."
)
@click.option("--why", default="", help="The reason, for whoever reads the records' versions.")
@as_json
def import_file(file: Path, form: str | None, mapping: Path | None, why: str, as_json: bool) -> None:
    """Import CPSV-AP (JSON-LD, Turtle) or CSV; all or nothing."""
    author = Author(OPERATOR, why or f"import of {file.name}")

    async def work(house: House) -> Stored:
        lookups = Lookups.of(await house.store.around_services())
        with progress() as told:
            told("looking at every row", 0, 0)
            found = files.read_in_pieces(
                file, format=form, mapping=mapping, lookups=lookups, base_iri=house.settings.base_iri
            )
            return await house.store.put_in_pieces(found, source=file.name, author=author, progress=told)

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


@catalog.command()
@click.argument("folder", type=click.Path(file_okay=False, writable=True, path_type=Path))
def dump(folder: Path) -> None:
    """Write the open data (CSV, JSON, NDJSON, Parquet, datapackage.json) below a folder, as `current`."""
    from sacbe.dumping import dump as dumped

    async def work(house: House) -> Package:
        with progress() as told:
            return await dumped(house.engine, folder, lambda kind, done: told(f"records: {kind}", done, done))

    package = in_house(work)
    click.echo(f"Wrote {len(package.resources)} files to {folder / CURRENT}, up to change {package.change}.")


@catalog.command()
@click.argument("institution", required=False)
@as_json
def review(institution: str | None, as_json: bool) -> None:
    """Say how true institutions keep their records; of one, what there is to mend in each service."""
    if institution is None:
        institutions = in_house(lambda house: house.reader.upkeep())
        report(msgspec.to_builtins(institutions), as_json=as_json, say=lambda: _say_upkeep(institutions))
        return
    found = in_house(lambda house: _reviewed(house, institution))
    report(msgspec.to_builtins(found), as_json=as_json, say=lambda: _say_findings(found))


async def _reviewed(house: House, institution: str) -> dict[str, tuple[Finding, ...]]:
    if await house.reader.institution(institution) is None:
        raise RecordNotFound("institution", institution)
    wanted = ServiceFilter(institutions=(institution,))
    page = await house.reader.services(filter=wanted, first=PAGE)
    services = list(page.nodes)
    while page.has_next_page:
        page = await house.reader.services(filter=wanted, first=PAGE, after=page.cursors[-1])
        services += page.nodes
    return {service.identifier: findings(service) for service in services}


def _say_upkeep(institutions: Sequence[InstitutionUpkeep]) -> None:
    rows = [
        (one.identifier, str(one.services), f"{one.truth.score:.2f}", *(_part(part) for part in one.truth.parts[:2]))
        for one in institutions
    ]
    table(("institution", "services", "score", "completeness", "confirmed"), rows)


def _part(part: TruthPart) -> str:
    return "left out" if part.value is None else f"{part.value:.2f}"


def _say_findings(found: Mapping[str, Sequence[Finding]]) -> None:
    rows = [
        (service, one.rule, one.field, one.excerpt, RULES[one.rule].repair["es"])
        for service, some in found.items()
        for one in some
    ]
    table(("service", "rule", "field", "found", "repair"), rows)


def _say(stored: Stored) -> None:
    click.echo(f"Imported: {len(stored.added)} services added, {len(stored.replaced)} replaced.")
