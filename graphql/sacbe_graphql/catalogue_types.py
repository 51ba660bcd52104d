"""The catalogue as the schema shows it: one declaration per view of `sacbe_catalog.views`.

These classes are never made into objects: strawberry reads names, types and descriptions from
them, and the reader's views themselves are what a query walks over. A text that the catalogue
does not know is null here, where the views have it empty.
"""

from enum import Enum

import strawberry
from strawberry import field

from sacbe_catalog import views
from sacbe_graphql import camel_case
from sacbe_graphql.scalars import Date, Decimal, Duration
from sacbe_graphql.supplies import SuppliedBy, supplied_by


def _field_of_text(text: strawberry.Parent[views.TextView]) -> str:
    return camel_case.of(text.field)


def _missing(quality: strawberry.Parent[views.QualityView]) -> list[str]:
    return [camel_case.of(name) for name in quality.missing]


def _not_known(service: strawberry.Parent[views.PublicServiceView]) -> list[str]:
    return [camel_case.of(name) for name in service.not_known]


@strawberry.enum(description="Whose event it is.")
class EventKind(Enum):
    """Values are those of `views.EventView.kind`."""

    LIFE = strawberry.enum_value("life", description="An event in a person's life, such as a birth.")
    BUSINESS = strawberry.enum_value("business", description="An event in the life of a business.")


@strawberry.type(description="A coded value of a code list, with its label in the asked language.")
class Concept:
    """A `views.ConceptView`."""

    identifier: strawberry.ID = field(description="Unique in its code list.")
    iri: str = field(description="Its IRI.")
    label: str = field(description="What it is called.")


@strawberry.type(description="One translation of one text of a record.")
class Text:
    """A `views.TextView`."""

    language: str = field(description="Its language (BCP 47), such as `es` or `quc`.")
    value: str = field(description="The text.")
    state: str = field(description="Where it comes from: `original`, `translated`.")
    field: str = field(resolver=_field_of_text, description="The field that it belongs to, such as `title`.")


@strawberry.type(description="A public institution.")
class Institution:
    """A `views.InstitutionView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI.")
    title: str = field(description="Its name.")
    acronym: str | None = field(description="Its acronym, such as RENAP.")
    kind: Concept | None = field(description="What kind of institution: ministry, registry, municipality.")
    description: str | None = field(description="What it is for.")
    homepage: str | None = field(description="Address of its own site.")
    addresses: list[str] = field(description="Where it can be visited.")
    emails: list[str] = field(description="Its public mailboxes.")
    telephones: list[str] = field(description="Its public telephones.")
    service_count: int = field(description="How many of its services are published.")


@strawberry.type(description="Something that happens in a life or a business and leads to public services.")
class Event:
    """A `views.EventView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI.")
    kind: EventKind = field(description="Whether it is a life event or a business event.")
    title: str = field(description="What it is called.")
    description: str | None = field(description="What it means.")
    service_count: int = field(description="How many published services belong to it.")


@strawberry.type(description="A norm: the law, decree or rule that something rests on.")
class LegalResource:
    """A `views.LegalResourceView`."""

    identifier: strawberry.ID = field(description="Such as `decreto-90-2005`.")
    iri: str = field(description="Its IRI.")
    title: str = field(description="What it is called.")
    url: str | None = field(description="Where it can be read.")


@strawberry.type(description="A paper or datum that shows that a requirement is met.")
class Evidence:
    """A `views.EvidenceView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI.")
    title: str = field(description="What it is called.")
    description: str | None = field(description="What it must be like.")
    supplied_by: list[SuppliedBy] = field(
        resolver=supplied_by,
        description="Operations by which an institution can get it itself, and so need not ask people for it.",
    )


@strawberry.type(description="Something that must hold or be brought along.")
class Requirement:
    """A `views.RequirementView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI.")
    title: str = field(description="What is required.")
    description: str | None = field(description="More about it.")
    evidences: list[Evidence] = field(description="What shows that it is met.")
    legal_resources: list[LegalResource] = field(description="The norms that set it.")


@strawberry.type(description="What it costs. An amount of 0 says free of charge; null says that only the text tells.")
class Cost:
    """A `views.CostView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI.")
    amount: Decimal | None = field(description="The amount, as written.")
    currency: str | None = field(description="Its currency (ISO 4217), such as GTQ.")
    description: str | None = field(description="What it is for, and when it is due.")


@strawberry.type(description="A way to reach a service.")
class Channel:
    """A `views.ChannelView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI.")
    kind: str = field(description="`online`, `office`, `phone`, `email` or `form`.")
    title: str | None = field(description="What it is called.")
    description: str | None = field(description="How to use it.")
    url: str | None = field(description="Its address on the web.")
    telephone: str | None = field(description="Its telephone.")
    email: str | None = field(description="Its mailbox.")
    address: str | None = field(description="Where it is.")
    opening_hours: list[str] = field(description="When it is open.")
    processing_time: Duration | None = field(description="How long it takes by this way.")


