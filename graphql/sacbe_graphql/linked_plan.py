"""What a query asks through links, as a value: which linked fields stand where below each exchange field.

Their calls cannot be planned before the values are there that they ask with. All else can: which operation,
which fields, and so which rights. `possible` gives those, so that what must be refused is refused before
any ministry hears of the query.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLOutputType, get_named_type, is_object_type, is_union_type
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from sacbe_graphql import selection
from sacbe_graphql.selection import LINKED, Collect, Linked, Selection, together
from sacbe_terms.exchange import PlannedCall

Path = tuple[str | int, ...]
"""A response path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Where linked fields are below a value; false where there are none."""

    links: tuple["AskedLink", ...] = ()
    members: tuple[tuple[str, str, "Branch"], ...] = ()
    """Response key and name of each field below which there are more."""
    kinds: Mapping[str, "Branch"] = field(default_factory=dict)
    """For a choice, by its member."""

    def __bool__(self) -> bool:
        """Say whether there is any linked field."""
        return bool(self.links or self.members or self.kinds)

    @property
    def asks_lists(self) -> bool:
        """Say whether a list operation answers a linked field right here: no call away, but below any field."""
        return any(link.linked.batch for link in self.links) or any(
            below.asks_lists for below in (*(below for _, _, below in self.members), *self.kinds.values())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLink:
    """A linked field in a query: its response key, what is asked of each record, and what is linked below."""

    key: str
    linked: Linked
    selection: Selection
    below: Branch


@dataclass(frozen=True, slots=True)
class Place:
    """One record for which a linked field was asked: its path in the answer, and the arguments that it gives."""

    asked: AskedLink
    path: Path
    arguments: Mapping[str, object]


def branch(type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Branch:
    """Give the linked fields that these field nodes select below a value of this type."""
    named = get_named_type(type_)
    if is_object_type(named):
        return _of_object(named, collect(named, details), collect)
    if is_union_type(named):
        kinds = {
            selection.described_name(member): _of_object(member, collect(member, details), collect)
            for member in named.types
        }
        return Branch(kinds={name: found for name, found in kinds.items() if found})
    return Branch()


def _of_object(named: GraphQLObjectType, grouped: GroupedFieldSet, collect: Collect) -> Branch:
    links, members = [], []
    for key, details in grouped.items():
        field = named.fields.get(details[0].node.name.value)
        if field is None:
            continue  # __typename
        below = branch(field.type, details, collect)
        linked: Linked | None = field.extensions.get(LINKED)
        if linked is not None:
            links.append(
                AskedLink(key=key, linked=linked, selection=_asked(linked, field.type, details, collect), below=below)
            )
        elif below:
            members.append((key, details[0].node.name.value, below))
    return Branch(links=tuple(links), members=tuple(members))


def _asked(linked: Linked, type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Selection:
    asked = selection.of(type_, details, collect)
    return asked if linked.batch is None else together(asked, {linked.batch.match: {}})


def possible(found: Branch, path: tuple[str, ...]) -> Iterator[PlannedCall]:
    """Give a call for each linked field, without arguments: what it would call, and which fields it would ask."""
    for link in found.links:
        here = (*path, link.key)
        yield PlannedCall(
            paths=(".".join(here),),
            service=link.linked.service,
            operation_code=link.linked.operation_code,
            arguments={},
            fields=selection.printed(link.selection),
        )
        yield from possible(link.below, here)
    for key, _, below in found.members:
        yield from possible(below, (*path, key))
    for below in found.kinds.values():
        yield from possible(below, path)


def places(found: Branch, value: Any, path: Path) -> Iterator[Place]:
    """Give every record in a value for which a linked field can be asked, in the order of the answer."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(found, item, (*path, position))
    elif isinstance(value, dict):
        yield from _of_record(found.kinds.get(str(value.get("__typename")), found), value, path)


def _of_record(found: Branch, record: Mapping[str, Any], path: Path) -> Iterator[Place]:
    for link in found.links:
        arguments = _arguments(link.linked, record)
        if arguments is not None:
            yield Place(link, (*path, link.key), arguments)
    for key, name, below in found.members:
        yield from places(below, record.get(name), (*path, key))


def _arguments(linked: Linked, record: Mapping[str, Any]) -> Mapping[str, object] | None:
    """Give the arguments that a record gives; None where it has no value for one of them."""
    given = {}
    for name, way in linked.sources.items():
        value: Any = record
        for step in way:
            value = value.get(step) if isinstance(value, dict) else None
        if not isinstance(value, str | int | float):
            return None
        given[name] = value
    return given
