"""A graph as the reader of records sees it: by node and property, in order, with what each node is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec

from sacbe_catalog import iris
from sacbe_catalog.cpsv_ap.statements import TYPE, Items, Literal, Statement, Value, in_order
from sacbe_catalog.cpsv_ap.vocabulary import DCT, NAME, SKOS, local, order_of
from sacbe_catalog.records import Triple

_IDENTIFIER = f"{DCT}identifier"
_IN_SCHEME = f"{SKOS}inScheme"


class Described(Protocol):
    """What the view needs to know of a kind of record (`fields.RecordClass`)."""

    @property
    def record(self) -> Any:
        """The class of the record."""

    @property
    def kind(self) -> str:
        """What it is called in IRIs, empty for a part without identifier."""

    def is_said_of(self, subject: str, view: "View") -> bool:
        """Say whether a node is such a record."""

    def read(self, subject: str, view: "View") -> dict[str, Any]:
        """Give the fields of such a record."""


class View:
    """Reads one graph. `understood` gathers what single values were taken from, whatever their form."""

    def __init__(self, statements: Iterable[Statement], base_iri: str, classes: Sequence[Described]) -> None:
        self.base_iri = base_iri
        self.about: dict[str, dict[str, list[Value]]] = {}
        for subject, predicate, value in statements:
            self.about.setdefault(subject, {}).setdefault(predicate, []).append(value)
        self.understood: set[Statement] = set()
        self.identifiers: dict[tuple[str, str], str] = {}
        self._extra: Mapping[str, tuple[Triple, ...]] = {}
        self._owners: list[list[Triple]] = []
        for one in classes:
            self._find(one)
        self._code_counts = self._counted_codes()

    def _find(self, one: Described) -> None:
        for node in self.about:
            if one.is_said_of(node, self):
                stated = self.plain(node, _IDENTIFIER)
                self.identifiers[one.kind, node] = stated[0] if stated else unquote(local(node))

    def _counted_codes(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for (kind, _), identifier in self.identifiers.items():
            counts[identifier] = counts.get(identifier, 0) + (kind == "concept")
        return counts

    # Values ----------------------------------------------------------------------------

    def has_type(self, node: str, typed: str) -> bool:
        """Say whether the graph states this class of the node."""
        return typed in self.about.get(node, {}).get(TYPE, ())

    def values(self, node: str, predicate: str) -> list[Value]:
        """Give a property's values in the order that the graph tells, else in natural order."""
        about = self.about.get(node, {})
        stated = set(about.get(predicate, ()))
        told = [
            item for order in about.get(order_of(predicate), ()) if isinstance(order, Items) for item in order.items
        ]
        first: list[Value] = [item for item in told if item in stated]
        return first + sorted(stated.difference(first), key=in_order)

    def nodes(self, node: str, predicate: str) -> list[str]:
        """Give the nodes among a property's values."""
        return [value for value in self.values(node, predicate) if isinstance(value, str)]

    def literals(self, node: str, predicate: str) -> list[Literal]:
        """Give the literals among a property's values."""
        return [value for value in self.values(node, predicate) if isinstance(value, Literal)]

    def plain(self, node: str, predicate: str, most: int | None = None) -> list[str]:
        """Give the texts of literals without language, `most` at most, and note that they are understood."""
        literals = [literal for literal in self.literals(node, predicate) if not literal.language][:most]
        self.understood.update(Statement(node, predicate, literal) for literal in literals)
        return [literal.value for literal in literals]

    # References ------------------------------------------------------------------------

    def identifier(self, kind: str, node: str, *, is_code: bool = False) -> str:
        """Give what a record's reference to this node holds; empty where the node is something else.

        An identifier where the file describes the record or the IRI is one that we minted, else
        the IRI. What `is_code` may be named without being described.
        """
        if known := self.identifiers.get((kind, node)):
            return known
        if node in self.about and not is_code:
            return ""
        minted = iris.mint(self.base_iri, kind, "")
        return unquote(node.removeprefix(minted)) if node.startswith(minted) else node

    def code(self, scheme: str, node: str) -> str:
        """Give what a coded field of this scheme holds for this node: an identifier, else the IRI."""
        if known := self.identifiers.get(("concept", node)):
            is_own = self.scheme(node) == scheme
            return known if is_own or self._code_counts[known] == 1 else node
        minted = iris.mint(self.base_iri, "concept", iris.concept_name(scheme, ""))
        return unquote(node.removeprefix(minted)) if node.startswith(minted) else node

    def scheme(self, node: str) -> str:
        """Give the code list of a code: the stated one, else what its IRI begins with."""
        stated = self.nodes(node, _IN_SCHEME)
        if not stated:
            return node.removesuffix(local(node))
        minted = iris.mint(self.base_iri, "concept_scheme", "")
        return unquote(stated[0].removeprefix(minted)) if stated[0].startswith(minted) else stated[0]

    # Records ---------------------------------------------------------------------------

    def records(self, one: Described, extra: Mapping[str, tuple[Triple, ...]]) -> tuple[Any, ...]:
        """Give every record of a kind, in natural order of its identifier, with what else was said of it."""
        self._extra = extra
        found = sorted(node for kind, node in self.identifiers if kind == one.kind)
        return tuple(sorted((self.part(one, node, "") for node in found), key=order_key))

    def part(self, one: Described, node: str, place: str) -> Any:
        """Give the record that a node is; `place` is the IRI that it would have without its own."""
        keeps_extra = "extra" in one.record.__struct_fields__
        if keeps_extra:
            self._owners.append([])
        values = one.read(node, self)
        if one.kind:
            values["identifier"] = self.identifiers[one.kind, node]
            place = iris.mint(self.base_iri, one.kind, self._identity(values))
        if "iri" in one.record.__struct_fields__:
            values["iri"] = "" if node == place else node
        elif node != place:
            self._owners[-1].append(Triple(subject=place, predicate=NAME, value=node, kind="iri"))
        if keeps_extra:
            values["extra"] = tuple(sorted((*self._extra.get(node, ()), *self._owners.pop()), key=triple_key))
        return one.record(**values)

    @staticmethod
    def _identity(values: Mapping[str, Any]) -> str:
        scheme, identifier = values.get("scheme"), str(values["identifier"])
        return identifier if scheme is None else iris.concept_name(scheme, identifier)


def order_key(record: Any) -> tuple[str, str]:
    """Give the key of the order of top-level lists: by identifier, codes by scheme first."""
    return getattr(record, "scheme", ""), record.identifier


def triple_key(triple: Triple) -> tuple[str, ...]:
    """Give the key of the order in which kept statements stand."""
    return msgspec.structs.astuple(triple)
