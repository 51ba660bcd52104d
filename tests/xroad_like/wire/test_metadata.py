"""Service metadata in the form that X-Road's clients read."""

from io import BytesIO
from zipfile import ZipFile

import msgspec
from lxml import etree

from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like.wire import metadata
from sacbe_xroad_like.wire.metadata import Listed, RestService

RENAP = MemberId("GT", "GOV", "2001")
LISTED = (
    Listed(client=SubsystemId(RENAP, ""), member_name="RENAP"),
    Listed(client=SubsystemId(RENAP, "registro"), member_name="RENAP", subsystem_name="Registro"),
)
X = "{http://x-road.eu/xsd/xroad.xsd}"
ID = "{http://x-road.eu/xsd/identifiers}"


def test_every_client_is_an_entry_of_its_own() -> None:
    """Members and subsystems stand beside each other, in JSON with snake_case keys and in XML."""
    member, subsystem = msgspec.json.decode(metadata.clients_json(LISTED))["member"]
    assert member == {
        "id": {"object_type": "MEMBER", "xroad_instance": "GT", "member_class": "GOV", "member_code": "2001"},
        "name": "RENAP",
    }
    assert (subsystem["id"]["subsystem_code"], subsystem["subsystem_name"]) == ("registro", "Registro")
    root = etree.fromstring(metadata.clients_xml(LISTED))
    assert root.tag == f"{X}clientList"
    assert [found.get(f"{ID}objectType") for found in root.iter(f"{X}id")] == ["MEMBER", "SUBSYSTEM"]
    assert [found.text for found in root.iter(f"{ID}subsystemCode")] == ["registro"]


def test_rest_methods_show_their_endpoints() -> None:
    """A REST service stands with its type and its endpoints."""
    service = RestService(provider=LISTED[1].client, code="personas", endpoints=(("GET", "/personas/*"),))
    (told,) = msgspec.json.decode(metadata.rest_methods([service]))["service"]
    assert (told["service_code"], told["service_type"], told["object_type"]) == ("personas", "OPENAPI", "SERVICE")
    assert told["endpoint_list"] == [{"method": "GET", "path": "/personas/*"}]


def test_soap_methods_are_identifiers() -> None:
    """A SOAP service stands with its whole identifier, in X-Road's namespace."""
    found = metadata.soap_methods("listMethodsResponse", LISTED[1].client, ["persona"])
    assert found.tag == f"{X}listMethodsResponse"
    (service,) = found
    assert (service.get(f"{ID}objectType"), service.findtext(f"{ID}serviceCode")) == ("SERVICE", "persona")


def test_a_wsdl_is_given_without_the_ministrys_address() -> None:
    """Every address is replaced, whatever its prefix and quotes, and all else stays as it is."""
    wsdl = b"""<a><soap:address location="http://10.0.0.1/x?a=1"/><soap12:address x='1' location = 'http://b'/><address2/></a>"""
    placeholder = metadata.ENDPOINT_PLACEHOLDER.encode()
    expected = wsdl.replace(b'"http://10.0.0.1/x?a=1"', b'"' + placeholder + b'"').replace(
        b"'http://b'", b'"' + placeholder + b'"'
    )
    assert metadata.wsdl_without_addresses(wsdl) == expected


def test_an_openapi_document_is_given_without_hosts() -> None:
    """Servers keep their path; those with variables and all else stay."""
    servers = [
        {"url": "https://ministerio.example/v1", "description": "x"},
        {"url": "https://{host}/v1"},
        {"url": "/v2"},
    ]
    given = metadata.openapi_without_hosts({"openapi": "3.0.0", "servers": servers})
    assert [server["url"] for server in given["servers"]] == ["/v1", "https://{host}/v1", "/v2"]
    assert metadata.openapi_without_hosts({"openapi": "3.0.0"}) == {"openapi": "3.0.0"}


def test_members_are_found_in_the_verification_configuration() -> None:
    """The zip has the two entries that clients open, and the members in them."""
    with ZipFile(BytesIO(metadata.verification_configuration("GT", LISTED))) as archive:
        assert archive.read("verificationconf/instance-identifier") == b"GT"
        root = etree.fromstring(archive.read("verificationconf/GT/shared-params.xml"))
    assert root.tag == f"{X}conf"
    assert [root.findtext(f"member/{name}") for name in ("memberCode", "name")] == ["2001", "RENAP"]
    assert root.findtext("member/subsystem/subsystemCode") == "registro"
