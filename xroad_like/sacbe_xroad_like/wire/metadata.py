"""Service metadata as X-Road's clients read it: who takes part, what is offered, and its documents.

Follows PR-META and PR-MREST where the shipped server does, and the shipped server where the two
disagree: JSON keys are snake_case, and metadata answers repeat no request header.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from lxml import etree

from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.wire.identifier_elements import NAMES, XROAD, client_parts, fill, service_parts

RESERVED_CODES = frozenset(
    {
        "listClients", "listMethods", "allowedMethods", "getWsdl", "getOpenAPI", "getSecurityServerMetrics",
        "getSecurityServerOperationalData", "getSecurityServerHealthData",
    }
)  # fmt: skip
"""Service codes that no data service and no operation may be registered under (7.7 and later)."""

ENDPOINT_PLACEHOLDER = "http://example.org/xroad-endpoint"
"""Stands for every address in a WSDL that is given out: a consumer calls the bus, never the ministry."""

_ADDRESSES = re.compile(rb"""(<(?:[\w.-]+:)?address\b[^>]*?\blocation\s*=\s*)("[^"]*"|'[^']*')""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A client of the bus: a member or a subsystem, by itself."""

    client: SubsystemId
    member_name: str
    subsystem_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestService:
    """A REST data service and what of it is shown: pairs of method and path, parameters as `*`."""

    provider: SubsystemId
    code: str
    endpoints: tuple[tuple[str, str], ...]


def clients_json(listed: Iterable[Listed]) -> bytes:
    """Write `listClients` as JSON."""
    return msgspec.json.encode({"member": [_client_json(each) for each in listed]})


def _client_json(listed: Listed) -> dict[str, Any]:
    told: dict[str, Any] = {"id": client_parts(listed.client), "name": listed.member_name}
    return told | ({"subsystem_name": listed.subsystem_name} if listed.client.subsystem_code else {})


def clients_xml(listed: Iterable[Listed]) -> bytes:
    """Write `listClients` as XML."""
    root = etree.Element(f"{{{XROAD}}}clientList", nsmap=NAMES)
    for each in listed:
        member = etree.SubElement(root, f"{{{XROAD}}}member")
        fill(etree.SubElement(member, f"{{{XROAD}}}id"), client_parts(each.client))
        etree.SubElement(member, f"{{{XROAD}}}name").text = each.member_name
        if each.client.subsystem_code:
            etree.SubElement(member, f"{{{XROAD}}}subsystemName").text = each.subsystem_name
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def rest_methods(services: Iterable[RestService]) -> bytes:
    """Write `listMethods` or `allowedMethods` of the REST side."""
    return msgspec.json.encode({"service": [_service_json(service) for service in services]})


def _service_json(service: RestService) -> dict[str, Any]:
    endpoints = [{"method": method, "path": path} for method, path in service.endpoints]
    told = service_parts(service.provider, service.code)
    return {**told, "service_type": "OPENAPI", "endpoint_list": endpoints}


def soap_methods(root: str, provider: SubsystemId, codes: Iterable[str]) -> etree._Element:
    """Write the body of `listMethodsResponse` or `allowedMethodsResponse`."""
    response = etree.Element(f"{{{XROAD}}}{root}", nsmap=NAMES)
    for code in codes:
        fill(etree.SubElement(response, f"{{{XROAD}}}service"), service_parts(provider, code))
    return response


def wsdl_without_addresses(wsdl: bytes) -> bytes:
    """Give a WSDL with every address replaced; it must be in a charset that extends ASCII."""
    return _ADDRESSES.sub(rb'\1"' + ENDPOINT_PLACEHOLDER.encode() + b'"', wsdl)


def openapi_without_hosts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give an OpenAPI document whose servers are paths alone; addresses with variables stay as they are."""
    servers = document.get("servers")
    listed = [_without_host(server) for server in servers] if isinstance(servers, list) else servers
    return {**document, **({"servers": listed} if listed is not None else {})}


def _without_host(server: Any) -> Any:
    url = server.get("url") if isinstance(server, dict) else None
    if not isinstance(url, str) or "{" in url:
        return server
    return {**server, "url": urlsplit(url).path or "/"}


def verification_configuration(instance: str, listed: Iterable[Listed]) -> bytes:
    """Give the zip of `/verificationconf`: the instance's name, and its members in X-Road's shared parameters."""
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as written:
        written.writestr("verificationconf/instance-identifier", instance)
        written.writestr(f"verificationconf/{instance}/shared-params.xml", _shared_parameters(instance, listed))
    return archive.getvalue()


def _shared_parameters(instance: str, listed: Iterable[Listed]) -> bytes:
    """Write what clients read of PR-GCONF's shared parameters: the instance and its members."""
    root = etree.Element(f"{{{XROAD}}}conf", nsmap={"ns": XROAD})
    etree.SubElement(root, "instanceIdentifier").text = instance
    members: dict[str, etree._Element] = {}
    for each in sorted(listed, key=lambda one: one.client):
        member = str(each.client.member)
        if member not in members:
            members[member] = _member(root, each, number=len(members))
        if each.client.subsystem_code:
            subsystem = etree.SubElement(
                members[member], "subsystem", id=f"{members[member].get('id')}-{len(members[member])}"
            )
            etree.SubElement(subsystem, "subsystemCode").text = each.client.subsystem_code
            etree.SubElement(subsystem, "subsystemName").text = each.subsystem_name
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _member(root: etree._Element, listed: Listed, *, number: int) -> etree._Element:
    element = etree.SubElement(root, "member", id=f"m{number}")
    member_class = etree.SubElement(element, "memberClass")
    etree.SubElement(member_class, "code").text = listed.client.member.member_class
    etree.SubElement(member_class, "description").text = listed.client.member.member_class
    etree.SubElement(element, "memberCode").text = listed.client.member.member_code
    etree.SubElement(element, "name").text = listed.member_name
    return element
