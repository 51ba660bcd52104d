"""`sacbe settings`: every setting, its value in force and its meaning."""

import click
import msgspec

from sacbe.cli.telling import as_json, report, table
from sacbe.settings import Settings, listed


@click.command()
@as_json
def settings(as_json: bool) -> None:
    """List every setting with its value in force. A secret shows only whether it is set."""
    lines = listed(Settings.read())
    rows = [(line.variable, line.value, line.default, line.about) for line in lines]
    report(
        msgspec.to_builtins(lines),
        as_json=as_json,
        say=lambda: table(("variable", "value", "default", "meaning"), rows),
    )
