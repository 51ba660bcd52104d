"""X-Road's SOAP clients are served as they are: cases of the shipped server's own tests, and our own."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from lxml import etree
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog.data_services import DataServices
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like.wire import soap_message
from sacbe_xroad_like.wire.fault import CodeStyle
from tests.adapters.wire import http, saying
from tests.xroad_like.wire.test_soap_message import message
from tests.xroad_like.wire_town import PROVIDER, SOAP_CODES, Town, publish, soap_description, town

DATA = Path(os.environ.get("SACBE_CONFORMANCE_DATA", "/nowhere")) / "xroad" / "soap_cases"
TEXT = "text/xml; charset=utf-8"
NAMES = {"s": "http://schemas.xmlsoap.org/soap/envelope/", "x": "http://x-road.eu/xsd/xroad.xsd"}

OF_OTHER_NODES = {
    "ServerProxyConnectionAborted2": "a cut between two servers",
    "ServerProxyInvalidFault": "a broken fault between two servers",
    "ServerProxyNoBoundary": "a broken multipart between two servers",
    "SslAuthCertNotMatchesOrg": "over TLS, in test_tls_clients",
    "SslClientAuthExpiredISCert": "over TLS, in test_tls_clients",
    "SslClientCertVerificationError": "over TLS, in test_tls_clients",
    "WrongHttpMethodServerProxy": "a GET between two servers",
    "AttachmentSmallMantis": "its request is not in the collection",
}
"""Cases that do not pass over a client's plain side of one node, and why."""


@pytest.fixture
async def plain(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose SOAP ministry repeats a header and answers."""
    async with saying(http(reply_to(asked()).encode())) as wire, town(engine, tmp_path, wire) as running:
        yield running


def asked(code: str = "persona") -> str:
    """Write a message of the consumer to the provider."""
    return message(header(code), f'<s:Body><p:{code} xmlns:p="urn:p"/></s:Body>')


def header(code: str, message_id: str = "7") -> str:
    """Write the X-Road header of a message."""
    member = (
        "<i:xRoadInstance>EE</i:xRoadInstance><i:memberClass>BUSINESS</i:memberClass><i:memberCode>{}</i:memberCode>"
    )
    service = f"<i:serviceCode>{code}</i:serviceCode>"
    return (
        f'<x:client i:objectType="MEMBER">{member.format("consumer")}</x:client>'
        f'<x:service i:objectType="SERVICE">{member.format("producer")}{service}</x:service>'
        f"<x:id>{message_id}</x:id><x:protocolVersion>4.0</x:protocolVersion>"
    )


def reply_to(request: str) -> str:
    """Write a provider's answer: the header repeated, the body's element named Response."""
    return request.replace("p:persona", "p:personaResponse")


OF_ANOTHER = reply_to(asked()).replace(">7<", ">8<").encode()


async def post(running: Town, content: bytes, content_type: str = TEXT, **headers: str) -> httpx.Response:
    """Send a message as an X-Road client does."""
    return await running.client.post("/", content=content, headers={"content-type": content_type, **headers})


def fault_code(answer: httpx.Response) -> str:
    """Give the code of a fault, or nothing."""
    root = etree.fromstring(answer.content) if answer.content.lstrip().startswith(b"<") else None
    return "" if root is None else root.findtext(".//{*}Fault/faultcode") or ""


async def test_a_message_goes_on_and_its_reply_comes_hashed(plain: Town) -> None:
    """The ministry hears the message byte for byte, and the reply has the request's hash behind its id."""
    answer = await post(plain, asked().encode(), soapaction='""')
    ((request,),) = plain.wire.heard
    head, _, body = request.partition("\r\n\r\n")
    assert body == asked()
    names = [line.partition(":")[0] for line in head.split("\r\n")[1:]]
    assert names == ["host", "content-type", "soapaction", "content-length"]
    hashed = soap_message.with_request_hash(reply_to(asked()), soap_message.request_hash(asked().encode()))
    assert (answer.status_code, answer.text) == (200, hashed)


async def test_both_sides_are_on_record(plain: Town, owner: asyncpg.Connection) -> None:
    """Request and reply are signed and logged as they were, under the names that X-Road knows."""
    answer = await post(plain, asked().encode())
    rows = await owner.fetch("select * from bus.message_log order by id")
    assert [(row["message_id"], row["direction"], row["body"]) for row in rows] == [
        ("7", "request", asked().encode()),
        ("7", "reply", answer.content),
    ]
    assert {row["operation"] for row in rows} == {"EE/BUSINESS/producer//persona"}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (http(b"", status="503 Away"), "Server.ServerProxy.ServiceFailed.HttpError"),
        (http(b"<html/>", kind="text/html"), "Server.ServerProxy.ServiceFailed.InvalidContentType"),
        (http(b""), "Server.ServerProxy.ServiceFailed.InvalidSoap"),
        (http(message("").encode()), "Server.ServerProxy.ServiceFailed.MissingHeaderField"),
        (http(OF_ANOTHER), "Server.ClientProxy.ServiceFailed.InconsistentResponse"),
        (b"nonsense\r\n\r\n", "Server.ServerProxy.ServiceFailed.IOError"),
    ],
)  # fmt: skip
async def test_an_ill_ministry(engine: AsyncEngine, tmp_path: Path, reply: bytes, code: str) -> None:
    """Each illness is a fault with HTTP 200 and X-Road's code, and nothing of the ministry's address is told."""
    async with saying(reply) as wire, town(engine, tmp_path, wire) as running:
        answer = await post(running, asked().encode())
        assert (answer.status_code, fault_code(answer)) == (200, code)
        assert "127.0.0.1" not in answer.text


