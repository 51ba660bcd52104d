"""Reading for a steward who would rather have a reply with holes than none.

What breaks the description is null, or the nearest place above it that may be null (as GraphQL
itself handles errors, section 6.4.4), and is told; elements that the description does not know are
passed over and told. Where nothing above may be null the reply is refused as the strict reader does.
This reader is made and used only for a reply that the strict one has refused.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from lxml import etree

from sacbe_adapters.soap.builtins import WHITE_SPACE
from sacbe_adapters.soap.reading import ABSENT, Broken, Read, Readers, RecordReader, local_name, result_reader
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_terms.descriptions import Description, Field, Operation, Place
from sacbe_terms.errors import Problem

PROBLEMS_MAX = 100
"""Problems told one by one; those after them are counted in the last."""


class Notes:
    """What was forgiven in one reply, and the way to where the reading is; its first step is the result itself."""

    def __init__(self) -> None:
        self._way: list[str] = []
        self._told: list[tuple[tuple[str, ...], str]] = []

    def tell(self, reason: str) -> None:
        """Note what was passed over here."""
        self._told.append((tuple(self._way), reason))

    def within(self, step: str, is_nullable: bool, read: Callable[[], object]) -> object:
        """Read what stands a step further; None for what breaks there, if it may be null. Raises Broken."""
        self._way.append(step)
        try:
            return read()
        except Broken as broken:
            broken.way = broken.way or tuple(self._way)
            if not is_nullable:
                raise
            self._told.append((broken.way, broken.reason))
            return None
        finally:
            self._way.pop()

    def problems(self) -> tuple[Problem, ...]:
        """Give what was noted, by the way from the result."""
        told = [Problem(where="/".join(way[1:]), reason=reason) for way, reason in self._told[:PROBLEMS_MAX]]
        more = len(self._told) - len(told)
        return (*told, Problem(where="", reason=f"and {more} more")) if more else tuple(told)


class LenientReader:
    """Reads one operation's replies, forgiving; one reply at a time."""

    def __init__(self, description: Description, operation: Operation, reached: tuple[str, ...]) -> None:
        self._readers = _LenientReaders(description, reached)
        self._result = operation.result
        self._is_child = operation.binding["result"] == "child"
        self._read = result_reader(operation, self._readers)

    def read(self, content: etree._Element) -> tuple[object, tuple[Problem, ...]]:
        """Give the value and what was forgiven; raises Broken where nothing nullable stands above."""
        notes = self._readers.notes = Notes()
        if self._is_child:
            return self._read(content), notes.problems()
        return notes.within("", _may_be_null(self._result), partial(self._read, content)), notes.problems()


class _LenientReaders(Readers):
    """Readers that note what they forgive; `notes` are those of the reply that is being read."""

    def __init__(self, description: Description, reached: tuple[str, ...]) -> None:
        self.notes = Notes()
        super().__init__(description, reached)

    def made(self) -> RecordReader:
        """Give a reader that is not filled yet."""
        return _LenientRecord(self)

    def array_reader(self, field: Field, depth: int, read: Read) -> Read:
        """Give the reader of a wrapper around items, each of which may be forgiven."""
        items = wire_type(field).array_items
        item, is_nullable = items[depth], field.items_nullable and depth == len(items) - 1

        def read_array(element: etree._Element) -> list[object]:
            known = [child for child in element if child.tag == item]
            for child in element:
                if child.tag != item:
                    self.notes.tell(_unknown(child))
            return [
                self.notes.within(str(position), is_nullable, partial(read, child))
                for position, child in enumerate(known)
            ]

        return read_array


class _LenientRecord(RecordReader):
    """Reads field by field, each within its own forgiveness."""

    __slots__ = ("_fields", "_readers")

    def __init__(self, readers: "_LenientReaders") -> None:
        super().__init__()
        self._readers = readers
        self._fields: tuple[tuple[Field, Callable[[etree._Element, list[etree._Element]], object]], ...] = ()

    def fill(self, fields: tuple[Field, ...], readers: Readers) -> None:
        """Make the readers of the fields beside the strict tables, which find them."""
        super().fill(fields, readers)
        self._fields = tuple((field, self._field_reader(field, readers)) for field in fields)

    def read(self, element: etree._Element) -> dict[str, object]:
        """Give the fields that can be read; raises Broken for one that may not be null."""
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for child in element:
            entry = self._table.get(child.tag) or self._wildcard
            if entry is None:
                self._readers.notes.tell(_unknown(child))
            else:
                found[entry[0]].append(child)
        if self._text is None and element.text and element.text.strip(WHITE_SPACE):
            self._readers.notes.tell("it holds text between its elements")
        values = {
            field.name: self._readers.notes.within(
                field.name, _may_be_null(field), partial(read, element, found.get(field.name, []))
            )
            for field, read in self._fields
        }
        return {name: value for name, value in values.items() if value is not ABSENT}

    def _field_reader(self, field: Field, readers: Readers) -> Callable[[etree._Element, list[etree._Element]], object]:
        if field.place is Place.ATTRIBUTE:
            read_attribute = readers.attribute_reader(field)
            return lambda element, _: read_attribute(element)
        read = readers.element_reader(field)
        if field.place is Place.TEXT:
            return lambda element, _: read(element)
        return partial(self._items if wire_type(field).is_repeated else self._one, field, read)

    def _one(self, field: Field, read: Read, element: etree._Element, found: list[etree._Element]) -> object:
        if len(found) > 1:
            raise Broken(found[1], "it stands more often than the description allows")
        if found:
            return read(found[0])
        if field.is_required:
            raise Broken(element, f"the required element '{local_name(field.wire)}' is missing")
        return ABSENT

    def _items(self, field: Field, read: Read, element: etree._Element, found: list[etree._Element]) -> object:
        if field.is_required and not found:
            raise Broken(element, f"the required element '{local_name(field.wire)}' is missing")
        is_nullable = field.items_nullable and field.list_depth == 1
        return [
            self._readers.notes.within(str(position), is_nullable, partial(read, child))
            for position, child in enumerate(found)
        ]


def _may_be_null(field: Field) -> bool:
    """As the GraphQL door builds its types."""
    return field.is_nullable or not field.is_required


def _unknown(child: etree._Element) -> str:
    return f"the element '{local_name(child.tag)}' is not in the description"
