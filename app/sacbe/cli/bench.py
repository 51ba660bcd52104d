"""`sacbe bench`: what Sacbé costs, as ratios to a naive baseline in the same run."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from sacbe.benchmarks import adapters as adapters_run
from sacbe.benchmarks import bus as bus_run
from sacbe.benchmarks import crowd as crowd_run
from sacbe.benchmarks import flood as flood_run
from sacbe.benchmarks import hostile as hostile_run
from sacbe.benchmarks import isolation as isolation_run
from sacbe.benchmarks import schema as schema_run
from sacbe.benchmarks import searching as searching_run
from sacbe.benchmarks import servers as servers_run
from sacbe.benchmarks.adapters import AdaptersReport
from sacbe.benchmarks.bus import BusReport
from sacbe.benchmarks.crowd import Crowd
from sacbe.benchmarks.flood import Flood
from sacbe.benchmarks.hostile import RATIO_MAX, Hostile
from sacbe.benchmarks.isolation import Isolation
from sacbe.benchmarks.run import MeasuredRow, Report, run
from sacbe.benchmarks.schema import SchemaReport
from sacbe.benchmarks.searching import Searched
from sacbe.benchmarks.servers import Shared
from sacbe.cli.telling import as_json, report, table, to_json

HEADERS = ("row", "connections", "CPU ms", "PostgreSQL ms", "requests/s", "p99 ms", "baseline CPU ms", "baseline/ours")


@click.group(invoke_without_command=True)
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=4.0, show_default=True, help="Load per measurement.")
@click.option(
    "--services", type=click.IntRange(100, 100_000), default=10_000, show_default=True, help="In the catalogue."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this JSON file.")
@as_json
@click.pass_context
def bench(context: click.Context, seconds: float, services: int, output: Path | None, as_json: bool) -> None:
    """Measure CPU per request beside a naive baseline. Takes some minutes and wants the machine for itself."""
    if context.invoked_subcommand is not None:
        return
    found = run(seconds=seconds, services=services, say=_progress)
    if output is not None:
        output.write_text(to_json(found), encoding="utf-8")
    report(found, as_json=as_json, say=lambda: _say(found))


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=3.0, show_default=True, help="Load per measurement.")
@as_json
def adapters(seconds: float, as_json: bool) -> None:
    """Measure the adapters' calls alone, beside zeep: no GraphQL, no rights, no log, no database."""
    found = adapters_run.run(seconds=seconds, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_adapters(found))


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=3.0, show_default=True, help="Load per measurement.")
@as_json
def bus(seconds: float, as_json: bool) -> None:
    """Measure what the bus adds to a bare call: rights, quota, signatures, log."""
    found = bus_run.run(seconds=seconds, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_bus(found))


def _say_bus(found: BusReport) -> None:
    rows = [
        (
            str(row.connections),
            f"{row.bus_ms:.3f}",
            f"{row.bare_ms:.3f}",
            f"{row.added_ms:.3f}",
            f"{row.added_ms / found.constant_ms:.1f}",
            f"{row.postgres_ms:.3f}",
            f"{row.per_second:.0f}",
            f"{row.p99_ms:.1f}",
        )
        for row in found.rows
    ]
    headers = ("callers", "CPU ms", "bare call", "added", "in constant answers", "PostgreSQL ms", "calls/s", "p99 ms")
    table(headers, rows)
    click.echo(f"A constant JSON answer costs {found.constant_ms:.3f} ms here.")


def _say_adapters(found: AdaptersReport) -> None:
    zeep = {row.name: row.cpu_ms for row in found.zeep}
    rows = [
        (
            row.name,
            str(row.connections),
            f"{row.cpu_ms:.3f}",
            f"{row.cpu_ms / found.constant_ms:.1f}",
            f"{row.per_second:.0f}",
            f"{row.p99_ms:.1f}",
            f"{zeep[row.name] / row.cpu_ms:.1f}" if row.name in zeep else "-",
        )
        for row in found.rows
    ]
    table(("call", "connections", "CPU ms", "in constant answers", "calls/s", "p99 ms", "zeep's CPU/ours"), rows)
    for codec in found.codecs:
        share = codec.decode_with_facets_ms / codec.decode_ms - 1
        click.echo(
            f"{codec.name} without a wire: {codec.ours_ms:.4f} ms, zeep {codec.zeep_ms:.3f} ms"
            f" ({codec.zeep_ms / codec.ours_ms:.1f} times); facets on every text add {share:.0%} to the decode"
        )
    click.echo(f"a constant JSON answer: {found.constant_ms:.3f} ms")
    click.echo(f"{platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}")


