"""What changes between two descriptions, place by place, and whether a consumer breaks.

A consumer is a program with GraphQL documents written for the description before. It breaks where
such a document is no longer valid, or where null or another form comes at a place that promised
otherwise: the rules are those of GraphQL's own change detection (graphql-js `findBreakingChanges`).
An addition to what may come back is dangerous: documents stay valid, and a program that knows only
the old values may stumble.

Places are pointers from the operation: `arguments/cui`, `result/personas/cui`; lists have no step of
their own. A type that is reached on several ways is told at the first one.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import partial

import msgspec

from sacbe_terms.descriptions import (
    Choice,
    Description,
    Enumeration,
    Field,
    NamedType,
    Operation,
    Record,
    Scalar,
    reached_types,
)

ARGUMENTS = "arguments"
"""First step of a pointer to an argument."""

RESULT = "result"
"""First step of a pointer to what an operation gives."""


class Kind(StrEnum):
    """What happened to a place."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Effect(StrEnum):
    """What it means for a consumer."""

    SAFE = "safe"
    DANGEROUS = "dangerous"
    BREAKING = "breaking"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: `place` is a pointer from the operation, empty for the operation itself."""

    operation: str
    place: str
    kind: Kind
    effect: Effect
    reason: str

    def __str__(self) -> str:
        where = f"{self.operation} {self.place}".rstrip()
        return f"{where}: {self.reason}"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Every difference between two descriptions, by operation."""

    changes: tuple[Change, ...] = ()

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that break a consumer."""
        return tuple(change for change in self.changes if change.effect is Effect.BREAKING)

    def operations(self, kind: Kind) -> tuple[str, ...]:
        """Give the codes of the operations that were added, changed or removed, each once."""
        whole = {change.operation: change.kind for change in self.changes if not change.place}
        codes = dict.fromkeys(change.operation for change in self.changes)
        return tuple(code for code in codes if whole.get(code, Kind.CHANGED) is kind)


def compared(before: Description | None, after: Description) -> Comparison:
    """Say what a description changes; without one before, everything is an addition."""
    old = {} if before is None else {operation.code: operation for operation in before.operations}
    new = {operation.code: operation for operation in after.operations}
    changes: list[Change] = []
    for code in sorted(old.keys() | new.keys()):
        if code not in old:
            changes.append(_whole(code, Kind.ADDED, Effect.SAFE, "it is new"))
        elif code not in new:
            changes.append(_whole(code, Kind.REMOVED, Effect.BREAKING, "it is no longer offered"))
        elif before is not None and _offer(before, old[code]) != _offer(after, new[code]):
            changes += _Operations(before, after, code).changes(old[code], new[code])
    return Comparison(changes=tuple(changes))


def _whole(code: str, kind: Kind, effect: Effect, reason: str) -> Change:
    return Change(operation=code, place="", kind=kind, effect=effect, reason=reason)


def _offer(description: Description, operation: Operation) -> object:
    """What an operation means: itself and every type that it reaches."""
    return operation, {name: description.types[name] for name in reached_types(description, operation)}


class _Operations:
    """Compares one operation of two descriptions; each pair of types once, since types may hold themselves."""

    def __init__(self, before: Description, after: Description, code: str) -> None:
        self._before = before
        self._after = after
        self._code = code
        self._seen: set[tuple[bool, str, str]] = set()

    def changes(self, old: Operation, new: Operation) -> Iterator[Change]:
        """Give every difference, the operation's own first."""
        yield from self._own(old, new)
        old_arguments, new_arguments = _by_name(old.arguments), _by_name(new.arguments)
        yield from self._fields(ARGUMENTS, old_arguments, new_arguments, is_input=True)
        yield from self._field(RESULT, _may_fail(old.result), _may_fail(new.result), is_input=False)
        yield from self._faults(old, new)

    def _own(self, old: Operation, new: Operation) -> Iterator[Change]:
        change = partial(self._change, kind=Kind.CHANGED)
        if old.alias != new.alias:
            yield change("alias", effect=Effect.BREAKING, reason=f"it is called '{new.alias}', no longer '{old.alias}'")
        if old.reads != new.reads:
            root = "Query" if new.reads else "Mutation"
            yield change("reads", effect=Effect.BREAKING, reason=f"it stands below {root} now")
        if (old.is_personal, old.person_numbers) != (new.is_personal, new.person_numbers):
            yield change("marks", effect=Effect.SAFE, reason="its marks of personal data changed")
        if old.documentation != new.documentation:
            yield change("documentation", effect=Effect.SAFE, reason="it is explained in other words")
        if _way(old) != _way(new):
            yield change("binding", effect=Effect.SAFE, reason="it is called in another way on the wire")

    def _change(self, place: str, kind: Kind, effect: Effect, reason: str) -> Change:
        return Change(operation=self._code, place=place, kind=kind, effect=effect, reason=reason)

    def _fields(
        self, place: str, old: Mapping[str, Field], new: Mapping[str, Field], *, is_input: bool
    ) -> Iterator[Change]:
        for name in _ordered(old, new):
            at = f"{place}/{name}"
            if name not in old:
                yield self._added(at, new[name], is_input=is_input)
            elif name not in new:
                yield self._change(at, Kind.REMOVED, Effect.BREAKING, "it is no longer there")
            else:
                yield from self._field(at, old[name], new[name], is_input=is_input)

    def _added(self, place: str, field: Field, *, is_input: bool) -> Change:
        if is_input and _must_be_given(field):
            return self._change(place, Kind.ADDED, Effect.BREAKING, "it is new and must be given")
        return self._change(place, Kind.ADDED, Effect.SAFE, "it is new")

    def _field(self, place: str, old: Field, new: Field, *, is_input: bool) -> Iterator[Change]:
        change = partial(self._change, place, Kind.CHANGED)
        if old.list_depth != new.list_depth:
            yield change(Effect.BREAKING, f"it is {_depth(new)}, no longer {_depth(old)}")
        elif is_input:
            yield from (change(effect, reason) for effect, reason in _input_strictness(old, new))
        else:
            yield from (change(effect, reason) for effect, reason in _output_strictness(old, new))
        if old.facets != new.facets:
            yield change(Effect.DANGEROUS if is_input else Effect.SAFE, "what is allowed in it is told in another way")
        if old.documentation != new.documentation:
            yield change(Effect.SAFE, "it is explained in other words")
        if _wire(old) != _wire(new):
            yield change(Effect.SAFE, "it is written in another way on the wire")
        yield from self._types(place, old.type, new.type, is_input=is_input)

    def _types(self, place: str, old: str, new: str, *, is_input: bool) -> Iterator[Change]:
        if (is_input, old, new) in self._seen:
            return
        self._seen.add((is_input, old, new))
        before, after = self._before.types.get(old), self._after.types.get(new)
        was, is_now = _type_name(old, before), _type_name(new, after)
        if type(before) is not type(after) or was != is_now:
            reason = f"its type is {is_now}, no longer {was}"
            yield self._change(place, Kind.CHANGED, Effect.BREAKING, reason)
        match before, after:
            case Record(), Record() if before.fields and after.fields:
                old_fields, new_fields = _by_name(before.fields), _by_name(after.fields)
                yield from self._fields(place, old_fields, new_fields, is_input=is_input)
            case Enumeration(), Enumeration():
                yield from self._values(place, before, after, is_input=is_input)
            case Choice(), Choice():
                yield from self._members(place, before, after, is_input=is_input)
            case _:
                pass  # scalars, and types of different kinds, have nothing below that can be compared

    def _values(self, place: str, old: Enumeration, new: Enumeration, *, is_input: bool) -> Iterator[Change]:
        before, after = {value.name: value for value in old.values}, {value.name: value for value in new.values}
        yield from self._alternatives(place, before, after, "the value", is_input=is_input)

    def _members(self, place: str, old: Choice, new: Choice, *, is_input: bool) -> Iterator[Change]:
        before, after = dict.fromkeys(old.members), dict.fromkeys(new.members)
        yield from self._alternatives(place, before, after, "the alternative", is_input=is_input)
        for name in _ordered(before, after):
            if name in before and name in after:
                yield from self._types(place, name, name, is_input=is_input)

    def _alternatives(
        self, place: str, old: Mapping[str, object], new: Mapping[str, object], what: str, *, is_input: bool
    ) -> Iterator[Change]:
        for name in _ordered(old, new):
            if name not in new:
                yield self._change(place, Kind.REMOVED, Effect.BREAKING, f"{what} {name} is no longer there")
            elif name not in old:
                effect = Effect.SAFE if is_input else Effect.DANGEROUS
                yield self._change(place, Kind.ADDED, effect, f"{what} {name} is new")

    def _faults(self, old: Operation, new: Operation) -> Iterator[Change]:
        before, after = {fault.name: fault for fault in old.faults}, {fault.name: fault for fault in new.faults}
        for name in _ordered(before, after):
            at = f"faults/{name}"
            if name not in before:
                yield self._change(at, Kind.ADDED, Effect.DANGEROUS, "it may answer with this fault now")
            elif name not in after:
                yield self._change(at, Kind.REMOVED, Effect.DANGEROUS, "this fault is no longer declared")
            elif before[name] != after[name]:
                yield self._change(at, Kind.CHANGED, Effect.DANGEROUS, "this fault is told in another way")
            else:
                yield from self._types(at, before[name].type, after[name].type, is_input=False)


