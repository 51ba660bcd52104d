"""Whether a graph is what CPSV-AP 3.2.0 wants, with a place, a reason and a way to mend each finding.

Milder than the official shapes where nothing is guessed: a code may be named without its class,
a number may have any numeric type, an institution may be one that the catalogue already has.
What is exported says all of it.
"""

import re
from collections.abc import Iterator

from sacbe_catalog.cpsv_ap.profile import (
    CODES,
    DOUBLE,
    DURATION,
    IMPLIED,
    LITERAL,
    PROFILE,
    REFERRED,
    TEXT,
    Property,
)
from sacbe_catalog.cpsv_ap.statements import TYPE, XSD, Items, Literal, Value, genid, natural
from sacbe_catalog.cpsv_ap.view import View
from sacbe_catalog.cpsv_ap.vocabulary import short
from sacbe_terms.errors import Problem

_DURATION = re.compile(r"-?P(?=.)([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?")
_NUMBER = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?\s*")
_NUMERIC = ("", DOUBLE, *(f"{XSD}{name}" for name in ("decimal", "integer", "float", "int", "long")))


class Check:
    """Looks at every node of a graph once."""

    def __init__(self, view: View, file: str) -> None:
        self._view = view
        self._file = file
        self._pointing = self._pointers(genid(view.base_iri))

    def problems(self) -> Iterator[Problem]:
        """Give every finding, in order of node and property."""
        for node in sorted(self._view.about, key=natural):
            for typed in self._view.about[node].get(TYPE, ()):
                if isinstance(typed, str):
                    for row in PROFILE.get(typed, ()):
                        yield from self._of_property(node, typed, row)
                else:
                    yield self._problem(node, TYPE, "is not a class", "Name the class by its IRI.")
        yield from self._clashes()

    def _of_property(self, node: str, typed: str, row: Property) -> Iterator[Problem]:
        values = self._view.values(node, row.iri)
        if len(values) < row.least:
            yield self._problem(node, row.iri, "is missing", f"Every {short(typed)} has at least {row.least}.")
        if row.most is not None and len(values) > row.most:
            reason = f"stands there {len(values)} times"
            yield self._problem(node, row.iri, reason, f"A {short(typed)} has at most {row.most}.")
        for value in values:
            if found := self._of_value(row, value):
                yield self._problem(node, row.iri, *found)

    def _of_value(self, row: Property, value: Value) -> tuple[str, str] | None:
        if row.range == TEXT:
            return _of_text(value)
        if row.range == DURATION:
            return _of_duration(value)
        if row.range == DOUBLE:
            return _of_number(value)
        if row.range == LITERAL:
            return None if isinstance(value, Literal) or not row.least else ("is not a text", "Write it in quotes.")
        return self._of_node(row, value)

    def _of_node(self, row: Property, value: Value) -> tuple[str, str] | None:
        if isinstance(value, Literal | Items):
            return f"{_shown(value)} is a text and must name a {short(row.range)}", 'Name it by its IRI ("@id").'
        if row.range in CODES:
            return None
        about = self._view.about.get(value)
        if about is None:
            may_be_known = row.range in REFERRED and not value.startswith(genid(self._view.base_iri))
            return None if may_be_known else (f"{short(value)} is not described in this file", "Describe it.")
        classes = {typed for typed in about.get(TYPE, ()) if isinstance(typed, str)}
        if row.range in classes.union(*(IMPLIED.get(typed, frozenset()) for typed in classes)):
            return None
        return f"{short(value)} is not a {short(row.range)}", f"Type it {short(row.range)}, or name another node."

    def _clashes(self) -> Iterator[Problem]:
        first: dict[tuple[str, str, str], str] = {}
        for (kind, node), identifier in self._view.identifiers.items():
            scheme = self._view.scheme(node) if kind == "concept" else ""
            known = first.setdefault((kind, scheme, identifier), node)
            if known != node:
                reason = f"'{identifier}' is also the identifier of {self._place(known)}"
                yield self._problem(node, "http://purl.org/dc/terms/identifier", reason, "Give each its own.")

    def _problem(self, node: str, predicate: str, reason: str, hint: str) -> Problem:
        return Problem(where=f"{self._file}: {self._place(node)}", field=short(predicate), reason=reason, hint=hint)

    def _place(self, node: str) -> str:
        """Name a node as the file's author knows it: a blank one by the way to it."""
        way: list[str] = []
        while (pointer := self._pointing.get(node)) and len(way) < 4:
            node, predicate = pointer
            way.insert(0, short(predicate))
        return " / ".join((short(node), *way))

    def _pointers(self, blank: str) -> dict[str, tuple[str, str]]:
        return {
            value: (subject, predicate)
            for subject, about in self._view.about.items()
            for predicate, values in about.items()
            for value in values
            if isinstance(value, str) and value.startswith(blank)
        }


def _of_text(value: Value) -> tuple[str, str] | None:
    if isinstance(value, Literal) and value.language:
        return None
    return f"{_shown(value)} has no language", 'Write {"@value": "...", "@language": "es"}, in Turtle "..."@es.'


def _of_duration(value: Value) -> tuple[str, str] | None:
    if isinstance(value, Literal) and value.datatype == DURATION and _DURATION.fullmatch(value.value):
        return None
    return f"{_shown(value)} is not an xsd:duration", "Write it as P30D or PT20M, typed xsd:duration."


def _of_number(value: Value) -> tuple[str, str] | None:
    if isinstance(value, Literal) and value.datatype in _NUMERIC and _NUMBER.fullmatch(value.value):
        return None
    return f"{_shown(value)} is not a number", "Write it as 100.00, typed xsd:double."


def _shown(value: Value) -> str:
    text = value.value if isinstance(value, Literal) else value if isinstance(value, str) else "a list"
    return f"'{text[:60]}{'…' if len(text) > 60 else ''}'"
