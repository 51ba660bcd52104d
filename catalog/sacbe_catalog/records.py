"""A record of the catalogue as a whole, in every language: what importers read and exporters write.

One neutral form stands between the seed, CSV, CPSV-AP graphs and the tables, so that each
converts once. Names follow CPSV-AP 3.2.0 (classes and properties in section 1 of its
specification). Every text is a language map (`{"es": "...", "en": "..."}`, BCP 47 tags); every
coded value is the IRI or the identifier of a concept; numbers keep their lexical form.

What a stranger's graph says beyond this is kept as `extra` triples and written out again.
"""

from enum import StrEnum

import msgspec

Texts = dict[str, str]
"""One text in its languages, by BCP 47 tag."""

NOT_KNOWN_FIELDS = ("description", "requirements", "costs", "processing_time", "channels", "legal_resources", "sources")
"""Fields of a public service that may say "not known" in `not_known`."""


class Triple(msgspec.Struct, frozen=True, kw_only=True):
    """One statement kept verbatim; `kind` is iri, literal or blank, of the value."""

    subject: str
    predicate: str
    value: str
    kind: str = "literal"
    datatype: str = ""
    language: str = ""


class ChannelKind(StrEnum):
    """How a service is reached; each is a concept of our channel scheme."""

    ONLINE = "online"
    OFFICE = "office"
    PHONE = "phone"
    EMAIL = "email"
    FORM = "form"


class EventKind(StrEnum):
    """Whose event it is."""

    LIFE = "life"
    BUSINESS = "business"


class Concept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value of a code list (skos:Concept). `identifier` is unique in its scheme."""

    scheme: str
    identifier: str
    labels: Texts
    iri: str = ""
    broader: str = ""
    alternatives: tuple[str, ...] = ()


class Area(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place (dct:Location): `GT`, `GT-01` (department), `0101` (municipality, INE code)."""

    identifier: str
    level: str
    title: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    iri: str = ""


class Language(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A language of the country (dct:LinguisticSystem): `identifier` is its BCP 47 tag."""

    identifier: str
    iso_639_3: str
    name: str
    own_name: str = ""
    fallback: str = ""
    iri: str = ""


class ContactPoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:ContactPoint."""

    emails: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    opening_hours: tuple[Texts, ...] = ()
    iri: str = ""


class Institution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:PublicOrganisation, org:Organization and foaf:Agent at once.

    `kind` is the identifier of a concept in the scheme `institution-kind`: ministry, registry, ...
    """

    identifier: str
    title: Texts
    acronym: str = ""
    kind: str = ""
    description: Texts = {}
    areas: tuple[str, ...] = ("GT",)
    parent: str = ""
    homepage: str = ""
    addresses: tuple[str, ...] = ()
    contacts: tuple[ContactPoint, ...] = ()
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:LifeEvent or cv:BusinessEvent."""

    identifier: str
    kind: EventKind
    title: Texts
    description: Texts = {}
    types: tuple[str, ...] = ()
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class LegalResource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """eli:LegalResource; `identifier` is such as `decreto-90-2005`."""

    identifier: str
    title: Texts
    url: str = ""
    related: tuple[str, ...] = ()
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:Evidence: the paper or datum that shows that a requirement is met."""

    identifier: str
    title: Texts
    description: Texts = {}
    kind: str = ""
    languages: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class Requirement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:Requirement. `legal_resources` name the norms that set it (Decreto 5-2021, art. 5)."""

    identifier: str
    title: Texts
    description: Texts = {}
    kinds: tuple[str, ...] = ()
    evidences: tuple[Evidence, ...] = ()
    legal_resources: tuple[str, ...] = ()
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class Cost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:Cost. `amount` is a decimal as written ("100.00"); "0" says free of charge; empty says
    that only the description tells."""

    identifier: str
    amount: str = ""
    currency: str = ""
    description: Texts = {}
    channel: str = ""
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class Channel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:Channel."""

    identifier: str
    kind: str = ""
    title: Texts = {}
    description: Texts = {}
    url: str = ""
    telephone: str = ""
    email: str = ""
    address: str = ""
    areas: tuple[str, ...] = ()
    opening_hours: tuple[Texts, ...] = ()
    processing_time: str = ""
    owners: tuple[str, ...] = ()
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cv:Output: what the person holds in the end."""

    identifier: str
    title: Texts
    description: Texts = {}
    kinds: tuple[str, ...] = ()
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class SourceNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a record's figures come from, and when that was looked at (ISO date)."""

    title: str
    url: str = ""
    checked_on: str = ""


class PublicService(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """cpsv:PublicService with all that it owns.

    `processing_time` is an xsd:duration; `processing_time_text` is what it means to people.
    Identifiers of owned parts are unique within the catalogue. `not_known` lists the fields
    (of NOT_KNOWN_FIELDS) of which the record itself says that they are not known.
    """

    identifier: str
    title: Texts
    description: Texts
    institutions: tuple[str, ...]
    keywords: dict[str, tuple[str, ...]] = {}
    alternative_titles: dict[str, tuple[str, ...]] = {}
    audiences: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    areas: tuple[str, ...] = ("GT",)
    languages: tuple[str, ...] = ("es",)
    sectors: tuple[str, ...] = ()
    thematic_areas: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    status: str = "published"
    processing_time: str = ""
    processing_time_text: Texts = {}
    requirements: tuple[Requirement, ...] = ()
    inputs: tuple[Evidence, ...] = ()
    costs: tuple[Cost, ...] = ()
    channels: tuple[Channel, ...] = ()
    outputs: tuple[Output, ...] = ()
    legal_resources: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    contacts: tuple[ContactPoint, ...] = ()
    sources: tuple[SourceNote, ...] = ()
    not_known: tuple[str, ...] = ()
    is_illustrative: bool = False
    confirmed_at: str = ""
    review_due: str = ""
    iri: str = ""
    extra: tuple[Triple, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole set of records, as one file or one seed brings it."""

    services: tuple[PublicService, ...] = ()
    institutions: tuple[Institution, ...] = ()
    events: tuple[Event, ...] = ()
    legal_resources: tuple[LegalResource, ...] = ()
    concepts: tuple[Concept, ...] = ()
    areas: tuple[Area, ...] = ()
    languages: tuple[Language, ...] = ()
    title: Texts = {}
    description: Texts = {}
    publisher: str = ""
    iri: str = ""
    extra: tuple[Triple, ...] = ()
