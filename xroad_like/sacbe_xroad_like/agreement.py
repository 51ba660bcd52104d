"""An agreement as a value, and the decision whether one allows a call. Nothing is allowed by default. Pure.

An agreement is between one subsystem, or a group of them, and the provider of a data service, about the
whole of it or one operation. Only one that the provider approved, that is not revoked and whose last
day (that day included, UTC) is not past gives a right. Rights add up; none denies.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from sacbe_terms.errors import AccessError, AccessRefused, PurposeMissing
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import routes, selected
from sacbe_xroad_like.group import Holder


class State(StrEnum):
    """Where an agreement is in its life."""

    WAITING = "waiting"
    REFUSED = "refused"
    IN_FORCE = "in force"
    OVER = "over"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a consumer asked and a provider decided.

    `id` is what `Sacbe-Purpose` names, `consumer` a client or a group; `operation_code` is empty for the
    whole data service; `per_day` is at most so many calls a day, of all in a group together;
    `is_approved` is None until the provider decides.
    """

    id: int
    consumer: Holder
    data_service: DataServiceId
    operation_code: str
    purpose: str
    legal_basis: str = ""
    until: date | None = None
    review_on: date | None = None
    per_day: int | None = None
    fields: tuple[str, ...] = ()
    """Paths of the result that may be asked for, each with all below it; empty for the whole."""
    routes: tuple[str, ...] = ()
    """Methods and paths that may be called (`GET /licencias/*`); empty for all."""
    requested_at: datetime
    requested_by: str = ""
    is_approved: bool | None = None
    reason: str = ""
    """Why it was refused."""
    decided_at: datetime | None = None
    decided_by: str = ""
    revoked_at: datetime | None = None
    revoked_by: str = ""

    @property
    def about(self) -> DataServiceId | OperationId:
        """What it is about."""
        return OperationId(self.data_service, self.operation_code) if self.operation_code else self.data_service

    def held_by(self, client: SubsystemId) -> "Agreement":
        """Give a group's agreement as one of its members holds it."""
        return self if self.consumer == client else replace(self, consumer=client)

    def covers(self, operation: OperationId) -> bool:
        """Say whether this agreement is about the operation, in force or not."""
        return self.operation_code in ("", operation.operation_code) and self.data_service == operation.service

    def reaches(self, method: str, path: str) -> bool:
        """Say whether a method and a path lie within its routes; what is no REST has neither."""
        return not self.routes or routes.covers(self.routes, method, path)

    def gives(self, asked: frozenset[str] | None) -> bool:
        """Say whether all asked fields are in it; None asks for the answer as it is, which has no limits."""
        return not self.fields or (asked is not None and not selected.outside(asked, self.fields))

    def state(self, at: datetime) -> State:
        """Say where in its life it is at this time."""
        if self.is_approved is None:
            return State.WAITING
        if not self.is_approved:
            return State.REFUSED
        if self.revoked_at is not None:
            return State.REVOKED
        return State.OVER if self.until is not None and at.astimezone(UTC).date() > self.until else State.IN_FORCE

    def is_in_force(self, at: datetime) -> bool:
        """Say whether it gives a right at this time."""
        return self.state(at) is State.IN_FORCE


def for_operation(
    agreements: Iterable[Agreement],
    consumer: SubsystemId,
    operation: OperationId,
    *,
    purpose: str,
    at: datetime,
    fields: frozenset[str] | None = None,
    route: tuple[str, str] = ("", ""),
) -> Agreement:
    """Decide: give the agreement by which this consumer may call this operation now.

    `purpose` holds the ids of the agreements that the consumer named, with commas between, or is
    empty. `fields` are those asked of the result, None for the whole as it is; `route` is the
    operation's method and path (see `routes.of`). Raises AccessRefused,
    saying which link is missing and how to ask for it, or PurposeMissing when another purpose is named.
    """
    covering = [agreement for agreement in agreements if agreement.covers(operation)]
    return chosen(
        covering,
        consumer,
        operation,
        purpose=purpose,
        at=at,
        fields=fields,
        reaches=lambda agreement: agreement.reaches(*route),
    )


def _everywhere(_: Agreement) -> bool:
    return True


