"""`sacbe catalog versions|changes|diff|return`: who changed which record, and going back."""

from collections.abc import Iterable, Sequence

import click

from sacbe.cli.reasons import OPERATOR, why_option
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_catalog import differences, drafts, history
from sacbe_catalog.differences import Difference
from sacbe_catalog.history import Author, RecordVersion
from sacbe_catalog.mapping import MAPPINGS

KINDS = click.Choice([mapping.kind for mapping in MAPPINGS if mapping.catalogue_field])

CHANGES_SHOWN = 100
"""Of the feed, where the command says no number."""


@click.command()
@click.argument("kind", type=KINDS)
@click.argument("identifier")
@as_json
def versions(kind: str, identifier: str, as_json: bool) -> None:
    """List a record's versions, the newest first."""
    found = in_house(lambda house: history.versions(house.engine, kind, identifier))
    report(found, as_json=as_json, say=lambda: _say_versions(found))


@click.command()
@click.option("--since", default=0, type=click.IntRange(min=0), help="The number of the last change that is known.")
@click.option("--first", default=CHANGES_SHOWN, type=click.IntRange(1, history.FEED_PAGE_MAX))
@as_json
def changes(since: int, first: int, as_json: bool) -> None:
    """List all changes of all records after a number, the oldest first."""
    found = in_house(lambda house: history.feed(house.engine, since=since, first=first, is_whole=True))
    report(found, as_json=as_json, say=lambda: _say_versions(found))


@click.command()
@click.argument("kind", type=KINDS)
@click.argument("identifier")
@click.argument("older", type=int)
@click.argument("newer", type=int, required=False)
@as_json
def diff(kind: str, identifier: str, older: int, newer: int | None, as_json: bool) -> None:
    """Show what differs between two versions of a record, or between one and what is in force."""

    async def work(house: House) -> tuple[Difference, ...]:
        ends = [await history.version(house.engine, kind, identifier, number) for number in (older, newer)]
        return differences.differences(*map(history.record_of, ends))

    found = in_house(work)
    report(found, as_json=as_json, say=lambda: say_differences(found))


@click.command("return")
@click.argument("kind", type=KINDS)
@click.argument("identifier")
@click.argument("number", type=int)
@why_option
def go_back(kind: str, identifier: str, number: int, why: str) -> None:
    """Put an older version of a record in force once more."""
    in_house(lambda house: drafts.return_to(house.store, kind, identifier, number, Author(OPERATOR, why)))
    click.echo(f"{kind} {identifier} is as it was in version {number}.")


def say_differences(found: Sequence[Difference]) -> None:
    """Print differences as a table."""
    table(("place", "before", "after"), [(one.place, one.before, one.after) for one in found])


def _say_versions(found: Iterable[RecordVersion]) -> None:
    headers = ("number", "when", "what", "record", "who", "why")
    rows = [
        (str(one.number), f"{one.made_at:%Y-%m-%d %H:%M}", one.what.value, " ".join(one.key), one.who, one.why)
        for one in found
    ]
    table(headers, rows)
