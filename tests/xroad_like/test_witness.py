"""The witness: what goes from the log before it is sealed is found all the same."""

from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_xroad_like import sealing, verify
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.sealing import Sealer
from sacbe_xroad_like.verify import Verification
from sacbe_xroad_like.witness import Witness, gone_file
from tests.xroad_like.town import Office, authority, call, consumer, plan, running_bus


@pytest.fixture
def sealer(engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sealer:
    """Seals when a test says so, and nobody else does."""
    monkeypatch.setattr(Sealer, "start", lambda _: None)
    monkeypatch.setattr(Witness, "start", lambda _: None)
    return Sealer(engine, authority(tmp_path), sealing.checkpoints_file(tmp_path))


async def exchanged(bus: Bus, name: str) -> None:
    """Carry one read under a message id."""
    await bus.carry(plan(call(path="p", cui="1")), consumer=consumer(message_id=name))


async def verified(engine: AsyncEngine, folder: Path) -> Verification:
    """Verify the whole log."""
    return await verify.verify(engine, sealing.checkpoints_file(folder), authority(folder).trust())


async def test_a_whole_exchange_that_goes_before_its_seal_is_named(
    engine: AsyncEngine, office: Office, owner: asyncpg.Connection, tmp_path: Path, sealer: Sealer
) -> None:
    """The owner deletes request and reply within the second: nothing in the database tells, the process does."""
    async with running_bus(engine, office, tmp_path) as bus:
        await exchanged(bus, "stays")
        await exchanged(bus, "goes")
        await owner.execute("delete from bus.message_log where message_id like 'goes%'")
        await sealer.seal()
        await bus._witness.look()
    found = await verified(engine, tmp_path)
    assert {problem.where for problem in found.problems} == {"message goes.p (request)", "message goes.p (reply)"}
    await sealer._let_go()


async def test_what_is_sealed_is_forgotten(
    engine: AsyncEngine, office: Office, owner: asyncpg.Connection, tmp_path: Path, sealer: Sealer
) -> None:
    """A record is remembered until its seal and no longer: from then on the tree tells."""
    async with running_bus(engine, office, tmp_path) as bus:
        await exchanged(bus, "m")
        await bus._witness.look()
        assert len(bus._witness._remembered) == 2
        await sealer.seal()
        await bus._witness.look()
        assert not bus._witness._remembered
    assert (await verified(engine, tmp_path)).holds
    assert gone_file(sealing.checkpoints_file(tmp_path)).lines() == ()
    await sealer._let_go()


async def test_a_database_that_is_away_is_no_loss(
    engine: AsyncEngine, office: Office, owner: asyncpg.Connection, tmp_path: Path, sealer: Sealer
) -> None:
    """A look that fails forgets nothing and accuses nobody."""
    async with running_bus(engine, office, tmp_path) as bus:
        await exchanged(bus, "m")
        await bus._witness.look()
        await owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await bus._witness._look_if_possible()
        await bus._witness._look_if_possible()
        assert len(bus._witness._remembered) == 2
    assert gone_file(sealing.checkpoints_file(tmp_path)).lines() == ()
