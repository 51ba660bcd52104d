"""`sacbe graphql`: the schema in force as text, what has changed since, and how an operation is answered."""

from pathlib import Path
from typing import Any, TextIO

import click
import msgspec

from sacbe.cli.telling import as_json, report
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_graphql import explaining, schema_changes, static
from sacbe_graphql.explaining import Explanation
from sacbe_graphql.refusal import Refused
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


@graphql.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--variables", default="{}", help="The operation's variables, as JSON.")
@as_json
def explain(file: TextIO, variables: str, as_json: bool) -> None:
    """Tell how this node would answer the operation in FILE (`-` for standard input); nothing is asked."""
    text, given = file.read(), _variables(variables)

    async def plan(house: House) -> Explanation:
        return explaining.explained((await house.bus.read()).providers, house.reader, text, given)

    try:
        found = in_house(plan)
    except Refused as refused:
        raise refused.entries[0].error from refused
    report(msgspec.to_builtins(found), as_json=as_json, say=lambda: _tell(found))


def _variables(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise click.BadParameter(f"no JSON object: {error}", param_hint="--variables") from error


def _tell(found: Explanation) -> None:
    click.echo(f"Left to execution: {found.executed}." if found.executed else "Compiled.")
    for call in found.calls:
        click.echo(
            f"  calls {call.operation} {msgspec.json.encode(call.arguments).decode()} for {', '.join(call.paths)}"
        )
        click.echo(f"    of whose answer {call.fields or 'everything'} leaves the provider")
    for call in found.linked:
        click.echo(f"  may follow a link to {call.operation} at {', '.join(call.paths)}")
        click.echo(f"    of whose answer {call.fields or 'everything'} leaves the provider")
    if found.reads:
        click.echo(f"  reads the catalogue in one statement:\n{found.reads.sql}")


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
