"""SOAP encoding, taken off replies, so that one reader serves every message.

SOAP 1.1, section 5, and SOAP 1.2 part 2, section 3. A value may stand elsewhere in the Body
and be referred to, arrays may leave items out, names of items and of the answer itself mean
nothing, and any value may be left out for nil. All of this is undone before a reply is read.
What references would make of a small reply is bounded, and one that leads back into itself is
refused. See docs/decisions/0070.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from lxml import etree

from sacbe_adapters.soap.builtins import ENCODING_11, ENCODING_12, ENCODINGS
from sacbe_adapters.soap.choices import TYPE, member_of
from sacbe_adapters.soap.encoded_types import ITEM
from sacbe_adapters.soap.envelope import SOAP_11, SOAP_12
from sacbe_adapters.soap.reading import NIL, Broken
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_terms.descriptions import Choice, Description, Field, Operation, Record, Scalar, reached_types

GROWTH_MAX = 4
"""How many times more values than elements a reply may hold after its references are followed."""

VALUES_ALWAYS = 10_000
"""Values that any reply may hold, however small it is."""

DEPTH_MAX = 200
"""How deep values may stand in values after references are followed."""

_RPC_RESULT = "{http://www.w3.org/2003/05/soap-rpc}result"
_IDS = ("id", f"{{{ENCODING_12}}}id")
_REFERENCES = ("href", "ref", f"{{{ENCODING_12}}}ref")
_INDEX = re.compile(r"\s*\[\s*([0-9]{1,9})\s*\]\s*")

Element = etree._Element
Accessors = Mapping[str, Field]
"""The fields of a record by their names on the wire."""


class ReplyEncoding:
    """The encoding of one operation's replies."""

    def __init__(self, description: Description, operation: Operation) -> None:
        self._records = accessors(description, operation)
        self._choices = choices(description)
        self._response = str(operation.binding["response"])
        self._results = _results(operation, self._records)

    def taken_off(self, children: Sequence[Element]) -> Element | None:
        """Give the answer's element in literal form, None for an empty Body; raises Broken."""
        if not children:
            return None
        following = _Following(children, self._records, self._choices)
        return following.answer(_answer(children, self._response), self._response, self._results)


def accessors(description: Description, operation: Operation) -> dict[str, Accessors]:
    """Give the accessors of every record that an operation reaches."""
    return {
        name: {field.wire: field for field in named.fields}
        for name in reached_types(description, operation)
        if isinstance(named := description.types[name], Record)
    }


def choices(description: Description) -> dict[str, Choice]:
    """Give the choices of a description by their keys."""
    return {name: named for name, named in description.types.items() if isinstance(named, Choice)}


def _results(operation: Operation, records: Mapping[str, Accessors]) -> Accessors:
    if operation.binding["result"] == "fields":
        return records[operation.result.type]
    return {operation.result.wire: operation.result} if operation.binding["result"] == "child" else {}


def _answer(children: Sequence[Element], response: str) -> Element:
    """Give the answer among the elements of a Body: its name means nothing (SOAP 1.1, section 7.1)."""
    roots = [child for child in children if child.get(f"{{{ENCODING_11}}}root", "").strip() in ("1", "true")]
    named = [child for child in children if child.tag == response]
    return next(iter([*roots, *named, *children]))


