"""Records turned into what one reader sees: in one language, with all that they point to joined.

Pure: the views that the database keeps are what these functions give for the records it keeps.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sacbe_catalog import iris, quality, schemes, views
from sacbe_catalog.records import (
    Area,
    Catalogue,
    Channel,
    Concept,
    Cost,
    Event,
    Evidence,
    Institution,
    LegalResource,
    Output,
    PublicService,
    Requirement,
    Texts,
)
from sacbe_catalog.texts import Chain, choose, choose_words, original_language

R = TypeVar("R", Institution, Event, LegalResource, Area)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What records point to, by identifier; `concepts` also by IRI. Counts are of published services."""

    base_iri: str
    institutions: Mapping[str, Institution]
    events: Mapping[str, Event]
    legal_resources: Mapping[str, LegalResource]
    areas: Mapping[str, Area]
    concepts: Mapping[tuple[str, str], Concept]
    institution_counts: Mapping[str, int] = field(default_factory=dict)
    event_counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        base_iri: str,
        *,
        institution_counts: Mapping[str, int],
        event_counts: Mapping[str, int],
    ) -> "World":
        """Index a catalogue."""
        return cls(
            base_iri=base_iri,
            institutions=_by_identifier(catalogue.institutions),
            events=_by_identifier(catalogue.events),
            legal_resources=_by_identifier(catalogue.legal_resources),
            areas=_by_identifier(catalogue.areas),
            concepts=dict(_concepts_by_name(catalogue.concepts, base_iri)),
            institution_counts=institution_counts,
            event_counts=event_counts,
        )

    def concept(self, scheme: str, reference: str) -> Concept:
        """Give the concept that a reference means, as the directory of records found it."""
        for name in ((scheme, reference), ("", reference)):
            if name in self.concepts:
                return self.concepts[name]
        raise LookupError(f"{scheme} {reference} is stored and was not loaded")


def _by_identifier(some: Iterable[R]) -> dict[str, R]:
    return {record.identifier: record for record in some}


def _concepts_by_name(concepts: Iterable[Concept], base_iri: str) -> Iterator[tuple[tuple[str, str], Concept]]:
    for concept in concepts:
        yield ("", concept.identifier), concept
        yield ("", _concept_iri(concept, base_iri)), concept
        yield (concept.scheme, concept.identifier), concept


def _concept_iri(concept: Concept, base_iri: str) -> str:
    return concept.iri or iris.mint(base_iri, "concept", iris.concept_name(concept.scheme, concept.identifier))


def languages_of(service: PublicService, world: World) -> set[str]:
    """Give the languages in which anything that the service's view shows is written."""
    shown: list[Texts] = [service.title, service.description, service.processing_time_text]
    for requirement in service.requirements:
        shown += (requirement.title, requirement.description)
    for evidence in (*(e for r in service.requirements for e in r.evidences), *service.inputs):
        shown += (evidence.title, evidence.description)
    for output in service.outputs:
        shown += (output.title, output.description)
    for channel in service.channels:
        shown += (channel.title, channel.description, *channel.opening_hours)
    shown += (cost.description for cost in service.costs)
    for institution in _institutions(service, world):
        shown += (institution.title, institution.description)
        shown += (world.concept(schemes.INSTITUTION_KIND, kind).labels for kind in (institution.kind,) if kind)
    for event in (world.events[name] for name in service.events):
        shown += (event.title, event.description)
    shown += (world.legal_resources[name].title for name in _all_norms(service))
    shown += (world.concept(schemes.AUDIENCE, code).labels for code in service.audiences)
    listed = (tag for words in (service.keywords, service.alternative_titles) for tag in words if words[tag])
    return {*listed, *(tag for texts in shown for tag in texts)}


def _institutions(service: PublicService, world: World) -> Iterator[Institution]:
    return (world.institutions[name] for name in service.institutions)


