"""What readers of the catalogue ask, each answered by one SQL statement with finished views.

Readers see published services only. A text is given in the asked language, else along the chain.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import filters, folding, paging, ranking, search, statements
from sacbe_catalog.views import (
    EventView,
    Facet,
    InstitutionView,
    Page,
    PublicServiceView,
    ServiceFilter,
    Suggestion,
)
from sacbe_terms.errors import LimitExceeded

INSTITUTION_FLOOR: Final = 0.55
"""How much of a query must be found in an institution's name or acronym, in trigrams."""

SUGGEST_CHARACTERS_MAX: Final = 80
"""Of a prefix that completions are looked for."""

T = TypeVar("T")
V = TypeVar("V", PublicServiceView, InstitutionView)


class _Node(msgspec.Struct, Generic[T]):
    id: int
    key: str | int
    view: T


class _Answer(msgspec.Struct, Generic[T]):
    total: int
    nodes: list[_Node[T]]
    facets: tuple[Facet, ...] = ()


_SERVICES = msgspec.json.Decoder(_Answer[PublicServiceView])
_INSTITUTIONS = msgspec.json.Decoder(_Answer[InstitutionView])
_SERVICE = msgspec.json.Decoder(PublicServiceView)
_INSTITUTION = msgspec.json.Decoder(InstitutionView)
_EVENTS = msgspec.json.Decoder(tuple[EventView, ...])
_SUGGESTIONS = msgspec.json.Decoder(tuple[Suggestion, ...])


@dataclass(frozen=True, slots=True)
class CatalogueReader:
    """Answers readers. `base_iri` is where the store mints IRIs; what is read has them in it already."""

    engine: AsyncEngine
    base_iri: str
    _single: AsyncEngine = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # One statement needs no transaction around it, which would cost two more round trips.
        object.__setattr__(self, "_single", self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    async def services(
        self,
        *,
        query: str | None = None,
        filter: ServiceFilter = ServiceFilter(),  # noqa: B008 - an immutable value
        language: str = "es",
        first: int = 20,
        after: str | None = None,
        with_facets: bool = False,
    ) -> Page[PublicServiceView]:
        """Give a page of services: by rank where a query is given, else in alphabetical order of Spanish titles.

        Raises LimitExceeded for too large a page or too long a query, CursorNotValid for a cursor
        that another list made.
        """
        paging.check_first(first)
        asked = search.understand(query, language) if query and query.strip() else None
        fingerprint = paging.fingerprint("services", asked and (query, language), filter)
        place = paging.place(after, fingerprint, int if asked else str)
        if asked is not None and asked.is_empty:
            return _empty(place is not None)
        shape = statements.Shape(
            filters=filters.used(filter),
            by_charge=filter.free_of_charge is not None,
            is_search=asked is not None,
            is_continued=place is not None,
            with_facets=with_facets,
        )
        values = {"language": _tag(language), "size": first + 1, **filters.parameters(filter), **_from(place)}
        values |= ranking.parameters(asked) if asked else {}
        found = await self._text(statements.services(shape), values)
        return _page(_SERVICES.decode(found or b""), first, fingerprint, is_continued=place is not None)

    async def service(self, identifier: str, *, language: str = "es") -> PublicServiceView | None:
        """Give one published service, or None."""
        found = await self._one("service", identifier, language)
        return None if found is None else _SERVICE.decode(found)

    async def institutions(
        self, *, query: str | None = None, language: str = "es", first: int = 20, after: str | None = None
    ) -> Page[InstitutionView]:
        """Give a page of institutions: by likeness of name or acronym to a query, else in alphabetical order.

        Raises LimitExceeded and CursorNotValid as `services` does.
        """
        paging.check_first(first)
        asked = search.understand(query, language) if query and query.strip() else None
        fingerprint = paging.fingerprint("institutions", asked and query)
        place = paging.place(after, fingerprint, int if asked else str)
        if asked is not None and asked.is_empty:
            return _empty(place is not None)
        statement = statements.institutions(is_search=asked is not None, is_continued=place is not None)
        values = {"language": _tag(language), "size": first + 1, **_from(place)}
        values |= {"folded": asked.folded, "floor": INSTITUTION_FLOOR} if asked else {}
        found = await self._text(statement, values)
        return _page(_INSTITUTIONS.decode(found or b""), first, fingerprint, is_continued=place is not None)

    async def institution(self, identifier: str, *, language: str = "es") -> InstitutionView | None:
        """Give one institution, or None."""
        found = await self._one("institution", identifier, language)
        return None if found is None else _INSTITUTION.decode(found)

    async def events(self, *, kind: str | None = None, language: str = "es") -> tuple[EventView, ...]:
        """Give all life and business events, or those of one kind (`life`, `business`), in the order stored."""
        values = {"language": _tag(language), **({} if kind is None else {"kind": kind})}
        if kind is not None and not filters.storable(kind):
            return ()
        found = await self._text(statements.events(by_kind=kind is not None), values)
        return _EVENTS.decode(found) if found else ()

    async def suggest(self, prefix: str, *, language: str = "es", first: int = 8) -> tuple[Suggestion, ...]:
        """Complete what is being typed by titles and alternative titles that begin, or hold a word that begins, so.

        One completion per service. Raises LimitExceeded for too many completions or too long a prefix.
        """
        paging.check_first(first)
        if len(prefix) > SUGGEST_CHARACTERS_MAX:
            raise LimitExceeded("prefix, in characters,", value=len(prefix), allowed=SUGGEST_CHARACTERS_MAX)
        folded = folding.fold(prefix)
        if not folded:
            return ()
        values = {"language": _tag(language), "prefix": f"{folded}%", "inner_prefix": f"% {folded}%", "size": first}
        found = await self._text(statements.suggestions(), values)
        return _SUGGESTIONS.decode(found) if found else ()

    async def _one(self, kind: str, identifier: str, language: str) -> str | None:
        if not filters.storable(identifier):
            return None
        return await self._text(statements.one(kind), {"language": _tag(language), "identifier": identifier})

    async def _text(self, statement: statements.Statement, values: dict[str, Any]) -> str | None:
        async with self._single.connect() as connection:
            return await statement.text(connection, values)


def _tag(language: str) -> str:
    return language if filters.storable(language) else ""


def _from(place: paging.Place | None) -> dict[str, Any]:
    return {} if place is None else {"key": place.key, "id": place.id}


def _empty(is_continued: bool) -> Page[Any]:
    return Page(nodes=(), cursors=(), total_count=0, has_next_page=False, has_previous_page=is_continued)


def _page(answer: _Answer[V], first: int, fingerprint: str, *, is_continued: bool) -> Page[V]:
    shown = answer.nodes[:first]
    return Page(
        nodes=tuple(node.view for node in shown),
        cursors=tuple(paging.cursor(paging.Place(fingerprint, node.key, node.id)) for node in shown),
        total_count=answer.total,
        has_next_page=len(answer.nodes) > first,
        has_previous_page=is_continued,
        facets=answer.facets,
    )
