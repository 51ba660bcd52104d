"""SOAP encoding, put onto requests: every value says its type, every array its size.

SOAP 1.1, section 5, and SOAP 1.2 part 2, section 3. A request is written in its literal form
and told in encoded form afterwards. See docs/decisions/0070.
"""

from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap.builtins import ENCODING_11, ENCODING_12, XSD
from sacbe_adapters.soap.choices import TYPE, member_of
from sacbe_adapters.soap.encoded_replies import Accessors, accessors, choices
from sacbe_adapters.soap.reading import NIL
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_adapters.soap.writing import Namespaces
from sacbe_terms.descriptions import Description, Field, Operation, Record, Scalar

Element = etree._Element


class RequestEncoding:
    """The encoding of one operation's requests."""

    def __init__(self, description: Description, operation: Operation, namespaces: Namespaces) -> None:
        self.style = str(operation.binding["encoding"])
        self._records = accessors(description, operation)
        self._choices = choices(description)
        self._arguments = {field.wire: field for field in operation.arguments}
        self._names = _TypeNames(description, operation, namespaces)
        namespaces.written(f"{{{self.style}}}Array")

    def put_on(self, request: bytes) -> bytes:
        """Give a literal request in encoded form: every value says its type, every array its size."""
        message = xml.parse(request)
        call = message[-1][0]
        call.set(f"{{{etree.QName(message).namespace}}}encodingStyle", self.style)
        self._tell_types(call, self._arguments)
        return etree.tostring(message, xml_declaration=True, encoding="utf-8")

    def _tell_types(self, element: Element, accessors: Accessors) -> None:
        for child in element:
            field = accessors.get(str(child.tag))
            if field is not None and child.get(NIL) is None:
                self._tell_type(child, field, len(wire_type(field).array_items))

    def _tell_type(self, element: Element, field: Field, arrays: int) -> None:
        if arrays:
            self._tell_array(element, field, arrays)
            return
        name = self._names.of(field)
        if name and TYPE not in element.attrib:
            element.set(TYPE, name)
        choice = self._choices.get(field.type)
        record = field.type if choice is None else member_of(choice, element)
        self._tell_types(element, self._records.get(record, {}))

    def _tell_array(self, element: Element, field: Field, arrays: int) -> None:
        item = self._names.of(field) or self._names.qualified(f"{{{XSD}}}anyType")
        if self.style == ENCODING_12:
            element.set(f"{{{ENCODING_12}}}itemType", item)
            element.set(f"{{{ENCODING_12}}}arraySize", str(len(element)))
        else:
            element.set(TYPE, self._names.qualified(f"{{{ENCODING_11}}}Array"))
            element.set(f"{{{ENCODING_11}}}arrayType", f"{item}{'[]' * (arrays - 1)}[{len(element)}]")
        for child in element:
            if child.get(NIL) is None:
                self._tell_type(child, field, arrays - 1)


class _TypeNames:
    """The names of types as `xsi:type` writes them, all declared on the envelope."""

    def __init__(self, description: Description, operation: Operation, namespaces: Namespaces) -> None:
        self._types = description.types
        self._namespaces = namespaces
        namespaces.written(f"{{{XSD}}}anyType")
        records = accessors(description, operation).values()
        for field in (*operation.arguments, *(field for record in records for field in record.values())):
            self.of(field)

    def qualified(self, name: str) -> str:
        """Give a `{namespace}name` with its prefix."""
        return self._namespaces.written(name)

    def of(self, field: Field) -> str:
        """Give the name of a field's type, or of its items; empty for a type without a name."""
        named = self._types.get(field.type)
        if isinstance(named, Record):
            return self.qualified(named.wire)
        wire = wire_type(field)
        if wire.name:
            return self.qualified(wire.name)
        if wire.is_list or not wire.builtin.startswith("xs:") or field.type == Scalar.XML.value:
            return ""
        return self.qualified(f"{{{XSD}}}{wire.builtin.removeprefix('xs:')}")
