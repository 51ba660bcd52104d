"""A revoked certificate opens nothing: neither X-Road's wire nor the door of tokens, on standing connections too."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe.demonstration import status_responder
from sacbe_signing import keys
from sacbe_signing.authority import DEVELOPMENT, DevelopmentAuthority
from sacbe_xroad_like import client_statuses, clients
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.status_policy import Authority, StatusPolicy
from sacbe_xroad_like.wire.fault import CodeStyle
from tests.app.tls import Shown
from tests.signing.signed import EC
from tests.xroad_like.assertions import assertion, proof
from tests.xroad_like.responders import asking
from tests.xroad_like.test_oauth import NAME, PUBLIC_KEY, ask_token, node_of, query
from tests.xroad_like.test_soap_relay import asked, fault_code, post, reply_to
from tests.xroad_like.test_tls_clients import REFUSED, gate_of
from tests.xroad_like.town import CONSUMER, Office, authority, until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask many times a second."""
    for name in ("ASKED_EVERY_SECONDS", "ASKED_AGAIN_SECONDS"):
        monkeypatch.setattr(client_statuses, name, 0.05)


@pytest.fixture
def issuer(tmp_path: Path) -> DevelopmentAuthority:
    """The development authority of the node in this folder."""
    return authority(tmp_path)


@contextmanager
def responding(issuer: DevelopmentAuthority, folder: Path) -> Iterator[str]:
    """Run the demonstration's responder; give its address."""
    listening = status_responder.listen(folder / "keys")
    with status_responder.server(listening, issuer.responder()) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield status_responder.address(listening)
        server.shutdown()


@pytest.fixture
async def statuses(issuer: DevelopmentAuthority, tmp_path: Path) -> AsyncIterator[ClientStatuses]:
    """What asks the development authority."""
    believed = keys.read_authorities(keys.authority_files(tmp_path / "keys"))
    with responding(issuer, tmp_path) as address:
        policy = StatusPolicy(
            authorities=tuple(Authority(name, certificate) for name, certificate in believed),
            addresses={DEVELOPMENT: address},
        )
        async with asking(policy) as asks:
            yield asks


@pytest.fixture
def shown(issuer: DevelopmentAuthority, tmp_path: Path) -> Shown:
    """A client's certificate of the development authority, with the key of the tests' assertions."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(EC, hashes.SHA256())
    certificate = issuer.certify(request.public_bytes(Encoding.PEM))
    file = tmp_path / "client.pem"
    private = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return Shown(file, certificate)


async def revoked(issuer: DevelopmentAuthority, statuses: ClientStatuses, shown: Shown) -> None:
    """Revoke the certificate, and wait until the node has heard of it."""
    issuer.revoke(shown.certificate, x509.ReasonFlags.key_compromise)
    await until(lambda: "revoked" in statuses.doubts(shown.der, shown.certificate.not_valid_before_utc))


async def test_a_revoked_certificate_is_refused_on_the_wire(
    engine: AsyncEngine, tmp_path: Path, issuer: DevelopmentAuthority, statuses: ClientStatuses, shown: Shown
) -> None:
    """With X-Road's own code, on a connection that stands already, and the ministry hears no more of it."""
    async with gate_of(engine, tmp_path, reply_to(asked()).encode(), CodeStyle.CAMEL, statuses) as gate:
        await gate.registered(shown)
        await until(lambda: not statuses.doubts(shown.der, shown.certificate.not_valid_before_utc))
        async with gate.calling(shown.file) as caller:
            assert fault_code(await post(caller, asked().encode())) == ""
            await revoked(issuer, statuses, shown)
            heard = len(gate.town.wire.heard[0])
            answer = await post(caller, asked().encode())
            assert fault_code(answer) == REFUSED
            assert "was revoked on" in answer.text
            assert len(gate.town.wire.heard[0]) == heard


async def test_a_revoked_certificate_takes_its_tokens_along(
    engine: AsyncEngine,
    office: Office,
    tmp_path: Path,
    issuer: DevelopmentAuthority,
    statuses: ClientStatuses,
    shown: Shown,
) -> None:
    """Those bound to it, those of its key, and there are no new ones; the error says why."""
    async with (
        node_of(engine, office, tmp_path, shown.certificate.public_bytes(Encoding.PEM), statuses) as node,
        node.over_tls(shown.file) as caller,
    ):
        bound = str((await ask_token(caller)).json()["access_token"])
        proven = str((await ask_token(node.plain, dpop=proof())).json()["access_token"])
        assert await query(caller, f"Bearer {bound}") == NAME
        assert await query(node.plain, f"DPoP {proven}", proof(token=proven)) == NAME
        await revoked(issuer, statuses, shown)
        said = [
            await query(caller, f"Bearer {bound}"),
            await query(node.plain, f"DPoP {proven}", proof(token=proven)),
        ]
        assert all(each.startswith("SACBE-311: The TLS certificate was revoked on") for each in said), said
        refused = await ask_token(node.plain, dpop=proof(), client_assertion=assertion())
        assert refused.json()["error"] == "invalid_client"
        assert "was revoked on" in refused.json()["error_description"]


async def test_a_token_ends_with_the_certificate_that_it_is_bound_to(
    engine: AsyncEngine,
    office: Office,
    tmp_path: Path,
    issuer: DevelopmentAuthority,
    statuses: ClientStatuses,
    shown: Shown,
) -> None:
    """Though the client signs its assertions with a key that came alone, whose other tokens go on."""
    async with node_of(engine, office, tmp_path, PUBLIC_KEY, statuses) as node:
        await clients.add_key(engine, CONSUMER, shown.certificate.public_bytes(Encoding.PEM))
        await node.bus._watch.refresh()
        await statuses.first_answers()
        async with node.over_tls(shown.file) as caller:
            bound = str((await ask_token(caller)).json()["access_token"])
            assert await query(caller, f"Bearer {bound}") == NAME
            await revoked(issuer, statuses, shown)
            assert (await query(caller, f"Bearer {bound}")).startswith("SACBE-311: ")
            assert (await ask_token(caller)).json()["error"] == "invalid_client"
            proven = str((await ask_token(node.plain, dpop=proof())).json()["access_token"])
            assert await query(node.plain, f"DPoP {proven}", proof(token=proven)) == NAME
