"""What one request may cost, refused before anything expensive is done, cheapest check first.

Body bytes are counted by the door; bytes, tokens, nesting, aliases and directives while the
document is skimmed (`skimming`), before it is read; the rest on its tree, before validation, which
is the most expensive part: of directive, fragment and overlap attacks above all. Fragments count at
every place where they are spread.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from sacbe_terms.errors import DocumentNotValid, LimitExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every limit of the door with its usual value; the operator may set others."""

    body_bytes_max: int = 1_000_000
    """Of the HTTP request's body."""
    body_seconds_max: float = 10.0
    """For the body to arrive."""
    document_bytes_max: int = 15_000
    """In UTF-8."""
    tokens_max: int = 1_000
    """Comments count: they cost as much to read."""
    nesting_max: int = 50
    """Of brackets of every kind, arguments included: reading goes down as deep."""
    depth_max: int = 10
    introspection_depth_max: int = 20
    """Below `__schema` and `__type`: the query that every tool sends is 15 deep."""
    aliases_max: int = 15
    directives_max: int = 10
    """On one field, fragment or operation."""
    root_fields_max: int = 20
    fields_max: int = 1_000
    repetitions_max: int = 20
    """Of one field in one place, after fragments are seen through: comparing them is quadratic."""
    cost_max: int = 50_000
    """What the answer may hold, by declared list sizes (`cost`): about as much as `answer_bytes_max` lets through."""
    calls_max: int = 200
    """Of ministries' systems, for one request; what is asked twice counts once."""
    linked_max: int = 10_000
    """Linked fields in one answer: links that lead back, through lists, multiply though their calls are few."""
    request_seconds_max: float = 60.0
    """One deadline for everything that a request needs: calls of ministries' systems and what is read afterwards."""
    catalogue_seconds_max: float = 10.0
    """For the catalogue part, which follows the calls and keeps as much of the request's time free of them."""
    administration_seconds_max: float = 60.0
    """For a mutation's root fields together: a document may have to be fetched and read, and a system asked."""
    variable_values_max: int = 5_000
    """In the variables, lists and objects included; each is brought into its type in Python."""
    answer_bytes_max: int = 2_000_000
    """Introspection is exempt: it grows with what is published, not with what is asked."""


@dataclass(slots=True)
class _Size:
    """Of a selection set with all that lies below."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    introspection_depth: int = 0
    top_fields: int = 0


class TimeLimit(NamedTuple):
    """A limit of time, by the name that a refusal gives it."""

    name: str
    seconds: float


def time_limit(limits: Limits, *, is_changing: bool, left: float) -> TimeLimit:
    """Give the limit that ends an answer's own work first; `left` are the seconds until the request's deadline."""
    own = TimeLimit("time for the catalogue, in seconds,", limits.catalogue_seconds_max)
    if is_changing:
        own = TimeLimit("time for administration, in seconds,", limits.administration_seconds_max)
    whole = TimeLimit("time for the whole request, in seconds,", limits.request_seconds_max)
    return own if own.seconds <= left else whole


def check(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document whose tree is beyond a limit; raises LimitExceeded.

    Fragments that spread themselves have no size: they raise DocumentNotValid, as validation would.
    """
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    sizes = _Sizes(fragments)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            size = sizes.of(definition.selection_set)
            size.directives = max(size.directives, len(definition.directives or ()))
            _check_size(size, limits)
            _check_repetitions([definition.selection_set], fragments, limits)


def check_variables(variables: Mapping[str, Any] | None, limits: Limits) -> int:
    """Give how many values the variables hold; raises LimitExceeded without looking at more than are allowed."""
    found, open_values = 0, list((variables or {}).values())
    while open_values:
        value = open_values.pop()
        found += 1
        if found > limits.variable_values_max:
            raise LimitExceeded("number of values in variables", value=found, allowed=limits.variable_values_max)
        if isinstance(value, dict | list):
            open_values += value.values() if isinstance(value, dict) else value
    return found


def check_calls(calls: int, limits: Limits) -> None:
    """Refuse a request that needs too many calls of ministries' systems; raises LimitExceeded."""
    if calls > limits.calls_max:
        raise LimitExceeded("number of calls", value=calls, allowed=limits.calls_max)


def _check_size(size: _Size, limits: Limits) -> None:
    for name, value, allowed in (
        ("depth", size.depth, limits.depth_max),
        ("introspection depth", size.introspection_depth, limits.introspection_depth_max),
        ("number of aliases", size.aliases, limits.aliases_max),
        ("number of directives in one place", size.directives, limits.directives_max),
        ("number of root fields", size.top_fields, limits.root_fields_max),
        ("number of fields", size.fields, limits.fields_max),
    ):
        if value > allowed:
            raise LimitExceeded(name, value=value, allowed=allowed)


def _check_repetitions(
    selection_sets: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode], limits: Limits
) -> None:
    """Check selection sets that are merged into one, then what is merged below each of its fields.

    The number of fields was checked before, so that this walk is short.
    """
    merged: defaultdict[str, list[FieldNode]] = defaultdict(list)
    for selection_set in selection_sets:
        for field in _fields(selection_set, fragments):
            merged[(field.alias or field.name).value].append(field)
    for fields in merged.values():
        if len(fields) > limits.repetitions_max:
            raise LimitExceeded("repetition of one field", value=len(fields), allowed=limits.repetitions_max)
        _check_repetitions([field.selection_set for field in fields if field.selection_set], fragments, limits)


def _fields(selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set, fragments)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value in fragments:
            yield from _fields(fragments[selection.name.value].selection_set, fragments)


class _Sizes:
    """Measures selection sets; a fragment is measured once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Size | None] = {}
        """None while a fragment is being measured."""

    def of(self, selection_set: SelectionSetNode | None) -> _Size:
        total = _Size()
        for size in self._of_each(selection_set.selections if selection_set else ()):
            total.fields += size.fields
            total.aliases += size.aliases
            total.top_fields += size.top_fields
            total.directives = max(total.directives, size.directives)
            total.depth = max(total.depth, size.depth)
            total.introspection_depth = max(total.introspection_depth, size.introspection_depth)
        return total

    def _of_each(self, selections: tuple[SelectionNode, ...]) -> Iterator[_Size]:
        for selection in selections:
            if isinstance(selection, FieldNode):
                size = self._of_field(selection)
            elif isinstance(selection, InlineFragmentNode):
                size = self.of(selection.selection_set)
            else:
                assert isinstance(selection, FragmentSpreadNode)
                size = self._of_spread(selection.name.value)
            directives = max(size.directives, len(selection.directives or ()))
            yield _Size(size.fields, size.aliases, directives, size.depth, size.introspection_depth, size.top_fields)

    def _of_field(self, field: FieldNode) -> _Size:
        below = self.of(field.selection_set)
        is_introspection = field.name.value in ("__schema", "__type")
        return _Size(
            fields=below.fields + 1,
            aliases=below.aliases + (field.alias is not None),
            directives=below.directives,
            depth=1 if is_introspection else below.depth + 1,
            introspection_depth=below.depth + 1 if is_introspection else below.introspection_depth,
            top_fields=1,
        )

    def _of_spread(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = None
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set if fragment else None)
        size = self._known[name]
        if size is None:
            raise DocumentNotValid(
                what=f"The fragment {name} spreads itself.", where=name, hint="Take the circle of fragments apart."
            )
        return size