@strawberry.type(description="What the person holds in the end.")
class Output:
    """A `views.OutputView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI.")
    title: str = field(description="What it is called.")
    description: str | None = field(description="More about it.")


@strawberry.type(description="A place: the country, a department or a municipality.")
class Area:
    """A `views.AreaView`."""

    identifier: strawberry.ID = field(description="`GT`, `GT-01` (department) or `0101` (municipality).")
    iri: str = field(description="Its IRI.")
    level: str = field(description="`country`, `department` or `municipality`.")
    title: str = field(description="What it is called.")


@strawberry.type(description="Where a record's figures come from.")
class Source:
    """A `views.SourceView`."""

    title: str = field(description="What was read.")
    url: str | None = field(description="Where it can be read.")
    checked_on: Date | None = field(description="When that was looked at.")


@strawberry.type(description="How complete a record is.")
class Quality:
    """A `views.QualityView`."""

    score: float = field(description="From 0 (nothing known) to 1 (complete).")

    missing: list[str] = field(resolver=_missing, description="The fields that are missing.")


@strawberry.type(description="A public service: what an institution does for people, and what that takes.")
class PublicService:
    """A `views.PublicServiceView`."""

    identifier: strawberry.ID = field(description="Its identifier in the catalogue.")
    iri: str = field(description="Its IRI; it leads to the page.")
    title: str = field(description="What it is called.")
    description: str | None = field(description="What it is for.")
    institution: Institution = field(description="Who answers for it.")
    institutions: list[Institution] = field(description="Everyone who answers for it, the first included.")
    channels: list[Channel] = field(description="The ways to reach it.")
    requirements: list[Requirement] = field(description="What must hold or be brought along.")
    evidences: list[Evidence] = field(description="Every paper or datum that it asks for.")
    costs: list[Cost] = field(description="What it costs.")
    outputs: list[Output] = field(description="What the person holds in the end.")
    processing_time: Duration | None = field(description="How long it takes.")
    processing_time_text: str | None = field(description="How long it takes, in words.")
    legal_resources: list[LegalResource] = field(description="The norms that it rests on.")
    events: list[Event] = field(description="The events that lead to it.")
    areas: list[Area] = field(description="Where it is given.")
    audiences: list[Concept] = field(description="Whom it is for.")
    keywords: list[str] = field(description="Words that people look for it with.")
    languages: list[str] = field(description="Languages in which it is given (BCP 47).")
    sources: list[Source] = field(description="Where the figures come from, and when that was looked at.")
    status: str = field(description="Such as `published`.")
    is_illustrative: bool = field(description="True for example data that no institution has confirmed.")
    not_known: list[str] = field(
        resolver=_not_known, description="Fields of which the record itself says that they are not known."
    )
    confirmed_at: Date | None = field(description="When the institution last confirmed the record.")
    review_due: Date | None = field(description="When it must be looked at again.")
    quality: Quality = field(description="How complete the record is.")
    texts: list[Text] = field(description="Every translation of every text, and what was found.")


@strawberry.type(description="How many of all results have one value: for narrowing a search.")
class Facet:
    """A `views.Facet`."""

    identifier: strawberry.ID = field(description="The value; it goes into the filter of the same name.")
    label: str = field(description="What the value is called.")
    count: int = field(description="How many results have it.")
    field: str = field(description="`institution`, `event`, `channel` or `audience`.")


@strawberry.type(description="A completion of what is being typed.")
class Suggestion:
    """A `views.Suggestion`."""

    text: str = field(description="The completed text.")
    identifier: strawberry.ID = field(description="The service that it leads to.")


@strawberry.input(description="Narrows a list of services: each given field must hold; any value of a field is enough.")
class ServiceFilter:
    """A `views.ServiceFilter`."""

    institutions: list[strawberry.ID] | None = field(default=None, description="Identifiers of institutions.")
    events: list[strawberry.ID] | None = field(default=None, description="Identifiers of events.")
    channels: list[str] | None = field(default=None, description="Kinds of channel, such as `online`.")
    areas: list[strawberry.ID] | None = field(default=None, description="Identifiers of places.")
    audiences: list[strawberry.ID] | None = field(default=None, description="Identifiers of audiences.")
    free_of_charge: bool | None = field(default=None, description="True: only what costs nothing.")

    def view(self) -> views.ServiceFilter:
        """Give the reader's own form."""
        return views.ServiceFilter(
            institutions=tuple(self.institutions or ()),
            events=tuple(self.events or ()),
            channels=tuple(self.channels or ()),
            areas=tuple(self.areas or ()),
            audiences=tuple(self.audiences or ()),
            free_of_charge=self.free_of_charge,
        )
