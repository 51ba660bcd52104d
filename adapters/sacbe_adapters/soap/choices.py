"""Which member of a choice an element is: `xsi:type` tells (XML Schema part 1, section 2.6.1)."""

from lxml import etree

from sacbe_adapters.soap.derivations import UNTOLD
from sacbe_terms.descriptions import Choice

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
"""The attribute that tells an element's type."""

TYPENAME = "__typename"
"""What tells a value's member between the rooms."""


def member_of(choice: Choice, element: etree._Element) -> str:
    """Give the key of the record that an element is; raises ValueError with a plain reason."""
    told = element.get(TYPE)
    if told is None:
        member = choice.mapping.get(UNTOLD)
        if member is None:
            raise ValueError("it does not tell which of its types it is")
        return member
    prefix, _, local = told.strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    member = choice.mapping.get(f"{{{namespace}}}{local}" if namespace else local)
    if member is None:
        raise ValueError("it is of a type that the description does not have in this place")
    return member