class _Following:
    """Copies one answer with its references followed and its arrays filled, within the limits."""

    def __init__(
        self, children: Sequence[Element], records: Mapping[str, Accessors], choices: Mapping[str, Choice]
    ) -> None:
        self._records = records
        self._choices = choices
        self._values_max = VALUES_ALWAYS + GROWTH_MAX * sum(1 for child in children for _ in child.iter())
        self._values = 0
        self._depth = 0
        self._open: set[Element] = set()
        self._identified = {
            identifier: element
            for child in children
            for element in child.iter()
            for attribute in _IDS
            if (identifier := element.get(attribute)) is not None
        }

    def answer(self, source: Element, tag: str, results: Accessors) -> Element:
        """Give the answer under its expected name; where one result is expected, the one that came is it."""
        answer = etree.Element(tag, nsmap=dict(source.nsmap))
        came = [child for child in source if child.tag != _RPC_RESULT]
        names = {_local(child) for child in came}
        lacking = [wire for wire in results if wire not in names]
        strangers = [child for child in came if _local(child) not in results]
        renamed = {strangers[0]: lacking[0]} if len(lacking) == len(strangers) == 1 else {}
        for child in came:
            wire = renamed.get(child, _local(child))
            self._copy(child, answer, wire if wire in results else str(child.tag), results.get(wire))
        _say_nil(answer, results)
        return answer

    def _copy(self, accessor: Element, parent: Element, tag: str, field: Field | None, arrays: int = -1) -> None:
        """Copy a value into `parent`; `field` says what it is, `arrays` in how many arrays its values still are."""
        with self._followed(accessor) as source:
            left = arrays if field is None or arrays >= 0 else len(wire_type(field).array_items)
            if field is not None and left > 0:
                self._copy_items(source, self._placed(source, parent, tag, None), field, left)
            elif field is None or field.type == Scalar.XML.value:
                self._copy_all(source, self._placed(source, parent, tag, dict(source.nsmap)))
            else:
                choice = self._choices.get(field.type)
                namespaces = None if choice is None else dict(source.nsmap)
                self._copy_fields(
                    source, self._placed(source, parent, tag, namespaces), self._of(choice, field, source)
                )

    def _of(self, choice: Choice | None, field: Field, source: Element) -> Accessors | None:
        try:
            return self._records.get(field.type if choice is None else member_of(choice, source))
        except ValueError as error:
            raise Broken(source, str(error)) from error

    def _placed(self, source: Element, parent: Element, tag: str, namespaces: dict[str | None, str] | None) -> Element:
        """Place an element without what only the encoding needs; its type is said where nothing else says it."""
        self._values += 1
        if self._values > self._values_max or self._depth > DEPTH_MAX:
            raise Broken(source, "its references make more of it than is read")
        copy = etree.SubElement(parent, tag, nsmap=namespaces)
        copy.text = source.text
        for name, value in source.items():
            if name not in _OWN and not name.startswith(_OF_ENCODING) and (name != TYPE or namespaces is not None):
                copy.set(name, value)
        return copy

    @contextmanager
    def _followed(self, accessor: Element) -> Iterator[Element]:
        """Give the element that holds the value, kept open so that nothing inside it can lead back to it."""
        source = accessor
        opened: list[Element] = []
        self._depth += 1
        try:
            while (reference := _reference(source)) is not None:
                target = self._identified.get(reference)
                if target is None:
                    raise Broken(source, "it refers to a value that is not there")
                if target in self._open:
                    raise Broken(source, "it refers to a value that it stands in")
                self._open.add(target)
                opened.append(target)
                source = target
            yield source
        finally:
            self._depth -= 1
            self._open.difference_update(opened)

    def _copy_all(self, source: Element, copy: Element) -> None:
        for child in source:
            self._copy(child, copy, str(child.tag), None)
            copy[-1].tail = child.tail

    def _copy_fields(self, source: Element, copy: Element, accessors: Accessors | None) -> None:
        if accessors is None:
            self._copy_all(source, copy)
            return
        for child in source:
            local = _local(child)
            self._copy(child, copy, local if local in accessors else str(child.tag), accessors.get(local))
        if copy.get(NIL) is None:
            _say_nil(copy, accessors)

    def _copy_items(self, source: Element, copy: Element, field: Field, arrays: int) -> None:
        """Put each item in its place; places that nothing takes are nil (SOAP 1.1, sections 5.4.2.1 and 5.4.2.2)."""
        place = _index(source, "offset", 0)
        copy.text = None
        for child in source:
            place = _index(child, "position", place)
            if place < len(copy) or place > self._values_max:
                raise Broken(child, "its position in the array is not after the one before, or too far")
            self._values += place - len(copy)
            while len(copy) < place:
                etree.SubElement(copy, ITEM).set(NIL, "true")
            self._copy(child, copy, ITEM, field, arrays - 1)
            place += 1


_OF_ENCODING = tuple(f"{{{encoding}}}" for encoding in ENCODINGS)
_OWN = frozenset((*_IDS, *_REFERENCES, *(f"{{{namespace}}}encodingStyle" for namespace in (SOAP_11, SOAP_12))))


def _reference(element: Element) -> str | None:
    """Give the id that an element refers to; a reference without `#` leads out of the message and is none."""
    href = element.get("href")
    if href is not None and href.startswith("#"):
        return href[1:]
    return None if len(element) or element.text else element.get(f"{{{ENCODING_12}}}ref", element.get("ref"))


def _index(element: Element, name: str, otherwise: int) -> int:
    told = element.get(f"{{{ENCODING_11}}}{name}")
    if told is None:
        return otherwise
    found = _INDEX.fullmatch(told)
    if found is None:
        raise Broken(element, f"its {name} in the array is not a number in brackets")
    return int(found[1])


def _say_nil(copy: Element, accessors: Accessors) -> None:
    """A value may be left out for nil (SOAP 1.1, section 5.1); the literal form says it."""
    there = {child.tag for child in copy}
    for wire, field in accessors.items():
        if field.is_required and field.is_nullable and wire not in there:
            etree.SubElement(copy, wire).set(NIL, "true")


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
