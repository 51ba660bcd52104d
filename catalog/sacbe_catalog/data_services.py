"""Data services: drafts, versions, what is in force, and what a reader sees of it.

A description is saved as a draft, published, perhaps suspended; a newer draft waits beside the
version in force until it is published too. Every change is told on CHANNEL in the transaction that
makes it, so that whoever listens hears of it exactly when it can be read.
"""

import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog.data_service_tables import data_service, description, description_document
from sacbe_catalog.views import Page
from sacbe_terms import descriptions
from sacbe_terms.choices import Choices, OperationChoice, applied
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import CursorNotValid, DataServiceUnknown, NameClash, Problem
from sacbe_terms.exchange import Endpoint
from sacbe_terms.identifiers import DataServiceId

CHANNEL = "sacbe_data_services"
"""PostgreSQL channel on which a changed data service's identifier is told."""

PAGE_MAX = 100
"""Most data services in one page; a greater wish is served with this many."""


class State(StrEnum):
    """Where a data service is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUSPENDED = "suspended"


class StoredDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a data service's description, with the endpoint that it is called at.

    `description` is `as_read`, what the document says, with the steward's `choices` applied to it.
    """

    identifier: DataServiceId
    version: int
    description: Description
    as_read: Description
    endpoint: Endpoint
    choices: dict[str, OperationChoice] = {}


Known = Mapping[tuple[str, int], StoredDescription]
"""Versions that a reader has already, by identifier and version."""


class OperationView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be asked of a data service."""

    alias: str
    code: str
    reads: bool
    is_personal: bool
    description: str


class DataServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """A published data service as a reader sees it; `provider` is the subsystem's identifier."""

    identifier: str
    provider: str
    title: str
    description: str
    kind: str
    status: str
    version: int
    published_at: str
    operations: tuple[OperationView, ...]


