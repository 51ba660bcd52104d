"""Clients over real TLS: each connects as it must, or is refused before anything else is looked at."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import members_tls
from sacbe.listeners import MEMBERS, MEMBERS_TLS
from sacbe_signing import keys
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import clients
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.members_listener import MembersListener
from sacbe_xroad_like.tables import client_key
from sacbe_xroad_like.wire.fault import CodeStyle
from tests.adapters.wire import http, saying
from tests.app.tls import Shown, client, files, self_signed, served, serving
from tests.xroad_like.test_soap_relay import asked, expected_code, fault_code, post, reply_to
from tests.xroad_like.town import authority, until
from tests.xroad_like.wire_town import CONSUMER, REST_CONSUMER, SOAP_CONSUMER, Town, town

DATA = Path(os.environ.get("SACBE_CONFORMANCE_DATA", "/nowhere")) / "xroad" / "soap_cases"
REFUSED = "Server.ClientProxy.SslAuthenticationFailed"


@dataclass(frozen=True)
class Gate:
    """A town behind its real listeners, plain and TLS, where no client's connection type was chosen."""

    town: Town
    engine: AsyncEngine
    folder: Path
    ports: dict[str, int]

    async def registered(self, shown: Shown, owner: SubsystemId = CONSUMER) -> Shown:
        """Register a certificate, and wait until the node knows it."""
        await clients.add_key(self.engine, owner, shown.certificate.public_bytes(Encoding.PEM))
        await self.town.bus._watch.refresh()
        return shown

    async def expired(self, shown: Shown) -> Shown:
        """Put a certificate in place that was registered while it held."""
        row = {
            "subsystem": str(CONSUMER),
            "name": "expired",
            "public_key": b"",
            "certificate": shown.der,
            "begins": shown.certificate.not_valid_before_utc,
            "ends": shown.certificate.not_valid_after_utc,
        }
        async with self.engine.begin() as connection:
            await connection.execute(sa.insert(client_key).values(row))
        await self.town.bus._watch.refresh()
        return shown

    async def ask(self, content: bytes | None = None, *, show: Path | None = None, listener: str = MEMBERS_TLS) -> str:
        """Send a SOAP message on a connection of its own; give the code of the fault, or nothing."""
        async with self.calling(show, listener) as caller:
            answer = await post(caller, asked().encode() if content is None else content)
        assert answer.status_code == 200
        return fault_code(answer)

    @asynccontextmanager
    async def calling(self, show: Path | None = None, listener: str = MEMBERS_TLS) -> AsyncIterator[Town]:
        """Give the town with a client that shows this certificate, or none."""
        scheme = "https" if listener == MEMBERS_TLS else "http"
        address = f"{scheme}://localhost:{self.ports[listener]}"
        verify = client(files(self.folder / "keys"), show)
        async with httpx.AsyncClient(verify=verify, base_url=address, headers={"accept": ""}) as over_tls:
            yield replace(self.town, client=over_tls)


@asynccontextmanager
async def gate_of(
    engine: AsyncEngine, folder: Path, reply: bytes, style: CodeStyle, client_statuses: ClientStatuses | None = None
) -> AsyncIterator[Gate]:
    """Serve a town over its listeners."""
    async with saying(http(reply)) as wire, town(engine, folder, wire, client_statuses=client_statuses) as running:
        context = served(folder / "keys")
        running.bus.on_change(members_tls.registered_in(context))
        async with serving(MembersListener(running.bus, instance="EE", style=style), context) as ports:
            yield Gate(running, engine, folder, ports)


@pytest.fixture
async def gate(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Gate]:
    """A town whose SOAP ministry answers."""
    async with gate_of(engine, tmp_path, reply_to(asked()).encode(), CodeStyle.CAMEL) as served_town:
        yield served_town


async def test_a_registered_certificate_is_believed(gate: Gate, tmp_path: Path) -> None:
    """A certificate that nobody but itself vouches for is good once it is registered, without a restart."""
    shown = await gate.registered(self_signed(tmp_path, "client"))
    assert await gate.ask(show=shown.file) == ""


