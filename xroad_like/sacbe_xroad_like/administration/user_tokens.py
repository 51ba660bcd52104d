"""Tokens of users: as the clients' are, random, short-lived, kept as digests, bound to a key except in development.

They are looked up for each request, with the roles that the user has at that moment. People administer
some times a day, not some hundred times a second, and so what is revoked ends in every process at once.

How a user proved who she is, is not written here: whatever other way there may be one day (a passkey
in the console) ends in `give`, too.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_xroad_like import tokens
from sacbe_xroad_like.administration import users
from sacbe_xroad_like.administration.actor import Actor, HeldRole
from sacbe_xroad_like.administration.tables import user_token
from sacbe_xroad_like.administration.users import UserKey
from sacbe_xroad_like.tokens import Binding

PREFIX = "user."
"""What a user's token begins with; no client's holds a dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTokenOwner:
    """Whose a token is, until when, and who may use it; with her roles of this moment."""

    email: str
    roles: tuple[HeldRole, ...]
    expires_at: datetime
    binding: Binding = field(default_factory=Binding)

    @property
    def actor(self) -> Actor:
        """The user, as one who acts."""
        return Actor(name=self.email, roles=self.roles)


def is_of_user(token: str) -> bool:
    """Say whether a token looks like a user's."""
    return token.startswith(PREFIX)


async def give(engine: AsyncEngine, key: UserKey, binding: Binding, *, life: timedelta) -> str:
    """Make a bound token for the user of a registered key, which goes with the key."""
    return await _kept(engine, key.email, life, user_key=key.id, dpop_key=binding.dpop_key)


async def make(engine: AsyncEngine, email: str, *, life: timedelta = tokens.LIFE) -> str:
    """Make a development token, which whoever has it may use; raises UserUnknown and EmailNotValid."""
    return await _kept(engine, (await users.found(engine, email)).email, life)


async def look_up(engine: AsyncEngine, token: str) -> UserTokenOwner | None:
    """Give whose token this is, expired or not; None if nobody's."""
    if len(token) > tokens.TOKEN_CHARACTERS_MAX:
        return None
    statement = sa.select(user_token).where(user_token.c.sha256 == tokens.digest(token))
    async with engine.connect() as connection:
        row = (await connection.execute(statement)).first()
    user = await users.found_if_any(engine, row.email) if row else None
    if row is None or user is None:
        return None
    binding = Binding(dpop_key=row.dpop_key)
    return UserTokenOwner(email=user.email, roles=user.roles, expires_at=row.expires_at, binding=binding)


async def _kept(engine: AsyncEngine, email: str, life: timedelta, **columns: Any) -> str:
    """Keep a new token and give it; expired ones are swept away."""
    token, now = PREFIX + secrets.token_urlsafe(tokens.TOKEN_BYTES), datetime.now(UTC)
    row = {"sha256": tokens.digest(token), "email": email, "expires_at": now + life, **columns}
    async with engine.begin() as connection:
        await connection.execute(sa.delete(user_token).where(user_token.c.expires_at < now))
        await connection.execute(sa.insert(user_token).values(row))
    return token
