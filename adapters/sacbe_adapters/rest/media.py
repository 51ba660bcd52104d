"""Media types: which of several a body is written or read in, and what kind of content each is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines", "application/json-seq"}
    | {"application/x-jsonlines", "application/stream+json"}
)
"""Types of a JSON value per line, or per record (RFC 7464)."""
JSON = frozenset({"application/json", "text/json", "*/*", "application/*", "application/x-json"})


class Kind(StrEnum):
    """How content is written and read, the best first."""

    JSON = "json"
    LINES = "lines"
    FORM = "form"
    MULTIPART = "multipart"
    TEXT = "text"
    XML = "xml"
    BYTES = "bytes"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Media:
    """One entry of a `content` object; `node` is the whole Media Type Object."""

    name: str
    kind: Kind
    schema: Any
    node: dict[str, Any]


def kind(media_type: str) -> Kind:
    """Say what kind of content a media type names; parameters and case do not matter."""
    name = media_type.partition(";")[0].strip().lower()
    if name in LINES:
        return Kind.LINES
    if name in JSON or name.endswith("+json"):
        return Kind.JSON
    if name == "application/x-www-form-urlencoded":
        return Kind.FORM
    if name in ("multipart/form-data", "multipart/mixed"):
        return Kind.MULTIPART
    if name.endswith(("/xml", "+xml")):
        return Kind.XML
    return Kind.TEXT if name.startswith("text/") else Kind.BYTES


def preferred(content: dict[str, Any]) -> Media | None:
    """Choose the best kind; the first of a kind wins."""
    found = [
        Media(name, kind(name), node.get("schema", True), node)
        for name, node in content.items()
        if isinstance(node, dict)
    ]
    return min(found, key=lambda media: list(Kind).index(media.kind), default=None)
