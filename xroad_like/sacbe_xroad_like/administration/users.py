"""Users: people of institutions, their roles, and the invitations by which they come.

A user is an e-mail address with at least one role. There are no passwords: an invitation is accepted
with a public key, and whoever holds the private one gets tokens (`user_tokens`). A person who has a
key accepts a further invitation with that key alone; else whoever may write an invitation to her
address could add a key of his own, and be her everywhere.
"""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog.views import Page
from sacbe_signing import public_keys
from sacbe_terms.errors import EmailNotValid, InvitationNotValid, UserUnknown
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like import members
from sacbe_xroad_like.administration import pages
from sacbe_xroad_like.administration.actor import HeldRole, Role
from sacbe_xroad_like.administration.pages import Wanted
from sacbe_xroad_like.administration.tables import invitation, user_key, user_role, user_token
from sacbe_xroad_like.tables import member

INVITATION_LIFE = timedelta(days=7)
"""How long an invitation may be accepted."""

INVITATION_BYTES = 32
"""Randomness of an invitation: 256 bits."""

EMAIL_CHARACTERS_MAX = 254
"""RFC 5321, section 4.5.3.1, with the erratum on RFC 3696."""

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+=?^_{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of an institution; `key_names` are thumbprints (RFC 7638)."""

    email: str
    roles: tuple[HeldRole, ...]
    key_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation that was written: `text` is given to the person, and is kept nowhere."""

    email: str
    held: HeldRole
    invited_by: str
    expires_at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserKey:
    """A key by which a user signs: `name` is its thumbprint, `public_key` its SubjectPublicKeyInfo (DER)."""

    id: int
    email: str
    name: str
    public_key: bytes

    @property
    def owner(self) -> str:
        """Whose it is, as a token request names her."""
        return self.email

    def holds(self, _at: datetime) -> bool:
        """Say whether it holds at a time: until it is revoked."""
        return True


def email_of(text: str) -> str:
    """Give an e-mail address in the one form in which it is kept; raises EmailNotValid."""
    email = text.strip().lower()
    if len(email) > EMAIL_CHARACTERS_MAX or _EMAIL.fullmatch(email) is None:
        raise EmailNotValid(
            what="That is no e-mail address in its plain form.",
            where="email",
            hint="Write it as name@ministry.example.",
        )
    return email


async def invite(engine: AsyncEngine, email: str, held: HeldRole, *, by: str) -> Invitation:
    """Write an invitation, in place of one for the same that waits; raises MemberUnknown and EmailNotValid."""
    address, expires = email_of(email), datetime.now(UTC) + INVITATION_LIFE
    text = f"{address}:{secrets.token_urlsafe(INVITATION_BYTES)}"
    row = {"sha256": _digest(text), "email": address, "role": held.role.value, "institution": str(held.institution)}
    async with engine.begin() as connection:
        await _require_member(connection, held.institution)
        await _lock(connection, address)
        await connection.execute(_waiting(address, held))
        await connection.execute(sa.delete(invitation).where(invitation.c.expires_at < sa.func.now()))
        await connection.execute(sa.insert(invitation).values(**row, invited_by=by, expires_at=expires))
    return Invitation(email=address, held=held, invited_by=by, expires_at=expires, text=text)


async def invited(engine: AsyncEngine, text: str) -> Invitation:
    """Give the invitation that waits under this text; raises InvitationNotValid."""
    statement = sa.select(invitation).where(*_is(text))
    async with engine.connect() as connection:
        row = (await connection.execute(statement)).first()
    if row is None:
        raise invitation_unknown()
    return _invitation(row)


async def accept(engine: AsyncEngine, text: str, key: bytes) -> User:
    """Take an invitation up with a public key; gives the user, with her new role.

    Raises InvitationNotValid, ClientKeyNotUsable; what is refused leaves the invitation as it was.
    """
    given = public_keys.read(key).key
    address = (await invited(engine, text)).email
    async with engine.begin() as connection:
        await _lock(connection, address)
        row = await _taken(connection, text)
        await _add_key(connection, row.email, given)
        await _give(connection, row.email, _held(row), by=row.invited_by)
    return await found(engine, row.email)


async def give_role(engine: AsyncEngine, email: str, held: HeldRole, *, by: str) -> None:
    """Give a role without an invitation, as a demonstration does; raises MemberUnknown and EmailNotValid."""
    address = email_of(email)
    async with engine.begin() as connection:
        await _require_member(connection, held.institution)
        await _lock(connection, address)
        await _give(connection, address, held, by=by)


async def revoke(engine: AsyncEngine, email: str, institution: MemberId | None = None) -> tuple[HeldRole, ...]:
    """Take a user's roles and invitations back, at one institution or everywhere; gives the roles that she had.

    Without any role left her keys and tokens are gone with it. Raises UserUnknown.
    """
    address = email_of(email)
    roles, waiting = [user_role.c.email == address], [invitation.c.email == address]
    if institution is not None:
        roles.append(user_role.c.institution == str(institution))
        waiting.append(invitation.c.institution == str(institution))
    async with engine.begin() as connection:
        await _lock(connection, address)
        gone = (await connection.execute(sa.delete(user_role).where(*roles).returning(user_role))).all()
        unanswered = (await connection.execute(sa.delete(invitation).where(*waiting))).rowcount
        if not gone and not unanswered:
            raise unknown(address)
        if not await connection.scalar(sa.select(sa.func.count()).where(user_role.c.email == address)):
            for table in (user_token, user_key):
                await connection.execute(sa.delete(table).where(table.c.email == address))
    return tuple(_held(row) for row in gone)


async def found(engine: AsyncEngine, email: str) -> User:
    """Give a user; raises UserUnknown and EmailNotValid."""
    address = email_of(email)
    user = await found_if_any(engine, address)
    if user is None:
        raise unknown(address)
    return user


async def found_if_any(engine: AsyncEngine, address: str) -> User | None:
    """Give the user of an address in its kept form, if there is one."""
    return next(iter(await _users(engine, [address])), None)


async def users(engine: AsyncEngine, where: sa.ColumnElement[bool], wanted: Wanted) -> Page[User]:
    """Give the users one of whose roles is such, by e-mail address; raises CursorNotValid and LimitExceeded."""
    statement = sa.select(user_role.c.email).where(where).distinct()
    page = await pages.by_name(engine, statement, user_role.c.email, wanted)
    by_email = {user.email: user for user in await _users(engine, page.nodes)}
    return Page(
        nodes=tuple(by_email[email] for email in page.nodes if email in by_email),
        cursors=tuple(c for c, email in zip(page.cursors, page.nodes, strict=True) if email in by_email),
        total_count=page.total_count,
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
    )


async def all_users(engine: AsyncEngine) -> tuple[User, ...]:
    """Give every user, by e-mail address."""
    async with engine.connect() as connection:
        emails = (await connection.scalars(sa.select(user_role.c.email).distinct())).all()
    return await _users(engine, emails)


async def waiting(engine: AsyncEngine) -> tuple[Invitation, ...]:
    """Give the invitations that may still be accepted, without their texts, which nobody knows."""
    statement = sa.select(invitation).where(invitation.c.expires_at > sa.func.now()).order_by(invitation.c.email)
    async with engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    return tuple(map(_invitation, rows))


async def held_or_offered(engine: AsyncEngine, address: str, institution: MemberId | None) -> tuple[HeldRole, ...]:
    """Give the roles that somebody has or is invited to, at one institution or everywhere."""
    there = (
        sa.select(table.c.role, table.c.institution).where(table.c.email == address)
        for table in (user_role, invitation)
    )
    async with engine.connect() as connection:
        roles = {_held(row) for row in (await connection.execute(sa.union(*there))).all()}
    return tuple(sorted(held for held in roles if institution in (None, held.institution)))


async def lock(engine: AsyncEngine, address: str) -> None:
    """Have nobody else change what a person has or is invited to, until the engine's transaction ends."""
    async with engine.begin() as connection:
        await _lock(connection, address)


async def keys(engine: AsyncEngine, email: str) -> tuple[UserKey, ...]:
    """Give a user's keys; none for whoever is no user."""
    statement = sa.select(user_key).where(user_key.c.email == email).order_by(user_key.c.id)
    async with engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    return tuple(UserKey(id=row.id, email=row.email, name=row.name, public_key=row.public_key) for row in rows)


async def _taken(connection: AsyncConnection, text: str) -> Any:
    """Take an invitation out of those that wait, so that no other may; raises InvitationNotValid."""
    row = (await connection.execute(sa.delete(invitation).where(*_is(text)).returning(invitation))).first()
    if row is None:
        raise invitation_unknown()
    return row


async def _add_key(connection: AsyncConnection, email: str, given: public_keys.PublicKey) -> None:
    name = public_keys.thumbprint(given)
    held = (await connection.scalars(sa.select(user_key.c.name).where(user_key.c.email == email))).all()
    if held and name not in held:
        raise InvitationNotValid(
            what=f"{email} has a key already, and the invitation came with another.",
            where="key",
            hint="Accept it with the key that you have. If that is lost, have your roles revoked and be invited anew.",
        )
    der = given.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    row = {"email": email, "name": name, "public_key": der}
    await connection.execute(insert(user_key).values(row).on_conflict_do_nothing())


async def _give(connection: AsyncConnection, email: str, held: HeldRole, *, by: str) -> None:
    row = {"email": email, "role": held.role.value, "institution": str(held.institution), "given_by": by}
    await connection.execute(insert(user_role).values(row).on_conflict_do_nothing())


async def _lock(connection: AsyncConnection, email: str) -> None:
    """Hold a person's keys, roles and invitations for one who changes them, before any row of theirs is touched."""
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(email, 0))))


