"""`sacbe draft`: changes of records on their way: written, reviewed, published."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from sacbe.cli.catalogue import EXISTING, FORMATS
from sacbe.cli.reasons import OPERATOR, why_option
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.versions import say_differences
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_catalog import files
from sacbe_catalog.drafts import Draft, Drafts, Review, State
from sacbe_catalog.history import Author
from sacbe_catalog.lookups import Lookups
from sacbe_catalog.store import Stored

NAMES_SHOWN = 3
"""Records that a list names of each draft."""


@click.group()
def draft() -> None:
    """Change records with reviews: nobody sees a change before it is approved."""


@draft.command("open")
@click.argument("file", type=EXISTING)
@click.option("--format", "form", type=FORMATS, help="Where the file's name does not tell.")
@why_option
@as_json
def open_draft(file: Path, form: str | None, why: str, as_json: bool) -> None:
    """Keep a file's records as a draft."""

    async def work(house: House) -> int:
        lookups = Lookups.of(await house.store.around_services())
        records = files.read_file(file, format=form, lookups=lookups, base_iri=house.settings.base_iri)
        return await Drafts(house.store).open(records, Author(OPERATOR, why))

    number = in_house(work)
    report({"draft": number}, as_json=as_json, say=lambda: click.echo(f"Draft {number}."))


@draft.command("list")
@click.option("--state", type=click.Choice(list(State)), help="Instead of those that are open.")
@as_json
def list_drafts(state: str | None, as_json: bool) -> None:
    """List drafts, the newest first."""
    found = in_house(lambda house: Drafts(house.store).all(state=State(state) if state else None))
    report(found, as_json=as_json, say=lambda: _say_drafts(found))


@draft.command()
@click.argument("number", type=int)
@as_json
def review(number: int, as_json: bool) -> None:
    """Show what a draft would change, and what somebody else changed meanwhile."""
    found = in_house(lambda house: Drafts(house.store).review(number))
    report(found, as_json=as_json, say=lambda: _say_reviews(found))


@draft.command()
@click.argument("number", type=int)
@why_option
def submit(number: int, why: str) -> None:
    """Ask for the review of a draft."""
    in_house(lambda house: Drafts(house.store).submit(number, Author(OPERATOR, why)))
    click.echo(f"Draft {number} waits for its review.")


@draft.command("give-back")
@click.argument("number", type=int)
@why_option
def give_back(number: int, why: str) -> None:
    """Give a draft back to whoever wrote it."""
    in_house(lambda house: Drafts(house.store).give_back(number, Author(OPERATOR, why)))
    click.echo(f"Draft {number} is a draft again.")


@draft.command()
@click.argument("number", type=int)
@why_option
def withdraw(number: int, why: str) -> None:
    """Give a draft up; it can still be read."""
    in_house(lambda house: Drafts(house.store).withdraw(number, Author(OPERATOR, why)))
    click.echo(f"Draft {number} is withdrawn.")


@draft.command()
@click.argument("number", type=int)
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]), help="Publish then; local time.")
@why_option
def approve(number: int, at: datetime | None, why: str) -> None:
    """Publish a draft, now or at a time to come."""
    when = at.astimezone() if at else None
    stored = in_house(lambda house: Drafts(house.store).approve(number, Author(OPERATOR, why), at=when))
    click.echo(_approved(number, stored, when))


def _approved(number: int, stored: Stored | None, when: datetime | None) -> str:
    if stored is None:
        return f"Draft {number} will be published {when:%Y-%m-%d %H:%M}."
    return f"Draft {number} is published: {len(stored.added)} services added, {len(stored.replaced)} replaced."


def _say_drafts(found: Iterable[Draft]) -> None:
    rows = [
        (
            str(one.number),
            one.state,
            _names(one),
            one.who,
            one.why,
            f"{one.publish_at:%Y-%m-%d %H:%M}" if one.publish_at else "",
        )
        for one in found
    ]
    table(("draft", "state", "records", "who", "why", "published"), rows)


def _names(one: Draft) -> str:
    names = [base.identifier for base in one.bases]
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _say_reviews(found: Iterable[Review]) -> None:
    for one in found:
        click.echo(f"{one.kind} {one.identifier}")
        say_differences(one.changes)
        if one.meanwhile:
            click.echo("Somebody else changed meanwhile:")
            say_differences(one.meanwhile)
