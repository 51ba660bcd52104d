"""CPSV-AP 3.2.0 as one table: what the profile calls things, what values they take, how many.

Three things are read from it: the terms of documents that name the official context
(`context.py`), the located findings of an import (`check.py`), and which codes an export must
type (`types_of_codes`). Tests hold it against the official context and shapes.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from sacbe_catalog.cpsv_ap.statements import LANG_STRING, TYPE, XSD, Items, Literal, Statement
from sacbe_catalog.cpsv_ap.vocabulary import ADMS, CPSV, CV, DCAT, DCT, ELI, EPO, FOAF, LOCN, ORG, RDFS, SKOS, TIME

TEXT: Final = LANG_STRING
LITERAL: Final = f"{RDFS}Literal"
DURATION: Final = f"{XSD}duration"
DOUBLE: Final = f"{XSD}double"
LITERALS: Final = frozenset({TEXT, LITERAL, DURATION, DOUBLE})

AGENT: Final = f"{FOAF}Agent"
BUSINESS_EVENT: Final = f"{CV}BusinessEvent"
CHANNEL: Final = f"{CV}Channel"
CONCEPT: Final = f"{SKOS}Concept"
CONTACT_POINT: Final = f"{CV}ContactPoint"
COST: Final = f"{CV}Cost"
DATASET: Final = f"{DCAT}Dataset"
DOCUMENT: Final = f"{FOAF}Document"
EVENT: Final = f"{CV}Event"
EVIDENCE: Final = f"{CV}Evidence"
EVIDENCE_TYPE: Final = f"{CV}EvidenceType"
LANGUAGE: Final = f"{DCT}LinguisticSystem"
LEGAL_RESOURCE: Final = f"{ELI}LegalResource"
LIFE_EVENT: Final = f"{CV}LifeEvent"
LOCATION: Final = f"{DCT}Location"
ADDRESS: Final = f"{LOCN}Address"
ORGANIZATION: Final = f"{ORG}Organization"
OUTPUT: Final = f"{CV}Output"
PARTICIPATION: Final = f"{CV}Participation"
PUBLIC_ORGANISATION: Final = f"{CV}PublicOrganisation"
PUBLIC_SERVICE: Final = f"{CPSV}PublicService"
REQUIREMENT: Final = f"{CV}Requirement"
RULE: Final = f"{CPSV}Rule"
TEMPORAL_ENTITY: Final = f"{TIME}TemporalEntity"

CODES: Final = frozenset({CONCEPT, LOCATION, LANGUAGE, DOCUMENT})
"""Classes whose members a file may name without describing them; an export types each."""

REFERRED: Final = frozenset({PUBLIC_ORGANISATION, ORGANIZATION, AGENT, PUBLIC_SERVICE, EVENT, LEGAL_RESOURCE, DATASET})
"""Classes whose members may already be in the catalogue, so that a file need not describe them again."""

IMPLIED: Final = {
    PUBLIC_ORGANISATION: frozenset({ORGANIZATION, AGENT}),
    ORGANIZATION: frozenset({AGENT}),
    LIFE_EVENT: frozenset({EVENT}),
    BUSINESS_EVENT: frozenset({EVENT}),
}
"""Classes that a class is a part of. An import takes them as said; an export says them."""


class Property(NamedTuple):
    """One property of a class: its name in the official context, its IRI, its values' range, how many."""

    name: str
    iri: str
    range: str
    least: int = 0
    most: int | None = None


_IDENTIFIER = Property("identifier", f"{DCT}identifier", LITERAL, 1, 1)
_NAME = Property("name", f"{DCT}title", TEXT, 1)
_DESCRIPTION = Property("description", f"{DCT}description", TEXT)
_DESCRIBED = Property("description", f"{DCT}description", TEXT, 1)
_TYPE = Property("type", f"{DCT}type", CONCEPT)
_ONE_TYPE = Property("type", f"{DCT}type", CONCEPT, 0, 1)
_SPOKEN = Property("language", f"{DCT}language", LANGUAGE)
_PART_OF = Property("isPartOf", f"{DCT}isPartOf", DATASET)
_INPUT = Property("hasInput", f"{CPSV}hasInput", EVIDENCE)
_TIME_TAKEN = Property("processingTime", f"{CV}processingTime", DURATION, 0, 1)
_OPEN = Property("openingHours", f"{CV}openingHours", TEMPORAL_ENTITY)
_RESTRICTED = Property("availabilityRestriction", f"{CV}specialOpeningHoursSpecification", TEMPORAL_ENTITY)

