"""From the elements of a reply to values, in one pass, by tables made once per operation.

Values are checked against the description while they are read: an element that it does not
know, one that stands too often, a required one that is missing, a text that is not of its
type, each breaks the contract and names its place. Texts are never rewritten. No reason ever
quotes a value: it may be a person's.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from sacbe_adapters.soap.builtins import BOOLEANS, WHITE_SPACE, Check
from sacbe_adapters.soap.choices import TYPENAME, member_of
from sacbe_adapters.soap.envelope import SOAP_11, SOAP_12
from sacbe_adapters.soap.facets import length_check, plain_texts, text_check
from sacbe_adapters.soap.schema import ANY
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Operation, Place, Record, Scalar

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
"""The attribute that says an element has no value."""

_TEXTS = frozenset({Scalar.STRING, Scalar.LONG, Scalar.DECIMAL, Scalar.DATE, Scalar.DATE_TIME, Scalar.TIME})
_BODIES = (f"{{{SOAP_11}}}Body", f"{{{SOAP_12}}}Body")

ABSENT = object()
"""Stands for what may be left out and is."""

Read = Callable[[etree._Element], object]
"""Reads one element; raises Broken."""

_Entry = tuple[str, Callable[[str], object] | None, Callable[[str], object] | None, Read, bool]
"""A field's name, which texts are its values as they stand, the values of texts that are known, how every
other element is read, and whether it repeats."""


class Broken(Exception):
    """An element does not fit the description."""

    def __init__(self, element: etree._Element, reason: str, *, attribute: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place_of(element) + (f"/@{local_name(attribute)}" if attribute else "")
        self.way: tuple[str, ...] = ()
        """The way by names of fields, where a lenient reader has met it."""


def place_of(element: etree._Element) -> str:
    """Give the way from the Body to an element, by local names; a number tells repeated ones apart."""
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None and node.tag not in _BODIES:
        before = len(list(node.itersiblings(str(node.tag), preceding=True)))
        steps.append(f"{local_name(node.tag)}[{before + 1}]" if before else local_name(node.tag))
        node = node.getparent()
    return "/".join(reversed(steps))


def local_name(tag: object) -> str:
    """Give a name without its namespace."""
    return str(tag).rpartition("}")[2]


class RecordReader:
    """Reads elements of one record type."""

    __slots__ = ("_attributes", "_complete", "_lists", "_required", "_table", "_text", "_wildcard")

    def __init__(self) -> None:
        self._table: dict[Any, _Entry] = {}
        self._attributes: tuple[tuple[str, Read], ...] = ()
        self._lists: tuple[str, ...] = ()
        self._required: tuple[tuple[str, str], ...] = ()
        self._complete = 0
        self._text: tuple[str, Read] | None = None
        self._wildcard: _Entry | None = None

    def fill(self, fields: tuple[Field, ...], readers: "Readers") -> None:
        """Make the tables; apart from construction, since types may hold themselves."""
        for field in fields:
            if field.place is Place.TEXT:
                self._text = (field.name, readers.element_reader(field))
            elif field.place is Place.ELEMENT:
                repeated = wire_type(field).is_repeated
                plain, known = readers.plain_texts(field), readers.known_texts(field)
                entry = (field.name, plain, known, readers.element_reader(field), repeated)
                if field.wire == ANY:
                    self._wildcard = entry
                else:
                    self._table[field.wire] = entry
        self._attributes = tuple(
            (field.name, readers.attribute_reader(field)) for field in fields if field.place is Place.ATTRIBUTE
        )
        elements = [field for field in fields if field.place is Place.ELEMENT]
        self._lists = tuple(field.name for field in elements if wire_type(field).is_repeated)
        self._required = tuple((field.name, field.wire) for field in elements if field.is_required)
        self._complete = len(elements)

    def read(self, element: etree._Element) -> dict[str, object]:
        """Give the element's fields; raises Broken."""
        values: dict[str, Any] = {}
        table = self._table
        for child in element:
            entry = table.get(child.tag) or self._wildcard
            if entry is None:
                raise Broken(child, "it is not in the description")
            name, is_value, known, read, is_repeated = entry
            text = child.text
            if not text or len(child):
                value = read(child)
            elif is_value is not None and is_value(text):
                value = text
            elif known is None or (value := known(text)) is None:
                value = read(child)
            if is_repeated:
                if name in values:
                    values[name].append(value)
                else:
                    values[name] = [value]
            elif name in values:
                raise Broken(child, "it stands more often than the description allows")
            else:
                values[name] = value
        if len(values) != self._complete:
            self._fill_up(element, values)
        if self._text is not None:
            values[self._text[0]] = self._text[1](element)
        elif element.text is not None and element.text.strip(WHITE_SPACE):
            raise Broken(element, "it holds text between its elements")
        if self._attributes:
            self._read_attributes(element, values)
        return values

    def _fill_up(self, element: etree._Element, values: dict[str, Any]) -> None:
        for name, wire in self._required:
            if name not in values:
                raise Broken(element, f"the required element '{local_name(wire)}' is missing")
        for name in self._lists:
            values.setdefault(name, [])

    def _read_attributes(self, element: etree._Element, values: dict[str, Any]) -> None:
        for name, read in self._attributes:
            value = read(element)
            if value is not ABSENT:
                values[name] = value