@bench.command()
@click.option("--seconds", type=click.FloatRange(2, 60), default=12.0, show_default=True, help="Load per state.")
@click.option("--rounds", type=click.IntRange(1, 20), default=3, show_default=True, help="Of every state once.")
@as_json
def isolation(seconds: float, rounds: int, as_json: bool) -> None:
    """Measure how much one ministry that drips or is silent raises the others' p99."""
    found = isolation_run.run(seconds=seconds, rounds=rounds, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_isolation(found))


def _say_isolation(found: Isolation) -> None:
    rows = [
        (state, f"{found.p50_ms[state]:.1f}", f"{p99:.1f}", f"{found.ratios.get(state, 1.0):.2f}")
        for state, p99 in found.p99_ms.items()
    ]
    table(("the third ministry is", "the others' p50 ms", "p99 ms", "ratio"), rows)
    click.echo(f"wrong answers of the others: {found.wrong}; the quietest of {found.rounds} rounds")


@bench.command()
@click.option("--seconds", type=click.FloatRange(5, 300), default=30.0, show_default=True, help="Load per door.")
@as_json
def crowd(seconds: float, as_json: bool) -> None:
    """Measure answers while a thousand connections are open and ask a hundred times a second."""
    found = crowd_run.run(seconds=seconds, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_crowd(found))


def _say_crowd(found: Crowd) -> None:
    rows = [
        (
            door.name,
            f"{door.per_second:.0f}",
            f"{door.p50_ms:.1f}",
            f"{door.p99_ms:.1f}",
            str(door.wrong),
            f"{door.memory_bytes / 2**20:.0f}",
        )
        for door in found.doors
    ]
    table(("door", "requests/s", "p50 ms", "p99 ms", "wrong", "process MiB"), rows)
    click.echo(f"{found.connections} open connections; the process idle: {found.idle_memory_bytes / 2**20:.0f} MiB")


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.1, 60), default=0.5, show_default=True, help="Per measurement.")
@click.option(
    "--museum",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("tests/museum/graphql"),
    show_default=True,
    help="Folder of hostile requests.",
)
@as_json
def hostile(seconds: float, museum: Path, as_json: bool) -> None:
    """Measure what hostile GraphQL requests cost beside `{ __typename }`."""
    found = hostile_run.run(seconds=seconds, museum=museum, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_hostile(found))


def _say_hostile(found: Hostile) -> None:
    rows = [
        (
            asked.name,
            f"{asked.status} {asked.code}" + ("" if asked.is_as_promised else " (!)"),
            f"{asked.new_ms:.2f}",
            f"{asked.new_ratio:.1f}" + ("" if asked.is_bounded else " (!)"),
            f"{asked.counts_as:.1f}",
            f"{asked.same_ratio:.1f}",
        )
        for asked in found.asked
    ]
    table(("request", "answer", "new: CPU ms", "ratio", "counts as", "same again: ratio"), rows)
    click.echo(f"{{ __typename }}: {found.plain_ms:.3f} ms; a ratio may be {RATIO_MAX:g} for each request counted")


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=4.0, show_default=True, help="Load per measurement.")
@as_json
def servers(seconds: float, as_json: bool) -> None:
    """Measure what a request costs with two server processes, beside one."""
    found = servers_run.run(seconds=seconds, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_servers(found))


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=4.0, show_default=True, help="Load per measurement.")
@click.option(
    "--services", type=click.IntRange(100, 100_000), default=10_000, show_default=True, help="In the catalogue."
)
@as_json
def graphql(seconds: float, services: int, as_json: bool) -> None:
    """Measure every figure of the GraphQL door: the rows beside a naive baseline, and two server processes."""
    rows = run(seconds=seconds, services=services, say=_progress)
    shared = servers_run.run(seconds=seconds, say=_progress)

    def say() -> None:
        _say(rows)
        _say_servers(shared)

    report({"rows": rows, "servers": shared}, as_json=as_json, say=say)


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=8.0, show_default=True, help="Load per measurement.")
@click.option(
    "--services", type=click.IntRange(100, 100_000), default=10_000, show_default=True, help="In the catalogue."
)
@as_json
def search(seconds: float, services: int, as_json: bool) -> None:
    """Measure searches of a mix of words at 16 connections, beside their bare statements."""
    found = searching_run.run(seconds=seconds, services=services, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_search(found))


