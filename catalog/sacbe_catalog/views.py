"""Records as one reader sees them: in one language, with what they point to already joined.

The GraphQL door and the portal get these and nothing else. A text is given in the asked
language, else along the chain (the language's own fallback, then `es`, then whatever there is).
`texts` gives every translation and says what was found.
"""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class TextView(msgspec.Struct, frozen=True, kw_only=True):
    """One translation of one text: `field` such as `title`, `state` such as `original`, `translated`."""

    field: str
    language: str
    value: str
    state: str


class ConceptView(msgspec.Struct, frozen=True, kw_only=True):
    """A coded value with its label."""

    identifier: str
    iri: str
    label: str


class InstitutionView(msgspec.Struct, frozen=True, kw_only=True):
    """An institution. `service_count` counts its published services."""

    identifier: str
    iri: str
    title: str
    acronym: str
    kind: ConceptView | None
    description: str
    homepage: str
    addresses: tuple[str, ...]
    emails: tuple[str, ...]
    telephones: tuple[str, ...]
    service_count: int


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """A life event or business event (`kind`: `life`, `business`)."""

    identifier: str
    iri: str
    kind: str
    title: str
    description: str
    service_count: int = 0


class LegalResourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A norm."""

    identifier: str
    iri: str
    title: str
    url: str


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A paper or datum that supports a requirement."""

    identifier: str
    iri: str
    title: str
    description: str


class RequirementView(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement, with its evidences and the norms that set it."""

    identifier: str
    iri: str
    title: str
    description: str
    evidences: tuple[EvidenceView, ...]
    legal_resources: tuple[LegalResourceView, ...]


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """A cost; `amount` is a decimal as written, or None where only the description tells."""

    identifier: str
    iri: str
    amount: str | None
    currency: str | None
    description: str


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach the service; `kind` is a ChannelKind."""

    identifier: str
    iri: str
    kind: str
    title: str
    description: str
    url: str
    telephone: str
    email: str
    address: str
    opening_hours: tuple[str, ...]
    processing_time: str


class OutputView(msgspec.Struct, frozen=True, kw_only=True):
    """What the person holds in the end."""

    identifier: str
    iri: str
    title: str
    description: str


class AreaView(msgspec.Struct, frozen=True, kw_only=True):
    """A place: country, department or municipality."""

    identifier: str
    iri: str
    level: str
    title: str


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the record's figures come from, and when that was looked at (ISO date)."""

    title: str
    url: str
    checked_on: str


class QualityView(msgspec.Struct, frozen=True, kw_only=True):
    """How complete the record is: `score` from 0 to 1, and the fields that are missing."""

    score: float
    missing: tuple[str, ...]


class PublicServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """A public service as one reader sees it. Dates are ISO texts."""

    identifier: str
    iri: str
    title: str
    description: str
    institution: InstitutionView
    institutions: tuple[InstitutionView, ...]
    channels: tuple[ChannelView, ...]
    requirements: tuple[RequirementView, ...]
    evidences: tuple[EvidenceView, ...]
    costs: tuple[CostView, ...]
    outputs: tuple[OutputView, ...]
    processing_time: str | None
    processing_time_text: str
    legal_resources: tuple[LegalResourceView, ...]
    events: tuple[EventView, ...]
    areas: tuple[AreaView, ...]
    audiences: tuple[ConceptView, ...]
    keywords: tuple[str, ...]
    languages: tuple[str, ...]
    sources: tuple[SourceView, ...]
    status: str
    is_illustrative: bool
    not_known: tuple[str, ...]
    confirmed_at: str | None
    review_due: str | None
    quality: QualityView
    texts: tuple[TextView, ...]


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """How many of all results have this value, of `institution`, `event`, `channel` or `audience`."""

    field: str
    identifier: str
    label: str
    count: int


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A completion of what is being typed; `identifier` is the service that it leads to."""

    text: str
    identifier: str


class ServiceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Narrows a list of services; every given field must hold, any value of a field is enough."""

    institutions: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    free_of_charge: bool | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A slice of a list. `cursors` stand beside `nodes`; `total_count` counts the whole list."""

    nodes: tuple[T, ...]
    cursors: tuple[str, ...]
    total_count: int
    has_next_page: bool
    has_previous_page: bool
    facets: tuple[Facet, ...] = ()
