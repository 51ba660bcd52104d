"""Clients' keys: registered, told to every process, removed; and how each client must connect."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import ClientKeyNotUsable, MemberUnknown
from sacbe_terms.identifiers import MemberId, SubsystemId
from sacbe_xroad_like import clients
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.connection_types import ConnectionType
from tests.app.tls import Shown, self_signed
from tests.xroad_like.town import CONSUMER, STRANGER, until

NOBODY = SubsystemId(MemberId("GT", "GOV", "9999"), "nadie")


def pem(shown: Shown) -> bytes:
    """Print a certificate."""
    return shown.certificate.public_bytes(Encoding.PEM)


async def test_a_key_is_registered_once(bus: Bus, engine: AsyncEngine, tmp_path: Path) -> None:
    """The same file again is the same key; the same certificate of another client is a key of its own."""
    shown = self_signed(tmp_path, "ventanilla")
    first = await clients.add_key(engine, CONSUMER, pem(shown))
    again = await clients.add_key(engine, CONSUMER, pem(shown))
    other = await clients.add_key(engine, STRANGER, pem(shown))
    assert first == again
    assert first.certificate == shown.der
    assert await clients.keys(engine) == (first, other)
    assert await clients.keys(engine, STRANGER) == (other,)


async def test_changes_are_told(bus: Bus, engine: AsyncEngine, tmp_path: Path) -> None:
    """A running node goes by a new key, a choice and a removal without a restart."""
    key = await clients.add_key(engine, CONSUMER, pem(self_signed(tmp_path, "ventanilla")))
    await clients.choose_connection(engine, CONSUMER, ConnectionType.TLS)
    await until(lambda: bus.registry.client_keys == {CONSUMER: (key,)})
    await until(lambda: bus.registry.connections == {CONSUMER: ConnectionType.TLS})
    await clients.remove_key(engine, key.id)
    await until(lambda: bus.registry.client_keys == {})


async def test_what_is_not_registered(bus: Bus, engine: AsyncEngine, tmp_path: Path) -> None:
    """No key of a stranger to the bus, no expired certificate, no choice for nobody."""
    with pytest.raises(MemberUnknown):
        await clients.add_key(engine, NOBODY, pem(self_signed(tmp_path, "nadie")))
    with pytest.raises(MemberUnknown):
        await clients.choose_connection(engine, NOBODY, ConnectionType.TLS)
    with pytest.raises(ClientKeyNotUsable, match="expired"):
        await clients.add_key(engine, CONSUMER, pem(self_signed(tmp_path, "vieja", days=(-30, -1))))
    with pytest.raises(ClientKeyNotUsable, match="number 99"):
        await clients.remove_key(engine, 99)
    assert await clients.keys(engine) == ()
