"""A node whose keys are in a device: it proves what it did as any other, and gives nothing unsigned."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_signing import key_device, keys
from sacbe_signing.key_device import DeviceKeys
from sacbe_signing.keys import FolderKeyRing
from sacbe_terms.errors import KeyDeviceNotUsable, OutcomeUnknown
from sacbe_terms.exchange import Call
from sacbe_xroad_like import verify
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.sealing import checkpoints_file
from tests.signing.soft_device import IS_MISSING, SoftDevice, soft_device
from tests.xroad_like.test_operational_records import rows
from tests.xroad_like.town import ANSWER, CONSUMER, PROVIDER, Office, authority, call, consumer, plan, running_bus

pytestmark = pytest.mark.skipif(IS_MISSING, reason="needs softhsm2")

CHANGE = plan(call("inscribir", nombres="Ixchel"), is_changing=True)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftDevice]:
    """A device with the keys of the node and of both members, which is asked again at once when it failed."""
    monkeypatch.setattr(key_device, "REOPENED_AFTER_SECONDS", 0.0)
    issued, folder = authority(tmp_path), tmp_path / "keys"
    with soft_device(tmp_path, monkeypatch) as made:
        for member in (CONSUMER.member, PROVIDER.member):
            issued.signer_for(member)
            made.move_in(keys.member_file(folder, member))
        made.move_in(keys.node_file(folder))
        yield made


@pytest.fixture
def ring(tmp_path: Path, device: SoftDevice) -> FolderKeyRing:
    """The node's keys."""
    return FolderKeyRing(tmp_path / "keys", DeviceKeys(device.device()))


@pytest.fixture
async def bus(engine: AsyncEngine, office: Office, tmp_path: Path, ring: FolderKeyRing) -> AsyncIterator[Bus]:
    """A started bus that signs with the device."""
    async with running_bus(engine, office, tmp_path, ring) as started:
        yield started


async def test_the_log_holds(engine: AsyncEngine, office: Office, tmp_path: Path, ring: FolderKeyRing) -> None:
    """Messages and checkpoints signed by the device are verified like any other."""
    async with running_bus(engine, office, tmp_path, ring) as bus:
        (outcome,) = await bus.carry(plan(), consumer=consumer())
    assert (outcome.value, outcome.error) == (ANSWER, None)
    found = await verify.verify(engine, checkpoints_file(tmp_path), ring.trust())
    found.refuse_if_broken()
    assert (found.messages, found.unsealed) == (2, 0)


async def test_without_the_token_no_ministry_hears_anything(bus: Bus, office: Office, device: SoftDevice) -> None:
    """What cannot be signed is not sent; when the token is back, all goes on without a restart."""
    await bus.carry(plan(), consumer=consumer())
    device.take_out()
    for asked in (plan(), CHANGE):
        (outcome,) = await bus.carry(asked, consumer=consumer())
        assert isinstance(outcome.error, KeyDeviceNotUsable)
    assert len(office.heard) == 1
    device.put_back()
    (outcome,) = await bus.carry(plan(), consumer=consumer())
    assert outcome.value == ANSWER


async def test_a_token_that_goes_during_a_call(
    bus: Bus, office: Office, device: SoftDevice, owner: asyncpg.Connection, engine: AsyncEngine
) -> None:
    """The reply is not given, the failure is counted, and a change is on record and never made twice."""

    async def taken_out(_: Call) -> object:
        device.take_out()
        return ANSWER

    office.answer = taken_out
    (read,) = await bus.carry(plan(), consumer=consumer())
    device.put_back()
    (changed,) = await bus.carry(CHANGE, consumer=consumer(message_id="m"))
    device.put_back()
    assert [type(each.error) for each in (read, changed)] == [KeyDeviceNotUsable] * 2
    assert (read.value, changed.value) == (None, None)
    assert await owner.fetchval("select array_agg(direction::text) from bus.message_log") == ["request"]
    (repeated,) = await bus.carry(CHANGE, consumer=consumer(message_id="m"))
    assert isinstance(repeated.error, OutcomeUnknown)
    assert len(office.heard) == 2
    counted = await rows(engine, bus, CONSUMER.member)
    assert [row["fault_code"] for row in counted] == ["SACBE-509", "SACBE-509", "SACBE-507"]
