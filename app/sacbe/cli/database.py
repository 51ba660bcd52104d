"""`sacbe db`: the migrations."""

import asyncio

import click

from sacbe import database as databases
from sacbe.cli.telling import step
from sacbe.cli.visit import database_of
from sacbe.settings import Settings


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the database up to date; does nothing where it is."""
    with database_of(Settings.read()) as url, step("bringing the database up to date"):
        asyncio.run(databases.upgrade(url))
