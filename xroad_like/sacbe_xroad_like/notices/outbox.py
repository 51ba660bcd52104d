"""The outbox: a notice is written with what it tells, in one transaction, so neither is there without the other.

Facts name institutions, services and numbers. Free text (purposes, reasons) stays out, and so do people: mail
passes through others' machines, and nobody knows what was written there.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.agreement import Agreement, State
from sacbe_xroad_like.notices import kinds
from sacbe_xroad_like.notices.kinds import Kind
from sacbe_xroad_like.notices.tables import notice

Fact = str | int
"""An identifier in its printed form, a number, or a day as `2027-01-31`; never a person's own datum."""


async def tell(
    connection: AsyncConnection, kind: Kind, member: MemberId, facts: Mapping[str, Fact], *, once: str | None = None
) -> None:
    """Have a member's stewards told, if and when this transaction commits; under `once`, one time for ever."""
    row = {"kind": kind.name, "member": str(member), "facts": dict(facts), "once": once}
    await connection.execute(insert(notice).values(row).on_conflict_do_nothing(index_elements=["once"]))


async def agreement_changed(connection: AsyncConnection, agreement: Agreement, clients: Iterable[SubsystemId]) -> None:
    """Tell whom it concerns that an agreement was asked for, approved, refused or revoked; `clients` hold it."""
    state = agreement.state(datetime.now(UTC))
    for client in clients:
        facts = facts_of(agreement, client)
        if state is State.WAITING:
            await tell(connection, kinds.ACCESS_REQUESTED, agreement.data_service.subsystem.member, facts)
        else:
            await tell(connection, _DECIDED[state], client.member, facts)


def facts_of(agreement: Agreement, client: SubsystemId) -> dict[str, Fact]:
    """Give what every notice about an agreement says, for one of the clients that hold it."""
    return {
        "agreement": agreement.id,
        "consumer": str(client),
        "provider": str(agreement.data_service.subsystem),
        "service": str(agreement.about),
    }


_DECIDED = {
    State.REFUSED: kinds.ACCESS_REFUSED,
    State.REVOKED: kinds.ACCESS_REVOKED,
    State.IN_FORCE: kinds.ACCESS_APPROVED,
    State.OVER: kinds.ACCESS_APPROVED,
}
"""What the consumer is told, by what the agreement has become."""
