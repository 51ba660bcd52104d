"""`sacbe user`: the people of institutions, their roles, and how they come."""

from pathlib import Path

import click

from sacbe.cli.identifiers import MEMBER
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like.administration import people, users
from sacbe_xroad_like.administration.actor import HeldRole, Role
from sacbe_xroad_like.administration.users import Invitation, User


@click.group()
def user() -> None:
    """Say who speaks for an institution: invite people, see their roles, take them back."""


@user.command()
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What she shall be.")
@click.option("--institution", required=True, type=MEMBER, help="At which member, such as GT/GOV/2001.")
@as_json
def invite(email: str, role: str, institution: MemberId, as_json: bool) -> None:
    """Invite EMAIL to a role. The invitation is shown this once, holds seven days, and is good once."""

    async def work(house: House) -> Invitation:
        return (await people.invite(house.desk, email, Role(role), institution)).value

    written = in_house(work)
    value = {"email": written.email, "invitation": written.text, "expiresAt": written.expires_at}
    report(value, as_json=as_json, say=lambda: _say_invited(written))


@user.command()
@click.argument("invitation")
@click.option(
    "--key",
    "file",
    required=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Your public key (PEM or JWK). The private one stays with you.",
)
def accept(invitation: str, file: Path) -> None:
    """Accept an INVITATION with your key. If you have a role already, with the same key."""
    content = file.read_bytes()

    async def work(house: House) -> User:
        return (await people.accept(house.desk, invitation, content)).value

    came = in_house(work)
    click.echo(f"{came.email} is {_said(came.roles)}.")


@user.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List everybody with a role, and the invitations that wait."""

    async def work(house: House) -> tuple[tuple[User, ...], tuple[Invitation, ...]]:
        return await users.all_users(house.engine), await users.waiting(house.engine)

    found, waiting = in_house(work)
    report(
        {"users": [_value(each) for each in found], "invitations": [_waiting(each) for each in waiting]},
        as_json=as_json,
        say=lambda: table(("e-mail", "roles", "keys"), [*map(_row, found), *map(_waiting_row, waiting)]),
    )


@user.command()
@click.argument("email")
@click.option("--institution", type=MEMBER, help="At this member alone; else everywhere.")
def revoke(email: str, institution: MemberId | None) -> None:
    """Take the roles of EMAIL back, at once and everywhere; without any left, her keys and tokens are gone too."""

    async def work(house: House) -> tuple[HeldRole, ...]:
        return (await people.revoke(house.desk, email, institution)).value

    gone = in_house(work)
    click.echo(f"{email} is no longer {_said(gone)}." if gone else f"The invitation of {email} is taken back.")


def _say_invited(written: Invitation) -> None:
    click.echo(f"Give this to {written.email} alone; it is shown once and holds until {written.expires_at:%Y-%m-%d}:")
    click.echo(f"  {written.text}\nShe accepts it with her public key:\n  sacbe user accept INVITATION --key FILE")


def _said(roles: tuple[HeldRole, ...]) -> str:
    return ", ".join(f"{held.role} of {held.institution}" for held in roles)


def _value(found: User) -> dict[str, object]:
    roles = [{"role": held.role, "institution": str(held.institution)} for held in found.roles]
    return {"email": found.email, "roles": roles, "keys": found.key_names}


def _waiting(invitation: Invitation) -> dict[str, object]:
    return {
        "email": invitation.email,
        "role": invitation.held.role,
        "institution": str(invitation.held.institution),
        "expiresAt": invitation.expires_at,
    }


def _row(found: User) -> tuple[str, str, str]:
    return found.email, _said(found.roles), ", ".join(found.key_names)


def _waiting_row(invitation: Invitation) -> tuple[str, str, str]:
    return invitation.email, f"invited: {_said((invitation.held,))}", ""