async def test_a_removed_certificate_is_refused(gate: Gate, tmp_path: Path) -> None:
    """On a connection that stands already too."""
    shown = await gate.registered(self_signed(tmp_path, "client"))
    async with gate.calling(shown.file) as caller:
        assert fault_code(await post(caller, asked().encode())) == ""
        (key,) = await clients.keys(gate.engine)
        await clients.remove_key(gate.engine, key.id)
        await until(lambda: CONSUMER not in gate.town.bus.registry.client_keys)
        assert fault_code(await post(caller, asked().encode())) == REFUSED


async def test_by_default_a_certificate_is_needed(gate: Gate) -> None:
    """Neither a plain connection nor one without a certificate will do, and the ministry hears nothing."""
    assert await gate.ask(listener=MEMBERS) == REFUSED
    assert await gate.ask() == REFUSED
    assert gate.town.wire.heard == []


async def test_another_clients_certificate_is_refused(gate: Gate, tmp_path: Path) -> None:
    """Even of the same member."""
    shown = await gate.registered(self_signed(tmp_path, "other"), SOAP_CONSUMER)
    assert await gate.ask(show=shown.file) == REFUSED


@pytest.mark.parametrize("chosen", list(ConnectionType))
async def test_each_type_asks_what_it_says(gate: Gate, tmp_path: Path, chosen: ConnectionType) -> None:
    """NOSSL takes anything, SSLNOAUTH takes TLS, SSLAUTH a registered certificate."""
    shown = await gate.registered(self_signed(tmp_path, "client"))
    await clients.choose_connection(gate.engine, CONSUMER, chosen)
    await gate.town.bus._watch.refresh()
    said = (await gate.ask(listener=MEMBERS), await gate.ask(), await gate.ask(show=shown.file))
    assert [code == "" for code in said] == {
        ConnectionType.PLAIN: [True, True, True],
        ConnectionType.TLS: [False, True, True],
        ConnectionType.MUTUAL_TLS: [False, False, True],
    }[chosen]


async def test_rest_and_translation_are_behind_the_same_gate(gate: Gate, tmp_path: Path) -> None:
    """Each protocol refuses in its own words; who is not registered at all is told so as before."""
    named = {"x-road-client": str(REST_CONSUMER)}
    async with gate.calling() as caller:
        rest = await caller.client.get("/r1/EE/BUSINESS/producer/sub/echo/personas/1", headers=named)
        translated = await caller.client.post("/t1/EE/BUSINESS/producer/sub/echo/op0", headers=named, json={})
        stranger = await caller.client.get("/r1/EE/BUSINESS/producer/sub/echo", headers={"x-road-client": "EE/A/B"})
    assert (rest.status_code, rest.headers["x-road-error"]) == (500, REFUSED)
    assert (translated.status_code, translated.headers["x-road-error"]) == (401, "SACBE-302")
    assert stranger.headers["x-road-error"] == "Server.ClientProxy.UnknownMember"


CASES = ("SslAuthCertNotMatchesOrg", "SslClientAuthExpiredISCert", "SslClientCertVerificationError")


@pytest.mark.skipif(not DATA.exists(), reason="needs SACBE_CONFORMANCE_DATA")
@pytest.mark.parametrize("style", list(CodeStyle))
@pytest.mark.parametrize("name", CASES)
async def test_the_shipped_servers_own_cases(engine: AsyncEngine, tmp_path: Path, name: str, style: CodeStyle) -> None:
    """A certificate of another client, an expired one, one that is registered for nobody: the same code as there."""
    every: list[Any] = msgspec.json.decode((DATA / "_cases.json").read_bytes())
    (case,) = [case for case in every if case["case"] == name]
    async with gate_of(engine, tmp_path, b"", style) as gate:
        show = await certificate_of(name, gate, tmp_path)
        assert await gate.ask((DATA / case["requestFileName"]).read_bytes(), show=show) == expected_code(case, style)
        assert gate.town.wire.heard == []


async def certificate_of(case: str, gate: Gate, folder: Path) -> Path:
    """Give what the case's client shows."""
    if case == "SslAuthCertNotMatchesOrg":
        return (await gate.registered(self_signed(folder, "other"), REST_CONSUMER)).file
    if case == "SslClientAuthExpiredISCert":
        return (await gate.expired(self_signed(folder, "old", days=(-30, -1)))).file
    authority(folder).signer_for(CONSUMER.member)
    return keys.member_file(folder / "keys", CONSUMER.member)
