"""What readers of the catalogue are given: finished views, or JSON of what they want of them.

Readers see published services only. A text is given in the asked language, else along the chain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import demand, history, lexicons, questions, ranking, statements, understanding, upkeep
from sacbe_catalog.demand import Wanted
from sacbe_catalog.history import RecordVersion
from sacbe_catalog.kept_lexicons import LexiconsInForce
from sacbe_catalog.lexicon import Lexicons
from sacbe_catalog.projection import Branch, Leaf, Projection, whole
from sacbe_catalog.questions import Question
from sacbe_catalog.reading_connections import ReadingConnections
from sacbe_catalog.understanding import Understanding
from sacbe_catalog.upkeep import InstitutionUpkeep
from sacbe_catalog.views import (
    EventView,
    InstitutionView,
    Page,
    PublicServiceView,
    ServiceFilter,
    Suggestion,
)

V = TypeVar("V", PublicServiceView, InstitutionView)


def _whole_page(view: type[msgspec.Struct]) -> Projection:
    names = ("cursors", "total_count", "has_next_page", "has_previous_page")
    return (Branch("nodes", "nodes", whole(view)), *(Leaf(name, name) for name in names))


_SERVICES: Final = _whole_page(PublicServiceView)
_SERVICES_AND_FACETS: Final = (*_SERVICES, Leaf("facets", "facets"))
_INSTITUTIONS: Final = _whole_page(InstitutionView)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One statement, ready to run any number of times."""

    sql: str
    values: tuple[Any, ...]
    lexicon_version: int = 0
    """Of the lexicons that its searches were read by."""


@dataclass(frozen=True, slots=True)
class CatalogueReader:
    """Answers readers. `base_iri` is where the store mints IRIs; what is read has them in it already."""

    engine: AsyncEngine
    base_iri: str
    lexicons: Lexicons | LexiconsInForce = field(default_factory=lexicons.shipped, repr=False, compare=False)
    """What the words of searches may mean."""
    _connections: ReadingConnections = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_connections", ReadingConnections(self.engine))

    def prepared(self, asked: Sequence[tuple[Question, Projection]]) -> Prepared:
        """Put questions, each with what is wanted of its answer, into one statement."""
        parts = [(question.statement(wanted), self._values(question)) for question, wanted in asked]
        together = statements.together(tuple(part for part, _ in parts))
        values = tuple(value for part, given in parts for value in part.bound(given))
        return Prepared(together, values, self.lexicons.version)

    def _values(self, question: Question) -> Mapping[str, Any]:
        if question.query is None:
            return question.values
        return {**ranking.parameters(self.lexicons.read(question.query)), **question.values}

    async def read(self, asked: Prepared) -> list[str]:
        """Answer each question by the JSON of what is wanted; `null` where there is nothing."""
        return [found or "null" for found in await self._connections.row(asked.sql, asked.values)]

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
        """Give a page of services, as `questions.services` asks for it; raises what that raises."""
        asked = questions.services(query=query, filter=filter, language=language, first=first, after=after)
        found = await self._one(asked, _SERVICES_AND_FACETS if with_facets else _SERVICES)
        return msgspec.json.decode(found, type=Page[PublicServiceView])

    async def service(self, identifier: str, *, language: str = "es") -> PublicServiceView | None:
        """Give one published service, or None."""
        found = await self._one(questions.service(identifier, language=language), whole(PublicServiceView))
        return msgspec.json.decode(found, type=PublicServiceView | None)

    async def institutions(
        self, *, query: str | None = None, language: str = "es", first: int = 20, after: str | None = None
    ) -> Page[InstitutionView]:
        """Give a page of institutions, as `questions.institutions` asks for it; raises what that raises."""
        asked = questions.institutions(query=query, language=language, first=first, after=after)
        return msgspec.json.decode(await self._one(asked, _INSTITUTIONS), type=Page[InstitutionView])

    async def institution(self, identifier: str, *, language: str = "es") -> InstitutionView | None:
        """Give one institution, or None."""
        found = await self._one(questions.institution(identifier, language=language), whole(InstitutionView))
        return msgspec.json.decode(found, type=InstitutionView | None)

    async def upkeep(self, *, language: str = "es") -> tuple[InstitutionUpkeep, ...]:
        """Score how true each institution keeps its records today, in alphabetical order of Spanish names."""
        return await upkeep.of_institutions(self.engine, datetime.now(UTC).date(), language=language)

    async def events(self, *, kind: str | None = None, language: str = "es") -> tuple[EventView, ...]:
        """Give all life and business events, or those of one kind (`life`, `business`), in the order stored."""
        found = await self._one(questions.events(kind=kind, language=language), whole(EventView))
        return msgspec.json.decode(found, type=tuple[EventView, ...])

    async def suggest(self, prefix: str, *, language: str = "es", first: int = 8) -> tuple[Suggestion, ...]:
        """Complete what is being typed, as `questions.suggest` asks; raises what that raises."""
        found = await self._one(questions.suggest(prefix, language=language, first=first), whole(Suggestion))
        return msgspec.json.decode(found, type=tuple[Suggestion, ...])

    async def understood(self, query: str, *, language: str = "es", service: str = "") -> Understanding:
        """Say what search makes of a query, as `understanding.understood` does; raises what that raises."""
        return await understanding.understood(self.engine, self.lexicons, query, language=language, service=service)

    async def changes(self, *, since: int, first: int) -> tuple[RecordVersion, ...]:
        """Give the changes after a number that readers may know of, the oldest first."""
        return await history.feed(self.engine, since=since, first=first)

    async def wanted(self) -> tuple[Wanted, ...]:
        """Give what many people looked for and did not find, the most wanted first."""
        return await demand.wanted(self.engine)

    async def _one(self, question: Question, wanted: Projection) -> str:
        (found,) = await self.read(self.prepared([(question, wanted)]))
        return found
