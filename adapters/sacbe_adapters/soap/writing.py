"""From arguments to XML, written directly and checked on the way, by plans made once per operation.

Nothing of a caller ever becomes markup: texts are escaped, characters that XML cannot carry
are refused, XML arguments are parsed and written anew. A carriage return is written as a
reference, or the reader's parser would turn it into a line feed (XML 1.0, section 2.11).
"""

import re
from collections.abc import Callable, Mapping

from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap.builtins import Check
from sacbe_adapters.soap.choices import TYPENAME
from sacbe_adapters.soap.derivations import UNTOLD
from sacbe_adapters.soap.facets import text_check
from sacbe_adapters.soap.schema import ANY
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_terms.descriptions import Choice, Description, Enumeration, Facets, Field, Place, Record, Scalar

XSI = "http://www.w3.org/2001/XMLSchema-instance"
"""Namespace of `xsi:nil`; the envelope declares the prefix."""

Write = Callable[[list[str], object], None]
"""Writes one value as one element; raises NotWritable."""
Text = Callable[[object], str]
"""Gives a value's text, escaped; raises NotWritable."""

_SPECIAL = re.compile("[^\t\n\x20-\x25\x27-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL_IN_ATTRIBUTE = re.compile("[^\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


class NotWritable(Exception):
    """A value does not fit; `path` leads to it from the arguments."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []


class Namespaces:
    """Prefixes of one operation's namespaces, all declared on the envelope."""

    def __init__(self) -> None:
        self._prefixes: dict[str, str] = {"http://www.w3.org/XML/1998/namespace": "xml", XSI: "xsi"}

    def written(self, wire: str) -> str:
        """Give the qualified name as it is written."""
        if not wire.startswith("{"):
            return wire
        namespace, _, local = wire[1:].partition("}")
        prefix = self._prefixes.setdefault(namespace, f"n{len(self._prefixes) - 1}")
        return f"{prefix}:{local}"

    def declarations(self) -> str:
        """Give the attributes that declare every prefix in use."""
        wanted = {prefix: namespace for namespace, prefix in self._prefixes.items() if prefix != "xml"}
        return "".join(f' xmlns:{prefix}="{_escaped_attribute(name)}"' for prefix, name in wanted.items())


class RecordWriter:
    """Writes the fields of one record type, within an element that the caller names."""

    __slots__ = ("_attributes", "_children", "_names", "_text")

    def __init__(self) -> None:
        self._children: tuple[tuple[str, Write, bool, bool], ...] = ()
        self._attributes: tuple[tuple[str, str, Text, bool], ...] = ()
        self._text: tuple[str, Text] | None = None
        self._names: frozenset[str] = frozenset()

    def fill(self, fields: tuple[Field, ...], writers: "Writers") -> None:
        """Make the plan; apart from construction, since types may hold themselves."""
        self._children = tuple(
            (field.name, writers.field_writer(field), field.is_required, field.is_nullable)
            for field in fields
            if field.place is Place.ELEMENT
        )
        self._attributes = tuple(
            (
                field.name,
                writers.namespaces.written(field.wire),
                writers.text(field, in_attribute=True),
                field.is_required,
            )
            for field in fields
            if field.place is Place.ATTRIBUTE
        )
        texts = [field for field in fields if field.place is Place.TEXT]
        self._text = (texts[0].name, writers.text(texts[0], in_attribute=False)) if texts else None
        self._names = frozenset(field.name for field in fields)

    def write(self, out: list[str], tag: str, value: object, told: str = "") -> None:
        """Write the element `tag` with the fields of a mapping; `told` is its own attributes. Raises NotWritable."""
        if not isinstance(value, Mapping):
            raise NotWritable("it is not an object with fields")
        if not value.keys() <= self._names:
            raise NotWritable(f"it has no field '{min(map(str, value.keys() - self._names))}'")
        if not self._attributes:
            out.append(f"<{tag}{told}>")
        else:
            self._write_start(out, tag + told, value)
        for name, write, is_required, is_nullable in self._children:
            item = value.get(name)
            if item is None and not (is_nullable and (is_required or name in value)):
                if is_required:
                    raise _on_the_way(NotWritable("it is required"), name)
                continue
            try:
                write(out, item)
            except NotWritable as error:
                raise _on_the_way(error, name) from None
        if self._text is not None:
            self._write_text(out, self._text, value)
        out.append(f"</{tag}>")

    def _write_start(self, out: list[str], tag: str, value: Mapping[str, object]) -> None:
        out.append(f"<{tag}")
        for name, wire, text, is_required in self._attributes:
            item = value.get(name)
            if item is not None:
                try:
                    out.append(f' {wire}="{text(item)}"')
                except NotWritable as error:
                    raise _on_the_way(error, name) from None
            elif is_required:
                raise _on_the_way(NotWritable("it is required"), name)
        out.append(">")

    def _write_text(self, out: list[str], field: tuple[str, Text], value: Mapping[str, object]) -> None:
        name, text = field
        if value.get(name) is not None:
            try:
                out.append(text(value[name]))
            except NotWritable as error:
                raise _on_the_way(error, name) from None


class Writers:
    """All writers of one operation's argument types, linked by name."""

    def __init__(self, description: Description, reached: tuple[str, ...], namespaces: Namespaces) -> None:
        self.namespaces = namespaces
        self._types = description.types
        self._records = {name: RecordWriter() for name in reached if isinstance(self._types[name], Record)}
        for name, writer in self._records.items():
            record = self._types[name]
            assert isinstance(record, Record)
            writer.fill(record.fields, self)

    def group(self, fields: tuple[Field, ...]) -> RecordWriter:
        """Give a writer of fields that no type names."""
        writer = RecordWriter()
        writer.fill(fields, self)
        return writer

    def field_writer(self, field: Field) -> Write:
        """Give the writer of all of a field's elements."""
        wire = wire_type(field)
        innermost = (field.wire, *wire.array_items)[-1]
        *outer, tag = map(self.namespaces.written, (field.wire, *wire.array_items))
        write = self._one(field, innermost, tag)
        if field.items_nullable if outer or wire.is_repeated else field.is_nullable:
            write = _nil_or(write, tag)
        for array_tag in reversed(outer):
            write = _array_writer(array_tag, _repeated_writer(write))
        if outer and field.is_nullable:
            write = _nil_or(write, outer[0])
        return _repeated_writer(write) if wire.is_repeated else write

    def text(self, field: Field, *, in_attribute: bool) -> Text:
        """Give the function that writes a value as text."""
        escape = _escaped_attribute if in_attribute else _escaped
        named = self._types.get(field.type)
        if isinstance(named, Enumeration):
            text = _enumeration_text(named, escape)
        else:
            text = _scalar_text(Scalar(field.type), text_check(field), escape)
        return _list_text(text, field.facets) if wire_type(field).is_list else text

    def _one(self, field: Field, wire: str, tag: str) -> Write:
        named = self._types.get(field.type)
        if isinstance(named, Record):
            return _record_write(self._records[field.type], tag)
        if isinstance(named, Choice):
            return self._choice_writer(named, tag)
        if field.type == Scalar.XML.value:
            return _xml_writer(wire)
        return _text_writer(tag, self.text(field, in_attribute=False))

    def _choice_writer(self, choice: Choice, tag: str) -> Write:
        """A member says its type, but for the one that an element has which says none."""
        wires = {member: wire for wire, member in reversed(choice.mapping.items()) if wire}
        plain = choice.mapping.get(UNTOLD)
        starts = {
            member: "" if member == plain else f' xsi:type="{self.namespaces.written(wires[member])}"'
            for member in choice.members
        }

        def write(out: list[str], value: object) -> None:
            member = value.get(TYPENAME) if isinstance(value, Mapping) else None
            if not isinstance(value, Mapping) or member not in starts:
                raise NotWritable("it does not say which of its types it is")
            fields = {name: item for name, item in value.items() if name != TYPENAME}
            self._records[str(member)].write(out, tag, fields, starts[str(member)])

        return write


def _on_the_way(error: NotWritable, name: str) -> NotWritable:
    error.path.insert(0, name)
    return error


def _record_write(writer: RecordWriter, tag: str) -> Write:
    def write(out: list[str], value: object) -> None:
        writer.write(out, tag, value)

    return write


def _text_writer(tag: str, text: Text) -> Write:
    def write(out: list[str], value: object) -> None:
        out.append(f"<{tag}>{text(value)}</{tag}>")

    return write


def _nil_or(write: Write, tag: str) -> Write:
    def write_or_nil(out: list[str], value: object) -> None:
        if value is None:
            out.append(f'<{tag} xsi:nil="true"/>')
        else:
            write(out, value)

    return write_or_nil


def _repeated_writer(write: Write) -> Write:
    def write_all(out: list[str], value: object) -> None:
        if not isinstance(value, list | tuple):
            raise NotWritable("it is not a list")
        for place, item in enumerate(value):
            try:
                write(out, item)
            except NotWritable as error:
                raise _on_the_way(error, str(place)) from None

    return write_all


def _array_writer(tag: str, write_items: Write) -> Write:
    def write(out: list[str], value: object) -> None:
        out.append(f"<{tag}>")
        write_items(out, value)
        out.append(f"</{tag}>")

    return write


def _xml_writer(wire: str) -> Write:
    """An XML argument stands as it is, if it is the element that is asked for."""

    def write(out: list[str], value: object) -> None:
        if not isinstance(value, str):
            raise NotWritable("it is not XML")
        try:
            element = xml.parse(value.encode())
        except (xml.XmlRefused, UnicodeEncodeError) as error:
            raise NotWritable("it is not one well-formed XML element") from error
        if wire not in (ANY, element.tag):
            raise NotWritable(f"its element is not '{wire}'")
        out.append(etree.tostring(element, encoding="unicode").replace("\r", "&#13;"))

    return write


def _scalar_text(scalar: Scalar, check: Check, escape: Callable[[str], str]) -> Text:
    if scalar is Scalar.BOOLEAN:
        return _boolean_text(check)
    if scalar in (Scalar.INT, Scalar.FLOAT):
        return _number_text(scalar, check)
    misfit = "it is not a text" if scalar is Scalar.STRING else "it is not given as text"

    def text(value: object) -> str:
        if not isinstance(value, str):
            raise NotWritable(misfit)
        try:
            return escape(str(check(value)))
        except ValueError as error:
            raise NotWritable(str(error)) from error

    return text


def _boolean_text(check: Check) -> Text:
    def text(value: object) -> str:
        if not isinstance(value, bool):
            raise NotWritable("it is not true or false")
        try:
            check(written := "true" if value else "false")
        except ValueError as error:
            raise NotWritable(str(error)) from error
        return written

    return text


def _number_text(scalar: Scalar, check: Check) -> Text:
    def text(value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float if scalar is Scalar.FLOAT else int):
            raise NotWritable("it is not a number")
        try:
            check(written := repr(value))
        except ValueError as error:
            raise NotWritable(str(error)) from error
        return written

    return text


def _enumeration_text(enumeration: Enumeration, escape: Callable[[str], str]) -> Text:
    texts = {value.name: escape(value.wire) for value in enumeration.values}

    def text(value: object) -> str:
        if not isinstance(value, str) or value not in texts:
            raise NotWritable("it is not one of the values in the description")
        return texts[value]

    return text


def _list_text(item_text: Text, facets: Facets | None) -> Text:
    bounds = facets or Facets()
    least, most = bounds.items_min or 0, bounds.items_max

    def text(value: object) -> str:
        if not isinstance(value, list | tuple):
            raise NotWritable("it is not a list")
        if len(value) < least or (most is not None and len(value) > most):
            raise NotWritable("it has more or fewer items than the description allows")
        items = [item_text(item) for item in value]
        if any(not item or any(character.isspace() for character in item) for item in items):
            raise NotWritable("an item of a list that is written with spaces is empty or holds a space")
        return " ".join(items)

    return text


def _escaped(text: str) -> str:
    return _SPECIAL.sub(_reference, text) if _SPECIAL.search(text) else text


def _escaped_attribute(text: str) -> str:
    return _SPECIAL_IN_ATTRIBUTE.sub(_reference, text) if _SPECIAL_IN_ATTRIBUTE.search(text) else text


def _reference(found: re.Match[str]) -> str:
    reference = _REFERENCES.get(found[0])
    if reference is None:
        raise NotWritable("it holds a character that XML cannot carry")
    return reference