def chosen(
    covering: Iterable[Agreement],
    consumer: SubsystemId,
    asked: DataServiceId | OperationId,
    *,
    purpose: str,
    at: datetime,
    fields: frozenset[str] | None = None,
    reaches: Callable[[Agreement], bool] = _everywhere,
) -> Agreement:
    """Choose among agreements that are about what is asked; raises as `for_operation`.

    `reaches` says whether one goes as far as the very method and path that are called.
    """
    own = [agreement for agreement in covering if agreement.consumer == consumer]
    in_force = [agreement for agreement in own if agreement.is_in_force(at)]
    ids = {part.strip() for part in purpose.split(",")}
    named = [agreement for agreement in in_force if not purpose or str(agreement.id) in ids]
    reaching = [agreement for agreement in named if reaches(agreement)]
    giving = [agreement for agreement in reaching if agreement.gives(fields)]
    if giving:
        return giving[0]
    if reaching:
        raise _fields_refused(consumer, asked, reaching[0], fields)
    if named:
        raise _route_refused(consumer, asked, named)
    if in_force:
        raise _other_purpose(consumer, asked, purpose, in_force)
    raise _refusal(consumer, asked, own, at)


def _route_refused(
    consumer: SubsystemId, asked: DataServiceId | OperationId, held: Iterable[Agreement]
) -> AccessRefused:
    reached = ", ".join(f"{each.id} ({', '.join(each.routes) or each.operation_code})" for each in held)
    return AccessRefused(
        what=f"No agreement of {consumer} to {asked} reaches this method and path.",
        where=str(asked),
        hint=f"In force are: {reached}. Call what they reach, or ask the provider for more.",
    )


def _fields_refused(
    consumer: SubsystemId, asked: DataServiceId | OperationId, limited: Agreement, fields: frozenset[str] | None
) -> AccessRefused:
    outside = "the answer as a whole" if fields is None else ", ".join(selected.outside(fields, limited.fields))
    return AccessRefused(
        what=f"The agreement {limited.id} of {consumer} to {asked} does not give {outside}.",
        where=str(asked),
        hint=f"It gives: {', '.join(limited.fields)}. Ask for those alone, or ask the provider for more.",
    )


def _refusal(
    consumer: SubsystemId, asked: DataServiceId | OperationId, own: Iterable[Agreement], at: datetime
) -> AccessRefused:
    latest = max(own, key=lambda agreement: agreement.id, default=None)
    is_waiting = latest is not None and latest.is_approved is None
    return AccessRefused(
        what=f"{consumer} {_missing_link(latest, at)} {asked}.",
        where=str(asked),
        hint=_remind(latest) if latest is not None and is_waiting else _ask(consumer, asked),
    )


def _missing_link(latest: Agreement | None, at: datetime) -> str:
    """Say what is missing, as the words between the consumer and what it asked."""
    if latest is None:
        return "never asked for a right to"
    match latest.state(at):
        case State.WAITING:
            return f"asked on {latest.requested_at:%Y-%m-%d}, and its provider has not decided yet on a right to"
        case State.REFUSED:
            reason = f" ({latest.reason})" if latest.reason else ""
            return f"was refused on {_day(latest.decided_at)}{reason} a right to"
        case State.REVOKED:
            return f"had a right, revoked on {_day(latest.revoked_at)}, to"
        case _:
            return f"had a right, over since {latest.until}, to"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "an unknown day"


def _remind(waiting: Agreement) -> str:
    number = waiting.id
    return f"Remind the provider's steward: `sacbe access approve {number}` or `sacbe access refuse {number}` decides."


def _ask(consumer: SubsystemId, asked: DataServiceId | OperationId) -> str:
    return f'Ask with `sacbe access request {consumer} {asked} --purpose "..."`; the provider then decides.'


def _other_purpose(
    consumer: SubsystemId, asked: DataServiceId | OperationId, purpose: str, in_force: Iterable[Agreement]
) -> AccessError:
    held = ", ".join(f"{agreement.id} ({agreement.purpose})" for agreement in in_force)
    return PurposeMissing(
        what=f"The purpose '{purpose}' gives {consumer} no right to {asked}.",
        where=str(asked),
        hint=f"Send in Sacbe-Purpose one of: {held}; or leave the header out.",
    )
