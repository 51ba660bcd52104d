"""The trail of administrative acts: who did what to what, when, and how it ended. It is only ever added to.

What was done is written in the transaction that does it; what was refused or failed, right after. No
secret and no text of a request stands in it: a subject is an identifier, a number or an e-mail address.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog.views import Page
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like.administration import pages
from sacbe_xroad_like.administration.pages import Wanted
from sacbe_xroad_like.administration.tables import administrative_act

SUBJECT_CHARACTERS_MAX = 500
"""A longer subject is cut: no identifier is as long."""


class Outcome(StrEnum):
    """How an act ended."""

    DONE = "done"
    STANDS = "stands"
    """Nothing to do: it stood so already."""
    REFUSED = "refused"
    """The actor may not."""
    FAILED = "failed"
    """Something else did not hold; the code says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One act, as the trail has it."""

    id: int
    at: datetime
    actor: str
    act: str
    subject: str
    members: tuple[str, ...]
    outcome: Outcome
    code: str


async def write(
    connection: AsyncConnection,
    *,
    actor: str,
    act: str,
    subject: str,
    members: Collection[MemberId],
    outcome: Outcome,
    code: str = "",
) -> None:
    """Add an act to the trail, as part of the connection's transaction."""
    row = {
        "actor": actor,
        "act": act,
        "subject": subject.replace("\x00", "\ufffd")[:SUBJECT_CHARACTERS_MAX],
        "members": sorted({str(member) for member in members}),
        "outcome": outcome.value,
        "code": code,
    }
    await connection.execute(sa.insert(administrative_act).values(row))


async def acts(engine: AsyncEngine, where: sa.ColumnElement[bool], wanted: Wanted) -> Page[Recorded]:
    """Give the acts of which this holds, the newest first; raises CursorNotValid and LimitExceeded."""
    statement = sa.select(administrative_act).where(where)
    return await pages.by_number(engine, statement, administrative_act.c.id, wanted, _read)


def _read(row: Any) -> Recorded:
    columns = dict(row._mapping)
    columns["members"] = tuple(columns["members"])
    columns["outcome"] = Outcome(columns["outcome"])
    return Recorded(**columns)
