"""How often each element of a content model may stand, and the fields that come of it.

A content model is flattened: a member's occurrence is its own times that of every group
around it (XML Schema part 1, section 3.8). In a sequence occurrences of one name add up; of
a choice's branches only one counts, so that all become optional.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lxml import etree

from sacbe_adapters import naming
from sacbe_terms.descriptions import Facets, Field, Place

MANY = 1_000_000
"""Stands for `unbounded`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a type is in a field: a scalar or a key of the types, and how deep in lists."""

    type: str
    list_depth: int = 0
    wire_type: str = ""
    items_nullable: bool = False
    facets: Facets | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A field before its name is settled, standing from `low` to `high` times."""

    wire: str
    local: str
    shape: Shape
    low: int
    high: int
    is_nillable: bool = False
    default: str | None = None
    documentation: str = ""
    place: Place = Place.ELEMENT


def occurring(node: etree._Element) -> tuple[int, int]:
    """Give minOccurs and maxOccurs; what is not a number counts as 1."""
    low, high = node.get("minOccurs", "1").strip(), node.get("maxOccurs", "1").strip()
    lowest = int(low) if low.isdecimal() else 1
    if high == "unbounded":
        return lowest, MANY
    return lowest, min(int(high), MANY) if high.isdecimal() else 1


def repeated(drafts: Sequence[Draft], low: int, high: int) -> list[Draft]:
    """Multiply by the occurrence of what stands around."""
    if (low, high) == (1, 1):
        return list(drafts)
    return [replace(draft, low=draft.low * low, high=min(draft.high * high, MANY)) for draft in drafts]


def in_sequence(groups: Sequence[Sequence[Draft]]) -> list[Draft]:
    """Join groups that all stand: one name in several adds up."""
    joined: dict[tuple[Place, str], Draft] = {}
    for draft in (draft for group in groups for draft in group):
        key = (draft.place, draft.wire)
        before = joined.get(key)
        if before is None or draft.place is not Place.ELEMENT:
            joined[key] = draft
        else:
            high = min(before.high + draft.high, MANY)
            joined[key] = replace(_agreed(before, draft), low=before.low + draft.low, high=high)
    return list(joined.values())


def in_choice(branches: Sequence[Sequence[Draft]]) -> list[Draft]:
    """Join branches of which one stands: a name is required only if every branch requires it."""
    joined: dict[str, Draft] = {}
    seen: dict[str, int] = {}
    for branch in branches:
        for draft in branch:
            before = joined.get(draft.wire)
            seen[draft.wire] = seen.get(draft.wire, 0) + 1
            if before is None:
                joined[draft.wire] = draft
            else:
                low, high = min(before.low, draft.low), max(before.high, draft.high)
                joined[draft.wire] = replace(_agreed(before, draft), low=low, high=high)
    return [draft if seen[wire] == len(branches) else replace(draft, low=0) for wire, draft in joined.items()]


def _agreed(one: Draft, other: Draft) -> Draft:
    """Two declarations of one name in one type have one type (XML Schema part 1, section 3.8.6)."""
    return replace(one, is_nillable=one.is_nillable or other.is_nillable)


def named_fields(drafts: Sequence[Draft]) -> tuple[Field, ...]:
    """Settle the names within one record, and say lists, presence and nil in the description's terms."""
    names = naming.unique(naming.field_name(draft.local) for draft in drafts)
    return tuple(_field(name, draft) for name, draft in zip(names, drafts, strict=True))


def _field(name: str, draft: Draft) -> Field:
    is_list = draft.high > 1
    return Field(
        name=name,
        wire=draft.wire,
        type=draft.shape.type,
        list_depth=draft.shape.list_depth + is_list,
        is_required=draft.low > 0,
        is_nullable=draft.is_nillable and not is_list,
        items_nullable=draft.shape.items_nullable or (draft.is_nillable and is_list),
        place=draft.place,
        wire_type=draft.shape.wire_type,
        facets=draft.shape.facets,
        default=draft.default,
        documentation=draft.documentation,
    )
