"""X-Road's identifiers as XML elements and as JSON objects (identifiers.xsd; PR-META, PR-MREST)."""

from collections.abc import Mapping

from lxml import etree

from sacbe_terms.identifiers import SubsystemId

IDENTIFIERS = "http://x-road.eu/xsd/identifiers"
"""Namespace of an identifier's parts and of `objectType`."""

XROAD = "http://x-road.eu/xsd/xroad.xsd"
"""Namespace of headers and of service metadata."""

OBJECT_TYPE = f"{{{IDENTIFIERS}}}objectType"
"""The attribute that tells what an identifier names; required, and qualified."""

NAMES = {"xroad": XROAD, "id": IDENTIFIERS}
"""Prefixes of what is written here."""

_ELEMENTS = {
    "xroad_instance": "xRoadInstance",
    "member_class": "memberClass",
    "member_code": "memberCode",
    "subsystem_code": "subsystemCode",
    "service_code": "serviceCode",
    "service_version": "serviceVersion",
}


def client_parts(client: SubsystemId) -> dict[str, str]:
    """Give a client's parts by their JSON names, and what kind of client it is."""
    member = client.member
    parts = {
        "object_type": "SUBSYSTEM" if client.subsystem_code else "MEMBER",
        "xroad_instance": member.instance,
        "member_class": member.member_class,
        "member_code": member.member_code,
    }
    return parts | ({"subsystem_code": client.subsystem_code} if client.subsystem_code else {})


def service_parts(provider: SubsystemId, code: str, version: str = "") -> dict[str, str]:
    """Give a service's parts by their JSON names."""
    parts = client_parts(provider) | {"object_type": "SERVICE", "service_code": code}
    return parts | ({"service_version": version} if version else {})


def fill(element: etree._Element, parts: Mapping[str, str]) -> etree._Element:
    """Write an identifier's parts into an element, which is given back."""
    element.set(OBJECT_TYPE, parts["object_type"])
    for name, local in _ELEMENTS.items():
        if name in parts:
            etree.SubElement(element, f"{{{IDENTIFIERS}}}{local}").text = parts[name]
    return element
