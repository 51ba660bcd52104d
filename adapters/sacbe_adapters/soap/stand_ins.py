"""Stand-ins: a large part of a reply never enters the tree; a short text stands for it until the value is made.

In the tree its text would be copied by the parser, by the reader and by the reader's check. A
stand-in is base64 of random bytes, so that it passes where the part's own text would, and no system
can send one. Where a text is looked at more closely than that, the part itself is put in.
"""

import secrets
from base64 import b64encode
from typing import Any

from sacbe_adapters.soap.multipart import Part

STAND_IN_BYTES = 24
"""Randomness of a stand-in."""

LARGE_BYTES = 16 * 1024
"""A smaller part is put into the tree."""


class StandIns:
    """The stand-ins of one reply."""

    def __init__(self) -> None:
        self._parts: dict[str, Part] = {}

    def text(self, part: Part) -> str:
        """Give what stands for a part in the tree."""
        if len(part.data) < LARGE_BYTES:
            return in_base64(part)
        stand_in = b64encode(secrets.token_bytes(STAND_IN_BYTES)).decode()
        self._parts[stand_in] = part
        return stand_in

    def undone(self, value: object) -> object:
        """Give a value with the parts themselves; records and lists in it are changed where they are."""
        return self._with_parts(value) if self._parts else value

    def _with_parts(self, value: Any) -> Any:
        if isinstance(value, str):
            part = self._parts.get(value)
            return value if part is None else in_base64(part)
        if isinstance(value, dict):
            for name, member in value.items():
                value[name] = self._with_parts(member)
        elif isinstance(value, list):
            value[:] = map(self._with_parts, value)
        return value


def in_base64(part: Part) -> str:
    """Give a part's bytes as a text."""
    return b64encode(part.data).decode()
