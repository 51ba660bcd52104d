"""What may be used once: the names of assertions and proofs, remembered by all processes until they expire."""

from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_signing.trust import not_valid
from sacbe_xroad_like.tables import used_once

_UNSYNCED = sa.text("set local synchronous_commit to off")
"""A crash of the database may forget the last moment's names: worth a disk's turn for every request less."""


async def use(engine: AsyncEngine, *names: str, until: datetime) -> None:
    """Use a name, made of these parts, that must not come again before `until`; raises SignatureNotValid if it has."""
    digest = sha256("\n".join(names).encode()).digest()
    statement = insert(used_once).values(digest=digest, until=until).on_conflict_do_nothing()
    async with engine.begin() as connection:
        await connection.execute(_UNSYNCED)
        is_new = (await connection.execute(statement)).rowcount == 1
    if not is_new:
        raise not_valid("it was used before")


async def sweep(engine: AsyncEngine) -> None:
    """Forget the names that have expired."""
    async with engine.begin() as connection:
        await connection.execute(sa.delete(used_once).where(used_once.c.until < datetime.now(UTC)))
