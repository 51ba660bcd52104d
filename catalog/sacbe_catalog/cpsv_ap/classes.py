"""How each record stands in a graph: its classes, and each field's property. Read by both directions.

CPSV-AP's own property where there is one, else another standard's, else one of ours
(`vocabulary.py`). A new field of a record is one line here; parts stand before their owners.
"""

from operator import attrgetter
from typing import Final

from sacbe_catalog import records, schemes
from sacbe_catalog.cpsv_ap import profile
from sacbe_catalog.cpsv_ap.fields import (
    Codes,
    Field,
    Flag,
    Pages,
    Parts,
    Plain,
    PlainList,
    RecordClass,
    References,
    Text,
    WordLists,
)
from sacbe_catalog.cpsv_ap.own_fields import Address, EventOwner, Hours, RequiredText, Scheme, Undetermined, decimal
from sacbe_catalog.cpsv_ap.statements import XSD
from sacbe_catalog.cpsv_ap.vocabulary import (
    ACRONYM,
    ADMS,
    AREA_LEVEL,
    CHECKED_ON,
    CONFIRMED_AT,
    CPSV,
    CV,
    DCAT,
    DCT,
    FALLBACK,
    FOAF,
    IS_ILLUSTRATIVE,
    ISO_639_3,
    LOCN,
    NOT_KNOWN,
    ORG,
    OWN_NAME,
    PROCESSING_TIME_TEXT,
    REVIEW_DUE,
    SKOS,
    SOURCE,
)


def _codes(name: str, predicate: str, scheme: str, *, is_list: bool = True) -> Codes:
    return Codes(name, predicate, profile.CONCEPT, scheme, is_list)


def _address(name: str, *, is_list: bool) -> Parts:
    return Parts(name, f"{LOCN}address", _ADDRESS, "direccion", is_list, Address, attrgetter("full"))


_IDENTIFIER: Final = Plain("identifier", f"{DCT}identifier")
_TITLE: Final = Text("title", f"{DCT}title")
_DESCRIPTION: Final = Text("description", f"{DCT}description")
_TIME_TAKEN: Final = Plain("processing_time", f"{CV}processingTime", profile.DURATION)
_AREAS: Final = References("areas", f"{DCT}spatial", "area", profile.LOCATION)
_LANGUAGES: Final = References("languages", f"{DCT}language", "language", profile.LANGUAGE)
_LAW: Final = References("legal_resources", f"{CV}hasLegalResource", "legal_resource")
_PAGE: Final = Pages("url", f"{FOAF}page", profile.DOCUMENT, is_list=False)

_ADDRESS: Final = RecordClass(
    record=Address,
    types=(profile.ADDRESS,),
    fields=(Undetermined("full", f"{LOCN}fullAddress"),),
    needs=("full",),
)

_HOURS: Final = RecordClass(
    record=Hours,
    types=(profile.TEMPORAL_ENTITY,),
    fields=(_DESCRIPTION,),
    needs=("description",),
)

_OPEN: Final = Parts(
    "opening_hours",
    f"{CV}openingHours",
    _HOURS,
    "horario",
    to_record=Hours,
    from_record=attrgetter("description"),
)

_SOURCE: Final = RecordClass(
    record=records.SourceNote,
    types=(SOURCE,),
    fields=(Plain("title", f"{DCT}title"), _PAGE, Plain("checked_on", CHECKED_ON, f"{XSD}date")),
    needs=("title",),
)

_CONTACT_POINT: Final = RecordClass(
    record=records.ContactPoint,
    types=(profile.CONTACT_POINT,),
    fields=(
        PlainList("emails", f"{CV}email"),
        PlainList("telephones", f"{CV}telephone"),
        Pages("pages", f"{CV}contactPage", profile.DOCUMENT),
        _OPEN,
    ),
)

_CONTACTS: Final = Parts("contacts", f"{CV}contactPoint", _CONTACT_POINT, "contacto")

