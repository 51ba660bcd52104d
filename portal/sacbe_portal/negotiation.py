"""Which form of a record an Accept header asks for: a page, or one of its data twins."""

import re
from typing import Final

_PAGES: Final = ("text/html", "application/xhtml+xml", "*/*", "")
_FORMS: Final = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/json": "jsonld",
    "application/rdf+xml": "rdf",
}


def wanted_form(accept: str) -> str | None:
    """Say which form of a graph an Accept header asks for before a page; None where a page will do as well."""
    for media_type in _in_order(accept):
        if media_type in _PAGES:
            return None
        if media_type in _FORMS:
            return _FORMS[media_type]
    return None


def _in_order(accept: str) -> list[str]:
    """Give an Accept header's media types, the most wanted first (RFC 9110, section 12.5.1)."""
    weighed = []
    for position, one in enumerate(accept.split(",")):
        media_type, *parameters = (part.strip() for part in one.lower().split(";"))
        found = re.fullmatch(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", next(iter(parameters[-1:]), ""))
        weighed.append((-float(found[1]) if found else -1.0, position, media_type))
    return [media_type for weight, _, media_type in sorted(weighed) if weight < 0]
