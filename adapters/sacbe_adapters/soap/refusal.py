"""Why a document, or a part of it, cannot be offered: always with the place in it."""

from lxml import etree

from sacbe_terms.descriptions import Uncovered


class NotReadable(Exception):
    """The whole document cannot be read."""

    def __init__(self, what: str, *, where: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint


class NotCovered(Exception):
    """A part of the document is not offered, or leads nowhere."""

    def __init__(self, reason: str, *, where: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where

    @property
    def uncovered(self) -> Uncovered:
        """The entry for the description."""
        return Uncovered(where=self.where, reason=self.reason)


def at(node: etree._Element, location: str) -> str:
    """Give the place of an element: `location:line`."""
    return f"{location}:{node.sourceline}"
