"""Media types: which of several a body is written or read in, and what kind of content each is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How content is written and read."""

    JSON = "json"
    FORM = "form"
    TEXT = "text"
    BYTES = "bytes"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Media:
    """One entry of a `content` object."""

    name: str
    kind: Kind
    schema: Any


def kind(media_type: str) -> Kind:
    """Say what kind of content a media type names; parameters and case do not matter."""
    name = media_type.partition(";")[0].strip().lower()
    if name in ("application/json", "text/json", "*/*", "application/*") or name.endswith("+json"):
        return Kind.JSON
    if name == "application/x-www-form-urlencoded":
        return Kind.FORM
    if name.startswith("text/") or name.endswith(("/xml", "+xml")):
        return Kind.TEXT
    return Kind.BYTES


def preferred(content: dict[str, Any]) -> Media | None:
    """Choose JSON before forms before text before anything else; the first of a kind wins."""
    found = [
        Media(name, kind(name), node.get("schema", True)) for name, node in content.items() if isinstance(node, dict)
    ]
    return min(found, key=lambda media: list(Kind).index(media.kind), default=None)