class Readers:
    """All readers of one description's types, made together and linked by name."""

    def __init__(self, description: Description, reached: tuple[str, ...]) -> None:
        self._types = description.types
        self._records = {name: self.made() for name in reached if isinstance(self._types[name], Record)}
        for name, reader in self._records.items():
            record = self._types[name]
            assert isinstance(record, Record)
            reader.fill(record.fields, self)

    def made(self) -> RecordReader:
        """Give a reader that is not filled yet."""
        return RecordReader()

    def record(self, name: str) -> RecordReader:
        """Give the reader of a record type."""
        return self._records[name]

    def group(self, fields: tuple[Field, ...]) -> RecordReader:
        """Give a reader of fields that no type names."""
        reader = self.made()
        reader.fill(fields, self)
        return reader

    def element_reader(self, field: Field) -> Read:
        """Give the reader of one element of this field, whatever its repetition."""
        wire = wire_type(field)
        item_nullable = field.items_nullable if wire.array_items or wire.is_repeated else field.is_nullable
        read = self._value_reader(field, item_nullable)
        for depth in reversed(range(len(wire.array_items))):
            read = self.array_reader(field, depth, read)
        return _nil_or(read) if wire.array_items and field.is_nullable else read

    def attribute_reader(self, field: Field) -> Read:
        """Give the reader of this attribute of an element; it gives ABSENT where the attribute may be left out."""
        check, wire, default = self.check(field), field.wire, field.default

        def read(element: etree._Element) -> object:
            text = element.get(wire, default)
            if text is None:
                if field.is_required:
                    raise Broken(element, "the required attribute is missing", attribute=wire)
                return ABSENT
            try:
                return check(text)
            except ValueError as error:
                raise Broken(element, str(error), attribute=wire) from error

        return read

    def array_reader(self, field: Field, depth: int, read: Read) -> Read:
        """Give the reader of a wrapper that holds nothing but items of one name; `depth` 0 is the outermost."""
        item = wire_type(field).array_items[depth]

        def read_array(element: etree._Element) -> list[object]:
            values = []
            for child in element:
                if child.tag != item:
                    raise Broken(child, "it is not in the description")
                values.append(read(child))
            return values

        return read_array

    def check(self, field: Field) -> Check:
        """Give the check of a text of this field: in an attribute, or in an element."""
        named = self._types.get(field.type)
        check = _enumeration_check(named) if isinstance(named, Enumeration) else text_check(field)
        return length_check(field, _list_check(check)) if wire_type(field).is_list else check

    def _value_reader(self, field: Field, is_nullable: bool) -> Read:
        named = self._types.get(field.type)
        if isinstance(named, Record):
            read: Read = self._records[field.type].read
            return _nil_or(read) if is_nullable else read
        if isinstance(named, Choice):
            read = _choice_reader(named, {member: self._records[member].read for member in named.members})
            return _nil_or(read) if is_nullable else read
        if field.type == Scalar.XML.value:
            return _nil_or(_xml) if is_nullable else _xml
        return _text_reader(self.check(field), is_nullable, field.default)

    def plain_texts(self, field: Field) -> Callable[[str], object] | None:
        """Say which non-empty texts are this field's value as they stand; None where none are."""
        wire = wire_type(field)
        if wire.array_items or wire.is_list or field.type not in _TEXTS:
            return None
        return plain_texts(field)

    def known_texts(self, field: Field) -> Callable[[str], object] | None:
        """Give the look-up of a closed list's values, None where the type is no such list."""
        wire = wire_type(field)
        if wire.array_items or wire.is_list:
            return None
        named = self._types.get(field.type)
        if isinstance(named, Enumeration):
            return {value.wire: value.name for value in named.values}.get
        return BOOLEANS.get if field.type == Scalar.BOOLEAN.value and field.facets is None else None


def result_reader(operation: Operation, readers: Readers) -> Read:
    """Give the reader of the element in a reply's Body, as the binding says where the result stands."""
    given, result = operation.binding["result"], operation.result
    if given == "fields":
        return readers.record(result.type).read
    if given == "value":
        return readers.element_reader(result)
    if given == "nothing":
        return lambda _: True
    read, name = readers.group((result,)).read, result.name
    return lambda element: read(element).get(name)


def _choice_reader(choice: Choice, reads: Mapping[str, Callable[[etree._Element], dict[str, object]]]) -> Read:
    def read(element: etree._Element) -> dict[str, object]:
        try:
            member = member_of(choice, element)
        except ValueError as error:
            raise Broken(element, str(error)) from error
        return {TYPENAME: member, **reads[member](element)}

    return read


def _is_nil(element: etree._Element) -> bool:
    return element.get(NIL, "").strip(WHITE_SPACE) in ("true", "1")


def _nil_or(read: Read) -> Read:
    def read_or_nil(element: etree._Element) -> object:
        return None if element.get(NIL) is not None and _is_nil(element) else read(element)

    return read_or_nil


def _text_reader(check: Check, is_nullable: bool, default: str | None) -> Read:
    """An empty element takes its default (XML Schema part 1, section 3.3.1); empty is not absent."""

    def read(element: etree._Element) -> object:
        text = element.text
        if text is None:
            if _is_nil(element):
                if is_nullable:
                    return None
                raise Broken(element, "it is nil, which the description does not allow")
            text = default or ""
        if len(element):
            raise Broken(element, "it holds elements where a text is promised")
        try:
            return check(text)
        except ValueError as error:
            raise Broken(element, str(error)) from error

    return read


def _list_check(check: Check) -> Check:
    def check_list(text: str) -> object:
        return [check(item) for item in text.split()]

    return check_list


def _enumeration_check(enumeration: Enumeration) -> Check:
    names = {value.wire: value.name for value in enumeration.values}

    def check(text: str) -> str:
        name = names.get(text) or names.get(" ".join(text.split()))
        if name is None:
            raise ValueError("it is not one of the values in the description")
        return name

    return check


def _xml(element: etree._Element) -> str:
    """Give the element itself, with the namespaces that it needs and without what follows it."""
    return etree.tostring(element, encoding="unicode", with_tail=False)
