"""Codes in both styles, and how a fault is told."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from sacbe_xroad_like.wire import error_body
from sacbe_xroad_like.wire.fault import CodeStyle, Origin, XRoadFault

DATA = os.environ.get("SACBE_CONFORMANCE_DATA", "")
OTHER_ROOMS = {"Server.ServerProxy.OpMonitor", "HashChainUnusedInputs", "TokenReadOnly"}
"""Codes of parts of X-Road that have no counterpart here, with a spelling of their own."""


def denied(message: str = "Request is not allowed") -> XRoadFault:
    """Give a fault of the provider's side."""
    return XRoadFault(Origin.PROVIDER_SIDE, "AccessDenied", message)


def test_both_styles() -> None:
    """One fault is written as 7.7 and as 7.8 write it."""
    failed = XRoadFault(Origin.CLIENT, "InvalidSoap", "x").of_service()
    assert denied().printed(CodeStyle.CAMEL) == "Server.ServerProxy.AccessDenied"
    assert denied().printed(CodeStyle.SNAKE) == "server.serverproxy.access_denied"
    assert failed.printed(CodeStyle.CAMEL) == "Server.ServerProxy.ServiceFailed.InvalidSoap"
    assert failed.printed(CodeStyle.SNAKE) == "server.serverproxy.service_failed.invalid_soap"


@pytest.mark.skipif(not DATA, reason="needs SACBE_CONFORMANCE_DATA")
def test_every_known_code_in_both_styles() -> None:
    """The table of old and new codes is what the two styles give."""
    table: list[Any] = msgspec.json.decode((Path(DATA) / "xroad" / "error_code_map.json").read_bytes())
    pairs = {row["v7_7"]: row["v7_8"] for row in table if row["v7_7"] and "." not in row["v7_7"]}
    faults = {old: XRoadFault(Origin.CLIENT, old, "") for old in pairs.keys() - OTHER_ROOMS - {"Client", "Signer"}}
    assert len(faults) > 70
    assert {old: f"client.{pairs[old]}" for old in faults} == {
        old: fault.printed(CodeStyle.SNAKE) for old, fault in faults.items()
    }


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "application/json;charset=utf-8"),
        ("foobarbaz", "application/json;charset=utf-8"),
        ("application/json;charset=utf-8", "application/json;charset=utf-8"),
        ("application/xml", "application/xml;charset=utf-8"),
        ("text/xml", "text/xml;charset=utf-8"),
        ("TEXT/*;q=0.1", "text/xml;charset=utf-8"),
        ("application/xml, text/xml", "application/xml;charset=utf-8"),
        ("text/xml, application/xml", "text/xml;charset=utf-8"),
        ("*/*", "application/json;charset=utf-8"),
    ],
)
def test_a_rest_client_chooses_the_form(accept: str, content_type: str) -> None:
    """The first form of XML that Accept names, else JSON; the body says type, message and detail either way."""
    fault = denied("Not allowed: <x> & \x01")
    told = error_body.rest(fault, accept=accept, style=CodeStyle.CAMEL)
    assert told.status == 500
    assert dict(told.headers) == {"content-type": content_type, "x-road-error": "Server.ServerProxy.AccessDenied"}
    if "json" in content_type:
        assert msgspec.json.decode(told.body)["detail"] == fault.detail
    else:
        root = etree.fromstring(told.body)
        assert [child.tag for child in root] == ["type", "message", "detail"]
        assert root.findtext("message") == "Not allowed: <x> & "


def test_a_soap_client_gets_a_fault_with_200() -> None:
    """Clients in the field read a fault only with HTTP 200, and find it by the prefix SOAP-ENV."""
    fault = denied()
    told = error_body.soap(fault, style=CodeStyle.SNAKE)
    assert (told.status, dict(told.headers)["soapaction"]) == (200, "")
    assert b"<SOAP-ENV:Fault>" in told.body
    found = etree.fromstring(told.body).find(".//{*}Fault")
    assert found is not None
    assert found.findtext("faultcode") == "server.serverproxy.access_denied"
    assert found.findtext("detail/faultDetail") == fault.detail