Finding = tuple[Effect, str]


def _output_strictness(old: Field, new: Field) -> Iterator[Finding]:
    """More may be null: breaking. Less: safe."""
    if _is_sure(old) != _is_sure(new):
        yield (Effect.BREAKING, "it may be null now") if _is_sure(old) else (Effect.SAFE, "it is never null now")
    if old.items_nullable != new.items_nullable:
        loosened = (Effect.BREAKING, "its items may be null now")
        yield loosened if new.items_nullable else (Effect.SAFE, "its items are never null now")


def _input_strictness(old: Field, new: Field) -> Iterator[Finding]:
    """More must be given: breaking. Less: safe. Another default changes what a silent caller asks."""
    if _must_be_given(old) != _must_be_given(new):
        yield (Effect.BREAKING, "it must be given now") if _must_be_given(new) else (Effect.SAFE, "it may be left out")
    elif _is_sure(old) != _is_sure(new):
        yield (Effect.BREAKING, "it may not be null now") if _is_sure(new) else (Effect.SAFE, "it may be null now")
    if old.default != new.default:
        yield Effect.DANGEROUS, "its default is another"
    if old.items_nullable != new.items_nullable:
        tightened = (Effect.BREAKING, "its items may not be null now")
        yield tightened if old.items_nullable else (Effect.SAFE, "its items may be null now")


