"""The registry: a value, swapped in every process within a second, whatever breaks between."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import access
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.registry import Registry, RegistryReader
from tests.xroad_like.town import (
    CONSUMER,
    PERSONS,
    PROVIDER,
    STRANGER,
    Office,
    authority,
    description,
    operation,
    text,
    until,
)


async def test_what_is_published_is_there(bus: Bus) -> None:
    """Providers with their data services, consumers and rights, as one value."""
    (provider,) = bus.registry.providers
    assert (provider.alias, provider.subsystem, provider.title) == ("renap", PROVIDER, "Registro civil")
    (service,) = provider.data_services
    assert service.identifier == PERSONS
    assert service.endpoint.address == "https://renap.example"
    assert bus.registry.data_services[PERSONS] is service
    clients = {PROVIDER, CONSUMER, STRANGER}
    clients |= {SubsystemId(client.member, "") for client in clients}
    assert bus.registry.subsystems == {each: str(each) for each in clients}
    assert [right.purpose for right in bus.registry.agreements[CONSUMER, PERSONS]] == ["Trámite de licencia"]


async def test_a_change_reaches_every_process(engine: AsyncEngine, bus: Bus, office: Office, tmp_path: Path) -> None:
    """What is granted, published and suspended elsewhere is known here, and the listeners are told."""
    heard: list[Registry] = []

    async def listen(registry: Registry) -> None:
        heard.append(registry)
        raise RuntimeError("a listener's fault keeps nobody from the truth")

    bus.on_change(listen)
    elsewhere = Bus(engine, {"office": office}, authority(tmp_path), tmp_path)
    office.described = description(operation("nueva", text("cui")))
    with capture_logs() as said:
        await elsewhere.registration.register(
            PROVIDER, name="personas", source=__file__, endpoint="https://a", kind="office"
        )
        await elsewhere.registration.publish(PERSONS, accepts_breaking=True)
        await until(lambda: "nueva" in bus.registry.data_services[PERSONS].operations)
        assert heard[-1] is bus.registry
        await access.grant(engine, STRANGER, PERSONS, purpose="x")
        await until(lambda: (STRANGER, PERSONS) in bus.registry.agreements)
        await elsewhere.registration.suspend(PERSONS)
        await until(lambda: bus.registry.providers == ())
    assert "a listener of the registry failed" in str(said)


async def test_a_lost_connection_loses_no_change(engine: AsyncEngine, bus: Bus, owner: asyncpg.Connection) -> None:
    """When the listening connection is killed, what changed meanwhile is found all the same."""
    await owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    await access.grant(engine, STRANGER, PERSONS, purpose="x")
    await until(lambda: (STRANGER, PERSONS) in bus.registry.agreements)


async def test_what_is_told_is_passed_on(
    engine: AsyncEngine, tmp_path: Path, office: Office, owner: asyncpg.Connection
) -> None:
    """What is told on a channel is handed on at once, and after a lost connection that some may be missing."""
    bus, heard = Bus(engine, {"office": office}, authority(tmp_path), tmp_path), list[str | None]()

    def fails(_: str | None) -> None:
        raise RuntimeError("a hearer's fault keeps nobody from the truth")

    bus.hear("prueba", fails)
    bus.hear("prueba", heard.append)
    bus.hear("otra", fails)
    with capture_logs():
        await bus.start()
        try:
            assert heard == [None]
            await owner.execute("notify prueba, 'uno'")
            await until(lambda: heard == [None, "uno"])
            await bus._watch.refresh()
            await bus._watch._listen()
            assert heard == [None, "uno"]
            await owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            await until(lambda: heard == [None, "uno", None])
            await owner.execute("notify prueba, 'dos'")
            await until(lambda: heard[-1] == "dos")
        finally:
            await bus.stop()


async def test_an_old_registry_stays_what_it_was(engine: AsyncEngine, bus: Bus) -> None:
    """Who holds a registry is not moved by a change, equal ones are not swapped, and equal parts are the same."""
    before = bus.registry
    await bus._watch.refresh()
    assert bus.registry is before
    await access.grant(engine, STRANGER, PERSONS, purpose="x")
    await until(lambda: bus.registry is not before)
    assert (STRANGER, PERSONS) not in before.agreements
    assert bus.registry.providers is before.providers


async def test_an_older_reading_is_never_put_over_a_newer_one(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the first of two readings takes, what the second has read stays in force."""
    older, newer = Registry(subsystems={STRANGER: "older"}), Registry(subsystems={STRANGER: "newer"})
    readings, lets_go = [older, newer, *([newer] * 100)], asyncio.Event()

    async def read(_: RegistryReader) -> Registry:
        found = readings.pop(0)
        if found is older:
            await lets_go.wait()
        return found

    monkeypatch.setattr(RegistryReader, "read", read)
    first = asyncio.create_task(bus._watch.refresh())
    await asyncio.sleep(0)
    second = asyncio.create_task(bus._watch.refresh())
    await asyncio.sleep(0.01)
    lets_go.set()
    await asyncio.gather(first, second)
    assert bus.registry is newer
