"""What some systems want around a message: X-Road's header, or no envelope at all."""

import time
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from lxml import etree

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import ReplyNotReadable
from sacbe_terms.exchange import Call, Endpoint
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.wire import soap_message
from tests.adapters.reading import MUSEUM, call, read
from tests.adapters.wire import http, saying

FOUND = b'<hallado xmlns="urn:museum:plain"><nombre>\xc3\x91and\xc3\xba</nombre><saldo>10.50</saldo></hallado>'


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


async def test_a_document_is_posted_without_an_envelope(soap: SoapAdapter) -> None:
    """WSDL's HTTP binding takes the element itself and answers with one; its GET port is told as not covered."""
    description = read(MUSEUM / "plain-http.wsdl")
    assert description.endpoints == ("http://padron.example/post",)
    assert [uncovered.reason for uncovered in description.uncovered] == ["the port 'Get' is not bound to SOAP"]
    async with saying(http(FOUND)) as wire:
        reply = await call(soap, description, "buscar", {"nit": "00<1"}, Endpoint(address=wire.address))
    assert reply.value == {"nombre": "Ñandú", "saldo": "10.50"}
    ((request,),) = wire.heard
    head, _, body = request.partition("\r\n\r\n")
    assert "content-type: text/xml; charset=utf-8" in head
    root = etree.fromstring(body.encode())
    assert (root.tag, root.findtext("{*}nit")) == ("{urn:museum:plain}buscar", "00<1")


async def test_without_an_envelope_a_status_is_all_that_tells_a_failure(soap: SoapAdapter) -> None:
    """There are no faults outside SOAP: a failing status is an answer that cannot be read."""
    description = read(MUSEUM / "plain-http.wsdl")
    async with saying(http(b"<error/>", status="400 Bad Request")) as wire:
        with pytest.raises(ReplyNotReadable, match="400"):
            await call(soap, description, "buscar", {"nit": "1"}, Endpoint(address=wire.address))


async def test_a_system_of_an_x_road_is_told_who_asks(soap: SoapAdapter) -> None:
    """Client, service, id, official and case stand in the header that X-Road's own reader takes."""
    description = read(MUSEUM / "x-road-header.wsdl")
    operation = description.operation("estado")
    assert operation is not None
    assert operation.speaks_xroad
    assert [argument.name for argument in operation.arguments] == ["clave"]
    answer = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><estadoResponse'
        b' xmlns="urn:museum:x-road"><valor>bien</valor></estadoResponse></s:Body></s:Envelope>'
    )
    async with saying(http(answer)) as wire:
        asked = Call(
            name="GT/GOV/2001/registro/estados/estado",
            operation=operation,
            description=description,
            endpoint=Endpoint(address=wire.address),
            arguments={"clave": "1"},
            deadline=time.monotonic() + 5,
            message_id="m-1",
            consumer=SubsystemId(MemberId("GT", "GOV", "1001"), "ventanilla"),
            user_id="GT1234",
            issue="exp. <7>",
        )
        assert (await soap.call(asked)).value == "bien"
    ((request,),) = wire.heard
    heard = soap_message.read(request.partition("\r\n\r\n")[2].encode(), content_type="text/xml")
    assert heard is not None
    assert (str(heard.client), str(heard.service)) == (
        "GT/GOV/1001/ventanilla",
        "SERVICE:GT/GOV/2001/registro/estado",
    )
    assert (heard.message_id, heard.user_id, heard.issue) == ("m-1", "GT1234", "exp. <7>")
