"""Members and their subsystems: who takes part in the exchange, and under which name in the schema.

What is registered here is held to the strict character rule of identifiers. A provider's alias is
its field below `exchange`; it is unique on the node, and `providers` is kept for the schema.
"""

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_terms.errors import IdentifierNotValid, MemberUnknown, NameClash
from sacbe_terms.identifiers import MemberId, SubsystemId, is_registrable
from sacbe_xroad_like.tables import member as members
from sacbe_xroad_like.tables import subsystem as subsystems

CHANNEL = "sacbe_registry"
"""PostgreSQL channel on which changes of members, rights and tokens are told."""

RESERVED_ALIASES = frozenset({"providers"})
"""Fields that the schema itself has below `exchange`."""

_ALIAS = re.compile(r"[a-z][A-Za-z0-9]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsystem:
    """An information system of a member, or the member itself; `alias` is None until it provides something."""

    identifier: SubsystemId
    title: str
    alias: str | None


async def add(engine: AsyncEngine, identifier: MemberId, *, title: str) -> None:
    """Register a member, or give a registered one another title; raises IdentifierNotValid.

    With it the member itself becomes a client of the bus, as X-Road has it.
    """
    _refuse_odd_parts(str(identifier), (identifier.instance, identifier.member_class, identifier.member_code))
    row = {"identifier": str(identifier), "title": title}
    itself = {**row, "member": str(identifier)}
    async with engine.begin() as connection:
        for statement in (insert(members).values(row), insert(subsystems).values(itself)):
            changed = statement.on_conflict_do_update(index_elements=["identifier"], set_={"title": title})
            await connection.execute(changed)
        await tell(connection, str(identifier))


async def add_subsystem(engine: AsyncEngine, identifier: SubsystemId, *, title: str, alias: str | None = None) -> None:
    """Register a subsystem of a member, or change a registered one; an alias that is set stays if none is given.

    Raises IdentifierNotValid, MemberUnknown, and NameClash when the alias is taken.
    """
    if identifier.subsystem_code:
        _refuse_odd_parts(str(identifier), (identifier.subsystem_code,))
    if alias is not None:
        refuse_alias(alias)
    row = {"identifier": str(identifier), "member": str(identifier.member), "title": title, "alias": alias}
    statement = insert(subsystems).values(row)
    changed = {"title": title, "alias": sa.func.coalesce(statement.excluded.alias, subsystems.c.alias)}
    try:
        async with engine.begin() as connection:
            await _require_member(connection, identifier.member)
            await connection.execute(statement.on_conflict_do_update(index_elements=["identifier"], set_=changed))
            await tell(connection, str(identifier))
    except IntegrityError as error:
        raise _alias_taken(alias or "") from error


async def subsystem(engine: AsyncEngine, identifier: SubsystemId) -> Subsystem:
    """Give a registered subsystem; raises MemberUnknown."""
    async with engine.connect() as connection:
        found = sa.select(subsystems).where(subsystems.c.identifier == str(identifier))
        row = (await connection.execute(found)).first()
    if row is None:
        raise unknown(identifier)
    return Subsystem(identifier=identifier, title=row.title, alias=row.alias)


async def all_members(engine: AsyncEngine) -> tuple[tuple[MemberId, str], ...]:
    """Give every member with its title, by identifier."""
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(members).order_by(members.c.identifier))).all()
    return tuple((MemberId.parse(row.identifier), row.title) for row in rows)


async def all_subsystems(engine: AsyncEngine) -> tuple[Subsystem, ...]:
    """Give every subsystem, by identifier; the members themselves are left to `all_members`."""
    own = subsystems.c.identifier != subsystems.c.member
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(subsystems).where(own).order_by(subsystems.c.identifier))).all()
    return tuple(
        Subsystem(identifier=SubsystemId.parse(row.identifier), title=row.title, alias=row.alias) for row in rows
    )


async def tell(connection: AsyncConnection, what: str) -> None:
    """Tell every process of the node that something of the registry changed, when this commits."""
    await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, what)))


def refuse_alias(alias: str) -> None:
    """Raise unless a provider may be called so: IdentifierNotValid, or NameClash for a reserved name."""
    if _ALIAS.fullmatch(alias) is None:
        raise IdentifierNotValid(alias, kind="an alias (a small letter, then at most 62 letters and digits)")
    if alias in RESERVED_ALIASES:
        raise _alias_taken(alias)


def unknown(identifier: MemberId | SubsystemId) -> MemberUnknown:
    """Make the error for a member or subsystem that is not registered here."""
    kind = "member" if isinstance(identifier, MemberId) else "subsystem"
    return MemberUnknown(
        what=f"The {kind} {identifier} is not registered on this node.",
        where=str(identifier),
        hint="Register it with `sacbe member add`.",
    )


async def _require_member(connection: AsyncConnection, identifier: MemberId) -> None:
    found = sa.select(members.c.identifier).where(members.c.identifier == str(identifier))
    if await connection.scalar(found) is None:
        raise unknown(identifier)


def _refuse_odd_parts(text: str, parts: tuple[str, ...]) -> None:
    if not all(is_registrable(part) for part in parts):
        raise IdentifierNotValid(text, kind="anything that can be registered")


def _alias_taken(alias: str) -> NameClash:
    return NameClash(what=f"The alias '{alias}' is taken.", where=alias, hint="Choose another alias for this provider.")