def _is_sure(field: Field) -> bool:
    """Say whether GraphQL shows the field as non-null."""
    return field.is_required and not field.is_nullable


def _must_be_given(field: Field) -> bool:
    return _is_sure(field) and field.default is None


def _may_fail(result: Field) -> Field:
    """Give a result as the schema has it: always nullable, since a ministry's system may be silent."""
    return msgspec.structs.replace(result, is_required=False, is_nullable=True)


_TOLD = frozenset(
    {"name", "type", "list_depth", "is_required", "is_nullable", "items_nullable", "facets", "default", "documentation"}
)
"""Attributes of a field that have a rule of their own."""


def _wire(field: Field) -> object:
    """What of a field belongs to the adapter alone."""
    return {name: getattr(field, name) for name in field.__struct_fields__ if name not in _TOLD}


def _way(operation: Operation) -> object:
    return operation.binding, operation.method, operation.path


def _depth(field: Field) -> str:
    return ("a single value", "a list", "a list of lists")[min(field.list_depth, 2)]


def _type_name(name: str, named: NamedType | None) -> str:
    """Give the name that the schema has for a type; GraphQL knows no record without fields."""
    if isinstance(named, Record) and not named.fields:
        return Scalar.JSON
    return name if named is None else named.name


def _by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {field.name: field for field in fields}


def _ordered(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    """Give the names of both, in the order of the old and then of the new."""
    return tuple(dict.fromkeys((*old, *new)))
