"""What can be asked of the catalogue: each question with its limits checked, and no answer yet.

A question gives its statement for any projection, and the values to run it with. Two questions of
the same shape share their statements.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sacbe_catalog import filters, folding, paging, search, statements
from sacbe_catalog.projection import Projection
from sacbe_catalog.search import Query
from sacbe_catalog.statements import InstitutionsShape, ServicesShape, Statement
from sacbe_catalog.views import ServiceFilter
from sacbe_terms.errors import LimitExceeded

INSTITUTION_FLOOR: Final = 0.55
"""How much of a query must be found in an institution's name or acronym, in trigrams."""

SUGGEST_CHARACTERS_MAX: Final = 80
"""Of a prefix that completions are looked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    statement: Callable[[Projection], Statement]
    values: Mapping[str, Any]
    query: Query | None = None
    """What is searched for; the reader's lexicons say what it may mean."""


def services(
    *,
    query: str | None = None,
    filter: ServiceFilter = ServiceFilter(),  # noqa: B008 - an immutable value
    language: str = "es",
    first: int = 20,
    after: str | None = None,
) -> Question:
    """Ask for a page of services: by rank where a query is given, else in alphabetical order of Spanish titles.

    Raises LimitExceeded for too large a page or too long a query, CursorNotValid for a cursor
    that another list made.
    """
    asked = _understood(query, language)
    fingerprint = paging.fingerprint("services", asked and (query, language), filter)
    place, values = _paged(fingerprint, asked, language, first, after)
    shape = ServicesShape(
        filters=filters.used(filter),
        listed_by=filters.listed_by(filter),
        by_charge=filter.free_of_charge is not None,
        is_search=asked is not None,
        is_nothing=asked is not None and asked.is_empty,
        is_continued=place is not None,
    )
    return Question(partial(statements.services, shape), values | filters.parameters(filter), asked)


def service(identifier: str, *, language: str = "es") -> Question:
    """Ask for one published service."""
    return _one("service", identifier, language)


def institutions(
    *, query: str | None = None, language: str = "es", first: int = 20, after: str | None = None
) -> Question:
    """Ask for a page of institutions: by likeness of name or acronym to a query, else in alphabetical order.

    Raises LimitExceeded and CursorNotValid as `services` does.
    """
    asked = _understood(query, language)
    fingerprint = paging.fingerprint("institutions", asked and query)
    place, values = _paged(fingerprint, asked, language, first, after)
    shape = InstitutionsShape(
        is_search=asked is not None,
        is_nothing=asked is not None and asked.is_empty,
        is_continued=place is not None,
    )
    return Question(partial(statements.institutions, shape), values | {"floor": INSTITUTION_FLOOR}, asked)


def institution(identifier: str, *, language: str = "es") -> Question:
    """Ask for one institution."""
    return _one("institution", identifier, language)


def events(*, kind: str | None = None, language: str = "es") -> Question:
    """Ask for all life and business events, or those of one kind (`life`, `business`), in the order stored."""
    statement = partial(statements.events, by_kind=kind is not None)
    return Question(statement, {"language": _tag(language), "kind": _storable(kind)})


def suggest(prefix: str, *, language: str = "es", first: int = 8) -> Question:
    """Ask how what is being typed goes on: titles and alternative titles that begin, or hold a word that begins, so.

    One completion per service. Raises LimitExceeded for too many completions or too long a prefix.
    """
    paging.check_first(first)
    if len(prefix) > SUGGEST_CHARACTERS_MAX:
        raise LimitExceeded("prefix, in characters,", value=len(prefix), allowed=SUGGEST_CHARACTERS_MAX)
    folded = folding.fold(prefix)
    begins = {"prefix": f"{folded}%", "inner_prefix": f"% {folded}%"} if folded else {}
    return Question(statements.suggestions, {"language": _tag(language), "size": first, **begins})


def _understood(query: str | None, language: str) -> Query | None:
    return search.understand(query, language) if query and query.strip() else None


def _paged(
    fingerprint: str, asked: Query | None, language: str, first: int, after: str | None
) -> tuple[paging.Place | None, dict[str, Any]]:
    """Check a page's size and beginning; gives where it goes on, and the values of every page."""
    paging.check_first(first)
    place = paging.place(after, fingerprint, int if asked else str)
    values: dict[str, Any] = {"language": _tag(language), "first": first, "fingerprint": fingerprint}
    return place, values | ({} if place is None else {"key": place.key, "id": place.id})


def _one(kind: str, identifier: str, language: str) -> Question:
    values = {"language": _tag(language), "identifier": _storable(identifier)}
    return Question(partial(statements.one, kind), values)


def _tag(language: str) -> str:
    return _storable(language) or ""


def _storable(text: str | None) -> str | None:
    """Give a text that the database can be asked about; it finds nothing for None."""
    return text if text is not None and filters.storable(text) else None
