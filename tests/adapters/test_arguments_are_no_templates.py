"""What a caller gives is a value and nothing else: no template, no markup, no header, no other path."""

from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest

from sacbe_adapters import xml
from sacbe_adapters.contract import Adapter
from sacbe_adapters.rest.adapter import RestAdapter
from sacbe_adapters.rest.describe import describe
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import AdapterError
from sacbe_terms.exchange import Endpoint
from tests.adapters.reading import MUSEUM, call, read
from tests.adapters.wire import Wire, http, saying

TEMPLATES = (
    "{0}", "{cui}", "{args.cui}", "${cui}", "${jndi:ldap://127.0.0.1:1/a}", "%s%s%n", "%(cui)s", "%00", "{{7*7}}",
    "{% raw %}", "#{7*7}", "<%= 7 %>", "$(id)", "`id`", "; rm -rf /", "' OR '1'='1", "*)(uid=*", "../../etc/passwd",
    "@/etc/passwd", "\\u0000", "&xxe;", "<!DOCTYPE a>", "]]><b/>", "</contar><b/>", "<xi:include href='/etc/passwd'/>",
    "a\r\nx-evil: 1", "a\nb", "a\r\n\r\nGET / HTTP/1.1", "\u2028", "\ufeff",
)  # fmt: skip
"""Texts that mean something to some machine."""

OPENAPI = """{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/cosas/{id}": {"post": {
"operationId": "poner", "parameters": [
  {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
  {"name": "q", "in": "query", "schema": {"type": "string"}},
  {"name": "X-Oficina", "in": "header", "schema": {"type": "string"}}],
"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
  "texto": {"type": "string"}}}}}},
"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}}}}}"""


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    """A transport that may go to loopback."""
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    yield transport
    await transport.close()


def heads(wire: Wire) -> list[list[str]]:
    """The lines of each request's head, without those that every request has."""
    return [request.partition("\r\n\r\n")[0].split("\r\n") for requests in wire.heard for request in requests]


async def _sent(adapter: Adapter, description: Description, code: str, arguments: dict[str, Any]) -> Wire:
    async with saying(http(b'""', kind="application/json", more="Connection: close\r\n")) as wire:
        with suppress(AdapterError):
            await call(adapter, description, code, arguments, Endpoint(address=wire.address.partition("?")[0]))
    return wire


@pytest.mark.parametrize("text", TEMPLATES)
async def test_a_soap_argument_is_one_text(transport: HttpTransport, text: str) -> None:
    """A SOAP argument arrives as the text that it is, in its own element, under the same head as any other."""
    adapter, description = SoapAdapter(transport), read(MUSEUM / "registry.wsdl")
    plain = await _sent(adapter, description, "contar", {"contar": "x" * len(text.encode())})
    wire = await _sent(adapter, description, "contar", {"contar": text})
    body = wire.heard[0][0].partition("\r\n\r\n")[2]
    (content,) = xml.parse(body.encode())[0]
    assert (len(content), content.text) == (0, text)
    assert [line for line in heads(wire)[0] if "length" not in line and "host" not in line] == [
        line for line in heads(plain)[0] if "length" not in line and "host" not in line
    ]


@pytest.mark.parametrize("place", ["id", "q", "xOficina", "body"])
@pytest.mark.parametrize("text", TEMPLATES)
async def test_a_rest_argument_is_one_value(transport: HttpTransport, text: str, place: str) -> None:
    """A REST argument adds no line to the head and no step to the path; where it cannot be carried it is refused."""
    description = describe(OPENAPI.encode(), "cosas.json")
    arguments: dict[str, Any] = {"id": "1", "q": "1", "xOficina": "1", "body": {"texto": "1"}}
    plain = await _sent(RestAdapter(transport), description, "poner", arguments)
    arguments[place] = {"texto": text} if place == "body" else text
    wire = await _sent(RestAdapter(transport), description, "poner", arguments)
    if not wire.heard:
        assert place == "xOficina", "only a header cannot carry every text"
        return
    (head,) = heads(wire)
    assert [line.partition(":")[0] for line in head[1:]] == [line.partition(":")[0] for line in heads(plain)[0][1:]]
    assert head[0].count("/") == heads(plain)[0][0].count("/")
    assert head[0].count(" ") == 2
    if place == "body":
        assert msgspec.json.decode(wire.heard[0][0].partition("\r\n\r\n")[2]) == {"texto": text}
