"""The vocabularies of an export, and the terms of our own for what CPSV-AP has no property for.

Our terms have one fixed namespace in every installation, so that two catalogues mean the same by
them; `docs/reference/cpsv-ap-extensions.md` explains each to the reader of an export.
"""

import re
from typing import Final

from sacbe_catalog.cpsv_ap.statements import RDF, XSD

CPSV: Final = "http://purl.org/vocab/cpsv#"
CV: Final = "http://data.europa.eu/m8g/"
DCT: Final = "http://purl.org/dc/terms/"
DCAT: Final = "http://www.w3.org/ns/dcat#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
LOCN: Final = "http://www.w3.org/ns/locn#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
ORG: Final = "http://www.w3.org/ns/org#"
ELI: Final = "http://data.europa.eu/eli/ontology#"
ADMS: Final = "http://www.w3.org/ns/adms#"
TIME: Final = "http://www.w3.org/2006/time#"
EPO: Final = "http://data.europa.eu/a4g/ontology#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SACBE: Final = "https://sacbe.example/vocab#"

PREFIXES: Final = {
    "adms": ADMS,
    "cpsv": CPSV,
    "cv": CV,
    "dcat": DCAT,
    "dct": DCT,
    "eli": ELI,
    "epo": EPO,
    "foaf": FOAF,
    "locn": LOCN,
    "org": ORG,
    "rdf": RDF,
    "sacbe": SACBE,
    "skos": SKOS,
    "time": TIME,
    "xsd": XSD,
}
"""Prefixes of every export, and of located errors."""

PROCESSING_TIME_TEXT: Final = f"{SACBE}processingTimeText"
CHECKED_ON: Final = f"{SACBE}checkedOn"
NOT_KNOWN: Final = f"{SACBE}notKnown"
IS_ILLUSTRATIVE: Final = f"{SACBE}isIllustrative"
CONFIRMED_AT: Final = f"{SACBE}confirmedAt"
REVIEW_DUE: Final = f"{SACBE}reviewDue"
ACRONYM: Final = f"{SACBE}acronym"
AREA_LEVEL: Final = f"{SACBE}areaLevel"
ISO_639_3: Final = f"{SACBE}iso639-3"
OWN_NAME: Final = f"{SACBE}ownName"
FALLBACK: Final = f"{SACBE}fallback"
CATALOGUE: Final = f"{SACBE}Catalogue"
SOURCE: Final = f"{SACBE}Source"

NAME: Final = f"{SACBE}name"
"""Never written: keeps, among a record's `extra`, the IRI that a stranger gave to a part without one of its own."""

ORDER: Final = "InOrder"
"""Ends the term that gives a property's values in order: `sacbe:hasChannelInOrder` for cv:hasChannel."""

UNKNOWN_TEXTS: Final = {"es": "No se conoce.", "en": "Not known."}
"""Stands for a description that a record does not have, since the profile requires one."""


_SIMPLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def local(iri: str) -> str:
    """Give an IRI's last part: `hasChannel` of cv:hasChannel."""
    return iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]


def order_of(predicate: str) -> str:
    """Give the property that tells in which order the values of `predicate` come."""
    return f"{SACBE}{local(predicate)}{ORDER}"


def is_order(predicate: str) -> bool:
    """Say whether a property tells the order of another one's values."""
    return predicate.startswith(SACBE) and predicate.endswith(ORDER)


def short(iri: str) -> str:
    """Give an IRI as people write it, with a prefix where every syntax takes that: `cv:hasChannel`."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and _SIMPLE.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri
