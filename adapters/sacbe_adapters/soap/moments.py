"""Dates and times in their order, over any number of years.

XML Schema part 2, section 3.2.7.4: without a zone a moment may be any of 28 hours, and the order
of two may be undecided. Texts have passed their type's check before they come here.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

_MOMENT = re.compile(
    r"(?:(?P<year>-?\d+)-(?P<month>\d\d)-(?P<day>\d\d))?T?"
    r"(?:(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>[\d.]+))?(?P<zone>Z|[+-]\d\d:\d\d)?"
)
_DOUBT_SECONDS = 14 * 3600


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds from a common beginning, at UTC where the zone is known."""

    seconds: Decimal
    has_zone: bool


def moment(text: str) -> Moment:
    """Read a date, a time, or both; raises ValueError for anything else."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("it is no moment")
    days = _days(int(found["year"]), int(found["month"]), int(found["day"])) if found["year"] else 0
    clock = int(found["hour"] or 0) * 3600 + int(found["minute"] or 0) * 60 + Decimal(found["second"] or 0)
    return Moment(days * 86400 + clock - _zone_seconds(found["zone"] or ""), found["zone"] is not None)


def is_certainly_after(one: Moment, other: Moment, *, or_same: bool) -> bool:
    """Say whether the first comes after the second, whatever zone one without may be in."""
    doubt = 0 if one.has_zone is other.has_zone else _DOUBT_SECONDS
    return one.seconds - other.seconds > doubt or (or_same and not doubt and one.seconds == other.seconds)


def _days(year: int, month: int, day: int) -> int:
    """Count days by years that begin in March, as leap days end them."""
    years, months = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return years * 365 + years // 4 - years // 100 + years // 400 + (months * 153 + 2) // 5 + day


def _zone_seconds(zone: str) -> int:
    if zone in ("", "Z"):
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -seconds if zone[0] == "-" else seconds
