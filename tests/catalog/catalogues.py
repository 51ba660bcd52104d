"""Catalogues to test with: `representative()` is one of eight services, `catalogues()` draws any.

Both are in normal form, which is how a catalogue comes back from a file or from the store:
top-level lists in order of identifier, references by identifier, no IRI that is only the minted one.
All references hold, identifiers are unique, and the texts are as hostile as Unicode allows
(quotes, control characters other than NUL, emoji, right-to-left).
"""

from typing import Any

from hypothesis import strategies as st

from sacbe_catalog import records
from sacbe_catalog.records import (
    Catalogue,
    Channel,
    ChannelKind,
    ContactPoint,
    Cost,
    Event,
    EventKind,
    Evidence,
    Institution,
    LegalResource,
    Output,
    PublicService,
    Requirement,
    SourceNote,
    Triple,
)
from tests.catalog.one_catalogue import (
    AREAS,
    AUDIENCES,
    CONCEPTS,
    KINDS,
    LANGUAGES,
    PLACES,
    STRANGER,
    TAGS,
    representative,
)

__all__ = ["CONCEPTS", "LANGUAGES", "PLACES", "catalogues", "representative", "texts", "words"]

_words = st.text(min_size=1, max_size=24).filter(lambda text: "\x00" not in text)
_hostile = st.sampled_from(
    (
        "\"comillas\" \\ y 'más'",
        "línea\r\nnueva\ttab",
        "\x01\x1f\x7f\u2028\ufeff",
        "🏛️👩🏽‍💼",
        "مرحبا",
        "a|b;c,d",
        "@es ^^x <y>",
    )
)
words = st.one_of(_words, _hostile)
"""Any text that is not empty and holds no NUL, which PostgreSQL cannot store."""

texts = st.dictionaries(st.sampled_from(TAGS), words, min_size=1, max_size=3)
optional_texts: st.SearchStrategy[dict[str, str]] = st.one_of(st.just({}), texts)
text_lists = st.dictionaries(
    st.sampled_from(TAGS), st.lists(words, min_size=1, max_size=3, unique=True).map(tuple), max_size=2
)
slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,6}", fullmatch=True)
names = st.one_of(slugs, slugs, slugs, slugs.map(lambda slug: f"{slug} ñ/%'{slug}"))
"""Identifiers: mostly as a steward would choose them, sometimes as nobody should."""

pages = st.one_of(st.just(""), slugs.map(lambda slug: f"https://pagina.example/{slug}?a=1&b=ñ#x"))
dates = st.one_of(st.just(""), st.dates().map(lambda date: date.isoformat()))
durations = st.sampled_from(("", "P1D", "P30D", "PT20M", "P1M2DT3H", "-P1D"))
amounts = st.sampled_from(("", "0", "100.00", "100.0", "0.50", "1234567890.123456789"))


def _some(values: tuple[str, ...], *, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return (
        st.lists(st.sampled_from(values), min_size=least, max_size=3, unique=True).map(tuple) if values else st.just(())
    )


def _many(strategy: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


contacts = st.builds(
    ContactPoint,
    emails=_many(slugs.map(lambda slug: f"{slug}@correo.example")).map(lambda some: tuple(dict.fromkeys(some))),
    telephones=st.lists(words, min_size=1, max_size=3, unique=True).map(tuple),
    pages=st.lists(pages.filter(bool), max_size=2, unique=True).map(tuple),
    opening_hours=_many(texts),
)
sources = st.builds(SourceNote, title=words, url=pages, checked_on=dates)


class _Parts:
    """Draws the owned parts of services; each gets an identifier that no other part has."""

    def __init__(self, draw: st.DrawFn, norms: tuple[str, ...], institutions: tuple[str, ...]) -> None:
        self.draw = draw
        self.norms = norms
        self.institutions = institutions
        self.count = 0

    def several(self, make: Any) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self.draw(st.integers(0, 2))))

    def name(self) -> str:
        self.count += 1
        return f"{self.draw(names)}-{self.count}"

    def evidence(self) -> Evidence:
        return self.draw(
            st.builds(
                Evidence,
                identifier=st.just(self.name()),
                title=texts,
                description=optional_texts,
                kind=st.sampled_from(("", "certificate")),
                languages=_some(("en", "es", "quc")),
                pages=st.lists(pages.filter(bool), max_size=2, unique=True).map(tuple),
            )
        )

    def requirement(self) -> Requirement:
        return self.draw(
            st.builds(
                Requirement,
                identifier=st.just(self.name()),
                title=texts,
                description=optional_texts,
                kinds=_some(("document",)),
                evidences=st.just(self.several(self.evidence)),
                legal_resources=_some(self.norms),
            )
        )

    def channel(self) -> Channel:
        return self.draw(
            st.builds(
                Channel,
                identifier=st.just(self.name()),
                kind=st.sampled_from(("", *(kind.value for kind in ChannelKind))),
                title=optional_texts,
                description=optional_texts,
                url=pages,
                telephone=st.one_of(st.just(""), words),
                email=st.one_of(st.just(""), words),
                address=st.one_of(st.just(""), words),
                areas=_some(AREAS),
                opening_hours=_many(texts),
                processing_time=durations,
                owners=_some(self.institutions),
            )
        )

    def cost(self, channels: tuple[Channel, ...]) -> Cost:
        return self.draw(
            st.builds(
                Cost,
                identifier=st.just(self.name()),
                amount=amounts,
                currency=st.sampled_from(("", "GTQ")),
                description=optional_texts,
                channel=st.sampled_from(("", *(channel.identifier for channel in channels))),
            )
        )

    def output(self) -> Output:
        return self.draw(
            st.builds(
                Output,
                identifier=st.just(self.name()),
                title=texts,
                description=optional_texts,
                kinds=_some(("recognition",)),
            )
        )


