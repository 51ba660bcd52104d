"""The concept schemes that fields of a record draw their codes from, and the codes every catalogue has.

A coded value is written as a concept's IRI, or as its identifier in the field's own scheme.
"""

from typing import Final

import msgspec

from sacbe_catalog.records import Area, ChannelKind, Concept, Language

INSTITUTION_KIND: Final = "institution-kind"
EVENT_TYPE: Final = "event-type"
EVIDENCE_KIND: Final = "evidence-kind"
REQUIREMENT_KIND: Final = "requirement-kind"
OUTPUT_KIND: Final = "output-kind"
FUNCTION_OF_GOVERNMENT: Final = "function-of-government"
CHANNEL: Final = "channel"
AUDIENCE: Final = "audience"
SECTOR: Final = "sector"
THEMATIC_AREA: Final = "thematic-area"
STATUS: Final = "status"
CURRENCY: Final = "currency"

AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
"""Where the code lists that CPSV-AP recommends live: languages, currencies, places."""


class ConceptScheme(msgspec.Struct, frozen=True, kw_only=True):
    """skos:ConceptScheme: a code list, as the concepts in it name it."""

    identifier: str
    iri: str = ""


HIDDEN_STATUSES: Final = ("draft", "withdrawn")
"""Services of these statuses of our scheme are stored and shown to nobody but their stewards."""


def is_shown(status: str) -> bool:
    """Say whether readers see a service of this status."""
    return status not in HIDDEN_STATUSES


LANGUAGES: Final = (
    Language(identifier="es", iso_639_3="spa", name="Español", own_name="español", iri=f"{AUTHORITY}language/SPA"),
    Language(
        identifier="en",
        iso_639_3="eng",
        name="Inglés",
        own_name="English",
        fallback="es",
        iri=f"{AUTHORITY}language/ENG",
    ),
)
"""Languages that every catalogue knows: the chain's last resort and the interface's second."""

AREAS: Final = (Area(identifier="GT", level="country", title="Guatemala"),)
"""The place that records default to."""


def _concept(scheme: str, identifier: str, es: str, en: str, *, iri: str = "") -> Concept:
    return Concept(scheme=scheme, identifier=identifier, labels={"es": es, "en": en}, iri=iri)


CONCEPTS: Final = (
    _concept(STATUS, "published", "Publicado", "Published"),
    _concept(STATUS, "draft", "Borrador", "Draft"),
    _concept(STATUS, "withdrawn", "Retirado", "Withdrawn"),
    _concept(CHANNEL, ChannelKind.ONLINE.value, "En línea", "Online"),
    _concept(CHANNEL, ChannelKind.OFFICE.value, "En oficina", "At an office"),
    _concept(CHANNEL, ChannelKind.PHONE.value, "Por teléfono", "By telephone"),
    _concept(CHANNEL, ChannelKind.EMAIL.value, "Por correo electrónico", "By e-mail"),
    _concept(CHANNEL, ChannelKind.FORM.value, "Con formulario", "By form"),
    _concept(CURRENCY, "GTQ", "Quetzal", "Quetzal", iri=f"{AUTHORITY}currency/GTQ"),
    _concept(CURRENCY, "USD", "Dólar estadounidense", "US dollar", iri=f"{AUTHORITY}currency/USD"),
)
"""Codes that the software itself means something by; a catalogue may state them anew with its own labels."""
