"""Letters: made of notices, taken up by one process at a time, and settled by what became of them.

Whoever takes a letter up puts `next_at` a lease ahead, in one statement; the lease is longer than any sending,
so no two processes send the same. A process that dies in between leaves its letter to the next one after the
lease, under the same Message-ID: what became of it is unknown, and twice is better than never.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_terms.errors import RecordNotFound
from sacbe_xroad_like.administration.actor import Role
from sacbe_xroad_like.administration.tables import user_role
from sacbe_xroad_like.notices import recipients
from sacbe_xroad_like.notices.recipients import Delivery, Recipient
from sacbe_xroad_like.notices.tables import letter, letter_notice, notice, recipient

UNADDRESSED = timedelta(days=7)
"""So long a notice waits for a mail server, or for its member to have a steward; then it is no news any more."""

GIVEN_UP = timedelta(days=5)
"""So long a letter is tried (RFC 5321, section 4.5.4.1: at least 4 to 5 days)."""

KEPT = timedelta(days=90)
"""So long letters and notices are kept, whatever became of them."""

LEASE = timedelta(minutes=5)
"""So long a letter is one process's; longer than a sending may take (`mail_server.SENDING_SECONDS_MAX`)."""

FIRST_PAUSE = timedelta(minutes=1)
PAUSE_MAX = timedelta(hours=4)
"""Pauses between attempts begin with the first, grow fourfold, and end with this."""

NOTICES_MAX = 200
"""Most notices that are made letters of in one transaction."""

LISTED_MAX = 500
"""Most lines of the operator's list."""


class State(StrEnum):
    """What became of a letter."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    """Given up: the mail server refused it for good, or for five days."""
    WITHDRAWN = "withdrawn"
    """Not sent: its recipient opted out, or is no steward any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A letter in one process's hand until `leased_until`."""

    id: int
    message_id: str
    attempts: int
    begun_at: datetime
    leased_until: datetime
    recipient: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A line of the operator's list: a letter, or a notice that has none because nobody is a steward there."""

    letter: int | None
    state: str
    email: str
    kinds: tuple[str, ...]
    members: tuple[str, ...]
    attempts: int
    at: datetime
    answer: str


def pause_after(attempts: int) -> timedelta:
    """Give how long to wait after so many attempts."""
    pause: timedelta = FIRST_PAUSE * 4 ** min(attempts - 1, 10)
    return min(PAUSE_MAX, pause)


def message_id(domain: str) -> str:
    """Give a letter's name, which it keeps however often it is tried (RFC 5322, section 3.6.4)."""
    return f"<{uuid4().hex}@{domain}>"


def next_digest(now: datetime, hour: int) -> datetime:
    """Give the next time of digests, at this hour (UTC)."""
    today = datetime.combine(now.astimezone(UTC).date(), time(hour), UTC)
    return today if now < today else today + timedelta(days=1)


async def address(engine: AsyncEngine, *, domain: str, digest_hour: int) -> int:
    """Make letters of the notices that have none, by what each steward chose; gives how many notices there were."""
    async with engine.begin() as connection:
        notices = await _unaddressed(connection)
        by_email = await _stewards(connection, notices)
        chosen = await recipients.known(connection, sorted(by_email))
        for email in sorted(by_email):
            if chosen[email].delivery is not Delivery.NONE:
                is_open = chosen[email].delivery is Delivery.DAILY
                number = await _letter(connection, email, message_id(domain), is_open, digest_hour)
                rows = [{"letter": number, "notice": each} for each in by_email[email]]
                await connection.execute(sa.insert(letter_notice), rows)
        done = sa.update(notice).where(notice.c.id.in_([row.id for row in notices]))
        await connection.execute(done.values(addressed_at=sa.func.now()))
    return len(notices)


