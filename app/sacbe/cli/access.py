"""`sacbe access`: who may ask what, and why."""

import getpass
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar, Unpack

import click

from sacbe.cli.access_groups import group
from sacbe.cli.access_rules import rule
from sacbe.cli.identifiers import DATA_SERVICE_OR_OPERATION, HOLDER, SUBSYSTEM
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import access as agreements
from sacbe_xroad_like.access import Terms
from sacbe_xroad_like.administration import rights
from sacbe_xroad_like.agreement import Agreement, State
from sacbe_xroad_like.group import Holder

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A day of the calendar."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Give the day; fails with the form that is expected."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no day; write it as 2027-01-31.", param, ctx)


_DAY = Day()

_by = click.option(
    "--by", default=getpass.getuser, show_default="who is logged in", help="Who does this, for the record."
)

_TERMS = (
    click.argument("service", type=DATA_SERVICE_OR_OPERATION),
    click.option("--purpose", required=True, help="Why, in words that a citizen may read."),
    click.option("--legal-basis", default="", help="The norm that allows it."),
    click.option("--until", type=_DAY, help="Last day of the right (that day included, UTC)."),
    click.option("--review-on", type=_DAY, help="Day on which both sides look at it again."),
    click.option("--per-day", type=click.IntRange(min=1), help="Most calls in a day (UTC)."),
    click.option(
        "--field",
        "fields",
        multiple=True,
        help="A field of the result, such as municipio/nombre; else all.",
    ),
    click.option(
        "--route",
        "routes",
        multiple=True,
        help="A method and path of a REST service, such as 'GET /licencias/*'; else all.",
    ),
    _by,
)


def _terms(command: Command) -> Command:
    """Give a command the arguments and options that say what is agreed."""
    for decorate in reversed(_TERMS):
        command = decorate(command)
    return command


@click.group()
def access() -> None:
    """Decide who may ask what, and why. Nothing is allowed by default."""


@access.command()
@click.argument("consumer", type=SUBSYSTEM)
@_terms
def request(consumer: SubsystemId, service: DataServiceId | OperationId, by: str, **terms: Unpack[Terms]) -> None:
    """Ask for CONSUMER's right to SERVICE: a data service, or one operation of it."""

    async def work(house: House) -> Agreement:
        return (await rights.request(house.desk, consumer, service, by=by, **terms)).value

    asked = in_house(work)
    if asked.is_approved:
        click.echo(f"Asked under number {asked.id}, and approved by {asked.decided_by}: {consumer} may call {service}.")
        return
    click.echo(f"Asked under number {asked.id}: {consumer} waits for {service}. Its provider decides with")
    click.echo(f"  sacbe access approve {asked.id}\n  sacbe access refuse {asked.id} --reason TEXT")


@access.command()
@click.argument("consumer", type=HOLDER)
@_terms
def grant(consumer: Holder, service: DataServiceId | OperationId, by: str, **terms: Unpack[Terms]) -> None:
    """Give CONSUMER, a client or a group, a right to SERVICE without being asked: a data service or an operation."""

    async def work(house: House) -> Agreement:
        return (await rights.grant(house.desk, consumer, service, by=by, **terms)).value

    granted = in_house(work)
    click.echo(f"Granted right {granted.id}: {consumer} may call {service}.")


@access.command()
@click.argument("number", type=int)
@_by
def approve(number: int, by: str) -> None:
    """Give the right that was asked for, by its number in `sacbe access list`."""

    async def work(house: House) -> Agreement:
        return (await rights.approve(house.desk, number, by=by)).value

    approved = in_house(work)
    click.echo(f"Approved {number}: {approved.consumer} may call {approved.about}.")


@access.command()
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why not, in words that the consumer reads.")
@_by
def refuse(number: int, reason: str, by: str) -> None:
    """Refuse what was asked for, by its number in `sacbe access list`."""

    async def work(house: House) -> Agreement:
        return (await rights.refuse(house.desk, number, reason=reason, by=by)).value

    refused = in_house(work)
    click.echo(f"Refused {number}: {refused.consumer} may not call {refused.about}.")


@access.command()
@click.argument("number", type=int)
@_by
def revoke(number: int, by: str) -> None:
    """Take a right back, by its number in `sacbe access list`."""

    async def work(house: House) -> Agreement:
        return (await rights.revoke(house.desk, number, by=by)).value

    in_house(work)
    click.echo(f"Revoked right {number}.")


@access.command("list")
@click.option("--consumer", type=SUBSYSTEM, help="Only those of this subsystem.")
@as_json
def list_agreements(consumer: SubsystemId | None, as_json: bool) -> None:
    """List what was asked for, and what became of it."""

    async def work(house: House) -> tuple[Agreement, ...]:
        return await agreements.all_agreements(house.engine, consumer=consumer)

    found, now = in_house(work), datetime.now(UTC)
    report(
        [_value(agreement, now) for agreement in found],
        as_json=as_json,
        say=lambda: table(
            ("number", "consumer", "service", "purpose", "state"), [_row(agreement, now) for agreement in found]
        ),
    )


def _value(agreement: Agreement, now: datetime) -> dict[str, object]:
    return {
        "id": agreement.id,
        "consumer": str(agreement.consumer),
        "service": str(agreement.about),
        "state": agreement.state(now).value,
        "purpose": agreement.purpose,
        "legalBasis": agreement.legal_basis,
        "until": _day(agreement.until),
        "reviewOn": _day(agreement.review_on),
        "perDay": agreement.per_day,
        "fields": agreement.fields,
        "routes": agreement.routes,
        "requestedAt": agreement.requested_at,
        "requestedBy": agreement.requested_by,
        "decidedAt": agreement.decided_at,
        "decidedBy": agreement.decided_by,
        "reason": agreement.reason,
        "revokedAt": agreement.revoked_at,
        "revokedBy": agreement.revoked_by,
    }


def _row(agreement: Agreement, now: datetime) -> tuple[str, str, str, str, str]:
    return (
        str(agreement.id),
        str(agreement.consumer),
        str(agreement.about),
        agreement.purpose,
        _state(agreement, now),
    )


def _state(agreement: Agreement, now: datetime) -> str:
    """Give the state in a few words, with its day."""
    state = agreement.state(now)
    days: dict[State, date | None] = {
        State.WAITING: agreement.requested_at.date(),
        State.REFUSED: agreement.decided_at and agreement.decided_at.date(),
        State.REVOKED: agreement.revoked_at and agreement.revoked_at.date(),
    }
    if state is State.IN_FORCE:
        return f"in force until {_day(agreement.until) or 'revoked'}"
    return f"{state} since {_day(days.get(state, agreement.until))}"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


access.add_command(group)
access.add_command(rule)
