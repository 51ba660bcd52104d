"""IRIs of our own: each is a function of the base, the kind of thing and its identifier.

So a record that names no IRI has the same one in every export, page and process, and it
leads to the page (`/servicio/...`). IRIs that others gave are kept as they are.
"""

import re
from typing import Final
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")

PATHS = {
    "service": "servicio",
    "institution": "institucion",
    "event": "evento",
    "legal_resource": "norma",
    "requirement": "requisito",
    "evidence": "evidencia",
    "cost": "costo",
    "channel": "canal",
    "output": "resultado",
    "contact_point": "contacto",
    "concept": "concepto",
    "concept_scheme": "esquema",
    "area": "lugar",
    "language": "idioma",
    "catalogue": "catalogo",
    "dataset": "conjunto",
    "data_service": "servicio-de-datos",
}
"""The path of each kind of thing below the base IRI."""

_SAFE: Final = {"concept": "/%", "data_service": "/"}
"""What stays as it is in the identifiers of some kinds, which have parts."""


def mint(base_iri: str, kind: str, identifier: str) -> str:
    """Give the IRI of a thing that has none of its own; a concept's identifier is its `concept_name`.

    Percent-encoded as RFC 3986 wants it, so any identifier gives a valid IRI.
    """
    return f"{base_iri}{PATHS[kind]}/{_quoted(identifier, safe=_SAFE.get(kind, ''))}"


def concept_name(scheme: str, identifier: str) -> str:
    """Name a concept among all schemes: `channel/online`; whatever the parts hold, names differ."""
    return f"{_quoted(scheme)}/{_quoted(identifier)}"


def _quoted(text: str, safe: str = "") -> str:
    """Percent-encode a text; most need nothing, which is told ten times faster than quoting finds out."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=safe, errors="replace")
