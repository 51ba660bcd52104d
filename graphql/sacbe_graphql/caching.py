"""What others may keep of the catalogue: answers that are the same for everybody, and until when they hold.

An anonymous GET that reads nothing but the catalogue is answered with an entity tag (RFC 9110, section
8.8.3) and may be kept by browsers and proxies (RFC 9111); a client that shows the tag again gets 304
while the answer is the same. The tag is a digest of the answer, so that it is the same in every process
and after a restart. A process remembers the tags of what it answered since the catalogue changed last:
for those, 304 is given before the document is even read.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sacbe_graphql.answer import Answer
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.kept import Kept

CACHE_SECONDS = 60
"""How long a catalogue answer may be used without asking again, where the operator does not say."""

TAGS_KEPT_MAX = 10_000
"""How many tags a process remembers: one takes some 300 bytes, so 3 MB at most."""

CATALOGUE_FIELDS = frozenset(
    {
        "services",
        "service",
        "institutions",
        "institution",
        "events",
        "suggest",
        "dataServices",
        "dataService",
        "__typename",
    }
)
"""Root fields that give everybody the same, whoever asks."""


def is_of_catalogue(operation: ReadyOperation) -> bool:
    """Say whether an operation reads the catalogue and nothing else."""
    return operation.root_fields <= CATALOGUE_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request whose answer may be everybody's, and the memory of tags that was in force when it came."""

    key: bytes
    shown: str
    """Its `If-None-Match`."""
    known: Kept[str]

    @property
    def tag(self) -> str:
        """The tag of its answer if that is known and the client has it; else empty."""
        tag = self.known.find(self.key) or ""
        return tag if self.is_shown(tag) else ""

    def is_shown(self, tag: str) -> bool:
        """Say whether the client has what this tag stands for (weak comparison, RFC 9110, section 13.1.2)."""
        shown = [each.strip().removeprefix("W/") for each in self.shown.split(",")]
        return bool(tag) and (tag.removeprefix("W/") in shown or shown == ["*"])

    def keep(self, given: Answer) -> str:
        """Remember the tag of the answer, for as long as the catalogue stays as it was, and give it."""
        tag = f'W/"{hashlib.sha256(given.body).hexdigest()[:32]}"'
        self.known.keep(self.key, tag, weight=1)
        return tag


class Caching:
    """The tags that one process knows. Until it is told of changes for the first time, it remembers none."""

    def __init__(self, seconds: int = CACHE_SECONDS) -> None:
        self._seconds = seconds
        self._known = Kept[str](0)

    @property
    def control(self) -> bytes:
        """The value of `Cache-Control` for an answer that may be kept."""
        return f"public, max-age={self._seconds}".encode("ascii") if self._seconds else b"public, no-cache"

    def forget(self, *_: object) -> None:
        """Forget every tag: the catalogue changed, or may have."""
        self._known = Kept[str](TAGS_KEPT_MAX)

    def question(self, scope: Mapping[str, Any], headers: Mapping[str, str], media_type: str) -> Question | None:
        """Give the request as one that others may ask too; None for what is somebody's own, or changes something."""
        if scope["method"] not in ("GET", "HEAD") or "authorization" in headers:
            return None
        key = hashlib.sha256(media_type.encode() + b"\0" + scope["query_string"]).digest()
        return Question(key=key, shown=headers.get("if-none-match", ""), known=self._known)
