"""`sacbe notice`: what became of notices by mail, and how their recipients get them."""

import click

from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_xroad_like.administration import users
from sacbe_xroad_like.notices import letters
from sacbe_xroad_like.notices.kinds import LANGUAGES
from sacbe_xroad_like.notices.letters import Listed, State
from sacbe_xroad_like.notices.recipients import Delivery, Recipient

_SHOWN = (State.WAITING, State.FAILED)
"""What an operator looks for: what is not there yet, and what never will be by itself."""


@click.group()
def notice() -> None:
    """See to notices by mail: what waits, what failed, who gets them how."""


@notice.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also what was sent and what was withdrawn.")
@as_json
def list_(is_all: bool, as_json: bool) -> None:
    """List the letters that wait or have failed, the newest first, and notices without a letter."""

    async def work(house: House) -> tuple[Listed, ...]:
        return await letters.listed(house.engine, tuple(State) if is_all else _SHOWN)

    found = in_house(work)
    headers = ("letter", "state", "to", "notices", "of", "attempts", "at", "answer")
    report(found, as_json=as_json, say=lambda: table(headers, [_row(each) for each in found]))


@notice.command()
@click.argument("letter", type=click.IntRange(1, 2**63 - 1), required=False)
@click.option("--all", "is_all", is_flag=True, help="Every letter that failed.")
def retry(letter: int | None, is_all: bool) -> None:
    """Have LETTER, which failed, tried anew; the running node sends it within seconds."""
    if (letter is None) != is_all:
        raise click.UsageError("Name one LETTER, or give --all.")

    async def work(house: House) -> int:
        return await letters.retry(house.engine, letter)

    count = in_house(work)
    click.echo(f"{count} to be tried anew.")


@notice.command("send-test")
@click.argument("email")
def send_test(email: str) -> None:
    """Send a test letter to EMAIL, to see that the settings are right."""
    address = users.email_of(email)

    async def work(house: House) -> None:
        await house.post.send_test(address)

    in_house(work)
    click.echo(f"The mail server took a test letter for {address}.")


@notice.command()
@click.argument("email")
@click.argument("delivery", type=click.Choice([each.value for each in Delivery]))
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of her letters; without it, as before.")
def choose(email: str, delivery: str, language: str | None) -> None:
    """Say how EMAIL gets notices, for whoever cannot use the link in her letters."""

    async def work(house: House) -> Recipient:
        return await house.recipients.choose(email, Delivery(delivery), language)

    chosen = in_house(work)
    click.echo(f"{chosen.email}: {chosen.delivery} ({chosen.language}).")


def _row(one: Listed) -> tuple[str, ...]:
    return (
        str(one.letter or ""),
        one.state,
        one.email,
        ", ".join(one.kinds),
        ", ".join(one.members),
        str(one.attempts),
        f"{one.at:%Y-%m-%d %H:%M}",
        one.answer,
    )