async def test_a_ministrys_own_fault_is_handed_on(engine: AsyncEngine, tmp_path: Path) -> None:
    """A provider's fault comes as it was, whatever its status, and needs no X-Road header."""
    fault = "<s:Body><s:Fault><faultcode>x:Propio</faultcode><faultstring>no hay</faultstring></s:Fault></s:Body>"
    own = message("", fault).encode()
    async with saying(http(own, status="500 Error")) as wire, town(engine, tmp_path, wire) as running:
        answer = await post(running, asked().encode())
        assert (answer.status_code, answer.content) == (200, own)


async def test_a_strangers_fault_stays_as_it_is(engine: AsyncEngine, tmp_path: Path) -> None:
    """A fault of a ministry that never heard of X-Road gets no header either."""
    own = message("", "<s:Body><s:Fault><faultcode>x</faultcode></s:Fault></s:Body>").encode()
    async with saying(http(own, status="500 Error")) as wire, town(engine, tmp_path, wire) as running:
        described = soap_description(*SOAP_CODES, speaks_xroad=False)
        await publish(engine, DataServiceId(PROVIDER, "estado"), described, f"http://127.0.0.1:{wire.port}/base")
        await running.bus._watch.refresh()
        assert (await post(running, asked().encode())).content == own


async def test_a_ministry_that_never_heard_of_x_road(engine: AsyncEngine, tmp_path: Path) -> None:
    """Its reply has no X-Road header, so the client gets its own back, with the hash; a half one is still refused."""
    bare = message("", '<s:Body><p:personaResponse xmlns:p="urn:p"/></s:Body>').replace("<s:Header></s:Header>", "")
    async with saying(http(bare.encode())) as wire, town(engine, tmp_path, wire) as running:
        described = soap_description(*SOAP_CODES, speaks_xroad=False)
        address = f"http://127.0.0.1:{wire.port}/base"
        await publish(engine, DataServiceId(PROVIDER, "estado"), described, address)
        await running.bus._watch.refresh()
        answer = await post(running, asked().encode())
    root = etree.fromstring(answer.content)
    fields = [etree.QName(child).localname for child in root[0]]
    assert fields == ["client", "service", "id", "requestHash", "protocolVersion"]
    assert root.find("s:Body/*", NAMES) is not None


@pytest.mark.parametrize(
    ("content", "content_type", "headers", "code"),
    [
        (asked().encode(), "application/json", {}, "Client.InvalidContentType"),
        (asked().encode(), "", {}, "Client.InvalidContentType"),
        (asked().encode(), TEXT, {"soapaction": "urn:x"}, "Client.InvalidSoapAction"),
        (b"--x\r\n\r\n", "multipart/related; boundary=x", {}, "Client.MissingSoap"),
        (b"--x\r\n\r\na", "multipart/related; boundary=x", {}, "Client.MimeParsingFailed"),
        (b"nothing", "multipart/related; boundary=x", {}, "Client.MissingSoap"),
        (asked("otra").encode(), TEXT, {}, "Server.ServerProxy.UnknownService"),
        (asked().replace(">consumer<", ">nadie<").encode(), TEXT, {}, "Server.ClientProxy.UnknownMember"),
        (asked().replace(">consumer<", ">producer<").encode(), TEXT, {}, "Server.ServerProxy.AccessDenied"),
    ],
)  # fmt: skip
async def test_what_is_refused(
    plain: Town, content: bytes, content_type: str, headers: dict[str, str], code: str
) -> None:
    """Each refusal has X-Road's own code, and the ministry hears nothing."""
    answer = await post(plain, content, content_type, **headers)
    assert (answer.status_code, fault_code(answer)) == (200, code)
    assert plain.wire.heard == []


async def test_anything_but_post_is_a_soap_fault(plain: Town) -> None:
    """A path of no other protocol is the SOAP side's, which takes POST alone."""
    assert fault_code(await plain.client.get("/cualquiera")) == "Client.InvalidHttpMethod"


async def test_what_a_soap_provider_offers(plain: Town) -> None:
    """listMethods and allowedMethods answer in the request's own envelope, with its hash."""
    for code in ("listMethods", "allowedMethods"):
        body = f'<s:Body><p:{code} xmlns:p="urn:p"/></s:Body>'
        answer = await post(plain, message(header(code, code), body).encode())
        root = etree.fromstring(answer.content)
        assert root.prefix == "s"
        codes = [found.text for found in root.iterfind(f".//x:{code}Response//{{*}}serviceCode", NAMES)]
        assert "persona" in codes
        assert root.findtext("s:Header/x:requestHash", None, NAMES)
    assert plain.wire.heard == []