class DataServices:
    """The stored data services of this node."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def save_draft(
        self, identifier: DataServiceId, content: Description, endpoint: Endpoint, choices: Choices | None = None
    ) -> int:
        """Store a description as it was read, and the steward's choices for it, as the newest version.

        It is not yet in force. Gives the version's number.
        """
        async with self._engine.begin() as connection:
            await _lock(connection, str(identifier))
            newest = await connection.scalar(
                sa.select(sa.func.max(description.c.version)).where(description.c.data_service == str(identifier))
            )
            version = (newest or 0) + 1
            if newest is None:
                await connection.execute(sa.insert(data_service).values(_first_row(identifier, content)))
            await connection.execute(
                sa.insert(description).values(_row(identifier, version, content, endpoint, choices or {}))
            )
            if content.sources:
                await connection.execute(sa.insert(description_document), _documents(identifier, version, content))
        return version

    async def newest(self, identifier: DataServiceId) -> StoredDescription:
        """Give the newest version, in force or not; raises DataServiceUnknown."""
        async with self._engine.connect() as connection:
            return await _newest(connection, identifier)

    async def newest_if_any(self, identifier: DataServiceId) -> StoredDescription | None:
        """Give the newest version, in force or not, if the data service is registered."""
        try:
            return await self.newest(identifier)
        except DataServiceUnknown:
            return None

    async def in_force(self, identifier: DataServiceId) -> StoredDescription | None:
        """Give the version in force, if the data service is published."""
        statement = _PUBLISHED.where(data_service.c.identifier == str(identifier))
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else _stored(row)

    async def all_in_force(self, known: Known) -> tuple[StoredDescription, ...]:
        """Give every version in force, by identifier; what is `known` is neither sent nor decoded again."""
        return await self._all_in(State.PUBLISHED, known)

    async def all_suspended(self, known: Known) -> tuple[StoredDescription, ...]:
        """Give every version that was in force until it was suspended, in the same way."""
        return await self._all_in(State.SUSPENDED, known)

    async def _all_in(self, state: State, known: Known) -> tuple[StoredDescription, ...]:
        of_state = _KEYS.where(data_service.c.state == state)
        async with self._engine.connect() as connection:
            keys = [(row.identifier, row.version) for row in (await connection.execute(of_state)).all()]
            missing = [key for key in keys if key not in known]
            wanted = _VERSIONS.where(sa.tuple_(description.c.data_service, description.c.version).in_(missing))
            rows = (await connection.execute(wanted)).all() if missing else ()
        found = {(row.identifier, row.version): _stored(row) for row in rows}
        return tuple(known.get(key) or found[key] for key in keys if key in known or key in found)

    async def publish(self, identifier: DataServiceId, *, version: int | None = None) -> StoredDescription:
        """Put a version in force, the newest unless one is named.

        Raises DataServiceUnknown, and NameClash when the provider already offers an operation of
        the same alias, or the description itself has one twice.
        """
        async with self._engine.begin() as connection:
            # One publication of a provider at a time: two could each miss the other's aliases.
            await _lock(connection, str(identifier.subsystem))
            stored = await _newest(connection, identifier, version=version)
            await _refuse_clashes(connection, stored)
            await _set_state(connection, identifier, _published(stored))
        return stored

    async def suspend(self, identifier: DataServiceId) -> None:
        """Take a data service out of force; raises DataServiceUnknown unless it is published."""
        async with self._engine.begin() as connection:
            if not await _set_state(connection, identifier, {"state": State.SUSPENDED}, only_from=State.PUBLISHED):
                raise _unknown(identifier)

    async def data_services(
        self, *, query: str | None = None, provider: str | None = None, first: int = 20, after: str | None = None
    ) -> Page[DataServiceView]:
        """List published data services by identifier; every word of the query must occur.

        `provider` is a subsystem's identifier. Raises CursorNotValid.
        """
        size = max(0, min(first, PAGE_MAX))
        matching = [data_service.c.state == State.PUBLISHED, *_wanted(query, provider)]
        begin = [] if after is None else [data_service.c.identifier > _from_cursor(after)]
        page = _PUBLISHED.where(*matching, *begin).order_by(data_service.c.identifier).limit(size + 1)
        count = sa.select(sa.func.count()).select_from(data_service).where(*matching)
        async with self._engine.connect() as connection:
            total = await connection.scalar(count)
            rows = (await connection.execute(page)).all()
        nodes = tuple(_view(row) for row in rows[:size])
        return Page(
            nodes=nodes,
            cursors=tuple(_cursor(node.identifier) for node in nodes),
            total_count=total or 0,
            has_next_page=len(rows) > size,
            has_previous_page=after is not None,
        )

    async def data_service(self, identifier: str) -> DataServiceView | None:
        """Give one published data service, if there is one of this identifier."""
        async with self._engine.connect() as connection:
            row = (
                await connection.execute(_PUBLISHED.where(data_service.c.identifier == _storable(identifier)))
            ).first()
        return None if row is None else _view(row)


_IN_FORCE = sa.and_(
    description.c.data_service == data_service.c.identifier,
    description.c.version == data_service.c.published_version,
)

_VERSIONS = sa.select(data_service, description).join(description, _IN_FORCE)
_PUBLISHED = _VERSIONS.where(data_service.c.state == State.PUBLISHED)
_KEYS = sa.select(data_service.c.identifier, data_service.c.published_version.label("version")).order_by(
    data_service.c.identifier
)


async def _lock(connection: AsyncConnection, name: str) -> None:
    """Hold a lock on a name until the transaction ends."""
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))


async def _newest(
    connection: AsyncConnection, identifier: DataServiceId, *, version: int | None = None
) -> StoredDescription:
    """Give the newest version, or the named one; raises DataServiceUnknown."""
    named = [] if version is None else [description.c.version == version]
    statement = (
        sa.select(description, description.c.data_service.label("identifier"))
        .where(description.c.data_service == str(identifier), *named)
        .order_by(description.c.version.desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        raise _unknown(identifier)
    return _stored(row)


async def _refuse_clashes(connection: AsyncConnection, stored: StoredDescription) -> None:
    """Every operation of a provider is a field below its alias, so each alias may stand only once."""
    others = _PUBLISHED.where(
        data_service.c.provider == str(stored.identifier.subsystem),
        data_service.c.identifier != str(stored.identifier),
    )
    taken: dict[str, str] = {}
    for row in (await connection.execute(others)).all():
        taken |= {operation.alias: row.identifier for operation in _stored(row).description.operations}
    problems = []
    for operation in stored.description.operations:
        if operation.alias in taken:
            problems.append(Problem(where=operation.code, reason=f"'{operation.alias}' is of {taken[operation.alias]}"))
        taken.setdefault(operation.alias, f"{stored.identifier} itself")
    if problems:
        raise NameClash(
            what=f"{stored.identifier} cannot be published: {len(problems)} of its names are taken at this provider.",
            where=str(stored.identifier),
            hint="Give these operations another alias, or suspend the data service that has the name.",
            problems=problems,
        )


async def _set_state(
    connection: AsyncConnection, identifier: DataServiceId, values: Mapping[str, Any], *, only_from: State | None = None
) -> bool:
    statement = sa.update(data_service).where(data_service.c.identifier == str(identifier)).values(**values)
    if only_from is not None:
        statement = statement.where(data_service.c.state == only_from)
    changed = (await connection.execute(statement)).rowcount > 0
    await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, str(identifier))))
    return changed


def _published(stored: StoredDescription) -> dict[str, Any]:
    return {
        "state": State.PUBLISHED,
        "published_version": stored.version,
        "published_at": sa.func.now(),
        "search_text": _search_text(stored.identifier, stored.description),
    }


def _first_row(identifier: DataServiceId, content: Description) -> dict[str, Any]:
    return {
        "identifier": str(identifier),
        "provider": str(identifier.subsystem),
        "state": State.DRAFT,
        "search_text": _search_text(identifier, content),
    }


def _row(
    identifier: DataServiceId, version: int, content: Description, endpoint: Endpoint, choices: Choices
) -> dict[str, Any]:
    return {
        "data_service": str(identifier),
        "version": version,
        "content": descriptions.to_json(content).decode(),
        "choices": msgspec.json.encode(choices).decode(),
        "endpoint_address": endpoint.address,
        "call_seconds_max": endpoint.call_seconds_max,
        "reply_bytes_max": endpoint.reply_bytes_max,
        "is_lenient": endpoint.is_lenient,
    }


def _documents(identifier: DataServiceId, version: int, content: Description) -> list[dict[str, Any]]:
    return [
        {"data_service": str(identifier), "version": version, "position": position, **msgspec.structs.asdict(source)}
        for position, source in enumerate(content.sources)
    ]


_choices = msgspec.json.Decoder(dict[str, OperationChoice])


def _stored(row: sa.Row[Any]) -> StoredDescription:
    as_read, chosen = descriptions.from_json(row.content), _choices.decode(row.choices)
    return StoredDescription(
        identifier=DataServiceId.parse(row.identifier),
        version=row.version,
        description=applied(as_read, chosen),
        as_read=as_read,
        choices=chosen,
        endpoint=Endpoint(
            address=row.endpoint_address,
            call_seconds_max=row.call_seconds_max,
            reply_bytes_max=row.reply_bytes_max,
            is_lenient=row.is_lenient,
        ),
    )


def _view(row: sa.Row[Any]) -> DataServiceView:
    content = _stored(row).description
    return DataServiceView(
        identifier=row.identifier,
        provider=row.provider,
        title=content.title,
        description=content.documentation,
        kind=content.kind,
        status=row.state,
        version=row.version,
        published_at=row.published_at.isoformat(),
        operations=tuple(
            OperationView(
                alias=operation.alias,
                code=operation.code,
                reads=operation.reads,
                is_personal=operation.is_personal,
                description=operation.documentation,
            )
            for operation in content.operations
        ),
    )


def _wanted(query: str | None, provider: str | None) -> list[sa.ColumnElement[bool]]:
    words = [data_service.c.search_text.contains(word, autoescape=True) for word in _folded(query or "").split()]
    return words if provider is None else [*words, data_service.c.provider == _storable(provider)]


def _search_text(identifier: DataServiceId, content: Description) -> str:
    operations = [f"{operation.code} {operation.documentation}" for operation in content.operations]
    return _folded(" ".join((str(identifier), content.title, content.documentation, *operations)))


def _folded(text: str) -> str:
    """Give a text without capitals and accents, so that `cedula` finds `Cédula`."""
    signs = unicodedata.normalize("NFKD", _storable(text).casefold())
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def _storable(text: str) -> str:
    """Give a text that PostgreSQL takes: it knows no zero character, and nothing stored has one."""
    return text.replace("\x00", "\ufffd")


def _cursor(identifier: str) -> str:
    return urlsafe_b64encode(identifier.encode()).decode()


def _from_cursor(cursor: str) -> str:
    try:
        return _storable(urlsafe_b64decode(cursor.encode("ascii")).decode())
    except ValueError as error:
        raise CursorNotValid(
            what="The cursor 'after' was not given by this list.", where="after", hint="Begin without a cursor."
        ) from error


def _unknown(identifier: DataServiceId) -> DataServiceUnknown:
    return DataServiceUnknown(
        what=f"No data service {identifier} is registered, or it is not published.",
        where=str(identifier),
        hint="Register it with `sacbe adapter register`, or list the data services in `dataServices`.",
    )
