"""A document of 5 MB with a thousand operations costs the node little, and no request waits for it."""

import asyncio
import gc
import tracemalloc
from ipaddress import ip_network
from pathlib import Path

import pytest

from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.transport_http import HttpTransport

pytestmark = pytest.mark.long

OPERATIONS = 1000
FIELDS = 24
DOCUMENT_BYTES_MIN = 5_000_000
NODE_BYTES_MAX = 40 * 1024 * 1024

_TYPES = ("xs:string", "xs:int", "xs:date", "xs:decimal", "t:Corto")
_FIELD = """<xs:element name="campo_{n}_{k}" type="{type}" minOccurs="{low}"><xs:annotation><xs:documentation>Campo {k}
de la operación {n}, como lo dice su registro.</xs:documentation></xs:annotation></xs:element>"""
_OPERATION_TYPES = """<xs:complexType name="Dato{n}"><xs:sequence>{fields}</xs:sequence></xs:complexType>
<xs:element name="op{n}"><xs:complexType><xs:sequence><xs:element name="cui" type="xs:string"/></xs:sequence>
</xs:complexType></xs:element><xs:element name="op{n}Response"><xs:complexType><xs:sequence>
<xs:element name="dato" type="t:Dato{n}" minOccurs="0" maxOccurs="unbounded"/>
<xs:element name="otro" type="t:Dato{other}" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>"""
_MESSAGES = """<w:message name="op{n}In"><w:part name="p" element="t:op{n}"/></w:message>
<w:message name="op{n}Out"><w:part name="p" element="t:op{n}Response"/></w:message>"""
_OFFERED = """<w:operation name="op{n}"><w:input message="t:op{n}In"/><w:output message="t:op{n}Out"/></w:operation>"""
_BOUND = """<w:operation name="op{n}"><s:operation soapAction="op{n}"/><w:input><s:body use="literal"/></w:input>
<w:output><s:body use="literal"/></w:output></w:operation>"""
_WSDL = """<w:definitions name="Grande" targetNamespace="urn:t" xmlns:t="urn:t"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:w="http://schemas.xmlsoap.org/wsdl/"
 xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"><w:types>
<xs:schema targetNamespace="urn:t" elementFormDefault="qualified"><xs:simpleType name="Corto">
<xs:restriction base="xs:string"><xs:maxLength value="20"/></xs:restriction></xs:simpleType>{types}
</xs:schema></w:types>
{messages}<w:portType name="P">{offered}</w:portType><w:binding name="B" type="t:P">
<s:binding transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</w:binding><w:service name="S">
<w:port name="P" binding="t:B"><s:address location="http://127.0.0.1:9/"/></w:port></w:service></w:definitions>"""


def large_wsdl() -> str:
    """A WSDL whose every operation has types of its own and shares one with another."""
    numbers = range(OPERATIONS)
    return _WSDL.format(
        types="".join(_types(number) for number in numbers),
        messages="".join(_MESSAGES.format(n=number) for number in numbers),
        offered="".join(_OFFERED.format(n=number) for number in numbers),
        bound="".join(_BOUND.format(n=number) for number in numbers),
    )


def _types(number: int) -> str:
    fields = (_FIELD.format(n=number, k=k, type=_TYPES[k % len(_TYPES)], low=k % 2) for k in range(FIELDS))
    return _OPERATION_TYPES.format(n=number, fields="".join(fields), other=number * 7 % OPERATIONS)


async def test_a_large_document_is_read_beside_the_nodes_work(tmp_path: Path) -> None:
    """All its operations are offered, its description is small, and the loop went on while it was read."""
    source = tmp_path / "grande.wsdl"
    source.write_text(large_wsdl(), encoding="utf-8")
    assert source.stat().st_size > DOCUMENT_BYTES_MIN
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    working = asyncio.create_task(others())
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    description = await SoapAdapter(transport).describe(DescriptionSource(location=str(source)))
    gc.collect()
    added = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    working.cancel()
    await transport.close()
    assert len(description.operations) == OPERATIONS
    assert not description.uncovered
    assert added < NODE_BYTES_MAX
    assert turns > 100
    assert Codec(description, description.operations[-1]).encode("x", {"cui": "1"})
