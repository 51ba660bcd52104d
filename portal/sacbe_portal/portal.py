"""The citizens' pages: each is one read of the catalogue and one template.

Every page exists in Spanish without a prefix and in English under `/en`; both are complete
without script. Search is the reader's own, the same that GraphQL answers from.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sacbe_catalog.open_data.datasets import DATASETS
from sacbe_catalog.open_data.dcat import Publication
from sacbe_catalog.open_data.package import FORMATS
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.views import ChannelView, EventView, Facet, InstitutionView, Page, PublicServiceView, ServiceFilter
from sacbe_portal import saying
from sacbe_portal.error_pages import error_page
from sacbe_portal.words import LANGUAGES, counted, words
from sacbe_terms.errors import RecordNotFound
from sacbe_xroad_like.notices.recipients import Delivery, Recipient

RESULTS_PER_PAGE = 20
"""Services shown at once."""

SHORT_TIME_CHARACTERS_MAX = 60
"""Length of a time in a list of results."""

FACETS_SHOWN_MAX = 8
"""Options shown of each way to narrow down."""

SuppliedBy = Callable[[str], Sequence[str]]
"""Gives the names of those who already have what an evidence shows, by its identifier."""


def _nobody(_evidence: str) -> Sequence[str]:
    return ()


Unanswered = Callable[[str, str, str], Awaitable[None]]
"""Told a query that nothing answered, its language, and the network address that it came from."""


async def _not_kept(_query: str, _language: str, _address: str) -> None:
    """Stand for nobody who wants to know what people do not find."""


class Narrowing(NamedTuple):
    """One way to narrow results down: its parameter, its field of ServiceFilter, its facet."""

    parameter: str
    field: str
    facet: str


NARROWINGS = (
    Narrowing("institucion", "institutions", "institution"),
    Narrowing("momento", "events", "event"),
    Narrowing("canal", "channels", "channel"),
    Narrowing("persona", "audiences", "audience"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the address of a results page asks for."""

    query: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    after: str | None = None

    @property
    def narrowed(self) -> ServiceFilter:
        """Give the choices as the catalogue's filter."""
        chosen = {way.field: (self.chosen[way.parameter],) for way in NARROWINGS if way.parameter in self.chosen}
        return msgspec.structs.replace(ServiceFilter(), **chosen)

    def address(self, root: str, *, after: str | None = None, **changed: str | None) -> str:
        """Give the address of this search with some choices changed; None takes one away."""
        wanted = {"q": self.query, **self.chosen, **changed, "despues": after}
        given = {name: value for name, value in wanted.items() if value}
        return f"{root}/buscar" + (f"?{urlencode(given)}" if given else "")


class Speech:
    """What templates need to say figures in the page's language."""

    def __init__(self, language: str) -> None:
        self._words = words(language)
        self.money = partial(saying.money, language=language)
        self.date = partial(saying.date, language=language)
        self.duration = partial(saying.duration, language=language)
        self.size = partial(saying.size, language=language)
        self.opening = saying.opening

    def price(self, service: PublicServiceView) -> str:
        """Say what a service costs, in a few words: the one amount, or its lowest and highest."""
        said = [self.money(cost) for cost in service.costs if cost.amount is not None]
        if len(said) < 2:
            return said[0] if said else ""
        ordered = sorted((cost for cost in service.costs if cost.amount), key=lambda cost: float(cost.amount or 0))
        lowest, highest = self.money(ordered[0]), self.money(ordered[-1])
        return lowest if lowest == highest else f"{lowest} – {highest}"

    def percent(self, share: float) -> int:
        """Say a share from 0 to 1 as a whole number of hundredths."""
        return round(share * 100)

    def time(self, service: PublicServiceView) -> str:
        """Say how long a service takes: in the record's own words, else its duration."""
        return service.processing_time_text or self.duration(service.processing_time)

    def short_time(self, service: PublicServiceView) -> str:
        """Say how long a service takes, short enough for a list."""
        time = self.time(service)
        return saying.opening(time, characters_max=SHORT_TIME_CHARACTERS_MAX) if time else ""

    def way(self, channel: ChannelView) -> str:
        """Say a channel's kind."""
        return self._words.get(f"channel_{channel.kind}", channel.kind)

    def ways(self, service: PublicServiceView) -> list[str]:
        """Say every kind of channel once, in the record's order."""
        return list(dict.fromkeys(self.way(channel) for channel in service.channels))