def _say_search(found: Searched) -> None:
    rows = [
        (
            name,
            f"{one.cpu_ms:.2f}",
            f"{one.postgres_ms:.2f}",
            f"{one.per_second:.0f}",
            f"{one.p50_ms:.0f}",
            f"{one.p99_ms:.0f}",
        )
        for name, one in (("through the door", found.door), ("the bare statements", found.bare))
    ]
    table((f"searches, {found.services} services", "CPU ms", "PostgreSQL ms", "a second", "p50 ms", "p99 ms"), rows)
    click.echo(f"p99 of the door to that of the statements: {found.ratio:.2f}")


def _progress(what: str) -> None:
    click.echo(f"  {what} …", err=True)


def _say_servers(found: Sequence[Shared]) -> None:
    rows = [
        (
            row.name,
            f"{row.one.cpu_ms:.3f}",
            f"{row.two.cpu_ms:.3f}",
            f"{row.ratio:.2f}",
            f"{row.one.per_second:.0f}",
            f"{row.two.per_second:.0f}",
        )
        for row in found
    ]
    table(("row", "CPU ms, one", "two", "ratio", "requests/s, one", "two"), rows)


@bench.command()
@click.option("--requests", type=click.IntRange(100, 10_000_000), default=100_000, show_default=True, help="In all.")
@click.option(
    "--museum",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("tests/museum/graphql"),
    show_default=True,
    help="Folder of hostile requests.",
)
@as_json
def flood(requests: int, museum: Path, as_json: bool) -> None:
    """Watch a server process's memory while hostile requests come, whole, cut and abandoned."""
    found = flood_run.run(requests=requests, museum=museum, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_flood(found))


def _say_flood(found: Flood) -> None:
    table(("requests", "MiB"), [(str(look.requests), f"{look.bytes / 2**20:.1f}") for look in found.looks])
    said = ", ".join(f"{times} times {status or 'none'}" for status, times in found.statuses.items())
    click.echo(f"answers: {said}")


@bench.command()
@click.option("--seconds", type=click.FloatRange(5, 60), default=10.0, show_default=True, help="Load per state.")
@as_json
def schema(seconds: float, as_json: bool) -> None:
    """Measure a node with 200 institutions and 5,000 operations: start, memory, and who waits for a publication."""
    found = schema_run.run(seconds=seconds, say=_progress)
    report(found, as_json=as_json, say=lambda: _say_schema(found))


def _say_schema(found: SchemaReport) -> None:
    rows = (
        ("every part of the schema built", f"{found.all_parts_ms:.0f} ms"),
        ("one provider's part built, and the schema put together", f"{found.one_part_ms:.0f} ms"),
        ("start to ready, with PostgreSQL and the demonstration", f"{found.start_seconds:.1f} s"),
        ("CPU of the server process until then", f"{found.start_cpu_seconds:.1f} s"),
        ("memory of the server process (RSS) after the start", f"{found.rss_bytes / 2**20:.0f} MiB"),
        ("and in the end", f"{found.rss_after_bytes / 2**20:.0f} MiB"),
        ("longest wait of { __typename } at rest", f"{found.longest_at_rest:.1f} ms"),
        ("while providers are published", f"{found.longest_while_published:.1f} ms"),
        ("while the whole schema is asked for, nothing prepared", f"{found.longest_while_told:.1f} ms"),
        ("a publication is live after, at most", f"{found.live_seconds:.2f} s"),
        ("the whole schema told: first, again", f"{found.first_told_seconds:.2f} s, {found.told_again_seconds:.3f} s"),
    )
    table((f"{found.providers} institutions, {found.operations} operations", "measured"), rows)


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
