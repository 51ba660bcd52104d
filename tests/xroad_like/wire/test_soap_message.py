"""The SOAP message protocol: what a header says, which messages are refused, and the request hash in a reply."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.wire import soap_message
from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault

DATA = os.environ.get("SACBE_CONFORMANCE_DATA", "")

CLIENT = (
    '<x:client i:objectType="SUBSYSTEM"><i:xRoadInstance>GT</i:xRoadInstance><i:memberClass>GOV</i:memberClass>'
    "<i:memberCode>1001</i:memberCode><i:subsystemCode>ventanilla</i:subsystemCode></x:client>"
)
SERVICE = (
    '<x:service i:objectType="SERVICE"><i:xRoadInstance>GT</i:xRoadInstance><i:memberClass>GOV</i:memberClass>'
    "<i:memberCode>2001</i:memberCode><i:serviceCode>persona</i:serviceCode><i:serviceVersion>v1</i:serviceVersion>"
    "</x:service>"
)
REST = "<x:id>7</x:id><x:protocolVersion>4.0</x:protocolVersion>"
BODY = '<s:Body><p:persona xmlns:p="urn:p"/></s:Body>'


def message(header: str = CLIENT + SERVICE + REST, body: str = BODY) -> str:
    """Write a message."""
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:x="http://x-road.eu/xsd/xroad.xsd"'
        f' xmlns:i="http://x-road.eu/xsd/identifiers"><s:Header>{header}</s:Header>{body}</s:Envelope>'
    )


def test_what_a_header_says() -> None:
    """Client and service with all their parts, ids and texts; a member may be a provider by itself."""
    read = soap_message.read(message(CLIENT + SERVICE + REST + "<x:issue> A-1 </x:issue>").encode(), content_type="")
    assert read is not None
    assert read.client == SubsystemId(MemberId("GT", "GOV", "1001"), "ventanilla")
    assert read.service.provider == SubsystemId(MemberId("GT", "GOV", "2001"), "")
    assert (read.service.code, read.service.version) == ("persona", "v1")
    assert (read.message_id, read.issue, read.user_id) == ("7", "A-1", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "InvalidSoap"),
        ("<html/>", "InvalidSoap"),
        ("<!DOCTYPE a><a/>", "InvalidSoap"),
        (message(CLIENT + REST), "MissingHeaderField"),
        (message(CLIENT + SERVICE + REST + "<x:id>8</x:id>"), "DuplicateHeaderField"),
        (message((CLIENT + SERVICE + REST).replace(' i:objectType="SERVICE"', "")), "InvalidXml"),
        (message((CLIENT + SERVICE + REST).replace("SUBSYSTEM", "SERVER")), "InvalidXml"),
        (message((CLIENT + SERVICE + REST).replace("<i:memberClass>GOV</i:memberClass>", "")), "InvalidXml"),
        (message((CLIENT + SERVICE + REST).replace("4.0", "3.1")), "InvalidProtocolVersion"),
        (message(body=""), "MissingBody"),
        (message(body="<s:Body/>"), "InvalidBody"),
        (message(body="<s:Body><a/><b/></s:Body>"), "InvalidBody"),
        (message(body='<s:Body><otra xmlns="urn:p"/></s:Body>'), "InconsistentHeaders"),
        (message().replace("s:Header", "s:Kopf"), "MissingHeader"),
    ],
)
def test_what_is_refused_and_why(text: str, code: str) -> None:
    """Each way to break the protocol has X-Road's own code."""
    with pytest.raises(XRoadFault) as caught:
        soap_message.read(text.encode(), content_type="text/xml")
    assert caught.value.code == code


def test_a_fault_needs_no_header() -> None:
    """A provider's fault is passed on as it is."""
    fault = message("", "<s:Body><s:Fault><faultcode>x</faultcode></s:Fault></s:Body>")
    assert soap_message.read(fault.encode(), content_type="text/xml") is None


def test_the_hash_stands_behind_the_id_and_nothing_else_changes() -> None:
    """Comments, CDATA, a provider's own hash and look-alikes outside the header do not mislead."""
    header = f'<!-- <x:id>no</x:id> -->{CLIENT}{SERVICE}<x:id a=">">7</x:id><x:requestHash>old</x:requestHash>'
    text = message(
        header + "<x:protocolVersion>4.0</x:protocolVersion>", "<s:Body><persona><![CDATA[<x:id>]]></persona></s:Body>"
    )
    hashed = soap_message.with_request_hash(text, "NEW=")
    written = f'<x:requestHash algorithmId="{soap_message.SHA512}">NEW=</x:requestHash>'
    assert hashed == text.replace("<x:requestHash>old</x:requestHash>", "").replace(
        '">">7</x:id>', f'">">7</x:id>{written}'
    )
    fields = [etree.QName(child).localname for child in etree.fromstring(hashed)[0] if isinstance(child.tag, str)]
    assert fields == ["client", "service", "id", "requestHash", "protocolVersion"]


def test_the_hash_takes_the_prefix_of_the_id() -> None:
    """Where the header's namespace is the default one, so is the hash's."""
    text = message().replace("xmlns:x=", "xmlns=").replace("<x:", "<").replace("</x:", "</")
    assert "</id><requestHash " in soap_message.with_request_hash(text, "h")


@pytest.mark.skipif(not DATA, reason="needs SACBE_CONFORMANCE_DATA")
def test_the_shipped_servers_own_requests() -> None:
    """Of the requests that X-Road's own tests refuse by what they are, each is refused with the same code."""
    folder = Path(DATA) / "xroad" / "soap_cases"
    cases: list[Any] = msgspec.json.decode((folder / "_cases.json").read_bytes())
    expected = {case["requestFileName"]: case["expect_fault"][0]["v7_7"] for case in cases if "expect_fault" in case}
    of_the_client = {folder / name: code for name, code in expected.items() if (code or "").startswith("Client.")}
    messages = {file: code for file, code in of_the_client.items() if not file.read_bytes().startswith(b"--")}
    assert len(messages) >= 4
    assert {file: refusal(file.read_bytes()) for file in messages} == messages


def refusal(data: bytes) -> str:
    """Give the code with which a message is refused."""
    with pytest.raises(XRoadFault) as caught:
        soap_message.read(data, content_type="text/xml")
    return caught.value.printed(CodeStyle.CAMEL)
