"""An OpenAPI document with the documents that it refers to: the reader's whole input.

Nothing is fetched here: the node does that, behind its guard. A document that cannot be had is
remembered with the reason, so that what needs it is left out and the rest is offered.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from sacbe_adapters import locations
from sacbe_adapters.rest import loading
from sacbe_terms.descriptions import Source
from sacbe_terms.errors import SacbeError

DOCUMENTS_MAX = 200
"""Documents that one description may be spread over."""
BUNDLE_BYTES_MAX = 48 * 1024 * 1024
"""Bytes that all documents of one description may have together."""
NAMING_WORDS = (b"$id", b"$anchor", b"$dynamicAnchor")
"""Words by which a schema gives itself a name (JSON Schema 2020-12, section 8.2)."""

Fetch = Callable[[str, str], bytes]
"""Gives the bytes at a location; the second argument is the place that names it. Raises SacbeError."""


class NotToBeHad(Exception):
    """A document that is referred to cannot be read; says why."""


def nothing_else(location: str, named_at: str) -> bytes:
    """Fetch nothing: for a document that stands alone."""
    raise NotToBeHad(f"no other document is fetched ({location}, named at {named_at})")


class Bundle:
    """Every document read so far, by its absolute location."""

    def __init__(self, fetch: Fetch) -> None:
        self.sources: list[Source] = []
        self._fetch = fetch
        self._roots: dict[str, dict[str, Any]] = {}
        self._missing: dict[str, str] = {}
        self._bytes = 0
        self._naming: set[str] = set()

    def take(self, document: bytes, location: str) -> dict[str, Any]:
        """Read the bytes of a document; raises DescriptionNotReadable with the line."""
        root = loading.load(document, location)
        place = absolute(location)
        self._roots[place] = root
        self._bytes += len(document)
        self.sources.append(Source(location=location, sha256=hashlib.sha256(document).hexdigest()))
        if any(word in document for word in NAMING_WORDS):
            self._naming.add(place)
        return root

    def root(self, place: str, named_at: str) -> dict[str, Any]:
        """Give the document at an absolute location; raises NotToBeHad."""
        if place not in self._roots and place not in self._missing:
            try:
                self._read(place, named_at)
            except SacbeError as error:
                self._missing[place] = error.what.rstrip(".")
        if place in self._missing:
            raise NotToBeHad(f"'{place.rpartition('/')[2]}' cannot be read: {self._missing[place]}")
        return self._roots[place]

    def names_schemas(self, place: str) -> bool:
        """Say whether a document may hold schemas that name themselves."""
        return place in self._naming

    def _read(self, place: str, named_at: str) -> None:
        if len(self._roots) >= DOCUMENTS_MAX:
            self._missing[place] = f"the description is spread over more than {DOCUMENTS_MAX} documents"
            return
        document = self._fetch(place, named_at)
        if self._bytes + len(document) > BUNDLE_BYTES_MAX:
            self._missing[place] = f"the documents are larger than {BUNDLE_BYTES_MAX} bytes together"
            return
        self.take(document, place)


def absolute(location: str) -> str:
    """Give the one form of a location that was given by hand."""
    return locations.absolute(location, "")
