"""Hostile OpenAPI documents do no harm: the reading process takes them, and the node goes on."""

import asyncio
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.describing import conversation
from sacbe_adapters.rest.adapter import RestAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import AdapterError, DescriptionNotReadable
from tests.adapters.hostile_openapi import KINDS, LONG_TO_READ
from tests.adapters.wire import http, saying

SECRET = "canario-que-nadie-lee"
DESCRIBED_AT_ONCE = 3
READERS = ("sacbe_adapters.rest.reader", "sacbe_adapters.soap.reader")


async def test_hostile_documents_do_no_harm(tmp_path: Path) -> None:
    """Each is refused with its place or offers what is whole; nothing is fetched, run or read from elsewhere."""
    canary, folder = tmp_path / "canary.txt", tmp_path / "kinds"
    canary.write_text(SECRET)
    folder.mkdir()
    adapter = RestAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    turns = asyncio.Semaphore(DESCRIBED_AT_ONCE)

    async def described(name: str, web: str) -> Description | AdapterError:
        path = folder / f"{name}.yaml"
        text = KINDS[name].replace("{file}", str(canary)).replace("{web}", web)
        path.write_bytes(text.encode())
        async with turns:
            try:
                return await adapter.describe(DescriptionSource(location=str(path)))
            except AdapterError as error:
                return error

    async with saying(http(b"{}")) as wire:
        found = await asyncio.gather(*(described(name, f"http://127.0.0.1:{wire.port}") for name in KINDS))
    assert wire.heard == []
    assert _names(tmp_path) == ["canary.txt", "kinds"]
    for name, outcome in zip(KINDS, found, strict=True):
        said = str(outcome) if isinstance(outcome, AdapterError) else msgspec.json.encode(outcome).decode()
        assert SECRET not in said, name
        assert not isinstance(outcome, AdapterError) or outcome.where, name
    refused = {name for name, outcome in zip(KINDS, found, strict=True) if isinstance(outcome, AdapterError)}
    assert {"laughs", "deep-json", "tag-that-runs", "alias-inside-itself", "several-documents"} <= refused


async def test_a_description_costs_at_most_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that takes too long to read is left at the time limit, while the node answers others."""
    document = tmp_path / "long.yaml"
    document.write_text(LONG_TO_READ)
    monkeypatch.setattr(conversation, "DESCRIBE_SECONDS_MAX", 0.5)
    adapter = RestAdapter(HttpTransport([]))
    reading = asyncio.create_task(adapter.describe(DescriptionSource(location=str(document))))
    for _ in range(10):
        await asyncio.sleep(0.01)
    assert not reading.done()
    with pytest.raises(DescriptionNotReadable, match=r"longer than 0\.5 s"):
        await reading


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("reader", READERS)
async def test_a_reader_that_dies_is_told(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the reading process, the operator gets an error with the document's name, and no process stays."""
    document = tmp_path / "a.yaml"
    document.write_text("openapi: 3.0.3")
    start = asyncio.create_subprocess_exec

    async def start_and_kill(*command: str, **settings: Any) -> asyncio.subprocess.Process:
        process = await start(*command, **settings)
        assert reader in command
        process.kill()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_and_kill)
    with pytest.raises(DescriptionNotReadable) as caught:
        await conversation.describe(HttpTransport([]), str(document), reader=reader)
    assert caught.value.where == str(document)
