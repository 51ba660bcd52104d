"""Recipients: what each chose, and the links by which she chooses without signing in.

A link names a recipient by a number, not by her address, and is signed with HMAC-SHA-256 (RFC 2104) by a key
that is derived from the node's secrets with HKDF-SHA256 (RFC 5869). Several secrets may be listed: the first
signs, all are taken. A link does not end: the letter that holds it may be opened years later, and all that it
can do is change how its recipient gets letters.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_terms.errors import NoticeLinkNotValid, SettingUnsafe
from sacbe_xroad_like.administration import users
from sacbe_xroad_like.notices.tables import letter, recipient

PATH = "/avisos"
"""Where links lead, in Spanish; in other languages below the language's prefix."""

KEY_BYTES = 32
"""As long as the hash is (RFC 2104, section 3)."""

_PURPOSE = b"sacbe notice links 1"
_TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([A-Za-z0-9_-]{43})", re.ASCII)


class Delivery(StrEnum):
    """How a recipient gets notices."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who gets notices, or chose not to."""

    email: str
    number: int
    delivery: Delivery
    language: str


class Links:
    """Signs links, and reads them."""

    def __init__(self, secrets_listed: Sequence[str] = ()) -> None:
        self._keys = [HKDF(SHA256(), KEY_BYTES, salt=None, info=_PURPOSE).derive(s.encode()) for s in secrets_listed]

    def token(self, number: int) -> str:
        """Give the last part of a recipient's link; raises SettingUnsafe where no secret is set."""
        if not self._keys:
            raise SettingUnsafe(
                what="This node has no secret to sign the links of notices with.",
                where="SACBE_SECRETS_KEY",
                hint="Set it to 32 random characters or more.",
            )
        return f"{number}.{_signature(self._keys[0], number)}"

    def number(self, token: str) -> int:
        """Give the recipient's number of a link's last part; raises NoticeLinkNotValid."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            raise link_not_valid()
        number = int(found[1])
        if not any(hmac.compare_digest(_signature(key, number), found[2]) for key in self._keys):
            raise link_not_valid()
        return number


class Recipients:
    """What recipients chose, by their links or by the operator's hand."""

    def __init__(self, engine: AsyncEngine, links: Links) -> None:
        self._engine = engine
        self._links = links

    async def of_link(self, token: str) -> Recipient:
        """Give the recipient whose link this is; raises NoticeLinkNotValid."""
        number = self._links.number(token)
        async with self._engine.connect() as connection:
            row = (await connection.execute(sa.select(recipient).where(recipient.c.number == number))).first()
        if row is None:
            raise link_not_valid()
        return of_row(row)

    async def choose_by_link(self, token: str, delivery: Delivery) -> Recipient:
        """Change how the link's recipient gets notices; raises NoticeLinkNotValid."""
        found = await self.of_link(token)
        return await self.choose(found.email, delivery, found.language)

    async def choose(self, email: str, delivery: Delivery, language: str | None = None) -> Recipient:
        """Say how somebody gets notices, from her next one on; raises EmailNotValid.

        What waits in a digest goes at once, or not at all, if that is chosen.
        """
        chosen = {"delivery": delivery.value} | ({"language": language} if language else {})
        row = {"email": users.email_of(email), **chosen}
        async with self._engine.begin() as connection:
            given = insert(recipient).values(row)
            changed = given.on_conflict_do_update(index_elements=["email"], set_={**chosen, "chosen_at": sa.func.now()})
            now = of_row((await connection.execute(changed.returning(recipient))).one())
            if delivery is not Delivery.DAILY:
                await connection.execute(_end_digest(now.email))
        return now


async def known(connection: AsyncConnection, emails: Sequence[str]) -> dict[str, Recipient]:
    """Give recipients by address, each as she chose or as everybody begins."""
    if not emails:
        return {}
    rows = [{"email": email} for email in sorted(emails)]
    await connection.execute(insert(recipient).values(rows).on_conflict_do_nothing())
    found = await connection.execute(sa.select(recipient).where(recipient.c.email.in_(emails)))
    return {row.email: of_row(row) for row in found}


def of_row(row: Any) -> Recipient:
    """Read a row that has the table's columns."""
    return Recipient(email=row.email, number=row.number, delivery=Delivery(row.delivery), language=row.language)


def link_not_valid() -> NoticeLinkNotValid:
    """Make the error for a link that was changed, cut, or is nobody's."""
    return NoticeLinkNotValid(
        what="This link is not one of those that stand in our letters.",
        where="address",
        hint="Copy it whole from the letter, or ask the operator of the node to change your choice.",
    )


def _end_digest(email: str) -> sa.Update:
    now = sa.func.now()
    return sa.update(letter).where(letter.c.email == email, letter.c.is_open).values(next_at=now, begun_at=now)


def _signature(key: bytes, number: int) -> str:
    return urlsafe_b64encode(hmac.digest(key, str(number).encode(), "sha256")).rstrip(b"=").decode()
