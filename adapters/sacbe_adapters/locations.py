"""Where documents are: addresses and file paths, and what one says of another."""

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit


def is_address(location: str) -> bool:
    """Say whether a location is an address of the web; what looks like one and cannot be read is none."""
    return _scheme(location) in ("http", "https")


def _scheme(location: str) -> str:
    try:
        return urlsplit(location).scheme.lower()
    except ValueError:
        return ""


def absolute(place: str, base: str) -> str:
    """Resolve a location against the document that names it (RFC 3986, section 5; paths beside each other)."""
    place = place.strip()
    if _scheme(place) in ("http", "https", "file"):
        return place
    if is_address(base):
        with suppress(ValueError):
            return urljoin(base, place)
        return place
    return os.path.realpath(Path(base).parent / unquote(place))
