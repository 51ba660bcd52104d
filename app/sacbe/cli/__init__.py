"""The command `sacbe`. Each group of commands is a module, imported when it is asked for."""

from importlib import import_module

import click

from sacbe.cli.telling import telling

COMMANDS = {
    "up": "running",
    "serve": "running",
    "db": "database",
    "catalog": "catalogue",
    "draft": "draft",
    "adapter": "adapter",
    "access": "access",
    "link": "link",
    "member": "member",
    "client": "client",
    "user": "user",
    "authority": "authority",
    "token": "member",
    "log": "log",
    "records": "records",
    "person": "person",
    "notice": "notice",
    "sandbox": "sandbox",
    "search": "search",
    "lexicon": "lexicon",
    "graphql": "graphql",
    "bench": "bench",
    "settings": "settings",
}
"""Each command and the module that holds it."""


class Commands(click.Group):
    """Finds commands by name, so that `sacbe settings` need not load what `sacbe up` needs."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Give the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Import the command's module and give the command."""
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"sacbe.cli.{COMMANDS[name]}"), name)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sacbe")
def commands() -> None:
    """Sacbé: one catalogue of public services, one query point between institutions, proof of every exchange."""


def main() -> None:
    """Run the command line; errors of ours end it with status 1 and plain words."""
    with telling():
        commands()