_CONCEPT: Final = RecordClass(
    record=records.Concept,
    kind="concept",
    types=(profile.CONCEPT,),
    fields=(
        _IDENTIFIER,
        Scheme(),
        Text("labels", f"{SKOS}prefLabel"),
        Codes("broader", f"{SKOS}broader", profile.CONCEPT, is_list=False),
        PlainList("alternatives", f"{SKOS}altLabel"),
    ),
    needs=("labels",),
)

_AREA: Final = RecordClass(
    record=records.Area,
    kind="area",
    types=(profile.LOCATION,),
    fields=(
        _IDENTIFIER,
        Plain("level", AREA_LEVEL),
        Plain("title", f"{LOCN}geographicName"),
        References("parent", f"{DCT}isPartOf", "area", profile.LOCATION, is_list=False),
        PlainList("aliases", f"{SKOS}altLabel"),
    ),
    needs=("level", "title"),
)

_LANGUAGE: Final = RecordClass(
    record=records.Language,
    kind="language",
    types=(profile.LANGUAGE,),
    fields=(
        _IDENTIFIER,
        Plain("iso_639_3", ISO_639_3),
        Plain("name", f"{SKOS}prefLabel"),
        Plain("own_name", OWN_NAME),
        References("fallback", FALLBACK, "language", profile.LANGUAGE, is_list=False),
    ),
    needs=("iso_639_3", "name"),
)

_LEGAL_RESOURCE: Final = RecordClass(
    record=records.LegalResource,
    kind="legal_resource",
    types=(profile.LEGAL_RESOURCE,),
    fields=(_IDENTIFIER, _TITLE, _PAGE, References("related", f"{DCT}relation", "legal_resource")),
    needs=("title",),
)

_EVENT: Final = RecordClass(
    record=records.Event,
    kind="event",
    types=(profile.EVENT,),
    known_by=(profile.LIFE_EVENT, profile.BUSINESS_EVENT),
    fields=(
        _IDENTIFIER,
        EventOwner(),
        _TITLE,
        _DESCRIPTION,
        _codes("types", f"{DCT}type", schemes.EVENT_TYPE),
    ),
)

_INSTITUTION: Final = RecordClass(
    record=records.Institution,
    kind="institution",
    types=(profile.PUBLIC_ORGANISATION, profile.ORGANIZATION, profile.AGENT),
    known_by=(profile.PUBLIC_ORGANISATION,),
    fields=(
        _IDENTIFIER,
        Text("title", f"{SKOS}prefLabel", also=(f"{DCT}title",)),
        Plain("acronym", ACRONYM),
        _codes("kind", f"{ORG}classification", schemes.INSTITUTION_KIND, is_list=False),
        _DESCRIPTION,
        _AREAS,
        References("parent", f"{ORG}subOrganizationOf", "institution", is_list=False),
        Pages("homepage", f"{FOAF}homepage", profile.DOCUMENT, is_list=False),
        _address("addresses", is_list=True),
        _CONTACTS,
    ),
)

_EVIDENCE: Final = RecordClass(
    record=records.Evidence,
    kind="evidence",
    types=(profile.EVIDENCE,),
    fields=(
        _IDENTIFIER,
        _TITLE,
        _DESCRIPTION,
        _codes("kind", f"{DCT}type", schemes.EVIDENCE_KIND, is_list=False),
        _LANGUAGES,
        Pages("pages", f"{FOAF}page", profile.DOCUMENT),
    ),
)

_REQUIREMENT: Final = RecordClass(
    record=records.Requirement,
    kind="requirement",
    types=(profile.REQUIREMENT,),
    fields=(
        _IDENTIFIER,
        _TITLE,
        _DESCRIPTION,
        _codes("kinds", f"{DCT}type", schemes.REQUIREMENT_KIND),
        Parts("evidences", f"{CV}hasSupportingEvidence", _EVIDENCE),
        _LAW,
    ),
)

