"""`sacbe search`: how well people find what they need."""

from pathlib import Path

import click
import msgspec

from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_catalog import seed
from sacbe_catalog.evaluate import Evaluation, Scores, Totals, evaluate


@click.group()
def search() -> None:
    """Measure the search."""


@search.command("eval")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def evaluate_list(file: Path, as_json: bool) -> None:
    """Score a judgement list against the catalogue in force."""
    judgements = file.read_bytes()

    async def work(house: House) -> Evaluation:
        await house.lexicons.load()
        return await evaluate(judgements, house.reader, file=str(file))

    found = in_house(work)
    report(msgspec.to_builtins(found), as_json=as_json, say=lambda: _say(found))


@search.command()
@as_json
def demand(as_json: bool) -> None:
    """List what many people looked for and did not find."""
    found = in_house(lambda house: house.reader.wanted())
    rows = [(one.text, one.language, str(one.days), str(one.networks)) for one in found]
    report(found, as_json=as_json, say=lambda: table(("query", "language", "days", "networks"), rows))


@search.command()
@as_json
def check(as_json: bool) -> None:
    """Score the check list, which tuning never sees, against the catalogue in force: totals only."""

    async def work(house: House) -> Totals:
        await house.lexicons.load()
        return (await evaluate(seed.check_list(), house.reader, file="check.json")).totals

    found = in_house(work)
    report(msgspec.to_builtins(found), as_json=as_json, say=lambda: _say(found))


def _say(found: Evaluation | Totals) -> None:
    rows = [_row(name, scores) for name, scores in found.categories.items()]
    headers = ("category", "queries", "nDCG@10", "useful in top 3", "no result", "silence")
    table(headers, [*rows, _row("all in Spanish", found.overall)])


def _row(name: str, scores: Scores) -> tuple[str, ...]:
    figures = (scores.ndcg, scores.useful, scores.no_result, scores.silence)
    return name, str(scores.queries), *("" if figure is None else f"{figure:.3f}" for figure in figures)