def _all_norms(service: PublicService) -> Iterator[str]:
    yield from service.legal_resources
    for requirement in service.requirements:
        yield from requirement.legal_resources


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders records along one chain of languages."""

    world: World
    chain: Chain

    def view(
        self, record: PublicService | Institution | Event
    ) -> views.PublicServiceView | views.InstitutionView | views.EventView:
        """Give a record as one reader sees it."""
        match record:
            case PublicService():
                return self.service(record)
            case Institution():
                return self.institution(record)
            case Event():
                return self.event(record)

    def service(self, service: PublicService) -> views.PublicServiceView:
        """Give a public service as one reader sees it."""
        institutions = tuple(self.institution(one) for one in _institutions(service, self.world))
        requirements = tuple(self._requirement(one) for one in service.requirements)
        evidences = (*(e for r in requirements for e in r.evidences), *map(self._evidence, service.inputs))
        return views.PublicServiceView(
            identifier=service.identifier,
            iri=self._iri("service", service.identifier, service.iri),
            title=self._text(service.title),
            description=self._text(service.description),
            institution=institutions[0],
            institutions=institutions,
            channels=tuple(self._channel(one) for one in service.channels),
            requirements=requirements,
            evidences=tuple({evidence.identifier: evidence for evidence in evidences}.values()),
            costs=tuple(self._cost(one) for one in service.costs),
            outputs=tuple(self._output(one) for one in service.outputs),
            processing_time=service.processing_time or None,
            processing_time_text=self._text(service.processing_time_text),
            legal_resources=tuple(self._norm(name) for name in service.legal_resources),
            events=tuple(self.event(self.world.events[name]) for name in service.events),
            areas=tuple(self._area(self.world.areas[name]) for name in service.areas),
            audiences=tuple(self._concept(schemes.AUDIENCE, code) for code in service.audiences),
            keywords=choose_words(service.keywords, self.chain),
            languages=service.languages,
            sources=tuple(
                views.SourceView(title=one.title, url=one.url, checked_on=one.checked_on) for one in service.sources
            ),
            status=service.status,
            is_illustrative=service.is_illustrative,
            not_known=service.not_known,
            confirmed_at=service.confirmed_at or None,
            review_due=service.review_due or None,
            quality=quality.quality(service),
            texts=tuple(_translations(service)),
        )

    def institution(self, one: Institution) -> views.InstitutionView:
        """Give an institution as one reader sees it."""
        return views.InstitutionView(
            identifier=one.identifier,
            iri=self._iri("institution", one.identifier, one.iri),
            title=self._text(one.title),
            acronym=one.acronym,
            kind=self._concept(schemes.INSTITUTION_KIND, one.kind) if one.kind else None,
            description=self._text(one.description),
            homepage=one.homepage,
            addresses=one.addresses,
            emails=tuple(email for contact in one.contacts for email in contact.emails),
            telephones=tuple(telephone for contact in one.contacts for telephone in contact.telephones),
            service_count=self.world.institution_counts.get(one.identifier, 0),
        )

    def event(self, event: Event) -> views.EventView:
        """Give an event as one reader sees it."""
        return views.EventView(
            identifier=event.identifier,
            iri=self._iri("event", event.identifier, event.iri),
            kind=event.kind.value,
            title=self._text(event.title),
            description=self._text(event.description),
            service_count=self.world.event_counts.get(event.identifier, 0),
        )

    def _requirement(self, one: Requirement) -> views.RequirementView:
        return views.RequirementView(
            identifier=one.identifier,
            iri=self._iri("requirement", one.identifier, one.iri),
            title=self._text(one.title),
            description=self._text(one.description),
            evidences=tuple(self._evidence(evidence) for evidence in one.evidences),
            legal_resources=tuple(self._norm(name) for name in one.legal_resources),
        )

    def _evidence(self, one: Evidence) -> views.EvidenceView:
        return views.EvidenceView(
            identifier=one.identifier,
            iri=self._iri("evidence", one.identifier, one.iri),
            title=self._text(one.title),
            description=self._text(one.description),
        )

    def _cost(self, one: Cost) -> views.CostView:
        currency = self.world.concept(schemes.CURRENCY, one.currency).identifier if one.currency else None
        return views.CostView(
            identifier=one.identifier,
            iri=self._iri("cost", one.identifier, one.iri),
            amount=one.amount or None,
            currency=currency,
            description=self._text(one.description),
        )

    def _channel(self, one: Channel) -> views.ChannelView:
        kind = self.world.concept(schemes.CHANNEL, one.kind).identifier if one.kind else ""
        return views.ChannelView(
            identifier=one.identifier,
            iri=self._iri("channel", one.identifier, one.iri),
            kind=kind,
            title=self._text(one.title),
            description=self._text(one.description),
            url=one.url,
            telephone=one.telephone,
            email=one.email,
            address=one.address,
            opening_hours=tuple(self._text(hours) for hours in one.opening_hours),
            processing_time=one.processing_time,
        )

    def _output(self, one: Output) -> views.OutputView:
        return views.OutputView(
            identifier=one.identifier,
            iri=self._iri("output", one.identifier, one.iri),
            title=self._text(one.title),
            description=self._text(one.description),
        )

    def _norm(self, name: str) -> views.LegalResourceView:
        norm = self.world.legal_resources[name]
        return views.LegalResourceView(
            identifier=name,
            iri=self._iri("legal_resource", name, norm.iri),
            title=self._text(norm.title),
            url=norm.url,
        )

    def _area(self, area: Area) -> views.AreaView:
        return views.AreaView(
            identifier=area.identifier,
            iri=self._iri("area", area.identifier, area.iri),
            level=area.level,
            title=area.title or area.identifier,
        )

    def _concept(self, scheme: str, reference: str) -> views.ConceptView:
        concept = self.world.concept(scheme, reference)
        return views.ConceptView(
            identifier=concept.identifier,
            iri=_concept_iri(concept, self.world.base_iri),
            label=self._text(concept.labels) or concept.identifier,
        )

    def _text(self, texts: Texts) -> str:
        return choose(texts, self.chain)

    def _iri(self, kind: str, identifier: str, stated: str) -> str:
        return stated or iris.mint(self.world.base_iri, kind, identifier)


def _translations(service: PublicService) -> Iterator[views.TextView]:
    """Give every translation of the service's own texts, the original first, and which it is."""
    single = ("title", "description", "processing_time_text")
    for name in single:
        yield from _states(name, {tag: (text,) for tag, text in getattr(service, name).items()})
    for name in ("keywords", "alternative_titles"):
        yield from _states(name, {tag: words for tag, words in getattr(service, name).items() if words})


def _states(name: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[views.TextView]:
    original = original_language(words)
    for tag in sorted(words, key=lambda tag: (tag != original, tag)):
        state = "original" if tag == original else "translated"
        for word in words[tag]:
            yield views.TextView(field=name, language=tag, value=word, state=state)
