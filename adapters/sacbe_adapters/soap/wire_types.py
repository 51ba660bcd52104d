"""What `Field.wire_type` tells the codec, taken apart: see schema.py for its form."""

from dataclasses import dataclass

from sacbe_terms.descriptions import Field


@dataclass(frozen=True, slots=True)
class WireType:
    """An array's item element (empty if none), whether texts are space-separated lists, and the built-in type."""

    array_item: str
    is_list: bool
    builtin: str
    is_repeated: bool
    """The element itself may stand several times."""


def wire_type(field: Field) -> WireType:
    """Take a field's wire type apart; the list depth that neither array nor list explains is repetition."""
    words = field.wire_type.split(" ")
    item = ""
    if words[0] == "array":
        item = words[1]
        words = words[2:] or [""]
    is_list = words[0] == "list"
    explained = bool(item) + is_list
    return WireType(item, is_list, words[-1], field.list_depth > explained)
