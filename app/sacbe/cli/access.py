"""`sacbe access`: who may ask what, and why."""

from datetime import date, datetime

import click

from sacbe.cli.identifiers import DATA_SERVICE_OR_OPERATION, SUBSYSTEM
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import access as rights
from sacbe_xroad_like.access import AccessRight


@click.group()
def access() -> None:
    """Decide who may ask what, and why. Nothing is allowed by default."""


@access.command()
@click.argument("consumer", type=SUBSYSTEM)
@click.argument("service", type=DATA_SERVICE_OR_OPERATION)
@click.option("--purpose", required=True, help="Why, in words that a citizen may read.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the right (that day included).")
@click.option("--per-day", type=click.IntRange(min=1), help="Most calls in a day.")
def grant(
    consumer: SubsystemId,
    service: DataServiceId | OperationId,
    purpose: str,
    until: datetime | None,
    per_day: int | None,
) -> None:
    """Give CONSUMER a right to SERVICE: a data service, or one operation of it."""
    last_day = until.date() if until else None

    async def work(house: House) -> AccessRight:
        return await rights.grant(house.engine, consumer, service, purpose=purpose, until=last_day, per_day=per_day)

    granted = in_house(work)
    click.echo(f"Granted right {granted.id}: {consumer} may call {service}.")


@access.command()
@click.argument("right", type=int)
def revoke(right: int) -> None:
    """Take a right back, by its number in `sacbe access list`."""

    async def work(house: House) -> None:
        await rights.revoke(house.engine, right)

    in_house(work)
    click.echo(f"Revoked right {right}.")


@access.command("list")
@click.option("--consumer", type=SUBSYSTEM, help="Only the rights of this subsystem.")
@as_json
def list_rights(consumer: SubsystemId | None, as_json: bool) -> None:
    """List rights, revoked ones too."""

    async def work(house: House) -> tuple[AccessRight, ...]:
        return await rights.all_rights(house.engine, consumer=consumer)

    found = in_house(work)
    report(
        [_value(right) for right in found],
        as_json=as_json,
        say=lambda: table(("right", "consumer", "service", "purpose", "in force"), [_row(right) for right in found]),
    )


def _service(right: AccessRight) -> str:
    return f"{right.data_service}/{right.operation_code}".rstrip("/")


def _value(right: AccessRight) -> dict[str, object]:
    return {
        "id": right.id,
        "consumer": str(right.consumer),
        "service": _service(right),
        "purpose": right.purpose,
        "until": _day(right.until),
        "perDay": right.per_day,
        "grantedAt": right.granted_at,
        "revokedAt": right.revoked_at,
    }


def _row(right: AccessRight) -> tuple[str, str, str, str, str]:
    state = f"revoked {right.revoked_at:%Y-%m-%d}" if right.revoked_at else f"until {_day(right.until) or 'revoked'}"
    return str(right.id), str(right.consumer), _service(right), right.purpose, state


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
