"""The official JSON-LD context's terms, as our own table gives them, so that none is ever fetched.

A document that names the official context is read with these. Our exports carry their own
context inline, which is prefixes only.
"""

from typing import Final

from sacbe_catalog.cpsv_ap.profile import LITERAL, LITERALS, PROFILE, Property
from sacbe_catalog.cpsv_ap.vocabulary import PREFIXES, local

OFFICIAL_CONTEXTS: Final = tuple(
    f"{scheme}://semiceu.github.io/{path}"
    for scheme in ("https", "http")
    for path in (
        "uri.semic.eu-generated/CPSV-AP/releases/3.2.0/context/cpsv-ap.jsonld",
        "CPSV-AP/releases/3.2.0/context/cpsv-ap.jsonld",
    )
)
"""Addresses under which documents name the context of CPSV-AP 3.2.0."""

_NAMED_OTHERWISE: Final = {"PublicOrganisation": "PublicOrganization"}
_DATATYPES: Final = {
    "Code": f"{PREFIXES['skos']}Concept",
    "Double": f"{PREFIXES['xsd']}double",
    "Duration": f"{PREFIXES['xsd']}duration",
    "Literal": LITERAL,
    "Text": f"{PREFIXES['rdf']}langString",
}


def terms() -> dict[str, object]:
    """Give the term map that stands for the official context: `PublicService.name` and all its fellows."""
    context: dict[str, object] = dict(_DATATYPES)
    for class_iri, properties in PROFILE.items():
        name = _NAMED_OTHERWISE.get(local(class_iri), local(class_iri))
        context[name] = class_iri
        context |= {f"{name}.{row.name}": _term(row) for row in properties}
    return context


def _term(row: Property) -> dict[str, str]:
    term = {"@id": row.iri}
    if row.range not in LITERALS:
        term["@type"] = "@id"
    elif row.range != LITERAL:
        term["@type"] = row.range
    if row.most != 1:
        term["@container"] = "@set"
    return term