async def _require_member(connection: AsyncConnection, institution: MemberId) -> None:
    if await connection.scalar(sa.select(member.c.identifier).where(member.c.identifier == str(institution))) is None:
        raise members.unknown(institution)


async def _users(engine: AsyncEngine, emails: Collection[str]) -> tuple[User, ...]:
    roles = sa.select(user_role).where(user_role.c.email.in_(emails))
    names = sa.select(user_key.c.email, user_key.c.name).where(user_key.c.email.in_(emails)).order_by(user_key.c.id)
    async with engine.connect() as connection:
        held = _grouped((row.email, _held(row)) for row in (await connection.execute(roles)).all())
        keys = _grouped((row.email, row.name) for row in (await connection.execute(names)).all())
    return tuple(
        User(email=email, roles=tuple(sorted(held[email])), key_names=tuple(keys.get(email, ())))
        for email in sorted(held)
    )


def _grouped(pairs: Iterable[tuple[str, Any]]) -> Mapping[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for email, value in pairs:
        grouped.setdefault(email, []).append(value)
    return grouped


def _held(row: Any) -> HeldRole:
    return HeldRole(Role(row.role), MemberId.parse(row.institution))


def _waiting(email: str, held: HeldRole) -> sa.Delete:
    return sa.delete(invitation).where(
        invitation.c.email == email,
        invitation.c.role == held.role.value,
        invitation.c.institution == str(held.institution),
    )


def _is(text: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Say of an invitation that this is its text, and that it may be accepted."""
    return invitation.c.sha256 == _digest(text), invitation.c.expires_at > sa.func.now()


def _invitation(row: Any) -> Invitation:
    return Invitation(email=row.email, held=_held(row), invited_by=row.invited_by, expires_at=row.expires_at)


def invitation_unknown() -> InvitationNotValid:
    """Make the error for an invitation that does not hold, whatever the reason."""
    return InvitationNotValid(
        what="The invitation is not known, was used, or is over.",
        where="invitation",
        hint="Copy it whole, or ask whoever invited you for a new one.",
    )


def _digest(text: str) -> bytes:
    return sha256(text.strip().encode("utf-8", "surrogatepass")).digest()


def unknown(email: str) -> UserUnknown:
    """Make the error for somebody who is no user."""
    return UserUnknown(
        what=f"{email} has no role and no invitation there.", where=email, hint="`sacbe user list` gives all users."
    )
