"""TLS of the members' listener: who is let in, and what of them the application learns."""

import asyncio
import socket
import ssl
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sacbe import members_tls
from sacbe import server as servers
from sacbe.listeners import MEMBERS, MEMBERS_TLS
from sacbe.settings import Settings
from sacbe_signing import keys
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.errors import SettingUnsafe
from sacbe_terms.identifiers import MemberId
from tests.app.tls import PASSPHRASE, client, files, self_signed, served, serving

MINISTRY = MemberId("GT", "GOV", "1001")
REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


async def names_its_client(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with the digest of the certificate that the client showed."""
    tls = scope["extensions"].get("tls")
    shown = "plain" if tls is None else sha256(tls["client_certificate"] or b"").hexdigest()
    text = f"{scope['scheme']} {shown}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


async def ask(port: int, context: ssl.SSLContext | None = None) -> str:
    """Send a request on a connection of its own and give the answer's last line; what ends it is raised."""
    name = "localhost" if context else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    try:
        writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        async with asyncio.timeout(5):
            return (await reader.read()).decode().rpartition("\n")[2]
    finally:
        writer.close()


async def test_the_application_learns_the_certificate(tmp_path: Path) -> None:
    """Its exact bytes, or that there is none; and on the plain listener that there is no TLS."""
    signer = DevelopmentAuthority(tmp_path, PASSPHRASE.encode()).signer_for(MINISTRY)
    context = client(files(tmp_path), keys.member_file(tmp_path, MINISTRY))
    async with serving(names_its_client, served(tmp_path)) as ports:
        assert await ask(ports[MEMBERS_TLS], context) == f"https {signer.certificate_sha256.hex()}"
        assert await ask(ports[MEMBERS_TLS], client(files(tmp_path))) == f"https {sha256().hexdigest()}"
        assert await ask(ports[MEMBERS]) == "http plain"


async def test_a_resumed_session_still_tells_the_certificate(tmp_path: Path) -> None:
    """A second connection that resumes the first is of the same client, under TLS 1.2 too."""
    signer = DevelopmentAuthority(tmp_path, PASSPHRASE.encode()).signer_for(MINISTRY)
    context = client(files(tmp_path), keys.member_file(tmp_path, MINISTRY))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(names_its_client, served(tmp_path)) as ports:
        said = await asyncio.to_thread(_asked_twice, ports[MEMBERS_TLS], context)
    assert said == [(False, signer.certificate_sha256.hex()), (True, signer.certificate_sha256.hex())]


def _asked_twice(port: int, context: ssl.SSLContext) -> list[tuple[bool, str]]:
    """Ask on two connections, the second resuming the first's session; say which was resumed and what it told."""
    session, said = None, []
    for _ in range(2):
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost", session=session) as tls,
        ):
            tls.sendall(REQUEST)
            answer = b""
            while b"https " not in answer:
                answer += tls.recv(4096)
            session = tls.session
            said.append((bool(tls.session_reused), answer[-64:].decode()))
    return said


async def test_a_stranger_is_cut_off(tmp_path: Path) -> None:
    """A certificate that nobody believed has issued ends the connection without an answer."""
    stranger = self_signed(tmp_path, "stranger")
    async with serving(names_its_client, served(tmp_path)) as ports:
        try:
            said = await ask(ports[MEMBERS_TLS], client(files(tmp_path), stranger.file))
        except (ssl.SSLError, ConnectionError):
            said = ""
    assert said == ""


@pytest.mark.parametrize("days", [(-30, -1), (10, 30)])
async def test_dates_are_not_the_handshakes_business(tmp_path: Path, days: tuple[int, int]) -> None:
    """An expired certificate, and one of tomorrow, reach the application, which can say what is wrong."""
    folder, old = tmp_path / "keys", self_signed(tmp_path, "old", days=days)
    context = served(folder)
    context.load_verify_locations(cadata=old.der)
    async with serving(names_its_client, context) as ports:
        said = await ask(ports[MEMBERS_TLS], client(files(folder), old.file))
    assert said == f"https {sha256(old.der).hexdigest()}"


@pytest.mark.parametrize("weak", ["AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"])
async def test_weak_ciphers_are_not_spoken(tmp_path: Path, weak: str) -> None:
    """No cipher without forward secrecy and authenticated encryption."""
    context = client(files(tmp_path))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(weak)
    async with serving(names_its_client, served(tmp_path)) as ports:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await ask(ports[MEMBERS_TLS], context)


async def test_a_silent_client_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that never begins its handshake is closed by the server."""
    monkeypatch.setattr(servers, "HANDSHAKE_SECONDS_MAX", 0.2)
    async with serving(names_its_client, served(tmp_path)) as ports:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[MEMBERS_TLS])
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_plain_http_gets_no_answer_on_the_tls_listener(tmp_path: Path) -> None:
    """What is not TLS ends there."""
    async with serving(names_its_client, served(tmp_path)) as ports:
        try:
            said = await ask(ports[MEMBERS_TLS])
        except ConnectionError:
            said = ""
    assert said == ""


def test_production_listens_with_the_operators_certificate_only(tmp_path: Path) -> None:
    """Without one set there is no TLS listener, and none is made."""
    assert not members_tls.is_served(Settings(home=tmp_path), is_development=False)
    assert members_tls.is_served(Settings(home=tmp_path), is_development=True)
    assert members_tls.is_served(Settings(home=tmp_path, tls_certificate="tls.pem"), is_development=False)
    given = members_tls.files(Settings(home=tmp_path, tls_certificate="tls.pem"), is_development=False)
    assert (given.certificate, given.key) == (Path("tls.pem"), Path("tls.pem"))


@pytest.mark.parametrize("password", ["", "another one"])
def test_a_key_that_does_not_open_is_named(tmp_path: Path, password: str) -> None:
    """The error names the setting, and nobody is asked for a password at the terminal."""
    made = files(tmp_path)
    settings = Settings(home=tmp_path, tls_certificate=str(made.certificate), key_password=password)
    with pytest.raises(SettingUnsafe) as refused:
        members_tls.context(members_tls.files(settings, is_development=False))
    assert [problem.where for problem in refused.value.problems] == ["SACBE_TLS_CERTIFICATE"]


def test_a_damaged_authority_is_named(tmp_path: Path) -> None:
    """A file that is no certificate is not passed over in silence."""
    made = files(tmp_path / "keys")
    (keys.authorities_folder(tmp_path / "keys") / "damaged.pem").write_text("nothing")
    settings = Settings(home=tmp_path, tls_certificate=str(made.certificate), key_password=PASSPHRASE)
    with pytest.raises(SettingUnsafe) as refused:
        members_tls.context(members_tls.files(settings, is_development=False))
    assert "damaged.pem" in refused.value.problems[0].reason
