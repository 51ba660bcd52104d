"""How commands speak: plain lines for people, one JSON value for programs (`--json`)."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sacbe_terms.errors import SacbeError

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value, for programs.")
"""The option of every command that reports."""


QUIET_SECONDS = 2.0
"""A command that takes longer says how far it is."""

HEARTBEAT_SECONDS = 10.0
"""Without a terminal, a line tells this often how far a command is."""

REDRAW_SECONDS = 0.2
"""On a terminal, one line is written anew this often."""


@contextmanager
def telling() -> Iterator[None]:
    """Turn our errors into words on standard error and exit status 1."""
    try:
        yield
    except SacbeError as error:
        tell_error(error)
        raise SystemExit(1) from error


def tell_error(error: SacbeError) -> None:
    """Say what went wrong, every place of it, and what to do; as JSON if `--json` was given."""
    if "--json" in sys.argv:
        click.echo(to_json(_error_value(error)))
        return
    click.echo(f"{error.code}: {error.what}", err=True)
    for problem in error.problems:
        click.echo(f"  {problem}", err=True)
    if error.where and error.where not in error.what and not error.problems:
        click.echo(f"  where: {error.where}", err=True)
    if error.hint:
        click.echo(f"  → {error.hint}", err=True)


def _error_value(error: SacbeError) -> dict[str, Any]:
    return {
        "error": {
            "code": error.code,
            "message": error.what,
            "where": error.where,
            "hint": error.hint,
            "problems": [msgspec.to_builtins(problem) for problem in error.problems],
        }
    }


def to_json(value: object) -> str:
    """Print a value as JSON for programs; identifiers in their printed form."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str)).decode()


def report(value: object, *, as_json: bool, say: Callable[[], None]) -> None:
    """Give the value to a program, or say it to a person."""
    if as_json:
        click.echo(to_json(value))
    else:
        say()


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headers; where there are none, say so."""
    if not rows:
        click.echo("(none)")
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        shown.add_column(header, overflow="fold")
    for row in rows:
        shown.add_row(*map(_as_text, row))
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


def _as_text(value: str) -> Text:
    """Give a stranger's text as text: neither its brackets nor its control characters do anything."""
    return Text("".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in value))


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function to tell how far a long command is; shown on standard error once it has taken two seconds.

    It is told what is done, how many are, and of how many. Without a terminal a line comes now and then.
    """
    heartbeat = REDRAW_SECONDS if sys.stderr.isatty() else HEARTBEAT_SECONDS
    due = time.monotonic() + QUIET_SECONDS

    def tell(what: str, done: int, of: int) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + heartbeat
            click.echo(f"{_line_start()}  {what}: {done:,} of {of:,}", err=True, nl=not sys.stderr.isatty())

    yield tell
    if sys.stderr.isatty():
        click.echo(_line_start(), err=True, nl=False)


def _line_start() -> str:
    """Give what goes back to the beginning of a terminal's line and wipes it."""
    return "\r\x1b[K" if sys.stderr.isatty() else ""


@contextmanager
def step(what: str) -> Iterator[None]:
    """Name a step when it begins, and say how long it took."""
    started = time.monotonic()
    click.echo(f"  {what} …", nl=not sys.stdout.isatty())
    yield
    took = f"{time.monotonic() - started:.1f} s"
    click.echo(f"\r  {what} ✓ {took}   " if sys.stdout.isatty() else f"  {what}: done in {took}")
