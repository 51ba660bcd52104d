"""What of a record search looks at, by weight, in each language: pure, from records alone.

A: titles, alternative titles. B: keywords. C: description, requirements, institution with its acronym.
D: the rest (evidences, channels, results, costs, events, law). Texts are reduced to their words, so
that the database's parser sees in an index exactly what it sees in a query.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sacbe_catalog import folding
from sacbe_catalog.records import PublicService, Texts
from sacbe_catalog.render import World

WORDS_MAX: Final = 3_000
"""Words of one weight that search looks at; more would pass what one index entry can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """The words of one service in one language."""

    language: str
    titles: tuple[str, ...]
    a: str
    b: str
    c: str
    d: str


def searchable(service: PublicService, world: World, language: str) -> Searchable:
    """Give what search looks at in one language; nothing falls back to another here."""
    titles = (service.title.get(language, ""), *service.alternative_titles.get(language, ()))
    return Searchable(
        language=language,
        titles=tuple(title for title in titles if title),
        a=_words(titles),
        b=_words(service.keywords.get(language, ())),
        c=_words(text.get(language, "") for text in _main(service, world)) + _acronyms(service, world),
        d=_words(text.get(language, "") for text in _rest(service, world)),
    )


def _main(service: PublicService, world: World) -> Iterator[Texts]:
    yield service.description
    for requirement in service.requirements:
        yield requirement.title
    for name in service.institutions:
        yield world.institutions[name].title


def _acronyms(service: PublicService, world: World) -> str:
    return " " + _words(world.institutions[name].acronym for name in service.institutions)


def _rest(service: PublicService, world: World) -> Iterator[Texts]:
    for requirement in service.requirements:
        yield requirement.description
        yield from (evidence.title for evidence in requirement.evidences)
    yield from (evidence.title for evidence in service.inputs)
    for channel in service.channels:
        yield from (channel.title, channel.description)
    for output in service.outputs:
        yield from (output.title, output.description)
    yield from (cost.description for cost in service.costs)
    yield from (world.events[name].title for name in service.events)
    yield from (world.legal_resources[name].title for name in service.legal_resources)
    yield service.processing_time_text


def _words(texts: Iterable[str]) -> str:
    words = [word for text in texts for word in folding.words(text)]
    return " ".join(words[:WORDS_MAX])
