"""Clients of the bus and their keys: registered, listed, removed; and how each must connect.

Every change is told to all processes of the node, which go by it at their next request.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_signing import public_keys
from sacbe_terms.errors import ClientKeyNotUsable
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import members
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.tables import client_key, subsystem

KeysByClient = Mapping[SubsystemId, tuple[ClientKey, ...]]

ALL_KEYS = sa.select(client_key).order_by(client_key.c.id)


async def add_key(engine: AsyncEngine, client: SubsystemId, content: bytes) -> ClientKey:
    """Register a client's certificate or public key; one that is registered already stays as it is.

    Raises ClientKeyNotUsable and MemberUnknown.
    """
    await members.subsystem(engine, client)
    row = {"subsystem": str(client), **_columns(public_keys.read(content))}
    statement = insert(client_key).values(row)
    same = statement.on_conflict_do_update(constraint="uq_client_key_content", set_={"name": row["name"]})
    async with engine.begin() as connection:
        added = (await connection.execute(same.returning(client_key))).one()
        await members.tell(connection, str(client))
    return from_row(added)


async def remove_key(engine: AsyncEngine, number: int) -> ClientKey:
    """Forget a key by its number, and with it the tokens that were given for it; raises ClientKeyNotUsable."""
    async with engine.begin() as connection:
        statement = sa.delete(client_key).where(client_key.c.id == number).returning(client_key)
        row = (await connection.execute(statement)).first()
        if row is None:
            raise _no_such_key(number)
        await members.tell(connection, row.subsystem)
    return from_row(row)


async def keys(engine: AsyncEngine, client: SubsystemId | None = None) -> tuple[ClientKey, ...]:
    """Give every registered key, or those of one client, in the order in which they came."""
    statement = ALL_KEYS if client is None else ALL_KEYS.where(client_key.c.subsystem == str(client))
    async with engine.connect() as connection:
        return tuple(map(from_row, (await connection.execute(statement)).all()))


async def choose_connection(engine: AsyncEngine, client: SubsystemId, chosen: ConnectionType) -> None:
    """Say how a client must connect from now on; raises MemberUnknown."""
    statement = sa.update(subsystem).where(subsystem.c.identifier == str(client)).values(connection=chosen.value)
    async with engine.begin() as connection:
        if not (await connection.execute(statement)).rowcount:
            raise members.unknown(client)
        await members.tell(connection, str(client))


async def connections(engine: AsyncEngine) -> dict[SubsystemId, ConnectionType]:
    """Give how each client must connect for which it was chosen."""
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(subsystem).order_by(subsystem.c.identifier))).all()
    return chosen_connections(rows)


def chosen_connections(rows: Iterable[Any]) -> dict[SubsystemId, ConnectionType]:
    """Give the choice of each subsystem's row that has one."""
    return {SubsystemId.parse(row.identifier): ConnectionType(row.connection) for row in rows if row.connection}


def by_client(rows: Iterable[Any]) -> KeysByClient:
    """Group the rows of keys by their client."""
    grouped: defaultdict[SubsystemId, list[ClientKey]] = defaultdict(list)
    for key in map(from_row, rows):
        grouped[key.client].append(key)
    return {client: tuple(held) for client, held in grouped.items()}


def from_row(row: Any) -> ClientKey:
    """Read a row of the table."""
    return ClientKey(
        id=row.id,
        client=SubsystemId.parse(row.subsystem),
        name=row.name,
        public_key=row.public_key,
        certificate=row.certificate,
        begins=row.begins,
        ends=row.ends,
        added_at=row.added_at,
    )


def _columns(given: public_keys.Read) -> dict[str, object]:
    certificate = given.certificate
    columns: dict[str, object] = {
        "name": public_keys.thumbprint(given.key),
        "public_key": given.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    }
    if certificate is not None:
        if certificate.not_valid_after_utc < datetime.now(UTC):
            raise public_keys.not_usable(f"its certificate has expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
        columns["certificate"] = certificate.public_bytes(Encoding.DER)
        columns["begins"] = certificate.not_valid_before_utc
        columns["ends"] = certificate.not_valid_after_utc
    return columns


def _no_such_key(number: int) -> ClientKeyNotUsable:
    return ClientKeyNotUsable(
        what=f"No client's key has the number {number}.", where=str(number), hint="`sacbe client list` gives them."
    )
