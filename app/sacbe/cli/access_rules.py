"""`sacbe access rule`: which requests a provider approves without looking at each."""

from typing import Unpack

import click

from sacbe.cli.identifiers import DATA_SERVICE_OR_OPERATION
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like import approval_rules
from sacbe_xroad_like.administration import rights
from sacbe_xroad_like.approval_rule import ApprovalRule
from sacbe_xroad_like.approval_rules import Limits


@click.group()
def rule() -> None:
    """Have requests approved by themselves, within limits. Without a rule each waits for a person."""


@rule.command()
@click.argument("service", type=DATA_SERVICE_OR_OPERATION)
@click.option("--who", required=True, help="A beginning of clients' identifiers, such as GT/GOV, or a group.")
@click.option("--days", "days_max", required=True, type=click.IntRange(1, 36_500), help="How long a right may be.")
@click.option("--per-day", "per_day_max", type=click.IntRange(min=1), help="At most so many calls in a day.")
@click.option("--field", "fields", multiple=True, help="At most these fields of the result; else all.")
@click.option("--route", "routes", multiple=True, help="At most these methods and paths; else all.")
@click.option("--personal", "allows_personal", is_flag=True, help="Personal operations, too.")
def add(service: DataServiceId | OperationId, **limits: Unpack[Limits]) -> None:
    """Approve requests to SERVICE from now on, where they ask for no more than this."""

    async def work(house: House) -> ApprovalRule:
        return (await rights.add_rule(house.desk, service, **limits)).value

    made = in_house(work)
    click.echo(f"Rule {made.id} approves requests of {made.who} to {made.about}, for {made.days_max} days at most.")


@rule.command()
@click.argument("number", type=int)
def end(number: int) -> None:
    """End a rule, by its number in `sacbe access rule list`. What it approved stays."""

    async def work(house: House) -> ApprovalRule:
        return (await rights.end_rule(house.desk, number)).value

    ended = in_house(work)
    click.echo(f"Ended rule {ended.id}; requests to {ended.about} wait for a person again.")


@rule.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List every rule, ended ones too."""

    async def work(house: House) -> tuple[ApprovalRule, ...]:
        return await approval_rules.all_rules(house.engine)

    found = in_house(work)
    report(
        [_value(each) for each in found],
        as_json=as_json,
        say=lambda: table(("number", "service", "who", "days", "state"), [_row(each) for each in found]),
    )


def _value(rule: ApprovalRule) -> dict[str, object]:
    return {
        "id": rule.id,
        "service": str(rule.about),
        "who": rule.who,
        "daysMax": rule.days_max,
        "perDayMax": rule.per_day_max,
        "fields": rule.fields,
        "routes": rule.routes,
        "allowsPersonal": rule.allows_personal,
        "madeAt": rule.made_at,
        "madeBy": rule.made_by,
        "endedAt": rule.ended_at,
        "endedBy": rule.ended_by,
    }


def _row(rule: ApprovalRule) -> tuple[str, str, str, str, str]:
    state = "in force" if rule.ended_at is None else f"ended {rule.ended_at:%Y-%m-%d}"
    return str(rule.id), str(rule.about), rule.who, str(rule.days_max), state
