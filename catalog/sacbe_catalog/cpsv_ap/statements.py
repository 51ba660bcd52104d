"""Statements of a graph as plain values: what records become on the way out and are made of on the way in.

An IRI is a `str`. A blank node is the IRI that RDF 1.1 (section 3.5) calls its skolem IRI,
`{base}.well-known/genid/...`, and becomes blank again where it is written. A list is one value,
`Items`, so that no order hangs on a chain of blank nodes.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from sacbe_catalog.records import Triple

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = f"{RDF}type"
LANG_STRING = f"{RDF}langString"
STRING = f"{XSD}string"

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_DIGITS = re.compile(r"([0-9]+)")


class Literal(NamedTuple):
    """A value: with a language, or with a datatype, or (both empty) an xsd:string."""

    value: str
    language: str = ""
    datatype: str = ""


class Items(NamedTuple):
    """A closed list (rdf:List) of values."""

    items: tuple["str | Literal", ...]


Value: TypeAlias = str | Literal | Items


class Statement(NamedTuple):
    """One triple."""

    subject: str
    predicate: str
    value: Value


NaturalKey: TypeAlias = tuple[tuple[str | tuple[int, str], ...], str]


def natural(text: str) -> NaturalKey:
    """Give the key that sorts texts as people do: `cost-9` before `cost-10`."""
    pieces = _DIGITS.split(text)
    return tuple(
        (len(bare := piece.lstrip("0")), bare) if position % 2 else piece for position, piece in enumerate(pieces)
    ), text


def in_order(value: Value) -> tuple[object, ...]:
    """Give the key of the natural order of values: IRIs, then literals by language and text, then lists."""
    if isinstance(value, str):
        return 0, natural(value)
    if isinstance(value, Literal):
        return 1, value.language, natural(value.value), value.datatype
    return 2, tuple(in_order(item) for item in value.items)


def ordered(statements: Iterable[Statement]) -> list[Statement]:
    """Sort statements by subject, predicate (classes first) and value, so that equal graphs give equal bytes."""
    return sorted(
        statements, key=lambda one: (natural(one.subject), one.predicate != TYPE, one.predicate, in_order(one.value))
    )


def is_iri(text: str) -> bool:
    """Say whether a text is an absolute IRI that every RDF syntax can carry."""
    return _ABSOLUTE.fullmatch(text) is not None


def genid(base_iri: str) -> str:
    """Give what every skolem IRI of this base begins with."""
    return f"{base_iri}.well-known/genid/"


def as_triple(statement: Statement) -> Triple:
    """Keep a statement that no record has a place for; a list cannot be kept so and never comes here."""
    subject, predicate, value = statement
    if isinstance(value, Literal):
        return Triple(
            subject=subject, predicate=predicate, value=value.value, datatype=value.datatype, language=value.language
        )
    return Triple(subject=subject, predicate=predicate, value=str(value), kind="iri")


def of_triple(triple: Triple) -> Statement:
    """Give the statement that a triple keeps."""
    value = triple.value if triple.kind == "iri" else Literal(triple.value, triple.language, triple.datatype)
    return Statement(triple.subject, triple.predicate, value)
