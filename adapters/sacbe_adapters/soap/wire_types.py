"""What `Field.wire_type` tells the codec, taken apart: see schema.py and encoded_types.py for its form."""

from dataclasses import dataclass

from sacbe_terms.descriptions import Field


@dataclass(frozen=True, slots=True)
class WireType:
    """What stands between a field's element and its values."""

    array_items: tuple[str, ...]
    """The item element of each array around the value, from the outermost."""
    is_list: bool
    """Texts are lists separated by spaces."""
    name: str
    """The simple type's own name, where the wire tells it."""
    builtin: str
    is_repeated: bool
    """The element itself may stand several times."""


def wire_type(field: Field) -> WireType:
    """Take a field's wire type apart; the list depth that neither array nor list explains is repetition."""
    words = field.wire_type.split(" ")
    items: list[str] = []
    while words[0] == "array":
        items.append(words[1])
        words = words[2:] or [""]
    name = ""
    if words[0] == "as":
        name, words = words[1], words[2:] or [""]
    is_list = words[0] == "list"
    return WireType(tuple(items), is_list, name, words[-1], field.list_depth > len(items) + is_list)
