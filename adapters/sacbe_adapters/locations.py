"""Where documents are: addresses and file paths, and what one says of another."""

import os
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit


def is_address(location: str) -> bool:
    """Say whether a location is an address of the web."""
    return urlsplit(location).scheme.lower() in ("http", "https")


def absolute(place: str, base: str) -> str:
    """Resolve a location against the document that names it (RFC 3986, section 5; paths beside each other)."""
    place = place.strip()
    if is_address(place) or urlsplit(place).scheme == "file":
        return place
    if is_address(base):
        return urljoin(base, place)
    return os.path.realpath(Path(base).parent / unquote(place))
