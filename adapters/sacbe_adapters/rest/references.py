"""Finding what a `$ref` means: JSON pointers, anchors and identifiers, in this document and in others.

RFC 6901 for pointers, RFC 3986 for what a relative reference is relative to, JSON Schema 2020-12
(section 8.2) for `$id` and `$anchor`. A place is written as `#/pointer` in the document that was
given, and as `location#/pointer` in another.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag

from sacbe_adapters import locations
from sacbe_adapters.rest import bundle
from sacbe_adapters.rest.bundle import Bundle, NotToBeHad

SHARED_SCHEMAS = (("components", "schemas"), ("definitions",))
"""Where a document keeps the schemas that have names: 3.x and 2.0."""
CHAIN_MAX = 50
"""How many references may lead to one another before something is reached."""


def below(at: str, *parts: str | int) -> str:
    """Give the pointer of a member: `#/paths` and `/a` -> `#/paths/~1a`."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "/".join((at, *escaped))


def last_word(at: str) -> str:
    """Give the last part of a place: its name in the document, or the file's where it is a whole one."""
    place, _, pointer = at.partition("#")
    if pointer:
        return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    return place.rpartition("/")[2].partition(".")[0]


class BrokenReference(Exception):
    """A reference leads to nothing that can be read; says where it stands, why, and whether there is nothing at all."""

    def __init__(self, at: str, reason: str, *, leads_nowhere: bool = False) -> None:
        super().__init__(reason)
        self.at = at
        self.leads_nowhere = leads_nowhere


class Document:
    """An OpenAPI document, seen with all that its references reach."""

    def __init__(self, root: dict[str, Any], location: str, documents: Bundle) -> None:
        self.root = root
        self.location = location
        self.siblings_count = not str(root.get("openapi") or root.get("swagger") or "").startswith(("2.", "3.0"))
        """Whether words beside a `$ref` say something too, as they do since OpenAPI 3.1."""
        self._documents = documents
        self._base = bundle.absolute(location)
        self._found_before: dict[tuple[str, str], tuple[object, str]] = {}
        self._indexed: set[str] = set()
        self._named: dict[str, tuple[object, str]] = {}
        self._bases: dict[str, str] = {}

    def resolved(self, node: object, at: str) -> tuple[object, str]:
        """Follow `$ref` until something else stands there, and give it with its place.

        Raises BrokenReference where a reference leads nowhere or in a circle, or to a document
        that cannot be had.
        """
        for _ in range(CHAIN_MAX):
            reference = node.get("$ref") if isinstance(node, Mapping) else None
            if not isinstance(reference, str):
                return node, at
            node, at = self._found(reference, at)
        raise BrokenReference(at, "references lead in a circle")

    def shared_schemas(self) -> Iterator[tuple[str, str]]:
        """Give place and name of every schema that the document names."""
        for path in SHARED_SCHEMAS:
            group: Any = self.root
            for key in path:
                group = group.get(key) if isinstance(group, dict) else None
            for name in group if isinstance(group, dict) else ():
                yield below("#", *path, name), name

    def rebased(self, node: Any, place: str, at: str) -> Any:
        """Give a node of another document with references that mean the same at `at`."""
        if place.partition("#")[0] == at.partition("#")[0] and not self._bases:
            return node
        return self._with_whole_references(node, place)

    def _with_whole_references(self, node: Any, place: str) -> Any:
        if isinstance(node, list):
            return [self._with_whole_references(member, place) for member in node]
        if not isinstance(node, dict):
            return node
        whole = {key: self._with_whole_references(member, place) for key, member in node.items()}
        if isinstance(node.get("$ref"), str):
            whole["$ref"] = self._whole(node["$ref"], place)
        return whole

    def _whole(self, reference: str, at: str) -> str:
        base = self._base_of(at)
        return f"{base}{reference}" if reference.startswith("#") else locations.absolute(reference, base)

    def _found(self, reference: str, at: str) -> tuple[object, str]:
        base = self._base_of(at)
        key = base, reference
        if key not in self._found_before:
            try:
                self._found_before[key] = self._looked_up(reference, base, at)
            except ValueError as error:
                raise BrokenReference(at, f"'{reference}' is no reference") from error
        return self._found_before[key]

    def _looked_up(self, reference: str, base: str, at: str) -> tuple[object, str]:
        file, fragment = urldefrag(reference)
        place = locations.absolute(file, base) if file else base
        pointer = unquote(fragment)
        if named := self._named.get(f"{place}#{pointer}" if pointer and not pointer.startswith("/") else place):
            inner = pointer if pointer.startswith("/") else ""
            return self._pointed(*named, inner, reference, at)
        root, start = self._root(place, reference, at)
        if pointer and not pointer.startswith("/"):
            if named := self._named.get(f"{place}#{pointer}"):
                return named
            raise BrokenReference(at, f"'{reference}' leads nowhere", leads_nowhere=True)
        return self._pointed(root, start, pointer, reference, at)

    def _root(self, place: str, reference: str, at: str) -> tuple[object, str]:
        if place == self._base:
            self._index(self.root, place, "#")
            return self.root, "#"
        try:
            root = self._documents.root(place, f"{self.location}{at}" if at.startswith("#") else at)
        except NotToBeHad as error:
            raise BrokenReference(at, f"'{reference}' leads out of the document: {error}") from error
        self._index(root, place, f"{place}#")
        return root, f"{place}#"

    def _pointed(self, node: object, start: str, pointer: str, reference: str, at: str) -> tuple[object, str]:
        for part in pointer.split("/")[1:]:
            word = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, Mapping) and word in node:
                node = node[word]
            elif isinstance(node, list) and word.isdecimal() and int(word) < len(node):
                node = node[int(word)]
            else:
                raise BrokenReference(at, f"'{reference}' leads nowhere", leads_nowhere=True)
        return node, f"{start}{pointer}"

    def _base_of(self, at: str) -> str:
        """Give what a relative reference at a place is relative to: the nearest `$id`, else the document."""
        if self._base not in self._indexed:
            self._index(self.root, self._base, "#")
        if self._bases:
            place = at
            while place:
                if place in self._bases:
                    return self._bases[place]
                place = place.rpartition("/")[0]
        return at.partition("#")[0] or self._base

    def _index(self, root: object, place: str, start: str) -> None:
        """Note every schema of a document that names itself, once."""
        if place not in self._indexed:
            self._indexed.add(place)
            if self._documents.names_schemas(place):
                for node, at, base in _schemas_with_bases(root, start, place):
                    self._note_names(node, at, base)

    def _note_names(self, node: dict[str, Any], at: str, base: str) -> None:
        if isinstance(node.get("$id"), str):
            self._bases[at] = base
            self._named[base] = node, at
        for word in ("$anchor", "$dynamicAnchor"):
            if isinstance(node.get(word), str):
                self._named[f"{base}#{node[word]}"] = node, at


def _schemas_with_bases(root: object, start: str, place: str) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Give every object with its place and the base that is in force in it."""
    waiting = [(root, start, place)]
    while waiting:
        node, at, base = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("$id"), str):
                base = urldefrag(locations.absolute(node["$id"], base))[0]
            yield node, at, base
            waiting += ((member, below(at, key), base) for key, member in node.items())
        elif isinstance(node, list):
            waiting += ((member, below(at, position), base) for position, member in enumerate(node))
