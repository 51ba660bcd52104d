"""What rdflib's parsers say, taken in statement by statement, counted, and with every IRI looked at.

The parsers get a graph that keeps no index and knows no network.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Self

import rdflib
from rdflib.term import BNode

from sacbe_catalog.cpsv_ap.statements import STRING, Literal, Statement, is_iri
from sacbe_catalog.cpsv_ap.vocabulary import PREFIXES, short
from sacbe_terms.errors import Problem

STATEMENTS_MAX = 500_000
"""A file may make this many statements; about 8,000 services."""

BLANK_NODES_MAX = 100_000
"""A file may have this many blank nodes."""

PROBLEMS_MAX = 100
"""More findings than these are not listed."""

BLANK = "_:"

_switches = Lock()


@contextmanager
def parsing() -> Iterator[None]:
    """Keep rdflib from rewriting "100.00" as "100.0", and from logging what a file says wrong with a stack trace.

    Its switches are those of the whole process, and other libraries turn them as well, so they
    are turned for each file, by one thread at a time, and put back.
    """
    log = logging.getLogger("rdflib")
    with _switches:
        before = rdflib.NORMALIZE_LITERALS, log.level
        rdflib.NORMALIZE_LITERALS = False
        log.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            rdflib.NORMALIZE_LITERALS = before[0]
            log.setLevel(before[1])


class TooMuch(Exception):
    """The file says more than is taken in."""


class Collector(rdflib.Graph):
    """A graph that only listens: `stated` has every statement once, in the order of the file.

    A blank node is `_:` and its label. `problems` locates each term that no graph can carry.
    """

    def __init__(self, *, file: str) -> None:
        super().__init__()
        self.file = file
        self.stated: dict[Statement, None] = {}
        self.blank: set[str] = set()
        self.problems: dict[Problem, None] = {}

    def add(self, triple: Any) -> Self:
        """Take one triple in; raises TooMuch."""
        subject, predicate, value = triple
        place = subject, predicate
        statement = Statement(self._node(subject, place), self._node(predicate, place), self._value(value, place))
        self.stated[statement] = None
        if len(self.stated) > STATEMENTS_MAX:
            raise TooMuch(f"more than {STATEMENTS_MAX} statements")
        if len(self.blank) > BLANK_NODES_MAX:
            raise TooMuch(f"more than {BLANK_NODES_MAX} blank nodes")
        return self

    def _value(self, value: Any, place: tuple[Any, Any]) -> str | Literal:
        if not isinstance(value, rdflib.Literal):
            return self._node(value, place)
        text, datatype = str(value), str(value.datatype or "")
        if "\x00" in text:
            self._problem(place, "the text holds the character NUL", "Take it out.")
        return Literal(text, canonical(str(value.language or "")), "" if datatype == STRING else datatype)

    def _node(self, node: Any, place: tuple[Any, Any]) -> str:
        text = str(node)
        if isinstance(node, BNode):
            self.blank.add(text)
            return f"{BLANK}{text}"
        if not is_iri(text):
            self._problem(place, f"'{text}' is not an absolute IRI", "Write it in full, with %20 for a space.")
        elif (prefix := text.partition(":")[0]) in PREFIXES:
            self._problem(place, f"'{text}' has the prefix '{prefix}' undeclared", f"Declare {prefix}.")
        return text

    def _problem(self, place: tuple[Any, Any], reason: str, hint: str) -> None:
        subject, predicate = (short(str(term)) for term in place)
        if len(self.problems) < PROBLEMS_MAX:
            self.problems[Problem(where=f"{self.file}: {subject}", field=predicate, reason=reason, hint=hint)] = None


def canonical(language: str) -> str:
    """Give a language tag in the case that RFC 5646 (2.1.1) recommends: `es-GT`, `quc-Latn`."""
    return "-".join(_subtags(language))


def _subtags(language: str) -> Iterator[str]:
    after_singleton = False
    for position, subtag in enumerate(language.lower().split("-")):
        if position and not after_singleton and len(subtag) in (2, 4):
            yield subtag.upper() if len(subtag) == 2 else subtag.title()
        else:
            yield subtag
        after_singleton = after_singleton or len(subtag) == 1
