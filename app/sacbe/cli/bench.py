"""`sacbe bench`: what Sacbé costs, as ratios to a naive baseline in the same run."""

import platform
from datetime import UTC, datetime
from pathlib import Path

import click

from sacbe.benchmarks.run import MeasuredRow, Report, run
from sacbe.cli.telling import as_json, report, table, to_json

HEADERS = ("row", "connections", "CPU ms", "PostgreSQL ms", "requests/s", "p99 ms", "baseline CPU ms", "baseline/ours")


@click.command()
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=4.0, show_default=True, help="Load per measurement.")
@click.option(
    "--services", type=click.IntRange(100, 100_000), default=1_000, show_default=True, help="In the catalogue."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this JSON file.")
@as_json
def bench(seconds: float, services: int, output: Path | None, as_json: bool) -> None:
    """Measure CPU per request beside a naive baseline. Takes some minutes and wants the machine for itself."""
    found = run(seconds=seconds, services=services, say=lambda what: click.echo(f"  {what} …", err=True))
    if output is not None:
        output.write_text(to_json(found), encoding="utf-8")
    report(found, as_json=as_json, say=lambda: _say(found))


def _say(found: Report) -> None:
    table(HEADERS, [_cells(row) for row in (found.constant, *found.rows)])
    click.echo(f"start to ready, warm: {found.start_seconds:.2f} s")
    click.echo(f"idle memory of a server process: {found.idle_bytes / 2**20:.0f} MiB")
    click.echo(f"published fields live after: {found.publish_seconds:.3f} s")
    click.echo(f"catalogue: {found.services} services; {platform.machine()}, Python {platform.python_version()}")
    click.echo(f"{datetime.now(UTC):%Y-%m-%d}")


def _cells(row: MeasuredRow) -> tuple[str, ...]:
    ours, theirs = row.sacbe, row.baseline
    return (
        row.name,
        str(row.connections),
        f"{ours.cpu_ms:.3f}",
        f"{ours.postgres_ms:.3f}",
        f"{ours.per_second:.0f}",
        f"{ours.p99_ms:.1f}",
        f"{theirs.cpu_ms:.3f}",
        f"{theirs.cpu_ms / ours.cpu_ms:.1f}",
    )
