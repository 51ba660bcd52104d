"""Adapters are found by entry point, and a missing one is told by name."""

from importlib import metadata

import pytest

from sacbe_adapters import registry
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
    "value", ["no_such_package:Adapter", "sacbe_adapters.guard:NoSuchName", "sacbe_adapters.guard:examine"]
)
def test_says_which_adapter_cannot_be_used(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A broken entry point is told by its name and place, not by a stack."""
    broken = metadata.EntryPoint(name="broken", value=value, group=registry.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda **_: [broken])
    with pytest.raises(AdapterUnknown, match="broken"):
        registry.adapters(HttpTransport([]))
