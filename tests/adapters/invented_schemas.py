"""Schemas and values that hypothesis invents, within what zeep can read.

Recursive types, wildcards and substitution groups are left out: zeep reads the first wrongly, the second
as trees of its own, and does not know the third. Nor does it tell an empty record from none, or write
a choice's member that is 0 or false. An operation `eco` gives back what it is given.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from sacbe_adapters.soap.wire_types import wire_type
from sacbe_terms.descriptions import Description, Enumeration, Field, Place, Record

NAMESPACE = "urn:invented"
"""Of everything in an invented schema."""

DEPTH_MAX = 2
"""Records within records."""

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"]), min_size=1, max_size=9)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "int": st.integers(-(2**31), 2**31 - 1),
    "unsignedByte": st.integers(0, 255),
    "long": st.integers(-(2**63), 2**63 - 1).map(str),
    "integer": st.integers(-(10**30), 10**30).map(str),
    "decimal": st.decimals(Decimal(-(10**9)), Decimal(10**9), places=3).map("{:f}".format),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": st.dates().filter(lambda day: day.year > 999).map(str),
    "dateTime": st.datetimes().filter(lambda at: at.year > 999).map(lambda at: at.replace(microsecond=0).isoformat()),
}
"""Built-in types, and their values in the form of the rooms."""

_NAMED = """<xs:simpleType name="Estado"><xs:restriction base="xs:string"><xs:enumeration value="activo"/>
<xs:enumeration value="en trámite"/><xs:enumeration value="00"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Codigo"><xs:restriction base="xs:string"><xs:maxLength value="9"/></xs:restriction>
</xs:simpleType>"""
_SIMPLE = st.sampled_from([*(f"xs:{name}" for name in VALUES), "t:Estado", "t:Codigo"])
_ECO = """<xs:element name="{name}"><xs:complexType><xs:sequence><xs:element name="valor" {value}/>
</xs:sequence></xs:complexType></xs:element>"""
_WSDL = """<w:definitions targetNamespace="urn:invented" xmlns:t="urn:invented" name="Inventada"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:w="http://schemas.xmlsoap.org/wsdl/"
 xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"><w:types>
<xs:schema targetNamespace="urn:invented" elementFormDefault="{form}">{types}</xs:schema></w:types>
<w:message name="i"><w:part name="p" element="t:eco"/></w:message>
<w:message name="o"><w:part name="p" element="t:ecoResponse"/></w:message>
<w:portType name="P"><w:operation name="eco"><w:input message="t:i"/><w:output message="t:o"/>
</w:operation></w:portType>
<w:binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<w:operation name="eco"><s:operation soapAction=""/><w:input><s:body use="literal"/></w:input>
<w:output><s:body use="literal"/></w:output></w:operation></w:binding>
<w:service name="S"><w:port name="P" binding="t:B"><s:address location="http://127.0.0.1:9/"/></w:port></w:service>
</w:definitions>"""


def wsdl_of(types: str, value: str, form: str = "unqualified") -> str:
    """Give a WSDL with one operation, by its schema's types and the attributes of the value that it takes and gives."""
    messages = "".join(_ECO.format(name=name, value=value) for name in ("eco", "ecoResponse"))
    return _WSDL.format(types=types + messages, form=form)


