"""`sacbe lexicon`: what stewards add to what words may mean."""

from pathlib import Path

import click
import msgspec

from sacbe.cli.reasons import OPERATOR, why_option
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_catalog import kept_lexicons
from sacbe_catalog import lexicon as lexicons
from sacbe_catalog.kept_lexicons import LexiconVersion
from sacbe_catalog.lexicon import Lexicon


@click.group()
def lexicon() -> None:
    """Say what people's words may mean, beyond the lexicon that ships."""


@lexicon.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@why_option
@as_json
def put(file: Path, why: str, as_json: bool) -> None:
    """Put a lexicon's file in force over what ships; every process reads it within a second."""
    added = lexicons.read(file.read_bytes(), file=str(file))
    _put(added, why, as_json)


@lexicon.command()
@click.argument("language")
@click.option("--version", type=int, help="Another than the newest.")
def show(language: str, version: int | None) -> None:
    """Print what stewards added to a language's lexicon, as a file for `put`."""
    found = in_house(lambda house: kept_lexicons.kept(house.engine, language, version))
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


@lexicon.command()
@click.argument("language")
@as_json
def versions(language: str, as_json: bool) -> None:
    """List who changed a language's lexicon, the newest first."""
    found = in_house(lambda house: kept_lexicons.versions(house.engine, language))
    report(msgspec.to_builtins(found), as_json=as_json, say=lambda: _say(found))


@lexicon.command("return")
@click.argument("language")
@click.argument("version", type=int)
@why_option
@as_json
def go_back(language: str, version: int, why: str, as_json: bool) -> None:
    """Put an older version in force once more."""
    older = in_house(lambda house: kept_lexicons.kept(house.engine, language, version))
    _put(older, why, as_json)


def _put(added: Lexicon, why: str, as_json: bool) -> None:
    async def work(house: House) -> int:
        return await kept_lexicons.put(house.engine, added, who=OPERATOR, why=why)

    version = in_house(work)
    said = f"Version {version} of the lexicon of {added.language}: {len(added.entries)} entries over what ships."
    report({"version": version, "language": added.language}, as_json=as_json, say=lambda: click.echo(said))


def _say(found: tuple[LexiconVersion, ...]) -> None:
    rows = [(str(one.version), f"{one.made_at:%Y-%m-%d %H:%M}", one.who, str(one.entries), one.why) for one in found]
    table(("version", "when", "who", "entries", "why"), rows)
