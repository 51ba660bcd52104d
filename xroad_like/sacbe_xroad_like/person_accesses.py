"""Who asked for a person's data, when and for what: written with the message log, read by the person.

A person is known here by the HMAC-SHA-256 (RFC 2104) of her number alone. The key is derived from a
secret of the node's settings with HKDF-SHA256 (RFC 5869), as the vault's is: whoever has the database
alone finds nobody in it. Several secrets may be listed: the first one keys what is written, all of
them are asked when a person is looked for.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import SettingUnsafe
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.messages import Exchanged
from sacbe_xroad_like.person_numbers import normalized
from sacbe_xroad_like.tables import person_access

KEY_BYTES = 32
"""As long as the hash is (RFC 2104, section 3)."""

_PURPOSE = b"sacbe person accesses 1"


class Access(NamedTuple):
    """One exchange that was about a person: by whom, for what, under which agreement and message."""

    person: bytes
    request_id: UUID
    accessed_at: datetime
    consumer: str
    operation: str
    agreement: int
    purpose: str
    message_id: str


COLUMNS = Access._fields
"""The columns of `bus.person_access`."""


class PersonKeys:
    """Gives the names under which persons stand in the table."""

    def __init__(self, secrets_listed: Sequence[str] = ()) -> None:
        self._keys = [HKDF(SHA256(), KEY_BYTES, salt=None, info=_PURPOSE).derive(s.encode()) for s in secrets_listed]

    def refuse_missing(self) -> None:
        """Raise SettingUnsafe where no secret is set: an access could not be told to the person later."""
        if not self._keys:
            raise SettingUnsafe(
                what="This node has no secret under which accesses to persons' data are kept.",
                where="SACBE_SECRETS_KEY",
                hint="Set it to 32 random characters or more, and keep a copy where your backups are not.",
            )

    def name(self, number: str) -> bytes:
        """Give the name under which a person's accesses are written; raises SettingUnsafe without a secret."""
        self.refuse_missing()
        return _hashed(self._keys[0], number)

    def names(self, number: str) -> list[bytes]:
        """Give every name under which they may stand; raises SettingUnsafe without a secret."""
        self.refuse_missing()
        return [_hashed(key, number) for key in self._keys]


def _hashed(key: bytes, number: str) -> bytes:
    return hmac.digest(key, normalized(number).encode(), "sha256")


def of_exchange(keys: PersonKeys, numbers: Iterable[str], about: Exchanged, agreed: Agreement) -> list[Access]:
    """Give one access for each person, alike but for the name, at this moment."""
    access = Access(
        person=b"",
        request_id=about.request_id,
        accessed_at=datetime.now(UTC),
        consumer=about.consumer,
        operation=about.operation,
        agreement=agreed.id,
        purpose=agreed.purpose,
        message_id=about.message_id,
    )
    return [access._replace(person=keys.name(number)) for number in sorted(numbers)]


async def accesses(engine: AsyncEngine, keys: PersonKeys, number: str) -> list[Access]:
    """Give all accesses to a person's data, the newest first; raises SettingUnsafe without a secret."""
    query = (
        sa.select(*(person_access.c[name] for name in COLUMNS))
        .where(person_access.c.person.in_(keys.names(number)))
        .order_by(person_access.c.accessed_at.desc(), person_access.c.message_id)
    )
    async with engine.connect() as connection:
        return [Access(*row) for row in await connection.execute(query)]