PROFILE: Final[dict[str, tuple[Property, ...]]] = {
    PUBLIC_SERVICE: (
        _IDENTIFIER,
        _NAME,
        _DESCRIBED,
        Property("hasCompetentAuthority", f"{CV}hasCompetentAuthority", PUBLIC_ORGANISATION, 1),
        Property("keyword", f"{DCAT}keyword", TEXT),
        _SPOKEN,
        _TIME_TAKEN,
        Property("status", f"{ADMS}status", CONCEPT, 0, 1),
        Property("sector", f"{CV}sector", CONCEPT),
        Property("thematicArea", f"{CV}thematicArea", CONCEPT),
        Property("functionsOfGovernment", f"{DCT}type", CONCEPT),
        Property("addressee", f"{DCT}audience", CONCEPT),
        Property("spatial", f"{DCT}spatial", LOCATION),
        _PART_OF,
        Property("requires", f"{DCT}requires", PUBLIC_SERVICE),
        Property("relatedService", f"{CV}relatedService", PUBLIC_SERVICE),
        Property("isGroupedBy", f"{CV}isGroupedBy", EVENT),
        Property("isClassifiedBy", f"{CV}isClassifiedBy", CONCEPT),
        _INPUT,
        Property("hasInputType", f"{CV}hasInputType", EVIDENCE_TYPE),
        Property("produces", f"{CPSV}produces", OUTPUT),
        Property("follows", f"{CPSV}follows", RULE),
        Property("holdsRequirement", f"{CV}holdsRequirement", REQUIREMENT),
        Property("hasLegalResource", f"{CV}hasLegalResource", LEGAL_RESOURCE),
        Property("hasParticipation", f"{CV}hasParticipation", PARTICIPATION),
        Property("hasChannel", f"{CV}hasChannel", CHANNEL),
        Property("hasCost", f"{CV}hasCost", COST),
        Property("contactPoint", f"{CV}contactPoint", CONTACT_POINT),
    ),
    PUBLIC_ORGANISATION: (
        Property("preferredLabel", f"{SKOS}prefLabel", TEXT, 1),
        Property("spatial", f"{DCT}spatial", LOCATION, 1),
    ),
    ORGANIZATION: (),
    AGENT: (
        _IDENTIFIER,
        _NAME,
        Property("participates", f"{CV}participates", PARTICIPATION),
        Property("address", f"{LOCN}address", ADDRESS),
    ),
    EVENT: (
        _IDENTIFIER,
        _NAME,
        _DESCRIPTION,
        Property("hasRelatedService", f"{CV}hasRelatedService", PUBLIC_SERVICE),
    ),
    LIFE_EVENT: (_TYPE,),
    BUSINESS_EVENT: (_TYPE,),
    CHANNEL: (
        _IDENTIFIER,
        _ONE_TYPE,
        _DESCRIPTION,
        Property("ownedBy", f"{CV}ownedBy", ORGANIZATION),
        _INPUT,
        _TIME_TAKEN,
        _OPEN,
        _RESTRICTED,
    ),
    CONTACT_POINT: (
        Property("contactPage", f"{CV}contactPage", DOCUMENT),
        Property("hasEmail", f"{CV}email", LITERAL),
        Property("hasTelephone", f"{CV}telephone", LITERAL),
        _OPEN,
        _RESTRICTED,
    ),
    COST: (
        _IDENTIFIER,
        Property("hasValue", f"{CV}hasValue", DOUBLE, 0, 1),
        Property("currency", f"{CV}currency", CONCEPT, 0, 1),
        _DESCRIPTION,
        Property("isDefinedBy", f"{CV}isDefinedBy", ORGANIZATION),
        Property("ifAccessedThrough", f"{CV}ifAccessedThrough", CHANNEL, 0, 1),
    ),
    REQUIREMENT: (
        _IDENTIFIER,
        _NAME,
        _TYPE,
        Property("fulfils", f"{CV}fulfils", RULE),
        Property("hasSupportingEvidence", f"{CV}hasSupportingEvidence", EVIDENCE),
    ),
    EVIDENCE: (
        _IDENTIFIER,
        _NAME,
        _DESCRIPTION,
        _ONE_TYPE,
        _SPOKEN,
        Property("isConformantTo", f"{DCT}conformsTo", EVIDENCE_TYPE),
        Property("supportsRequirement", f"{CV}supportsRequirement", REQUIREMENT),
        Property("relatedDocumentation", f"{FOAF}page", DOCUMENT),
        _PART_OF,
    ),
    EVIDENCE_TYPE: (
        _IDENTIFIER,
        Property("evidenceTypeClassification", f"{CV}evidenceTypeClassification", CONCEPT),
    ),
    OUTPUT: (_IDENTIFIER, _NAME, _DESCRIPTION, _TYPE, _SPOKEN, _PART_OF),
    RULE: (
        _IDENTIFIER,
        _NAME,
        _DESCRIBED,
        _ONE_TYPE,
        _SPOKEN,
        Property("implements", f"{CPSV}implements", LEGAL_RESOURCE),
    ),
    LEGAL_RESOURCE: (Property("related", f"{DCT}relation", LEGAL_RESOURCE),),
    PARTICIPATION: (
        _IDENTIFIER,
        _DESCRIBED,
        Property("role", f"{CV}role", CONCEPT, 1),
        Property("hasParticipant", f"{CV}hasParticipant", AGENT, 1, 1),
    ),
    DATASET: (
        Property("title", f"{DCT}title", TEXT, 1),
        _DESCRIBED,
        Property("publisher", f"{DCT}publisher", AGENT, 1, 1),
        Property("identifier", f"{DCT}identifier", LITERAL),
        Property("landingPage", f"{DCAT}landingPage", DOCUMENT),
        Property("hasPart", f"{DCT}hasPart", PUBLIC_SERVICE),
    ),
    ADDRESS: (
        Property("fullAddress", f"{LOCN}fullAddress", TEXT),
        Property("thoroughfare", f"{LOCN}thoroughfare", TEXT),
        Property("locatorDesignator", f"{LOCN}locatorDesignator", LITERAL),
        Property("locatorName", f"{LOCN}locatorName", TEXT),
        Property("addressArea", f"{LOCN}addressArea", TEXT),
        Property("postName", f"{LOCN}postName", TEXT),
        Property("postCode", f"{LOCN}postCode", LITERAL),
        Property("postOfficeBox", f"{LOCN}poBox", LITERAL),
        Property("administrativeUnitLevel1", f"{LOCN}adminUnitL1", TEXT),
        Property("administrativeUnitLevel2", f"{LOCN}adminUnitL2", TEXT),
        Property("addressId", f"{LOCN}addressId", LITERAL),
    ),
    TEMPORAL_ENTITY: (_DESCRIPTION, Property("frequency", f"{CV}frequency", CONCEPT)),
    f"{CV}ServiceConcessionContract": (
        _IDENTIFIER,
        _NAME,
        _DESCRIBED,
        Property("hasContractingAuthority", f"{CV}hasContractingAuthority", PUBLIC_ORGANISATION, 1),
        Property("hasEconomicOperator", f"{CV}hasEconomicOperator", ORGANIZATION, 1),
        Property("establishedUnder", f"{CV}establishedUnder", LEGAL_RESOURCE),
    ),
    f"{SKOS}Collection": (Property("member", f"{SKOS}member", CONCEPT),),
    f"{EPO}ConcessionContract": (),
    CONCEPT: (),
    LOCATION: (),
    LANGUAGE: (),
    DOCUMENT: (),
}
"""Every class of the profile with its properties."""


def types_of_codes(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Say of every code that a node of the profile names what it is, as the shapes require of an export."""
    statements = list(statements)
    ranges = _code_ranges(statements)
    for subject, predicate, value in statements:
        if not isinstance(value, Literal | Items) and (code := ranges.get(subject, {}).get(predicate)):
            yield Statement(value, TYPE, code)


def _code_ranges(statements: Iterable[Statement]) -> dict[str, dict[str, str]]:
    """Give, by node and property, the class of codes that the property takes there."""
    ranges: dict[str, dict[str, str]] = {}
    for subject, predicate, value in statements:
        if predicate == TYPE and isinstance(value, str):
            coded = {row.iri: row.range for row in PROFILE.get(value, ()) if row.range in CODES}
            ranges.setdefault(subject, {}).update(coded)
    return ranges
