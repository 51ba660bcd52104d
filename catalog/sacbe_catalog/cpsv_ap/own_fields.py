"""Fields that read or say something in a way of their own, each for one place of the mapping."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from sacbe_catalog import records
from sacbe_catalog.cpsv_ap import profile
from sacbe_catalog.cpsv_ap.fields import Place, Plain, Text
from sacbe_catalog.cpsv_ap.statements import TYPE, Literal, Statement
from sacbe_catalog.cpsv_ap.view import View
from sacbe_catalog.cpsv_ap.vocabulary import SKOS, UNKNOWN_TEXTS


class Hours(msgspec.Struct, frozen=True):
    """A time:TemporalEntity that says in words when something is open."""

    description: records.Texts


class Address(msgspec.Struct, frozen=True):
    """A locn:Address in one line, in no language that we know of."""

    full: str


class Undetermined(Plain):
    """A text that has no language in the record and must have one in the graph: `und` (RFC 5646, 4.1)."""

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the text in no determined language."""
        if value:
            yield Statement(at.subject, self.predicate, Literal(value, "und"))

    def read(self, subject: str, view: View) -> str:
        """Take the text, of an undetermined language first."""
        values = view.literals(subject, self.predicate)
        return min(values, key=lambda one: one.language != "und").value if values else ""


class RequiredText(Text):
    """A text that the profile wants of every record; where it is not known the graph says so in words."""

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the text, or that it is not known."""
        if value:
            yield from Text.said(self, value, at)
        else:
            for language, text in UNKNOWN_TEXTS.items():
                yield Statement(at.subject, self.predicate, Literal(text, language))

    def read(self, subject: str, view: View) -> dict[str, str]:
        """Take the text, unless it says that it is not known."""
        texts = Text.read(self, subject, view)
        return {} if texts == UNKNOWN_TEXTS else texts


@dataclass(frozen=True, slots=True)
class EventOwner:
    """Whose event it is, which the graph says by the class."""

    name: str = "kind"

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the class of event."""
        is_life = value == records.EventKind.LIFE
        yield Statement(at.subject, TYPE, profile.LIFE_EVENT if is_life else profile.BUSINESS_EVENT)

    def read(self, subject: str, view: View) -> records.EventKind:
        """Take a life event unless only a business event is stated."""
        return records.EventKind.LIFE if view.has_type(subject, profile.LIFE_EVENT) else records.EventKind.BUSINESS


@dataclass(frozen=True, slots=True)
class Scheme:
    """The code list that a code belongs to."""

    name: str = "scheme"

    def said(self, value: Any, at: Place) -> Iterator[Statement]:
        """Say the code list, and that it is one."""
        scheme = at.names.of_scheme(value)
        yield Statement(at.subject, f"{SKOS}inScheme", scheme)
        yield Statement(scheme, TYPE, f"{SKOS}ConceptScheme")

    def read(self, subject: str, view: View) -> str:
        """Take the code list."""
        return view.scheme(subject)


def decimal(lexical: str) -> str:
    """Give a number as a plain decimal: as written, but for exponents, which people do not read as money."""
    plain = lexical.strip()
    return plain if plain.replace(".", "", 1).isdecimal() else format(Decimal(plain), "f")
