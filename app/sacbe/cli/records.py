"""`sacbe records`: what was exchanged, how it ended and how long it took."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from sacbe.cli.identifiers import MEMBER, SUBSYSTEM
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like import operational_reading, unusual_volumes
from sacbe_xroad_like.operational_reading import LISTED_MAX, Row, Wanted
from sacbe_xroad_like.unusual_volumes import Unusual
from sacbe_xroad_like.xroad_fields import xroad_fields

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--consumer", type=SUBSYSTEM, help="Only what this subsystem asked."),
    click.option("--provider", type=SUBSYSTEM, help="Only what this subsystem was asked."),
    click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Only from then on (UTC)."),
    as_json,
)


def _filters(command: Command) -> Command:
    for decorate in reversed(_OPTIONS):
        command = decorate(command)
    return command


@click.group()
def records() -> None:
    """See what was exchanged: a member its own records, the authority the totals."""


@records.command(
    "list", help=f"List the newest exchanges of a member, at most {LISTED_MAX}; --json has X-Road's fields."
)
@click.option("--member", type=MEMBER, required=True, help="Whose records; a record is seen by its two parties.")
@_filters
def list_(
    member: MemberId,
    consumer: SubsystemId | None,
    provider: SubsystemId | None,
    since: datetime | None,
    as_json: bool,
) -> None:
    """List a member's own exchanges."""
    wanted = _wanted(consumer, provider, since)

    async def work(house: House) -> list[Row]:
        return await operational_reading.records(house.engine, member, wanted)

    found = in_house(work)
    headers = ("time", "consumer", "service", "ended", "ms", "message")
    report(
        [xroad_fields(row) for row in found],
        as_json=as_json,
        say=lambda: table(headers, [_line(row) for row in found]),
    )


@records.command()
@click.option("--member", type=MEMBER, help="Only exchanges in which this member takes part.")
@_filters
def totals(
    member: MemberId | None,
    consumer: SubsystemId | None,
    provider: SubsystemId | None,
    since: datetime | None,
    as_json: bool,
) -> None:
    """Count exchanges by consumer and operation, with the mean time of each stage."""
    wanted = _wanted(consumer, provider, since)

    async def work(house: House) -> list[Row]:
        return await operational_reading.totals(house.engine, member, wanted)

    found = in_house(work)
    headers = ("consumer", "service", "exchanges", "failed", "mean ms")
    report(
        [dict(row) for row in found],
        as_json=as_json,
        say=lambda: table(headers, [_total(row) for row in found]),
    )


@records.command()
@click.option("--member", type=MEMBER, required=True, help="At whose services.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From that day on (UTC); without it, today.")
@as_json
def unusual(member: MemberId, since: datetime | None, as_json: bool) -> None:
    """List officials who asked a member's services far more in a day than they or their colleagues do."""
    first = (since or datetime.now(UTC)).date()

    async def work(house: House) -> list[Unusual]:
        return await unusual_volumes.unusual(house.engine, member, first)

    found = in_house(work)
    headers = ("day", "consumer", "official", "service", "calls", "usual")
    report(
        [{**one.found._asdict(), "usual": one.usual} for one in found],
        as_json=as_json,
        say=lambda: table(headers, [_stands_out(one) for one in found]),
    )


def _stands_out(one: Unusual) -> tuple[str, ...]:
    day = one.found
    return str(day.day), day.consumer, day.user_id, _service(day._asdict()), str(day.calls), f"{one.usual:g}"


def _wanted(consumer: SubsystemId | None, provider: SubsystemId | None, since: datetime | None) -> Wanted:
    return Wanted(consumer=consumer, provider=provider, since=since and since.replace(tzinfo=UTC))


def _line(row: Row) -> tuple[str, ...]:
    ended = "answered" if row["succeeded"] else row["fault_code"] or str(row["status_code"] or "fault")
    took = row["response_out_ts"] - row["request_in_ts"]
    return (
        f"{row['recorded_at']:%Y-%m-%d %H:%M:%S}",
        row["consumer"],
        _service(row),
        ended,
        str(took),
        row["message_id"],
    )


def _total(row: Row) -> tuple[str, ...]:
    return row["consumer"], _service(row), str(row["exchanges"]), str(row["failed"]), f"{row['mean_ms']:.1f}"


def _service(row: Mapping[str, Any]) -> str:
    service = DataServiceId(SubsystemId.parse(row["provider"]), row["service_code"])
    return f"{service}/{row['operation_code']}" if row["operation_code"] else str(service)