class Portal:
    """Renders pages; raises RecordNotFound and whatever the reader refuses a search with."""

    def __init__(
        self, reader: CatalogueReader, supplied_by: SuppliedBy = _nobody, unanswered: Unanswered = _not_kept
    ) -> None:
        self._reader = reader
        self._supplied_by = supplied_by
        self._unanswered = unanswered
        self._templates = Environment(
            loader=PackageLoader("sacbe_portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def home(self, language: str) -> str:
        """Give the first page: the search and the events of a life and of a business."""
        events = await self._reader.events(language=language)
        own = words(language)
        groups = [
            (own["life_events"], [event for event in events if event.kind == "life"]),
            (own["business_events"], [event for event in events if event.kind == "business"]),
        ]
        return self._render("home.html.jinja", language, path="/", groups=groups)

    async def results(self, search: Search, language: str, address: str = "") -> str:
        """Give the services that a search finds, with what narrows it; all services without a query.

        `address` is where the question came from; what nothing answers is told on.
        """
        page = await self._reader.services(
            query=search.query or None,
            filter=search.narrowed,
            language=language,
            first=RESULTS_PER_PAGE,
            after=search.after,
            with_facets=True,
        )
        if search.query and not (page.nodes or search.chosen or search.after):
            await self._unanswered(search.query, language, address)
        root = _root(language)
        return self._render(
            "results.html.jinja",
            language,
            path=search.address(""),
            query=search.query,
            page=page,
            chosen=_chosen(search, page.facets, root, language),
            narrowing=_narrowing(search, page.facets, root, language),
            next_page=search.address(root, after=page.cursors[-1]) if page.has_next_page else "",
            events=() if page.nodes else await self._reader.events(language=language),
            **await self._meant(search, language),
        )

    async def _meant(self, search: Search, language: str) -> dict[str, str]:
        """Give what was meant, if words were misspelt, and where to look for that; nothing on later pages."""
        found = await self._reader.understood(search.query, language=language) if not search.after else None
        if found is None or not found.did_you_mean:
            return {"meant": "", "meant_address": ""}
        mended = replace(search, query=found.did_you_mean)
        return {"meant": found.did_you_mean, "meant_address": mended.address(_root(language))}

    async def service(self, identifier: str, language: str) -> str:
        """Give a service's whole record."""
        service = await self._reader.service(identifier, language=language)
        if service is None:
            raise RecordNotFound("public service", identifier)
        return self._render(
            "service.html.jinja",
            language,
            path=f"/servicio/{identifier}",
            service=service,
            supplied_by=self._supplied_by,
        )

    async def institution(self, identifier: str, language: str, after: str | None = None) -> str:
        """Give an institution, how to reach it, and its services."""
        institution = await self._reader.institution(identifier, language=language)
        if institution is None:
            raise RecordNotFound("institution", identifier)
        page = await self._services(ServiceFilter(institutions=(identifier,)), language, after)
        path = f"/institucion/{identifier}"
        return self._group(
            language,
            path,
            page,
            title=institution.title,
            acronym=institution.acronym,
            description=institution.description,
            contact=_contact(institution),
            heading=words(language)["services_of"],
        )

    async def event(self, identifier: str, language: str, after: str | None = None) -> str:
        """Give a life event or business event, and the services that it calls for."""
        events: Sequence[EventView] = await self._reader.events(language=language)
        event = next((event for event in events if event.identifier == identifier), None)
        if event is None:
            raise RecordNotFound("event", identifier)
        page = await self._services(ServiceFilter(events=(identifier,)), language, after)
        return self._group(
            language,
            f"/evento/{identifier}",
            page,
            title=event.title,
            acronym="",
            description=event.description,
            contact=(),
            heading=words(language)["services_for"],
        )

    async def upkeep(self, language: str) -> str:
        """Give the page that shows how true each institution keeps its records."""
        institutions = await self._reader.upkeep(language=language)
        return self._render("upkeep.html.jinja", language, path="/calidad", institutions=institutions)

    async def demand(self, language: str) -> str:
        """Give the page of what many people look for and nobody offers."""
        return self._render("demand.html.jinja", language, path="/demanda", wanted=await self._reader.wanted())

    def data(self, publication: Publication, language: str) -> str:
        """Give the page that leads to everything that is published for programs."""
        resources = publication.package.resources if publication.package else ()
        files = {one.name: [each for each in resources if each.path == f"{one.name}.{each.format}"] for one in DATASETS}
        return self._render(
            "data.html.jinja",
            language,
            path="/datos",
            publication=publication,
            datasets=DATASETS,
            files=files,
            forms=tuple(FORMATS),
        )

    def error(self, code: str, language: str) -> str:
        """Give the page that explains an error code."""
        title, html = error_page(code)
        body = Markup(html)  # noqa: S704 - our own pages, rendered with HTML off
        return self._render("text.html.jinja", language, path=f"/errores/{code}", title=title, body=body)

    def choice(self, recipient: Recipient, language: str, *, path: str, is_changed: bool) -> str:
        """Give the page where a recipient of notices chooses how she gets them; it does not say who she is."""
        return self._render(
            "choice.html.jinja",
            language,
            path=path,
            chosen=recipient.delivery,
            deliveries=tuple(Delivery),
            is_changed=is_changed,
        )

    def missing(self, language: str) -> str:
        """Give the page for an address that leads nowhere."""
        own = words(language)
        return self.notice(own["missing_title"], own["missing"], language)

    def notice(self, title: str, message: str, language: str) -> str:
        """Give a page that says one thing and offers the search."""
        return self._render("text.html.jinja", language, path="/", title=title, message=message, body="")

    async def _services(self, narrowed: ServiceFilter, language: str, after: str | None) -> Page[PublicServiceView]:
        return await self._reader.services(filter=narrowed, language=language, first=RESULTS_PER_PAGE, after=after)

    def _group(self, language: str, path: str, page: Page[PublicServiceView], **shown: Any) -> str:
        following = f"{_root(language)}{path}?{urlencode({'despues': page.cursors[-1]})}" if page.has_next_page else ""
        return self._render("group.html.jinja", language, path=path, page=page, next_page=following, **shown)

    def _render(self, template: str, language: str, *, path: str, **shown: Any) -> str:
        other = next(tag for tag in LANGUAGES if tag != language)
        return self._templates.get_template(template).render(
            t=words(language),
            language=language,
            other=other,
            root=_root(language),
            twin=_root(other) + path,
            say=Speech(language),
            counted=partial(counted, language),
            **shown,
        )


def _root(language: str) -> str:
    """Give the prefix of every address in a language."""
    return "" if language == LANGUAGES[0] else f"/{language}"


def _chosen(search: Search, facets: Sequence[Facet], root: str, language: str) -> list[dict[str, str]]:
    labels = {(facet.field, facet.identifier): _label(facet, language) for facet in facets}
    return [
        {
            "label": labels.get((way.facet, search.chosen[way.parameter]), search.chosen[way.parameter]),
            "without": search.address(root, **{way.parameter: None}),
        }
        for way in NARROWINGS
        if way.parameter in search.chosen
    ]


def _narrowing(
    search: Search, facets: Sequence[Facet], root: str, language: str
) -> list[tuple[str, list[dict[str, str | int]]]]:
    """Give, per way that still has a choice, its title and its most frequent options."""
    groups: list[tuple[str, list[dict[str, str | int]]]] = []
    for way in NARROWINGS:
        options = [facet for facet in facets if facet.field == way.facet]
        if way.parameter not in search.chosen and len(options) > 1:
            shown = [_option(search, facet, way, root, language) for facet in options[:FACETS_SHOWN_MAX]]
            groups.append((words(language)[f"narrow_{way.facet}"], shown))
    return groups


def _option(search: Search, facet: Facet, way: Narrowing, root: str, language: str) -> dict[str, str | int]:
    href = search.address(root, **{way.parameter: facet.identifier})
    return {"label": _label(facet, language), "count": facet.count, "href": href}


def _label(facet: Facet, language: str) -> str:
    return words(language).get(f"channel_{facet.identifier}", facet.label) if facet.field == "channel" else facet.label


def _contact(institution: InstitutionView) -> list[dict[str, str]]:
    lines = [{"href": institution.homepage, "text": institution.homepage}] if institution.homepage else []
    lines += [{"href": f"mailto:{email}", "text": email} for email in institution.emails]
    lines += [{"href": f"tel:{number}", "text": number} for number in institution.telephones]
    return lines + [{"href": "", "text": address} for address in institution.addresses]
