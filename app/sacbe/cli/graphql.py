"""`sacbe graphql`: the schema in force as text, and what has changed since."""

from pathlib import Path

import click
import msgspec

from sacbe.cli.telling import as_json, report
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_graphql import schema_changes, static
from sacbe_graphql.schema_changes import SchemaChanges
from sacbe_terms.errors import SchemaNotReadable


@click.group()
def graphql() -> None:
    """See the schema that this node serves, and what has changed in it."""


@graphql.command()
@click.option("--static", "is_static", is_flag=True, help="Only what every node has, whatever is published.")
def schema(is_static: bool) -> None:
    """Print the schema in force, in GraphQL's schema definition language."""
    click.echo(static.printed() if is_static else in_house(_in_force), nl=False)


@graphql.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def diff(file: Path | None, as_json: bool) -> None:
    """Name what breaks or may surprise clients since FILE, which `sacbe graphql schema` wrote earlier.

    Without FILE: since the last release of Sacbé, leaving out what institutions publish.
    Exit status 1 if something breaks.
    """
    found = schema_changes.since_release() if file is None else _since(file)
    report(msgspec.to_builtins(found), as_json=as_json, say=lambda: _say(found))
    raise SystemExit(1 if found.breaking else 0)


def _since(file: Path) -> SchemaChanges:
    try:
        before = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SchemaNotReadable(
            what=f"{file} is no text in UTF-8.",
            where=str(file),
            hint="Give a file that `sacbe graphql schema` wrote.",
        ) from error
    return schema_changes.between(before, in_house(_in_force), where=str(file))


async def _in_force(house: House) -> str:
    return schema_changes.in_force((await house.bus.read()).providers)


def _say(found: SchemaChanges) -> None:
    for title, changes in (("breaking", found.breaking), ("dangerous", found.dangerous)):
        for change in changes:
            click.echo(f"  {title}: {change.description} ({change.kind})")
    if not found.breaking:
        click.echo("Nothing breaks.")
