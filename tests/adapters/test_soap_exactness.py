"""Exactness over a real wire: what the system's bytes mean is what comes out, to the last character."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.exchange import Endpoint
from tests.adapters.reading import MUSEUM, call, read
from tests.adapters.test_soap_codec import PERSON_XML, person
from tests.adapters.wire import http, saying

REGISTRY = read(MUSEUM / "registry.wsdl")


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    yield SoapAdapter(transport)
    await transport.close()


async def answered(soap: SoapAdapter, reply: bytes) -> dict[str, object]:
    """The person that a reply of these bytes tells of."""
    async with saying(reply) as server:
        found = await call(soap, REGISTRY, "consultarPersona", {"cui": "1"}, Endpoint(address=server.address))
    assert isinstance(found.value, dict)
    return found.value


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("utf-8", "Ñandú Peña 😀"),
        ("iso-8859-1", "Ñandú Peña"),
        ("windows-1252", "Ñandú “Peña” €"),
        ("utf-16", "Ñandú Peña 😀"),
    ],
)
@pytest.mark.parametrize("told_by", ["header", "declaration", "both"])
async def test_charsets(soap: SoapAdapter, charset: str, name: str, told_by: str) -> None:
    """A reply in any usual charset, told by the header, by the document, or by both."""
    declared = "" if told_by == "header" else f"<?xml version='1.0' encoding='{charset}'?>"
    kind = "text/xml" if told_by == "declaration" else f"text/xml; charset={charset}"
    body = (declared + person(PERSON_XML.replace("Ana", name))).encode(charset)
    assert (await answered(soap, http(body, kind=kind)))["nombres"] == name


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ("0012345", "0012345"),
        ("1e5", "1e5"),
        ("  dos  espacios\t ", "  dos  espacios\t "),
        ("una\r\notra\rmás\n", "una\notra\nmás\n"),
        ("una&#13;&#10;otra", "una\r\notra"),
        ("<![CDATA[<b>&amp;</b>]]> y <![CDATA[más]]>", "<b>&amp;</b> y más"),
        ("&#x1F600;&#241;&amp;lt;", "😀ñ&lt;"),
        ("", ""),
        ("true", "true"),
        ("null", "null"),
        ("2026-11-23", "2026-11-23"),
    ],
)
async def test_texts(soap: SoapAdapter, wire: str, value: str) -> None:
    """Texts are never taken for numbers, dates or nulls; line ends are those of XML 1.0, section 2.11."""
    assert (await answered(soap, http(person(PERSON_XML.replace("Ana", wire)).encode())))["nombres"] == value


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ("<p:saldo>0.100000000000000000000000000001</p:saldo>", "saldo", "0.100000000000000000000000000001"),
        ("<p:saldo>-00.50</p:saldo>", "saldo", "-00.50"),
        ("<p:inscrita>2026-11-23T10:00:00.1234567-06:00</p:inscrita>", "inscrita", "2026-11-23T10:00:00.1234567-06:00"),
        ("<p:inscrita>2026-11-23T10:00:00Z</p:inscrita>", "inscrita", "2026-11-23T10:00:00Z"),
        ("<p:inscrita>2026-11-23T10:00:00</p:inscrita>", "inscrita", "2026-11-23T10:00:00"),
        ("<p:apodo>a</p:apodo><p:apodo/><p:apodo>a</p:apodo>", "apodo", ["a", "", "a"]),
        ("<p:padres/>", "padres", []),
    ],
)  # fmt: skip
async def test_values(soap: SoapAdapter, more: str, field: str, value: object) -> None:
    """Decimals keep their digits, times their zone, repeated elements their number and order."""
    found = (await answered(soap, http(person(PERSON_XML + more).encode())))[field]
    assert (found["value"] if isinstance(found, dict) else found) == value


async def test_the_largest_numbers(soap: SoapAdapter) -> None:
    """An integer beyond what a float can hold comes out digit by digit."""
    inside = PERSON_XML.replace(" 7 ", "18446744073709551615")
    assert (await answered(soap, http(person(inside).encode())))["folio"] == "18446744073709551615"


async def test_nil_absent_and_empty_are_three(soap: SoapAdapter) -> None:
    """Nil is null, what is absent is not there, what is empty is empty."""
    found = await answered(soap, http(person(PERSON_XML + "<p:telefono/>").encode()))
    assert found["estadoCivil"] is None
    assert found["telefono"] == ""
    assert "correo" not in found
