"""A rule by which a provider approves requests without looking at each: as a value, and what fits it. Pure.

It says who, what of a data service at most, and for how long at most. What asks for more waits for a
person, as every request does where no rule is. Personal operations only where the rule says so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId, is_registrable
from sacbe_xroad_like import selected
from sacbe_xroad_like.group import GLOBAL, LOCAL, GroupId

WHO_PARTS_MAX = 4
"""An instance, a class of members, a member, or a client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """What is approved by itself; `who` is the beginning of clients' identifiers, or a group."""

    id: int
    data_service: DataServiceId
    operation_code: str
    who: str
    fields: tuple[str, ...] = ()
    """At most these of the result; empty for all."""
    routes: tuple[str, ...] = ()
    """At most these; empty for all."""
    days_max: int
    """From the day of asking to the last day of the right."""
    per_day_max: int | None = None
    """Of calls; None for any number, and none stated."""
    allows_personal: bool = False
    made_at: datetime
    made_by: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def about(self) -> DataServiceId | OperationId:
        """What it is about."""
        return OperationId(self.data_service, self.operation_code) if self.operation_code else self.data_service


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks, as far as a rule looks at it; `groups` are those that the consumer is in, as printed."""

    consumer: SubsystemId
    groups: Collection[str]
    operation_code: str
    is_personal: bool
    until: date | None
    per_day: int | None
    fields: tuple[str, ...]
    routes: tuple[str, ...]


def fits(rule: ApprovalRule, asked: Asked, today: date) -> bool:
    """Say whether a request is within a rule that has not ended, in every respect."""
    return (
        rule.ended_at is None
        and rule.operation_code in ("", asked.operation_code)
        and _is_of(rule.who, asked)
        and (rule.allows_personal or not asked.is_personal)
        and asked.until is not None
        and today <= asked.until <= today + timedelta(days=rule.days_max)
        and (rule.per_day_max is None or (asked.per_day is not None and asked.per_day <= rule.per_day_max))
        and _has_no_more(rule.fields, asked.fields, selected.outside(frozenset(asked.fields), rule.fields))
        and _has_no_more(rule.routes, asked.routes, [each for each in asked.routes if each not in rule.routes])
    )


def _is_of(who: str, asked: Asked) -> bool:
    client = str(asked.consumer)
    return who in asked.groups or client == who or client.startswith(f"{who}/")


def _has_no_more(limits: Collection[str], given: Collection[str], outside: Collection[str]) -> bool:
    """No limits take everything; where there are some, asking for no part is asking for the whole."""
    return not limits or bool(given and not outside)


def who(text: str) -> str:
    """Give whom a rule is for, in the one form; raises IdentifierNotValid."""
    if text.startswith((LOCAL, GLOBAL)):
        return str(GroupId.parse(text))
    parts = text.split("/")
    if len(parts) > WHO_PARTS_MAX or not all(part and is_registrable(part) for part in parts):
        raise IdentifierNotValid(text, kind="a beginning of clients' identifiers, such as GT/GOV, or a group")
    return text
