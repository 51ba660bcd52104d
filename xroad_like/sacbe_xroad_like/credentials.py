"""Credentials to ministries' systems: kept by data service and name, locked, live within a second.

What can be asked again of a kept credential is its name, its kind, who set it and when; never
a secret. `open_of` and `open_all` are for the bus itself, which calls with them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_adapters.credentials.examination import refuse_together, refuse_unusable
from sacbe_catalog.data_services import DataServices
from sacbe_terms.credentials import AnyCredential, Locked
from sacbe_terms.errors import CredentialNotUsable, RecordNotFound
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like import members
from sacbe_xroad_like.tables import credential as credentials
from sacbe_xroad_like.vault import Vault

CREDENTIALS_MAX = 8
"""Credentials of one data service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCredential:
    """All that is ever told of a credential."""

    name: str
    kind: str
    set_by: str
    set_at: datetime


class Credentials:
    """The credentials that this node keeps."""

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._data_services = DataServices(engine)

    async def keep(self, identifier: DataServiceId, name: str, given: AnyCredential, *, by: str) -> None:
        """Keep a credential in place of any other of this name.

        Raises DataServiceUnknown, CredentialNotUsable, AddressRefused (an address that gives tokens), and
        SettingUnsafe where the node has no secret to lock it under.
        """
        system = (await self._data_services.newest(identifier)).description.kind
        refuse_unusable(given, name=name, system=system)
        row = {
            "data_service": str(identifier),
            "name": name,
            "kind": given.kind,
            "locked": self._vault.lock(given, _place(identifier, name)),
            "set_by": by,
        }
        async with self._engine.begin() as connection:
            held = await self._held(connection, identifier)
            _refuse_many(identifier, {**held, name: given})
            statement = insert(credentials).values(row)
            changed = {column: statement.excluded[column] for column in ("kind", "locked", "set_by")}
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["data_service", "name"], set_={**changed, "set_at": sa.func.now()}
                )
            )
            await members.tell(connection, str(identifier))

    async def remove(self, identifier: DataServiceId, name: str) -> None:
        """Forget a credential; raises RecordNotFound."""
        found = sa.delete(credentials).where(_of(identifier), credentials.c.name == name)
        async with self._engine.begin() as connection:
            if (await connection.execute(found)).rowcount == 0:
                raise RecordNotFound("credential", name)
            await members.tell(connection, str(identifier))

    async def listed(self, identifier: DataServiceId) -> tuple[KeptCredential, ...]:
        """Say which credentials are kept, by name, and nothing of what they hold."""
        columns = (credentials.c.name, credentials.c.kind, credentials.c.set_by, credentials.c.set_at)
        async with self._engine.connect() as connection:
            rows = await connection.execute(sa.select(*columns).where(_of(identifier)).order_by(credentials.c.name))
        return tuple(KeptCredential(**row._mapping) for row in rows)

    async def lock_anew(self) -> int:
        """Lock everything under the first of the listed secrets; gives how many were not.

        What this node cannot open stays as it is.
        """
        count = 0
        async with self._engine.begin() as connection:
            for row in (await connection.execute(sa.select(credentials).with_for_update())).all():
                place = _place(row.data_service, row.name)
                opened = self._vault.open(row.locked, place)
                if self._vault.is_newest(row.locked) or isinstance(opened, Locked):
                    continue
                this = sa.and_(credentials.c.data_service == row.data_service, credentials.c.name == row.name)
                changed = sa.update(credentials).where(this).values(locked=self._vault.lock(opened, place))
                await connection.execute(changed)
                count += 1
        return count

    async def open_of(self, identifier: DataServiceId) -> tuple[AnyCredential, ...]:
        """Give what a call of one data service shows, by name."""
        async with self._engine.connect() as connection:
            return tuple((await self._held(connection, identifier)).values())

    async def open_all(self) -> Mapping[str, tuple[AnyCredential, ...]]:
        """Give what calls show, by the data service's printed identifier."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(sa.select(credentials).order_by(credentials.c.name))).all()
        found: defaultdict[str, list[AnyCredential]] = defaultdict(list)
        for row in rows:
            found[row.data_service].append(self._opened(row))
        return {data_service: tuple(opened) for data_service, opened in found.items()}

    async def _held(self, connection: AsyncConnection, identifier: DataServiceId) -> dict[str, AnyCredential]:
        statement = sa.select(credentials).where(_of(identifier)).order_by(credentials.c.name)
        return {row.name: self._opened(row) for row in (await connection.execute(statement)).all()}

    def _opened(self, row: sa.Row[Any]) -> AnyCredential:
        return self._vault.open(row.locked, _place(row.data_service, row.name))


def _place(identifier: DataServiceId | str, name: str) -> str:
    return f"{identifier} {name}"


def _of(identifier: DataServiceId) -> sa.ColumnElement[bool]:
    return credentials.c.data_service == str(identifier)


def _refuse_many(identifier: DataServiceId, held: Mapping[str, AnyCredential]) -> None:
    if len(held) > CREDENTIALS_MAX:
        raise CredentialNotUsable(
            what=f"{identifier} has {CREDENTIALS_MAX} credentials already.",
            where=str(identifier),
            hint="Remove one with `sacbe adapter credential remove`.",
        )
    refuse_together(held)
