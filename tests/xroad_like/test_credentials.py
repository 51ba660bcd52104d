"""Credentials of data services: kept locked, shown by calls at once, told to nobody."""

from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.credentials import ApiKey, Basic, Bearer, Locked, UsernameToken
from sacbe_terms.errors import CredentialNotUsable, DataServiceUnknown, RecordNotFound, SettingUnsafe
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.credentials import CREDENTIALS_MAX, Credentials
from sacbe_xroad_like.vault import Vault
from tests.xroad_like.town import PERSONS, PROVIDER, Office, authority, consumer, plan, until

VAULT = Vault(("the node's secret for tests, thirty-two",))
PASSWORD = "hunter2"
HELD = Basic(user="sacbe", password=PASSWORD)
KEY = ApiKey(place="header", name="X-Key", value=PASSWORD)


@pytest.fixture
def credentials(bus: Bus, engine: AsyncEngine) -> Credentials:
    """The credentials of another process of the node."""
    return Credentials(engine, VAULT)


async def test_calls_show_what_is_kept(
    engine: AsyncEngine, credentials: Credentials, office: Office, tmp_path: Path, bus: Bus
) -> None:
    """A credential that is set, replaced or removed elsewhere is live here without a restart, in checks too."""
    await bus.stop()
    here = Bus(engine, {"office": office}, authority(tmp_path), tmp_path, VAULT)
    await here.start()
    await credentials.keep(PERSONS, "b", KEY, by="ana")
    await credentials.keep(PERSONS, "a", HELD, by="ana")
    await until(lambda: here.registry.data_services[PERSONS].endpoint.credentials == (HELD, KEY))
    await here.carry(plan(), consumer=consumer())
    assert office.heard[-1].endpoint.credentials == (HELD, KEY)
    await here.registration.check(PERSONS)
    assert office.checked[-1].credentials == (HELD, KEY)
    await credentials.remove(PERSONS, "a")
    await until(lambda: here.registry.data_services[PERSONS].endpoint.credentials == (KEY,))
    await here.stop()


async def test_only_name_kind_and_who_are_told(credentials: Credentials, owner: asyncpg.Connection) -> None:
    """The list tells nothing of what a credential holds, nor does the database to its owner."""
    await credentials.keep(PERSONS, "basic", HELD, by="ana")
    await credentials.keep(PERSONS, "basic", HELD, by="luz")
    (told,) = await credentials.listed(PERSONS)
    assert (told.name, told.kind, told.set_by) == ("basic", "basic", "luz")
    row = await owner.fetchrow("select * from bus.credential")
    assert PASSWORD not in f"{told} {row}"
    assert PASSWORD.encode() not in row["locked"]


async def test_a_moved_row_does_not_open(credentials: Credentials, owner: asyncpg.Connection) -> None:
    """Whoever writes to the database cannot have one system's password sent to another."""
    await credentials.keep(PERSONS, "basic", HELD, by="ana")
    await owner.execute("update bus.credential set name = 'other'")
    assert await credentials.open_of(PERSONS) == (Locked(),)
    assert (await credentials.open_all())[str(PERSONS)] == (Locked(),)


async def test_what_cannot_be_used_is_not_kept(credentials: Credentials, engine: AsyncEngine) -> None:
    """An unknown data service, an odd name, a clash, too many, no secret: an error, and nothing changes."""
    await credentials.keep(PERSONS, "basic", HELD, by="ana")
    with pytest.raises(DataServiceUnknown):
        await credentials.keep(DataServiceId(PROVIDER, "nada"), "basic", HELD, by="ana")
    for name, given in (("a b", KEY), ("bearer", Bearer(token="x")), ("ws", UsernameToken(user="u", password="p"))):
        with pytest.raises(CredentialNotUsable) as caught:
            await credentials.keep(PERSONS, name, given, by="ana")
        assert PASSWORD not in f"{caught.value} {caught.value.hint}"
    with pytest.raises(SettingUnsafe):
        await Credentials(engine, Vault()).keep(PERSONS, "key", KEY, by="ana")
    with pytest.raises(RecordNotFound):
        await credentials.remove(PERSONS, "key")
    assert [one.name for one in await credentials.listed(PERSONS)] == ["basic"]
    keys = [ApiKey(place="header", name=f"X-{number}", value="k") for number in range(CREDENTIALS_MAX)]
    for number, key in enumerate(keys[1:]):
        await credentials.keep(PERSONS, f"k{number}", key, by="ana")
    with pytest.raises(CredentialNotUsable, match="already"):
        await credentials.keep(PERSONS, "one-more", keys[0], by="ana")


async def test_everything_is_locked_anew(credentials: Credentials, engine: AsyncEngine) -> None:
    """Once locked anew, the old secret is not needed any more; what nobody can open stays as it is."""
    await credentials.keep(PERSONS, "basic", HELD, by="ana")
    await Credentials(engine, Vault(("a secret that is lost for ever, thirty-two",))).keep(
        PERSONS, "key", KEY, by="ana"
    )
    new = "the node's next secret, thirty-two characters"
    both = Credentials(engine, Vault((new, "the node's secret for tests, thirty-two")))
    assert [await both.lock_anew(), await both.lock_anew()] == [1, 0]
    assert await Credentials(engine, Vault((new,))).open_of(PERSONS) == (HELD, Locked())
    assert await credentials.open_of(PERSONS) == (Locked(), Locked())
