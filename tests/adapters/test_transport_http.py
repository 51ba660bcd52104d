"""The transport against real servers on loopback, most of them ill."""

import asyncio
import gzip
import ssl
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sacbe_adapters import connection_pool, http_connection
from sacbe_adapters.http_connection import HEAD_BYTES_MAX
from sacbe_adapters.spool import Body, Spool
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.transport_http import HttpTransport
from sacbe_adapters.xml import DOCUMENT_BYTES_MAX
from sacbe_terms.errors import (
    AddressRefused,
    ArgumentsNotValid,
    DescriptionNotReadable,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyNotReadable,
    ReplyTooLarge,
    SacbeError,
    SystemBusy,
)
from tests.adapters.wire import Wire, http, saying

NAME = "GT/GOV/2001/registro/personas/consultar"
LOOPBACK = [ip_network("127.0.0.0/8")]


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    """A transport that may go to loopback."""
    transport = HttpTransport(LOOPBACK)
    yield transport
    await transport.close()


async def ask(
    transport: HttpTransport,
    address: str,
    *,
    method: str = "POST",
    body: bytes | None = b"<a/>",
    headers: dict[str, str] | None = None,
    seconds: float = 5.0,
    bytes_max: int = 10_000,
) -> HttpReply:
    """Send one request."""
    return await transport.send(
        method,
        address,
        headers=headers or {},
        body=body,
        deadline=time.monotonic() + seconds,
        reply_bytes_max=bytes_max,
        name=NAME,
    )


def says_nothing_of(error: SacbeError, wire: Wire) -> None:
    """The error names the operation and not the address."""
    said = f"{error} {error.hint}"
    assert "127.0.0.1" not in said
    assert str(wire.port) not in said
    assert NAME in said


async def test_sends_and_gives_everything(transport: HttpTransport) -> None:
    """Method, path, Host, headers and body go out; status, headers and body come back, whatever the status."""
    async with saying(http("Ñ".encode(), status="500 Oh", more="X-A: 1\r\nx-a: 2\r\n")) as wire:
        reply = await ask(transport, wire.address, headers={"soapaction": '"x"', "content-type": "text/xml"})
    assert (reply.status, reply.body) == (500, "Ñ".encode())
    assert (reply.headers["x-a"], reply.headers["content-type"]) == ("1, 2", "text/xml; charset=utf-8")
    request = wire.heard[0][0]
    assert request.startswith(f"POST /soap?x=1 HTTP/1.1\r\nhost: 127.0.0.1:{wire.port}\r\n")
    assert request.endswith('soapaction: "x"\r\ncontent-type: text/xml\r\ncontent-length: 4\r\n\r\n<a/>')


async def test_keeps_connections(transport: HttpTransport) -> None:
    """The next call uses the same connection; a call beside it gets its own."""
    async with saying(http(b"ok")) as wire:
        for _ in range(3):
            await ask(transport, wire.address)
        await asyncio.gather(*(ask(transport, wire.address) for _ in range(4)))
        await ask(transport, wire.address)
    assert len(wire.heard) == 4
    assert sum(map(len, wire.heard)) == 8


