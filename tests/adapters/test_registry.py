"""Adapters are found by entry point, and a missing one is told by name."""

from importlib import metadata

import pytest

from sacbe_adapters import registry
from sacbe_adapters.contract import Likeness
from sacbe_adapters.memory.adapter import MemoryAdapter
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import AdapterUnknown


def test_gives_every_installed_adapter() -> None:
    """Each entry point gives one adapter of its kind, on the transport that was given."""
    transport = HttpTransport([])
    installed = registry.adapters(transport)
    assert isinstance(installed["soap"], SoapAdapter)
    assert all(adapter.transport is transport for adapter in installed.values())
    assert all(adapter.kind == kind for kind, adapter in installed.items())
    assert registry.of_kind(installed, "soap") is installed["soap"]


def test_says_which_kinds_there_are() -> None:
    """An unknown kind is refused with the kinds that are installed."""
    installed = registry.adapters(HttpTransport([]))
    with pytest.raises(AdapterUnknown, match="'smoke'") as caught:
        registry.of_kind(installed, "smoke")
    assert "soap" in caught.value.hint


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (b"<definitions/>", "soap"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "soap"),
        (" <a/>".encode("utf-16"), "soap"),
        (b'{"openapi": "3.0.0"}', "rest"),
        (b"openapi: 3.1.0\n", "rest"),
        (b"", "rest"),
    ],
)
def test_guesses_the_kind_from_the_document(document: bytes, kind: str) -> None:
    """XML is taken for a WSDL, what nobody else knows for an OpenAPI document."""
    assert registry.kind_of(registry.adapters(HttpTransport([])), document, "documento") == kind


def test_what_is_called_a_wsdl_is_read_as_one() -> None:
    """A broken WSDL is explained as a WSDL, not as an OpenAPI document that it never was."""
    installed = registry.adapters(HttpTransport([]))
    for document, location in ((b"not XML", "oficina.WSDL"), (b"", "https://oficina.example/?wsdl")):
        assert registry.kind_of(installed, document, location) == "soap"


class Telex(MemoryAdapter):
    """Reads what begins with ZCZC or is called a telex, which it knows as surely as the others know theirs."""

    kind = "telex"

    @classmethod
    def recognises(cls, document: bytes, location: str) -> Likeness:
        is_ours = location.endswith(".telex") or document.startswith(b"ZCZC")
        return Likeness.SURE if is_ours else Likeness.NONE


def test_an_adapter_from_elsewhere_knows_its_own_documents() -> None:
    """One more adapter is asked as the others are; two that are equally sure leave the choice to the steward."""
    transport = HttpTransport([])
    installed = registry.adapters(transport) | {"telex": Telex(transport)}
    assert registry.kind_of(installed, b"ZCZC 001", "aviso") == "telex"
    with pytest.raises(AdapterUnknown, match="rest and telex") as caught:
        registry.kind_of(installed, b"openapi: 3.1.0", "aviso.telex")
    assert "--kind" in caught.value.hint
    with pytest.raises(AdapterUnknown, match="nothing"):
        registry.kind_of({"telex": installed["telex"]}, b"hola", "aviso")


@pytest.mark.parametrize(
    "value", ["no_such_package:Adapter", "sacbe_adapters.guard:NoSuchName", "sacbe_adapters.guard:examine"]
)
def test_says_which_adapter_cannot_be_used(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A broken entry point is told by its name and place, not by a stack."""
    broken = metadata.EntryPoint(name="broken", value=value, group=registry.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda **_: [broken])
    with pytest.raises(AdapterUnknown, match="broken"):
        registry.adapters(HttpTransport([]))
