"""Finding things inside an OpenAPI document by JSON pointer (RFC 6901)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sacbe_terms.errors import DescriptionNotReadable

CHAIN_MAX = 50
"""How many references may lead to one another before something is reached."""


def below(at: str, *parts: str | int) -> str:
    """Give the pointer of a member: `#/paths` and `/a` -> `#/paths/~1a`."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "/".join((at, *escaped))


class ForeignReference(Exception):
    """A reference leads out of the document; it is not followed."""


class Document:
    """An OpenAPI document: its root, and where it came from."""

    def __init__(self, root: dict[str, Any], location: str) -> None:
        self.root = root
        self.location = location

    def resolved(self, node: object, at: str) -> tuple[object, str]:
        """Follow `$ref` until something else stands there, and give it with its pointer.

        Raises DescriptionNotReadable where a reference leads nowhere or in a circle, and
        ForeignReference where it leads out of the document.
        """
        for _ in range(CHAIN_MAX):
            reference = node.get("$ref") if isinstance(node, Mapping) else None
            if not isinstance(reference, str):
                return node, at
            node, at = self._found(reference, at), reference
        raise self.unreadable(at, "references lead in a circle")

    def unreadable(self, at: str, reason: str) -> DescriptionNotReadable:
        """Give the error for a place in this document."""
        return DescriptionNotReadable(
            what=f"The OpenAPI document is broken at {at}: {reason}.",
            where=f"{self.location}{at if at.startswith('#') else '#' + at}",
            hint="Mend the document at this place, or ask the system's steward for one that is whole.",
        )

    def _found(self, reference: str, at: str) -> object:
        if not reference.startswith("#"):
            raise ForeignReference(reference)
        node: object = self.root
        for part in self._parts(reference, at):
            if isinstance(node, Mapping) and part in node:
                node = node[part]
            elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            else:
                raise self.unreadable(at, f"'{reference}' leads nowhere")
        return node

    def _parts(self, reference: str, at: str) -> list[str]:
        if reference == "#":
            return []
        if not reference.startswith("#/"):
            raise self.unreadable(at, f"'{reference}' is not a JSON pointer")
        return [unquote(part).replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/")]
