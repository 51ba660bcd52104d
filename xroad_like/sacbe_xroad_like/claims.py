"""Message ids that consumers choose: each names one request for a day, so that a repeat is answered and not carried.

A claim is taken before anything is sent. Who finds it taken by the same request gets the recorded
answer; by another request, a refusal; and where a change has no recorded answer, the truth: that
its outcome is not known, and since when (`docs/decisions/0152`).
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import MessageIdTaken, OutcomeUnknown
from sacbe_xroad_like.log_record import REPLY
from sacbe_xroad_like.messages import Exchanged, Message

CLAIM_HOURS = 24
"""How long an id names one request."""

_TAKE = sa.text(
    f"""
    insert into bus.message_claim (consumer, message_id, request_id, content_sha256)
    values (:consumer, :message_id, :request_id, :content_sha256)
    on conflict (consumer, message_id) do update
        set request_id = excluded.request_id, content_sha256 = excluded.content_sha256, claimed_at = now()
        where message_claim.claimed_at < now() - interval '{CLAIM_HOURS} hours'
    returning request_id
    """  # noqa: S608 - the one thing that is put in is a number of ours
)
_FIND = sa.text(
    "select request_id, content_sha256, claimed_at from bus.message_claim"
    " where consumer = :consumer and message_id = :message_id"
)
_RECORDED = sa.text("select head, body from bus.message_log where request_id = :request_id and direction = :direction")
_TAKE_OVER = sa.text(
    "update bus.message_claim set request_id = :request_id, claimed_at = now()"
    " where consumer = :consumer and message_id = :message_id and request_id = :before returning request_id"
)
_SWEEP = sa.text(f"delete from bus.message_claim where claimed_at < now() - interval '{CLAIM_HOURS} hours'")  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class _Claim:
    request_id: UUID
    content_sha256: bytes
    claimed_at: datetime


class Claims:
    """The claims of this node, shared by all its processes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, about: Exchanged, content: bytes, *, reads: bool) -> Message | None:
        """Take an id for a request, or give the reply that is on record for the same request.

        Raises MessageIdTaken when the id names another request, or an answer too large to be kept, and
        OutcomeUnknown for a change that has no reply on record. A read that has none is made again.
        """
        wanted = {"consumer": about.consumer, "message_id": about.message_id}
        digest = sha256(f"{about.operation}\n".encode() + content).digest()
        async with self._engine.begin() as connection:
            row = {**wanted, "request_id": about.request_id, "content_sha256": digest}
            if (await connection.execute(_TAKE, row)).first() is not None:
                return None
            found = (await connection.execute(_FIND, wanted)).one()
            claim = _Claim(found.request_id, found.content_sha256, found.claimed_at)
            if claim.content_sha256 != digest:
                raise _of_another(about)
            recorded = (
                await connection.execute(_RECORDED, {"request_id": claim.request_id, "direction": REPLY})
            ).first()
            if recorded is None and reads:
                await connection.execute(
                    _TAKE_OVER, {**wanted, "request_id": about.request_id, "before": claim.request_id}
                )
                return None
        if recorded is None:
            raise _unknown(about, claim.claimed_at)
        if recorded.body is None:
            raise _too_large(about)
        return Message(recorded.head, recorded.body)

    async def sweep(self) -> None:
        """Forget the claims that are over."""
        async with self._engine.begin() as connection:
            await connection.execute(_SWEEP)


def _of_another(about: Exchanged) -> MessageIdTaken:
    return MessageIdTaken(
        what="This id already names another request of yours.",
        where=about.message_id,
        hint="Send a new X-Road-Id with each request, or none. A repeat must ask exactly the same.",
    )


def _too_large(about: Exchanged) -> MessageIdTaken:
    return MessageIdTaken(
        what="This request was carried and answered; the answer was too large to be kept.",
        where=about.message_id,
        hint="Ask again under a new X-Road-Id, if asking twice does no harm.",
    )


def _unknown(about: Exchanged, since: datetime) -> OutcomeUnknown:
    return OutcomeUnknown(
        what=f"This request was taken at {since:%Y-%m-%dT%H:%M:%SZ}, and what became of it is not on record yet.",
        where=about.message_id,
        hint="It is not carried a second time. Repeat it for the answer, or ask the provider what it did.",
    )
