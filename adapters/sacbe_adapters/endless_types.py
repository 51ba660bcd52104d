"""Requirements that no value can meet, taken back where they close a circle.

A record that must hold itself, at once or through others, has no end: no request could be
written and no answer could keep the contract, and GraphQL knows no such input (October 2021,
section 3.10, "Circular References"). Documents say so by mistake, for the parent in a tree.
The member that leads back is taken to be optional, which is told; everything else stays as
it is required.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from sacbe_terms.descriptions import Choice, Description, Field, NamedType, Record, Uncovered


def ended(description: Description, places: Mapping[str, str]) -> Description:
    """Give the description with an end to every type; `places` says where in the document each record stands."""
    closing = _closing(description.types)
    if not closing:
        return description
    members: dict[str, set[str]] = defaultdict(set)
    for name, field in closing:
        members[name].add(field)
    types = description.types | {name: _freed(description.types[name], fields) for name, fields in members.items()}
    fallback = description.sources[0].location if description.sources else ""
    told = [Uncovered(where=places.get(name, fallback), reason=_reason(name, field)) for name, field in closing]
    return msgspec.structs.replace(description, types=types, uncovered=(*description.uncovered, *told))


def _reason(name: str, field: str) -> str:
    return f"'{field}' is taken to be optional: else each '{name}' would always hold another, without end"


def _freed(named: NamedType, closing: set[str]) -> NamedType:
    assert isinstance(named, Record)
    fields = [
        msgspec.structs.replace(field, is_required=False) if field.name in closing else field for field in named.fields
    ]
    return msgspec.structs.replace(named, fields=tuple(fields))


def _closing(types: Mapping[str, NamedType]) -> list[tuple[str, str]]:
    """Give each record and its member that lead back to what was on the way there."""
    finite = _finite(types)
    endless = [name for name, named in types.items() if name not in finite and isinstance(named, Record)]
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    for name in endless:
        if name not in seen:
            found += _walked(name, types, finite, seen)
    return found


def _walked(start: str, types: Mapping[str, NamedType], finite: set[str], seen: set[str]) -> Iterator[tuple[str, str]]:
    """Go down from one record, along what it needs and has no end; `seen` grows."""
    seen.add(start)
    above = {start: iter(_needed(types[start]))}
    while above:
        name, members = next(reversed(above.items()))
        field = next(members, None)
        if field is None:
            del above[name]
            continue
        below = [] if field.type in finite else _records(field.type, types)
        if any(record in above for record in below):
            yield name, field.name
            continue
        for record in below:
            if record not in seen:
                seen.add(record)
                above[record] = iter(_needed(types[record]))


def _needed(named: NamedType) -> list[Field]:
    """Give the members that hold one value whatever happens."""
    fields = named.fields if isinstance(named, Record) else ()
    return [field for field in fields if field.is_required and not field.is_nullable and not field.list_depth]


def _records(name: str, types: Mapping[str, NamedType]) -> list[str]:
    """Give the record of this name, or those that a choice of it is between."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        named = types.get(name := waiting.pop(0))
        if name in found or named is None:
            continue
        found[name] = None
        waiting += named.members if isinstance(named, Choice) else ()
    return [name for name in found if isinstance(types[name], Record)]


def _finite(types: Mapping[str, NamedType]) -> set[str]:
    """Give the types that have an end: an enumeration, a record of such, a choice with one such member."""
    missing: dict[str, int] = {}
    waiting_for: dict[str, list[str]] = defaultdict(list)
    for name, named in types.items():
        asked = list(named.members) if isinstance(named, Choice) else [field.type for field in _needed(named)]
        asked = [one for one in asked if one in types]
        missing[name] = min(len(asked), 1) if isinstance(named, Choice) else len(asked)
        for one in asked:
            waiting_for[one].append(name)
    ready = [name for name, count in missing.items() if count == 0]
    for name in ready:
        for one in waiting_for[name]:
            missing[one] -= 1
            ready += [one] if missing[one] == 0 else []
    return set(ready)