_COST: Final = RecordClass(
    record=records.Cost,
    kind="cost",
    types=(profile.COST,),
    fields=(
        _IDENTIFIER,
        Plain("amount", f"{CV}hasValue", profile.DOUBLE, decimal),
        _codes("currency", f"{CV}currency", schemes.CURRENCY, is_list=False),
        _DESCRIPTION,
        References("channel", f"{CV}ifAccessedThrough", "channel", is_list=False),
    ),
)

_CHANNEL: Final = RecordClass(
    record=records.Channel,
    kind="channel",
    types=(profile.CHANNEL,),
    fields=(
        _IDENTIFIER,
        _codes("kind", f"{DCT}type", schemes.CHANNEL, is_list=False),
        _TITLE,
        _DESCRIPTION,
        _PAGE,
        Plain("telephone", f"{CV}telephone"),
        Plain("email", f"{CV}email"),
        _address("address", is_list=False),
        _AREAS,
        _OPEN,
        _TIME_TAKEN,
        References("owners", f"{CV}ownedBy", "institution"),
    ),
)

_OUTPUT: Final = RecordClass(
    record=records.Output,
    kind="output",
    types=(profile.OUTPUT,),
    fields=(_IDENTIFIER, _TITLE, _DESCRIPTION, _codes("kinds", f"{DCT}type", schemes.OUTPUT_KIND)),
)

_SERVICE: Final = RecordClass(
    record=records.PublicService,
    kind="service",
    types=(profile.PUBLIC_SERVICE,),
    fields=(
        _IDENTIFIER,
        _TITLE,
        RequiredText("description", f"{DCT}description"),
        References("institutions", f"{CV}hasCompetentAuthority", "institution"),
        WordLists("keywords", f"{DCAT}keyword"),
        WordLists("alternative_titles", f"{DCT}alternative"),
        _codes("audiences", f"{DCT}audience", schemes.AUDIENCE),
        References("events", f"{CV}isGroupedBy", "event"),
        _AREAS,
        _LANGUAGES,
        _codes("sectors", f"{CV}sector", schemes.SECTOR),
        _codes("thematic_areas", f"{CV}thematicArea", schemes.THEMATIC_AREA),
        _codes("kinds", f"{DCT}type", schemes.FUNCTION_OF_GOVERNMENT),
        _codes("status", f"{ADMS}status", schemes.STATUS, is_list=False),
        _TIME_TAKEN,
        Text("processing_time_text", PROCESSING_TIME_TEXT),
        Parts("requirements", f"{CV}holdsRequirement", _REQUIREMENT),
        Parts("inputs", f"{CPSV}hasInput", _EVIDENCE),
        Parts("costs", f"{CV}hasCost", _COST),
        Parts("channels", f"{CV}hasChannel", _CHANNEL),
        Parts("outputs", f"{CPSV}produces", _OUTPUT),
        _LAW,
        References("requires", f"{DCT}requires", "service"),
        References("related", f"{CV}relatedService", "service"),
        _CONTACTS,
        Parts("sources", f"{DCT}source", _SOURCE, "fuente"),
        PlainList("not_known", NOT_KNOWN),
        Flag("is_illustrative", IS_ILLUSTRATIVE, f"{XSD}boolean"),
        Plain("confirmed_at", CONFIRMED_AT, f"{XSD}date"),
        Plain("review_due", REVIEW_DUE, f"{XSD}date"),
    ),
)

CATALOGUE_FIELDS: Final[tuple[Field, ...]] = (
    _TITLE,
    _DESCRIPTION,
    References("publisher", f"{DCT}publisher", "institution", is_list=False),
)
"""What a catalogue says of itself."""

CLASSES: Final = (
    _SERVICE,
    _INSTITUTION,
    _EVENT,
    _LEGAL_RESOURCE,
    _CONCEPT,
    _AREA,
    _LANGUAGE,
    _REQUIREMENT,
    _EVIDENCE,
    _COST,
    _CHANNEL,
    _OUTPUT,
)
"""Every kind of record that has an identifier."""

KINDS: Final = {one.record: one.kind for one in CLASSES}
"""The kind of each such record, as `iris.mint` knows it."""

BY_KIND: Final = {one.kind: one for one in CLASSES}
