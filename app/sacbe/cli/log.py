"""`sacbe log`: proof of what was asked and answered."""

import click

from sacbe.cli.telling import as_json, progress, report
from sacbe.cli.visit import in_house
from sacbe.house import House, keys_folder
from sacbe_signing.keys import read_trust
from sacbe_xroad_like import verify as verification
from sacbe_xroad_like.sealing import checkpoints_file
from sacbe_xroad_like.verify import Verification


@click.group()
def log() -> None:
    """Prove what was asked and answered."""


@log.command()
@click.option("--message", metavar="ID", help="Verify one message only: its signatures, and its place in the log.")
@as_json
def verify(message: str | None, as_json: bool) -> None:
    """Verify the message log: records, signatures, order, checkpoints. Exit status 1 if it does not hold."""

    async def work(house: House) -> Verification:
        trust = read_trust(keys_folder(house.settings), house.settings.authorities)
        file = checkpoints_file(house.settings.home)
        if message is not None:
            return await verification.verify_message(house.engine, file, trust, message)
        with progress() as told:
            return await verification.verify(
                house.engine, file, trust, progress=lambda done, of: told("verified", done, of)
            )

    found = in_house(work)
    found.refuse_if_broken()
    report(_value(found), as_json=as_json, say=lambda: _say(found, message))


def _value(found: Verification) -> dict[str, object]:
    return {
        "holds": found.holds,
        "messages": found.messages,
        "checkpoints": found.checkpoints,
        "unsealed": found.unsealed,
        "unanswered": found.unanswered,
    }


def _say(found: Verification, message: str | None) -> None:
    if message is not None:
        click.echo(f"The message holds: {found.messages} records, signed, in their place under a signed checkpoint.")
        return
    click.echo(f"The log holds: {found.messages} messages, {found.checkpoints} checkpoints.")
    if found.unsealed:
        click.echo(f"{found.unsealed} of them are waiting for their seal, which comes within a second or so.")
    if found.unanswered:
        click.echo(f"{found.unanswered} requests have no reply: their outcome was never known.")
