"""The kinds of fields that records have, each saying and reading its statements.

The two directions of a kind stand side by side, so that what is written is what is read. A kind
that keeps an order says it only where it is not the natural one (`statements.in_order`), so that
a stranger's graph, which has none, comes back as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import msgspec

from sacbe_catalog.cpsv_ap.names import Names, as_iri
from sacbe_catalog.cpsv_ap.statements import TYPE, Items, Literal, Statement, in_order
from sacbe_catalog.cpsv_ap.view import View
from sacbe_catalog.cpsv_ap.vocabulary import order_of


class Place(NamedTuple):
    """Where a field's value is said: of which record, at which node, under which names."""

    record: msgspec.Struct
    subject: str
    names: Names


class Field(Protocol):
    """One field of a record, both ways: `said` gives its statements, `read` its value, empty if nothing is said."""

    @property
    def name(self) -> str:
        """The field of the record."""

    def said(self, value: Any, at: Place) -> Iterable[Statement]:
        """Give what the record says here."""

    def read(self, subject: str, view: View) -> Any:
        """Give what the graph says here."""


def several(subject: str, predicate: str, values: Iterable[str | Literal]) -> Iterator[Statement]:
    """Say several values of a property, and their order where it is not the natural one."""
    stated = tuple(values)
    yield from (Statement(subject, predicate, value) for value in stated)
    if list(stated) != sorted(set(stated), key=in_order):
        yield Statement(subject, order_of(predicate), Items(stated))


def _first(values: Sequence[Any]) -> Any:
    return values[0] if values else ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in its languages; `also` are properties that repeat it for other readers."""

    name: str
    predicate: str
    also: tuple[str, ...] = ()

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the text once in each language."""
        for language, text in value.items():
            for predicate in (self.predicate, *self.also):
                yield Statement(at.subject, predicate, Literal(text, language))

    def read(self, subject: str, view: View) -> dict[str, str]:
        """Take the first text of each language."""
        texts: dict[str, str] = {}
        for literal in view.literals(subject, self.predicate):
            if literal.language:
                texts.setdefault(literal.language, literal.value)
        return texts


@dataclass(frozen=True, slots=True)
class WordLists:
    """Words in their languages, several in each."""

    name: str
    predicate: str

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say each word in its language."""
        stated = [Literal(word, language) for language in sorted(value) for word in value[language]]
        return several(at.subject, self.predicate, stated)

    def read(self, subject: str, view: View) -> dict[str, tuple[str, ...]]:
        """Take every word that has a language."""
        words: dict[str, tuple[str, ...]] = {}
        for literal in view.literals(subject, self.predicate):
            if literal.language:
                words[literal.language] = (*words.get(literal.language, ()), literal.value)
        return words


@dataclass(frozen=True, slots=True)
class Plain:
    """A value without language; `written` turns the graph's form into the record's, where they differ."""

    name: str
    predicate: str
    datatype: str = ""
    written: Callable[[str], str] = str

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the value, unless it is empty."""
        if value:
            yield Statement(at.subject, self.predicate, Literal(value, "", self.datatype))

    def read(self, subject: str, view: View) -> str:
        """Take the first value that has no language."""
        values = view.plain(subject, self.predicate, most=1)
        return self.written(values[0]) if values else ""


@dataclass(frozen=True, slots=True)
class PlainList:
    """Values without language."""

    name: str
    predicate: str

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say each value."""
        return several(at.subject, self.predicate, (Literal(one) for one in value))

    def read(self, subject: str, view: View) -> tuple[str, ...]:
        """Take every value that has no language."""
        return tuple(view.plain(subject, self.predicate))


@dataclass(frozen=True, slots=True)
class Flag:
    """A yes that is said, and a no that is not."""

    name: str
    predicate: str
    datatype: str

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the yes."""
        if value:
            yield Statement(at.subject, self.predicate, Literal("true", "", self.datatype))

    def read(self, subject: str, view: View) -> bool:
        """Take a stated yes."""
        return any(value in ("true", "1") for value in view.plain(subject, self.predicate))


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses of documents: one, or as `is_list` several."""

    name: str
    predicate: str
    typed: str
    is_list: bool = True

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say each address, and that it is a document."""
        pages = [as_iri(page) for page in (value if self.is_list else (value,)) if page]
        yield from (Statement(page, TYPE, self.typed) for page in pages)
        yield from several(at.subject, self.predicate, pages)

    def read(self, subject: str, view: View) -> Any:
        """Take every address."""
        pages = tuple(view.nodes(subject, self.predicate))
        return pages if self.is_list else _first(pages)