async def test_closes_what_nobody_uses(transport: HttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept connection is closed after its time though no other call comes, and its pool is forgotten."""
    monkeypatch.setattr(connection_pool, "IDLE_SECONDS_MAX", 0.05)
    monkeypatch.setattr(http_connection, "IDLE_SECONDS_MAX", 0.01)
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"<a/>")
        writer.write(http(b"ok"))
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        gone.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        await ask(transport, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        async with asyncio.timeout(5):
            await gone.wait()
    assert not transport._pools


async def test_a_host_has_so_many_connections(transport: HttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls beyond the pool's size wait and use the connections of those before; one that finds none is refused."""
    monkeypatch.setattr(connection_pool, "CONNECTIONS_MAX", 2)
    async with saying(http(b"ok")) as wire:
        await asyncio.gather(*(ask(transport, wire.address) for _ in range(10)))
    assert (len(wire.heard), sum(map(len, wire.heard))) == (2, 10)
    async with saying(b"") as wire:
        asked = [asyncio.create_task(ask(transport, wire.address, seconds=1)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(SystemBusy):
            await ask(transport, wire.address, seconds=0.1)
        ended = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(error, LegacySystemSilent) for error in ended)


async def test_a_name_is_looked_up_once_at_a_time(transport: HttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that hangs is asked once for all calls, each of which ends at its own deadline."""
    asked = 0

    async def hang(_: object) -> tuple[object, ...]:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.3)
        raise OSError("no answer")

    monkeypatch.setattr("sacbe_adapters.guard.resolve", hang)
    calls = [ask(transport, "https://ministry.example/", seconds=0.1) for _ in range(20)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(error, LegacySystemSilent) for error in ended)
    assert asked == 1
    with pytest.raises(LegacySystemUnreachable):
        await ask(transport, "https://ministry.example/", seconds=5)


@pytest.mark.parametrize("more", ["Connection: close\r\n", "Keep-Alive: timeout=1\r\n"])
async def test_lets_connections_go_that_end(transport: HttpTransport, more: str) -> None:
    """A connection that the server says it will close is not used again."""
    async with saying(http(b"ok", more=more)) as wire:
        await ask(transport, wire.address)
        await ask(transport, wire.address)
    assert len(wire.heard) == 2


async def test_gives_up_at_the_deadline_on_silence(transport: HttpTransport) -> None:
    """A server that takes the request and says nothing is left at the deadline."""
    async with saying(b"") as wire:
        with pytest.raises(LegacySystemSilent, match=r"0\.2 s") as caught:
            await ask(transport, wire.address, seconds=0.2)
    says_nothing_of(caught.value, wire)


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "])
async def test_gives_up_at_the_deadline_on_dripping(transport: HttpTransport, start: bytes) -> None:
    """A server that says one byte after the other is left at the same deadline, in head or body."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with saying(drip) as wire:
        with pytest.raises(LegacySystemSilent):
            await ask(transport, wire.address, seconds=0.3)


async def test_a_deadline_that_is_over_sends_nothing(transport: HttpTransport) -> None:
    """A call that comes too late is not made."""
    async with saying(http(b"ok")) as wire:
        with pytest.raises(LegacySystemSilent):
            await ask(transport, wire.address, seconds=-1)
    assert wire.heard == []


@pytest.mark.parametrize(
    "reply",
    [
        http(b"x" * 101),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"64\r\n" + b"x" * 100 + b"\r\n1\r\nx\r\n0\r\n\r\n",
        http(gzip.compress(b"x" * 101), more="Content-Encoding: gzip\r\n"),
        http(gzip.compress(b"x" * 50_000), more="Content-Encoding: gzip\r\n"),
        http(zlib.compress(b"x" * 50_000), more="Content-Encoding: deflate\r\n"),
    ],
)
async def test_takes_no_more_than_the_limit(transport: HttpTransport, reply: bytes) -> None:
    """One byte above the limit is refused: announced, in pieces, or packed."""
    async with saying(reply) as wire:
        with pytest.raises(ReplyTooLarge, match="100 bytes") as caught:
            await ask(transport, wire.address, bytes_max=100)
    says_nothing_of(caught.value, wire)


@pytest.mark.parametrize(
    "reply",
    [
        http(b"x" * 100),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"64\r\n" + b"x" * 100 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + http(b"x" * 100),
        http(gzip.compress(b"x" * 100), more="Content-Encoding: gzip\r\n"),
        http(zlib.compress(b"x" * 100), more="Content-Encoding: deflate\r\n"),
    ],
)
async def test_reads_every_framing(transport: HttpTransport, reply: bytes) -> None:
    """A body of exactly the limit comes back whole, in pieces, packed, or after an interim reply."""
    async with saying(reply) as wire:
        found = await ask(transport, wire.address, bytes_max=100)
    assert (found.status, found.body) == (200, b"x" * 100)


async def test_reads_a_body_that_lasts_until_the_end(transport: HttpTransport) -> None:
    """Without a length the body ends with the connection."""

    async def close(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nhola")
        writer.close()

    async with saying(close) as wire:
        assert (await ask(transport, wire.address)).body == b"hola"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nho",
    ],
)
async def test_says_that_a_reply_was_cut(transport: HttpTransport, said: bytes) -> None:
    """A connection that ends in the middle is told as such, never as a short answer."""

    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    async with saying(cut) as wire:
        with pytest.raises(LegacySystemUnreachable) as caught:
            await ask(transport, wire.address)
    says_nothing_of(caught.value, wire)


@pytest.mark.parametrize(
    "said",
    [
        b"220 correo.example ESMTP\r\n",
        b"<html></html>\r\n\r\n",
        b"HTTP/1.1 banana OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        http(b"not packed", more="Content-Encoding: gzip\r\n"),
        http(b"x", more="Content-Encoding: br\r\n"),
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * (HEAD_BYTES_MAX + 300_000),
    ],
)
async def test_says_what_is_not_http(transport: HttpTransport, said: bytes) -> None:
    """What is not an HTTP reply, or cannot be unpacked, is told as unreadable."""
    async with saying(said) as wire:
        with pytest.raises(ReplyNotReadable) as caught:
            await ask(transport, wire.address, seconds=2)
    says_nothing_of(caught.value, wire)


async def test_a_second_reply_is_never_taken_for_the_next(transport: HttpTransport) -> None:
    """A reply that nobody asked for ends the connection and answers nothing."""
    async with saying(http(b"uno") + http(b"intruso")) as wire:
        for _ in range(3):
            assert (await ask(transport, wire.address)).body == b"uno"
    assert len(wire.heard) == 3


async def test_follows_no_redirect_and_keeps_no_cookie(transport: HttpTransport) -> None:
    """A redirect comes back as it is, and what one reply sets the next request does not carry."""
    reply = http(b"", status="302 Found", more="Location: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\n")
    async with saying(reply) as wire:
        assert (await ask(transport, wire.address)).status == 302
        await ask(transport, wire.address)
    assert not any("cookie" in request.lower() for requests in wire.heard for request in requests)


async def test_uses_no_proxy_of_the_environment(transport: HttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy variables change nothing."""
    for variable in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1/")
    async with saying(http(b"ok")) as wire:
        assert (await ask(transport, wire.address)).body == b"ok"


async def test_says_what_cannot_be_reached(transport: HttpTransport) -> None:
    """A port where nobody listens, and a name that nobody knows, are told without the address."""
    for address in ("http://127.0.0.1:9/", "https://no-hay-tal.invalid/"):
        with pytest.raises(LegacySystemUnreachable) as caught:
            await ask(transport, address)
        assert "127.0.0.1" not in str(caught.value)
        assert "invalid" not in str(caught.value)


async def test_connects_nowhere_that_the_guard_refuses() -> None:
    """Without an allowed network loopback is refused by name and by number, and nothing is heard."""
    transport = HttpTransport([])
    async with saying(http(b"ok")) as wire:
        for host in ("127.0.0.1", "localhost"):
            for scheme in ("http", "https"):
                with pytest.raises(AddressRefused) as caught:
                    await ask(transport, f"{scheme}://{host}:{wire.port}/")
                says_nothing_of(caught.value, wire)
    assert wire.heard == []


async def test_judges_the_name_again_at_each_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that changes where it leads after the first call is judged anew."""
    transport = HttpTransport(LOOPBACK)
    answers = iter([["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]])

    async def answer(_: object) -> tuple[object, ...]:
        return tuple(ip_address(text) for text in next(answers))

    monkeypatch.setattr("sacbe_adapters.guard.resolve", answer)
    async with saying(http(b"ok", more="Connection: close\r\n")) as wire:
        address = f"http://ministry.example:{wire.port}/"
        assert (await ask(transport, address)).body == b"ok"
        with pytest.raises(AddressRefused):
            await ask(transport, address)
    assert len(wire.heard) == 1
    assert "host: ministry.example:" in wire.heard[0][0]


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b", "Ñ"])
async def test_a_header_carries_no_second_header(transport: HttpTransport, value: str) -> None:
    """A value that would break out of its header is refused before anything is sent."""
    async with saying(http(b"ok")) as wire:
        with pytest.raises(ArgumentsNotValid):
            await ask(transport, wire.address, headers={"x-given": value})
    assert wire.heard == []


async def test_measures_servers_by_trust_and_name(tmp_path: Path) -> None:
    """Under TLS the certificate must be of a trusted authority and carry the host's own name."""
    server_side, trust = _tls(tmp_path, "localhost")
    async with saying(http(b"ok"), tls=server_side) as wire:
        trusting = HttpTransport(LOOPBACK, trust=trust)
        assert (await ask(trusting, f"https://localhost:{wire.port}/")).body == b"ok"
        for transport, host in ((trusting, "127.0.0.1"), (HttpTransport(LOOPBACK), "localhost")):
            with pytest.raises(LegacySystemUnreachable):
                await ask(transport, f"https://{host}:{wire.port}/")
        await trusting.close()


def _tls(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate of its own authority for one name, and the two sides' settings."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(secret + pem)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(folder / "both.pem")
    return server_side, ssl.create_default_context(cadata=pem.decode())


async def test_fetches_what_an_operator_names(transport: HttpTransport, tmp_path: Path) -> None:
    """A file by path or file address, and a private address inside the allowed networks."""
    (tmp_path / "a b.wsdl").write_bytes(b"<a/>")
    assert await transport.fetch(str(tmp_path / "a b.wsdl")) == b"<a/>"
    assert await transport.fetch((tmp_path / "a b.wsdl").as_uri()) == b"<a/>"
    async with saying(http(b"<b/>")) as wire:
        assert await transport.fetch(wire.address) == b"<b/>"


async def test_passes_on_what_is_not_its_own(transport: HttpTransport) -> None:
    """A request of somebody else goes out as it is, and the reply comes back as it was: repeated and coded."""
    packed = gzip.compress(b"<a/>")
    reply = http(packed, more="Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Encoding: gzip\r\n")
    asked = [("x-tag", "1"), ("x-tag", "2"), ("accept", "a/b")]
    async with saying(reply) as wire:
        got = await transport.pass_on(
            "PUT",
            wire.address,
            headers=asked,
            body=Body.of(b"{}"),
            deadline=time.monotonic() + 5,
            reply_bytes_max=1000,
            name=NAME,
            spool=Spool(),
        )
    assert await got.body.read() == packed
    assert [value for name, value in got.pairs if name == "set-cookie"] == ["a=1", "b=2"]
    ((heard,),) = wire.heard
    head, _, body = heard.partition("\r\n\r\n")
    assert body == "{}"
    assert head.split("\r\n")[2:] == ["x-tag: 1", "x-tag: 2", "accept: a/b", "content-length: 2"]


async def test_a_found_location_leads_to_nothing_private(transport: HttpTransport, tmp_path: Path) -> None:
    """What a document names is fetched from below its own folder or from the public net, and from nowhere else."""
    folder = tmp_path / "given"
    (folder / "below").mkdir(parents=True)
    given = str(folder / "service.wsdl")
    (folder / "below" / "types.xsd").write_bytes(b"<x/>")
    (tmp_path / "secret.xsd").write_bytes(b"<s/>")
    (folder / "link.xsd").symlink_to(tmp_path / "secret.xsd")
    assert await transport.fetch(str(folder / "below" / "types.xsd"), found_in=given) == b"<x/>"
    async with saying(http(b"<b/>")) as wire:
        refused = [
            str(tmp_path / "secret.xsd"),
            f"{folder}/../secret.xsd",
            str(folder / "link.xsd"),
            (tmp_path / "secret.xsd").as_uri(),
            "/etc/hostname",
            "//127.0.0.1/share",
            wire.address,
            wire.address.replace("http:", "https:"),
            "https://169.254.169.254/latest/meta-data",
            "ftp://ministry.example/a.xsd",
        ]
        for location in refused:
            with pytest.raises(AddressRefused):
                await transport.fetch(location, found_in=given)
        for location in (str(folder / "below" / "types.xsd"), wire.address):
            with pytest.raises(AddressRefused):
                await transport.fetch(location, found_in=wire.address)
    assert wire.heard == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (http(b"", status="404 Not Found"), "status 404"),
        (http(b"", status="301 Moved", more="Location: https://ministry.example/\r\n"), "another address"),
        (f"HTTP/1.1 200 OK\r\nContent-Length: {DOCUMENT_BYTES_MAX + 1}\r\n\r\n".encode(), "larger than"),
        (b"SSH-2.0-OpenSSH\r\n", "cannot be reached"),
    ],
)
async def test_says_why_a_document_was_not_fetched(transport: HttpTransport, reply: bytes, reason: str) -> None:
    """An operator is told the location and what happened there."""
    async with saying(reply) as wire:
        with pytest.raises(DescriptionNotReadable, match=reason) as caught:
            await transport.fetch(wire.address)
    assert caught.value.where == wire.address
    assert caught.value.hint


async def test_says_why_a_file_was_not_read(transport: HttpTransport, tmp_path: Path) -> None:
    """A file that is not there, a folder and one that is too large are told apart."""
    with (tmp_path / "large.wsdl").open("wb") as large:
        large.truncate(DOCUMENT_BYTES_MAX + 1)
    for name, reason in (("absent.wsdl", "no such file"), ("", "no such file"), ("large.wsdl", "larger")):
        with pytest.raises(DescriptionNotReadable, match=reason):
            await transport.fetch(str(tmp_path / name))
    with pytest.raises(DescriptionNotReadable):
        await transport.fetch("a\0b")