class _Schema:
    """Writes one schema while it is drawn; every name is used once."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.types = [_NAMED]
        self._draw = draw
        self._names = 0

    def name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}{self._names}"

    def record(self, depth: int) -> str:
        """Write a type of at least two elements, perhaps one that extends another; gives its name."""
        name, draw = self.name("Tipo"), self._draw
        members = self.element(depth, prefix="cierto") + self.element(depth)
        members += "".join(self.element(depth) for _ in range(draw(st.integers(0, 2))))
        if draw(st.booleans()):
            options = "".join(self.element(depth, prefix="opcion") for _ in range(2))
            members += f'<xs:choice minOccurs="{draw(st.integers(0, 1))}">{options}</xs:choice>'
        content = f"<xs:sequence>{members}</xs:sequence>{self.attributes(draw(st.integers(0, 2)))}"
        if depth < DEPTH_MAX and draw(st.integers(0, 3)) == 0:
            base = self.record(depth + 1)
            content = f'<xs:complexContent><xs:extension base="t:{base}">{content}</xs:extension></xs:complexContent>'
        self.types.append(f'<xs:complexType name="{name}">{content}</xs:complexType>')
        return name

    def text_with_attributes(self) -> str:
        name, base = self.name("Texto"), self._draw(_SIMPLE)
        self.types.append(
            f'<xs:complexType name="{name}"><xs:simpleContent><xs:extension base="{base}">{self.attributes(2)}'
            "</xs:extension></xs:simpleContent></xs:complexType>"
        )
        return name

    def element(self, depth: int, prefix: str = "campo") -> str:
        draw = self._draw
        kind = draw(st.integers(0, 5 if depth < DEPTH_MAX else 4))
        typed = f"t:{self.record(depth + 1)}" if kind == 5 else draw(_SIMPLE)
        if kind == 4:
            typed = f"t:{self.text_with_attributes()}"
        is_alone = prefix != "campo"
        low, high = ("1", "1") if is_alone else (draw(st.sampled_from("01")), draw(st.sampled_from(["1", "3"])))
        nillable = "true" if kind < 4 and not is_alone and draw(st.booleans()) else "false"
        name = self.name(prefix)
        return f'<xs:element name="{name}" type="{typed}" minOccurs="{low}" maxOccurs="{high}" nillable="{nillable}"/>'

    def attributes(self, number: int) -> str:
        uses = (self._draw(st.sampled_from(["required", "optional"])) for _ in range(number))
        return "".join(
            f'<xs:attribute name="{self.name("atributo")}" type="{self._draw(_SIMPLE)}" use="{use}"/>' for use in uses
        )


class _OrdinarySchema(_Schema):
    """Writes what most systems have: no attributes, and lists that stand in an element of their own."""

    def attributes(self, _: int) -> str:
        return ""

    def element(self, depth: int, prefix: str = "campo") -> str:
        written = super().element(depth, prefix)
        return written.replace('maxOccurs="3"', 'maxOccurs="1"') if "ListaDe" in written else written

    def text_with_attributes(self) -> str:
        name, item = self.name("ListaDe"), self._draw(_SIMPLE)
        nillable = "true" if self._draw(st.booleans()) else "false"
        element = f'<xs:element name="{self.name("item")}" type="{item}" nillable="{nillable}"'
        self.types.append(
            f'<xs:complexType name="{name}"><xs:sequence>{element} minOccurs="0" maxOccurs="unbounded"/>'
            "</xs:sequence></xs:complexType>"
        )
        return name


@st.composite
def ordinary_wsdls(draw: st.DrawFn) -> str:
    """Draw a WSDL with one operation that takes one record or several, and gives as many."""
    schema = _OrdinarySchema(draw)
    root = schema.record(0)
    form, occurs = draw(st.sampled_from(["qualified", "unqualified"])), draw(st.sampled_from(["1", "unbounded"]))
    return wsdl_of("".join(schema.types), f'type="t:{root}" maxOccurs="{occurs}"', form)


@st.composite
def wsdls(draw: st.DrawFn) -> str:
    """Draw a WSDL with one operation that takes a record and gives one of the same type."""
    schema = _Schema(draw)
    root = schema.record(0)
    form = draw(st.sampled_from(["qualified", "unqualified"]))
    return wsdl_of("".join(schema.types), f'type="t:{root}"', form)


def records(draw: Callable[[st.SearchStrategy[Any]], Any], description: Description, record: Record) -> dict[str, Any]:
    """Draw a value of a record: of a choice's members one stands."""
    options = [field.name for field in record.fields if field.wire.rpartition("}")[2].startswith("opcion")]
    left_out = set(options) - {draw(st.sampled_from(options))} if options else set()
    return {
        field.name: _value(draw, description, field)
        for field in record.fields
        if field.name not in left_out and (field.is_required or field.name in options or draw(st.booleans()))
    }


def _value(draw: Callable[[st.SearchStrategy[Any]], Any], description: Description, field: Field) -> Any:
    if field.list_depth:
        return [_one(draw, description, field) for _ in range(draw(st.integers(1, 3)))]
    if field.is_nullable and field.is_required and field.place is Place.ELEMENT and draw(st.booleans()):
        return None
    return _one(draw, description, field)


def _one(draw: Callable[[st.SearchStrategy[Any]], Any], description: Description, field: Field) -> Any:
    named = description.types.get(field.type)
    if isinstance(named, Record):
        return records(draw, description, named)
    if isinstance(named, Enumeration):
        return draw(st.sampled_from([value.name for value in named.values]))
    values = VALUES[wire_type(field).builtin.removeprefix("xs:")]
    return draw(values.filter(_is_not_nought) if field.name.startswith("opcion") else values)


def _is_not_nought(value: Any) -> bool:
    return bool(value) and bool(str(value).strip("-0."))