@dataclass(frozen=True, slots=True)
class References:
    """Other records, by identifier: one, or as `is_list` several. What the file does not describe goes by IRI.

    `typed` is said of what is named where a file may name it without describing it.
    """

    name: str
    predicate: str
    kind: str
    typed: str = ""
    is_list: bool = True

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the IRI of each."""
        nodes = [at.names.of(self.kind, text) for text in (value if self.is_list else (value,)) if text]
        if self.typed:
            yield from (Statement(node, TYPE, self.typed) for node in nodes)
        yield from several(at.subject, self.predicate, nodes)

    def read(self, subject: str, view: View) -> Any:
        """Take the identifier of each, else its IRI."""
        is_code = bool(self.typed)
        found = (view.identifier(self.kind, node, is_code=is_code) for node in view.nodes(subject, self.predicate))
        references = tuple(text for text in found if text)
        return references if self.is_list else _first(references)


@dataclass(frozen=True, slots=True)
class Codes:
    """Coded values of a scheme: one, or as `is_list` several. Without a scheme, of the record's own."""

    name: str
    predicate: str
    typed: str
    scheme: str = ""
    is_list: bool = True

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the IRI of each, and that it is a code."""
        scheme = self.scheme or getattr(at.record, "scheme", "")
        nodes = [at.names.of_code(scheme, text) for text in (value if self.is_list else (value,)) if text]
        yield from (Statement(node, TYPE, self.typed) for node in nodes)
        yield from several(at.subject, self.predicate, nodes)

    def read(self, subject: str, view: View) -> Any:
        """Take the identifier of each, else its IRI."""
        scheme = self.scheme or view.scheme(subject)
        codes = tuple(view.code(scheme, node) for node in view.nodes(subject, self.predicate))
        return codes if self.is_list else _first(codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordClass:
    """One kind of record: its name in IRIs, its classes in the graph, its fields, and which of them must say something.

    `known_by` are the classes any of which makes a node such a record; empty means all of `types`.
    """

    record: type[msgspec.Struct]
    types: tuple[str, ...]
    fields: tuple[Field, ...]
    kind: str = ""
    known_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def said(self, record: msgspec.Struct, subject: str, names: Names) -> Iterator[Statement]:
        """Give all that a record says, its parts included."""
        yield from (Statement(subject, TYPE, typed) for typed in self.types)
        for one in self.fields:
            yield from one.said(getattr(record, one.name), Place(record, subject, names))

    def is_said_of(self, subject: str, view: View) -> bool:
        """Say whether the graph describes a node as such a record, well enough to be one."""
        if not any(view.has_type(subject, typed) for typed in self.known_by or self.types):
            return False
        return all(one.read(subject, view) for one in self.fields if one.name in self.needs)

    def read(self, subject: str, view: View) -> dict[str, Any]:
        """Give what the graph says of a node, by field."""
        return {one.name: one.read(subject, view) for one in self.fields}


@dataclass(frozen=True, slots=True)
class Parts:
    """Records that this one owns. Those without an identifier have an IRI below their owner's, `segment/n`.

    `to_record` and `from_record` stand between the field's values and the records of class `of`.
    """

    name: str
    predicate: str
    of: RecordClass
    segment: str = ""
    is_list: bool = True
    to_record: Callable[[Any], Any] = field(default=lambda value: value)
    from_record: Callable[[Any], Any] = field(default=lambda record: record)

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say each part, and all that it says."""
        parts = [self.to_record(part) for part in (value if self.is_list else (value,)) if part]
        nodes = [at.names.of_part(part, self._place(at.subject, number)) for number, part in enumerate(parts, 1)]
        for part, node in zip(parts, nodes, strict=True):
            yield from self.of.said(part, node, at.names)
        yield from several(at.subject, self.predicate, nodes)

    def read(self, subject: str, view: View) -> Any:
        """Take each node that is such a part."""
        parts: list[Any] = []
        for node in view.nodes(subject, self.predicate):
            if self.of.is_said_of(node, view):
                part = view.part(self.of, node, self._place(subject, len(parts) + 1))
                parts.append(self.from_record(part))
        return tuple(parts) if self.is_list else _first(parts)

    def _place(self, subject: str, number: int) -> str:
        return f"{subject}/{self.segment}/{number}" if self.segment else ""