async def take(engine: AsyncEngine) -> Taken | None:
    """Take up the letter that has waited longest, if there is one whose time has come; a digest closes with it."""
    due = (
        sa.select(letter.c.id)
        .where(letter.c.state == State.WAITING, letter.c.next_at <= sa.func.now())
        .order_by(letter.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = {"next_at": sa.func.clock_timestamp() + LEASE, "attempts": letter.c.attempts + 1, "is_open": False}
    taken = sa.update(letter).where(letter.c.id == due, letter.c.email == recipient.c.email).values(leased)
    columns = (letter.c.id, letter.c.message_id, letter.c.attempts, letter.c.begun_at, letter.c.next_at)
    async with engine.begin() as connection:
        row = (await connection.execute(taken.returning(*columns, recipient))).first()
    return row and Taken(
        id=row.id,
        message_id=row.message_id,
        attempts=row.attempts,
        begun_at=row.begun_at,
        leased_until=row.next_at,
        recipient=recipients.of_row(row),
    )


async def contents(engine: AsyncEngine, taken: Taken) -> Sequence[Any]:
    """Give the notices of a letter that its recipient may still see, the oldest first; none if she opted out."""
    if taken.recipient.delivery is Delivery.NONE:
        return ()
    may_see = _is_steward(taken.recipient.email)
    statement = (
        sa.select(notice.c.kind, notice.c.facts, notice.c.told_at)
        .join(letter_notice, letter_notice.c.notice == notice.c.id)
        .where(letter_notice.c.letter == taken.id, may_see)
        .order_by(notice.c.id)
    )
    async with engine.connect() as connection:
        return (await connection.execute(statement)).all()


async def settle(engine: AsyncEngine, taken: Taken, state: State, answer: str = "") -> None:
    """Write down what became of a letter; if its lease is over, what others did with it stands."""
    await _settle(engine, taken, {"state": state.value, "answer": answer})


async def put_back(engine: AsyncEngine, taken: Taken, answer: str, now: datetime) -> State:
    """Have a letter tried again later, or give it up; gives which."""
    if now - taken.begun_at >= GIVEN_UP:
        await settle(engine, taken, State.FAILED, answer)
        return State.FAILED
    await _settle(engine, taken, {"next_at": now + pause_after(taken.attempts), "answer": answer})
    return State.WAITING


async def retry(engine: AsyncEngine, number: int | None = None) -> int:
    """Have a letter that failed tried anew, or all such; gives how many. Raises RecordNotFound for one that did not."""
    now = sa.func.now()
    again = {"state": State.WAITING.value, "attempts": 0, "begun_at": now, "next_at": now}
    failed = letter.c.state == State.FAILED
    which = failed if number is None else sa.and_(failed, letter.c.id == number)
    async with engine.begin() as connection:
        count = (await connection.execute(sa.update(letter).where(which).values(again))).rowcount
    if number is not None and not count:
        raise RecordNotFound("letter that failed", str(number))
    return count


async def listed(engine: AsyncEngine, states: Sequence[State]) -> tuple[Listed, ...]:
    """Give the newest letters in these states; among those that wait, notices for whom there is no steward yet."""
    async with engine.connect() as connection:
        found = [Listed(**row._mapping) for row in await connection.execute(_listing(states))]
        if State.WAITING in states:
            found += [_nobody(row) for row in await connection.execute(_without_letters())]
    return tuple(found)


async def forget(engine: AsyncEngine) -> None:
    """Forget what is older than KEPT."""
    old = sa.func.now() - KEPT
    async with engine.begin() as connection:
        await connection.execute(sa.delete(letter).where(letter.c.begun_at < old, letter.c.state != State.WAITING))
        unused = ~sa.exists().where(letter_notice.c.notice == notice.c.id)
        await connection.execute(sa.delete(notice).where(notice.c.told_at < old, unused))


async def _unaddressed(connection: AsyncConnection) -> Sequence[Any]:
    has_steward = sa.exists().where(user_role.c.institution == notice.c.member, user_role.c.role == Role.STEWARD.value)
    statement = (
        sa.select(notice.c.id, notice.c.member)
        .where(notice.c.addressed_at.is_(None), notice.c.told_at > sa.func.now() - UNADDRESSED, has_steward)
        .order_by(notice.c.id)
        .limit(NOTICES_MAX)
        .with_for_update(skip_locked=True)
    )
    return (await connection.execute(statement)).all()


async def _stewards(connection: AsyncConnection, notices: Sequence[Any]) -> dict[str, list[int]]:
    """Give the notices of each steward."""
    members = {row.member for row in notices}
    query = sa.select(user_role.c.email, user_role.c.institution).where(
        user_role.c.role == Role.STEWARD.value, user_role.c.institution.in_(members)
    )
    found: dict[str, list[int]] = {}
    for email, institution in await connection.execute(query):
        found.setdefault(email, []).extend(row.id for row in notices if row.member == institution)
    return found


async def _letter(connection: AsyncConnection, email: str, message_id: str, is_open: bool, digest_hour: int) -> int:
    """Make a letter for now, or give the open digest of the recipient, made if there is none."""
    now = (await connection.execute(sa.select(sa.func.now()))).scalar_one()
    at = next_digest(now, digest_hour) if is_open else now
    row = {"message_id": message_id, "email": email, "is_open": is_open, "begun_at": at, "next_at": at}
    made = (
        insert(letter)
        .values(row)
        .on_conflict_do_update(index_elements=["email"], index_where=letter.c.is_open, set_={"email": email})
    )
    number: int = (await connection.execute(made.returning(letter.c.id))).scalar_one()
    return number


async def _settle(engine: AsyncEngine, taken: Taken, values: dict[str, Any]) -> None:
    still_ours = (letter.c.id == taken.id, letter.c.next_at == taken.leased_until, letter.c.state == State.WAITING)
    async with engine.begin() as connection:
        await connection.execute(sa.update(letter).where(*still_ours).values(values))


def _is_steward(email: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        user_role.c.email == email,
        user_role.c.role == Role.STEWARD.value,
        user_role.c.institution == notice.c.member,
    )


def _listing(states: Sequence[State]) -> sa.Select[Any]:
    return (
        sa.select(
            letter.c.id.label("letter"),
            letter.c.state,
            letter.c.email,
            sa.func.array_agg(notice.c.kind.distinct()).label("kinds"),
            sa.func.array_agg(notice.c.member.distinct()).label("members"),
            letter.c.attempts,
            letter.c.next_at.label("at"),
            letter.c.answer,
        )
        .join(letter_notice, letter_notice.c.letter == letter.c.id)
        .join(notice, letter_notice.c.notice == notice.c.id)
        .where(letter.c.state.in_([state.value for state in states]))
        .group_by(letter.c.id)
        .order_by(letter.c.id.desc())
        .limit(LISTED_MAX)
    )


def _without_letters() -> sa.Select[Any]:
    return sa.select(notice).where(notice.c.addressed_at.is_(None)).order_by(notice.c.id.desc()).limit(LISTED_MAX)


def _nobody(row: Any) -> Listed:
    return Listed(
        letter=None,
        state="not addressed",
        email="",
        kinds=(row.kind,),
        members=(row.member,),
        attempts=0,
        at=row.told_at,
        answer="no mail server yet, or no steward of the member",
    )