def _extra(draw: st.DrawFn, subject: str) -> tuple[Triple, ...]:
    values = st.one_of(
        st.builds(Triple, subject=st.just(subject), predicate=st.just(f"{STRANGER}note"), value=words),
        st.builds(
            Triple,
            subject=st.just(subject),
            predicate=st.just(f"{STRANGER}label"),
            value=words,
            language=st.sampled_from(TAGS),
        ),
        st.builds(
            Triple,
            subject=st.just(subject),
            predicate=st.just(f"{STRANGER}see"),
            value=slugs.map(lambda slug: f"https://stranger.example/{slug}"),
            kind=st.just("iri"),
        ),
    )
    drawn = draw(st.lists(values, max_size=2, unique=True))
    return tuple(sorted(drawn, key=lambda triple: (triple.predicate, triple.value, triple.language)))


def _service(
    draw: st.DrawFn, identifier: str, parts: _Parts, events: tuple[str, ...], others: tuple[str, ...]
) -> PublicService:
    channels = parts.several(parts.channel)
    own_iri = draw(st.sampled_from(("", f"https://stranger.example/servicio#{parts.name()}".replace(" ", "_"))))
    return draw(
        st.builds(
            PublicService,
            identifier=st.just(identifier),
            title=texts,
            description=optional_texts,
            institutions=_some(parts.institutions, least=1),
            keywords=text_lists,
            alternative_titles=text_lists,
            audiences=_some((*AUDIENCES, "http://codigos.example/otro")),
            events=_some(events),
            areas=_some((*AREAS, "http://publications.europa.eu/resource/authority/atu/GTM"), least=1),
            languages=_some(TAGS),
            sectors=_some(("government",)),
            thematic_areas=_some(("identity",)),
            kinds=_some(("public-order",)),
            status=st.sampled_from(("published", "draft")),
            processing_time=durations,
            processing_time_text=optional_texts,
            requirements=st.just(parts.several(parts.requirement)),
            inputs=st.just(parts.several(parts.evidence)),
            costs=st.just(parts.several(lambda: parts.cost(channels))),
            channels=st.just(channels),
            outputs=st.just(parts.several(parts.output)),
            legal_resources=_some(parts.norms),
            requires=_some(others),
            related=_some(others),
            contacts=_many(contacts),
            sources=_many(sources),
            not_known=_some(records.NOT_KNOWN_FIELDS),
            is_illustrative=st.booleans(),
            confirmed_at=dates,
            review_due=dates,
            iri=st.just(own_iri),
            extra=st.just(_extra(draw, own_iri)) if own_iri else st.just(()),
        )
    )


@st.composite
def catalogues(draw: st.DrawFn, most: int = 3) -> Catalogue:
    """Draw a catalogue of up to `most` services in which every reference holds."""
    institutions = tuple(sorted(draw(st.lists(names, min_size=1, max_size=most, unique=True))))
    events = tuple(sorted(draw(st.lists(names, max_size=2, unique=True))))
    norms = tuple(sorted(draw(st.lists(names, max_size=2, unique=True))))
    services = tuple(sorted(draw(st.lists(names, max_size=most, unique=True))))
    parts = _Parts(draw, norms, institutions)
    has_catalogue = draw(st.booleans())
    return Catalogue(
        services=tuple(_service(draw, name, parts, events, services) for name in services),
        institutions=tuple(_institution(draw, name, institutions) for name in institutions),
        events=tuple(_event(draw, name) for name in events),
        legal_resources=tuple(_norm(draw, name, norms) for name in norms),
        concepts=CONCEPTS,
        areas=PLACES,
        languages=LANGUAGES,
        title=draw(texts) if has_catalogue else {},
        description=draw(texts) if has_catalogue else {},
        publisher=institutions[0] if has_catalogue else "",
    )


def _institution(draw: st.DrawFn, identifier: str, others: tuple[str, ...]) -> Institution:
    return draw(
        st.builds(
            Institution,
            identifier=st.just(identifier),
            title=texts,
            acronym=st.one_of(st.just(""), words),
            kind=st.sampled_from(("", *KINDS)),
            description=optional_texts,
            areas=_some(AREAS, least=1),
            parent=st.sampled_from(("", *(other for other in others if other < identifier))),
            homepage=pages,
            addresses=_many(words),
            contacts=_many(contacts),
        )
    )


def _event(draw: st.DrawFn, identifier: str) -> Event:
    return draw(
        st.builds(
            Event,
            identifier=st.just(identifier),
            kind=st.sampled_from(tuple(EventKind)),
            title=texts,
            description=optional_texts,
            types=_some(("family",)),
        )
    )


def _norm(draw: st.DrawFn, identifier: str, others: tuple[str, ...]) -> LegalResource:
    return draw(st.builds(LegalResource, identifier=st.just(identifier), title=texts, url=pages, related=_some(others)))
