"""`sacbe person`: what a person may know of the use of her data."""

import sys

import click

from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_xroad_like.person_accesses import Access

NUMBER_CHARACTERS_MAX = 255
"""No more of standard input is read as a number."""


@click.group()
def person() -> None:
    """Tell a person who asked for her data."""


@person.command()
@as_json
def accesses(as_json: bool) -> None:
    """List who asked for a person's data, when and for what; her number is read from the prompt or standard input."""
    number = _number()

    async def work(house: House) -> list[Access]:
        return await house.bus.person_accesses(number)

    found = in_house(work)
    headers = ("time", "consumer", "operation", "purpose", "message")
    report(
        [_value(each) for each in found], as_json=as_json, say=lambda: table(headers, [_row(each) for each in found])
    )


def _number() -> str:
    """Read the number where no list of processes and no shell's history shows it."""
    typed = click.prompt("Number", hide_input=True) if sys.stdin.isatty() else sys.stdin.read(NUMBER_CHARACTERS_MAX)
    if not str(typed).strip():
        raise click.UsageError("The number is empty: give it at the prompt or over standard input.")
    return str(typed)


def _value(access: Access) -> dict[str, object]:
    return {
        "at": access.accessed_at,
        "consumer": access.consumer,
        "operation": access.operation,
        "agreement": access.agreement,
        "purpose": access.purpose,
        "messageId": access.message_id,
    }


def _row(access: Access) -> tuple[str, ...]:
    at = f"{access.accessed_at:%Y-%m-%d %H:%M:%S}"
    return at, access.consumer, access.operation, f"{access.purpose} ({access.agreement})", access.message_id
