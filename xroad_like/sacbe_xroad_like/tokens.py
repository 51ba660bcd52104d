"""Tokens of consumers: random, short-lived, stored only as a digest, and bound to a key except in development.

The token itself is shown once. It is looked up by its SHA-256, so that neither the database nor the
time a look-up takes tells anything about another token.
"""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import NotAuthenticated
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import members
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.tables import access_token

TOKEN_BYTES = 32
"""Randomness of a token: 256 bits."""

TOKEN_CHARACTERS_MAX = 512
"""A longer text is no token of ours and is not looked up."""

LIFE = timedelta(hours=24)
"""How long a development token holds unless said otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Who may use a token: the holder of a DPoP key (its thumbprint), or of a TLS certificate (its SHA-256)."""

    dpop_key: str | None = None
    certificate_sha256: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a token states for requests that do not; `any_purpose` is that of whichever agreement covers a call."""

    user_id: str = ""
    issue: str = ""
    any_purpose: bool = False


DEVELOPMENT = Stated(user_id="desarrollo", issue="desarrollo", any_purpose=True)
"""What a development node's tokens state, so that its examples work as they stand. The record shows it."""


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose a token is, until when, who may use it, what it states, and the number of the key it was given for."""

    subsystem: SubsystemId
    expires_at: datetime
    binding: Binding = field(default_factory=Binding)
    stated: Stated = field(default_factory=Stated)
    client_key: int | None = None


async def make(
    engine: AsyncEngine, subsystem: SubsystemId, *, life: timedelta = LIFE, stated: Stated | None = None
) -> str:
    """Make a development token for a registered subsystem, which whoever has it may use; raises MemberUnknown."""
    await members.subsystem(engine, subsystem)
    return await _kept(engine, subsystem=str(subsystem), life=life, **asdict(stated or Stated()))


async def give(engine: AsyncEngine, key: ClientKey, binding: Binding, *, life: timedelta) -> str:
    """Make a bound token for the client of a registered key, which goes with the key."""
    return await _kept(
        engine,
        subsystem=str(key.client),
        life=life,
        client_key=key.id,
        dpop_key=binding.dpop_key,
        certificate_sha256=binding.certificate_sha256,
    )


async def revoke_all(engine: AsyncEngine, subsystem: SubsystemId) -> int:
    """Forget every token of a subsystem, in all processes at once; give how many there were."""
    async with engine.begin() as connection:
        gone = await connection.execute(sa.delete(access_token).where(access_token.c.subsystem == str(subsystem)))
        await members.tell(connection, str(subsystem))
    return gone.rowcount


async def _kept(engine: AsyncEngine, *, life: timedelta, **columns: Any) -> str:
    """Keep a new token and give it; expired ones are swept away.

    Nobody is told: a token that a process does not know yet is looked up, and a node that gives many would
    read its registry anew for each.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        await connection.execute(sa.delete(access_token).where(access_token.c.expires_at < now))
        await connection.execute(sa.insert(access_token).values(sha256=digest(token), expires_at=now + life, **columns))
    return token


async def look_up(engine: AsyncEngine, token: str) -> TokenOwner | None:
    """Give whose token this is by the database, expired or not; None if nobody's."""
    async with engine.connect() as connection:
        found = await connection.execute(sa.select(access_token).where(access_token.c.sha256 == digest(token)))
        row = found.first()
    return None if row is None else from_row(row)


def from_row(row: Any) -> TokenOwner:
    """Read a row of the table."""
    binding = Binding(dpop_key=row.dpop_key, certificate_sha256=row.certificate_sha256)
    stated = Stated(user_id=row.user_id, issue=row.issue, any_purpose=row.any_purpose)
    return TokenOwner(SubsystemId.parse(row.subsystem), row.expires_at, binding, stated, row.client_key)


def digest(token: str) -> bytes:
    """Give the stored form of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


class Ending(Protocol):
    """Whoever a token stands for, a client or a user."""

    @property
    def expires_at(self) -> datetime:
        """Until when it does."""


OwnerT = TypeVar("OwnerT", bound=Ending)


def owner_now(owner: OwnerT | None, at: datetime) -> OwnerT:
    """Give the owner of a token that holds at this time; raises NotAuthenticated."""
    if owner is None:
        raise not_authenticated("is not known here")
    if owner.expires_at <= at:
        raise not_authenticated("is no longer valid")
    return owner


def not_authenticated(reason: str) -> NotAuthenticated:
    """Make the error that says why a token does not hold."""
    return NotAuthenticated(
        what=f"The bearer token {reason}.",
        where="Authorization",
        hint="Get a new one from /oauth/token, in development with `sacbe token CLIENT`.",
    )