async def test_a_soap_providers_document(engine: AsyncEngine, plain: Town, tmp_path: Path) -> None:
    """getWsdl gives message and document in the form that clients in the field cut apart."""
    file = tmp_path / "x.wsdl"
    file.write_text('<d><soap:address xmlns:soap="urn:s" location="http://10.0.0.1/"/></d>')
    described = soap_description("otraCosa", source=str(file))
    await publish(engine, DataServiceId(PROVIDER, "otra"), described, "http://127.0.0.1:1/")
    await plain.bus._watch.refresh()
    wanted = "<x:getWsdl><x:serviceCode>{}</x:serviceCode></x:getWsdl>"
    request = message(header("getWsdl"), f"<s:Body>{wanted.format('otraCosa')}</s:Body>")
    answer = await post(plain, request.encode())
    boundary = answer.headers["content-type"].rpartition("boundary=")[2]
    assert boundary.startswith("xroad")
    _, soap, wsdl, end = answer.content.split(b"--" + boundary.encode())
    assert soap.startswith(b"\r\ncontent-type:text/xml; charset=UTF-8\r\n\r\n<")
    assert b"requestHash" in soap
    assert wsdl.startswith(b"\r\ncontent-type:text/xml\r\n\r\n<d>")
    assert b"http://example.org/xroad-endpoint" in wsdl
    assert end == b"--\r\n"
    unknown = message(header("getWsdl", "8"), f"<s:Body>{wanted.format('nada')}</s:Body>")
    assert fault_code(await post(plain, unknown.encode())) == "Server.ServerProxy.UnknownService"


def cases() -> list[Any]:
    """Give the cases of the collection that pass over a client's side of one node."""
    if not DATA.exists():
        return []
    every: list[Any] = msgspec.json.decode((DATA / "_cases.json").read_bytes())
    return [case for case in every if case["case"] not in OF_OTHER_NODES]


@pytest.mark.skipif(not DATA.exists(), reason="needs SACBE_CONFORMANCE_DATA")
@pytest.mark.parametrize("style", list(CodeStyle))
@pytest.mark.parametrize("case", cases(), ids=lambda case: case["case"])
async def test_the_shipped_servers_own_cases(engine: AsyncEngine, tmp_path: Path, case: Any, style: CodeStyle) -> None:
    """Every case that one node can meet on its client's side ends with the same code, in both styles."""
    async with saying(ministry_of(case)) as wire, town(engine, tmp_path, wire, style=style) as running:
        await arrange(engine, running, case["case"])
        answer = await send(running, case)
    assert (answer.status_code, fault_code(answer)) == (200, expected_code(case, style))


def expected_code(case: Any, style: CodeStyle) -> str:
    """Give the code that the case expects, empty for a good answer."""
    if "expect_fault" not in case:
        return ""
    (fault,) = case["expect_fault"]
    return str(fault["v7_8"] if style is CodeStyle.SNAKE else fault["v7_7"] or UNKNOWN_HOST)


UNKNOWN_HOST = "Server.ServerProxy.ServiceFailed.UnknownHost"
"""7.7 has no code for it; ours is written as all others are."""


def ministry_of(case: Any) -> bytes:
    """Give what the case's ministry answers; the id of a good answer is the request's, as every client's is."""
    if case["case"] == "InvalidContentTypeFromClientProxy":
        return http(b"<html/>", kind="text/html")
    if "responseFile" not in case:
        return http(b"", status="404 Not Found")
    body = (DATA / case["responseFile"]).read_bytes()
    if case.get("normal_response") or case["case"].startswith("SoapFault"):
        wanted = MESSAGE_ID.search((DATA / case["requestFileName"]).read_bytes())
        assert wanted is not None
        body = MESSAGE_ID.sub(wanted[0], body)
    return http(body, kind=case.get("responseContentType", TEXT))


MESSAGE_ID = re.compile(rb"<xroad:id>[^<]*</xroad:id>|<id xmlns[^>]*>[^<]*</id>")


async def arrange(engine: AsyncEngine, running: Town, case: str) -> None:
    """Make the registry what the case wants it to be."""
    service = DataServiceId(PROVIDER, "estado")
    if case == "ServiceDisabled":
        await DataServices(engine).suspend(service)
    elif case == "UnknownService":
        await publish(engine, service, soap_description("otra"), "http://127.0.0.1:1/")
    elif case == "InvalidServiceAddress":
        await publish(engine, service, soap_description(*SOAP_CODES), "http://no-hay-tal.invalid/")
    await running.bus._watch.refresh()


async def send(running: Town, case: Any) -> httpx.Response:
    """Send the case's request."""
    content_type = case.get("requestContentType", TEXT)
    action = {"soapaction": ""} if case["case"] == "SoapActionEmptyHeader" else {}
    return await post(running, (DATA / case["requestFileName"]).read_bytes(), content_type, **action)
