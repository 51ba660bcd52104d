"""Bearer tokens of consumers, for development: random, short-lived, stored only as a digest.

The token itself is shown once. It is looked up by its SHA-256, so that neither the database nor the
time a look-up takes tells anything about another token.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import NotAuthenticated
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import members
from sacbe_xroad_like.tables import access_token

TOKEN_BYTES = 32
"""Randomness of a token: 256 bits."""

TOKEN_CHARACTERS_MAX = 512
"""A longer text is no token of ours and is not looked up."""

LIFE = timedelta(hours=24)
"""How long a token holds unless said otherwise."""


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose a token is, and until when."""

    subsystem: SubsystemId
    expires_at: datetime


async def make(engine: AsyncEngine, subsystem: SubsystemId, *, life: timedelta = LIFE) -> str:
    """Make a token for a registered subsystem; raises MemberUnknown. Expired ones are swept away."""
    await members.subsystem(engine, subsystem)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = datetime.now(UTC)
    row = {"sha256": digest(token), "subsystem": str(subsystem), "expires_at": now + life}
    async with engine.begin() as connection:
        await connection.execute(sa.delete(access_token).where(access_token.c.expires_at < now))
        await connection.execute(sa.insert(access_token).values(row))
        await members.tell(connection, str(subsystem))
    return token


async def look_up(engine: AsyncEngine, token: str) -> TokenOwner | None:
    """Give whose token this is by the database, expired or not; None if nobody's."""
    statement = sa.select(access_token.c.subsystem, access_token.c.expires_at)
    async with engine.connect() as connection:
        row = (await connection.execute(statement.where(access_token.c.sha256 == digest(token)))).first()
    return None if row is None else TokenOwner(SubsystemId.parse(row.subsystem), row.expires_at)


def digest(token: str) -> bytes:
    """Give the stored form of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def owner_now(owner: TokenOwner | None, at: datetime) -> SubsystemId:
    """Give the owner of a token that holds at this time; raises NotAuthenticated."""
    if owner is None:
        raise _not_authenticated("is not known here")
    if owner.expires_at <= at:
        raise _not_authenticated("is no longer valid")
    return owner.subsystem


def _not_authenticated(reason: str) -> NotAuthenticated:
    return NotAuthenticated(
        what=f"The bearer token {reason}.",
        where="Authorization",
        hint="Get a new one, in development with `sacbe token CLIENT`.",
    )
