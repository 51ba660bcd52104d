"""What a system is shown: each way of HTTP, against real servers of ours on loopback."""

import asyncio
import hashlib
import re
import ssl
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus

import pytest

from sacbe_adapters.credentials.digest import Challenge, answer, challenge_in
from sacbe_adapters.credentials.sending import Sender
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.credentials import (
    AnyCredential,
    ApiKey,
    Basic,
    Bearer,
    ClientCertificate,
    Digest,
    Locked,
    OAuthClient,
)
from sacbe_terms.errors import CredentialsRefused, LegacySystemSilent, LegacySystemUnreachable, SacbeError
from sacbe_terms.exchange import Endpoint
from tests.adapters.certificates import pair
from tests.adapters.doorkeeper import LET_IN, REFUSED, Doorkeeper, Heard, keeping, only
from tests.adapters.wire import http

NAME = "GT/GOV/2001/registro/personas/consultar"
USER, PASSWORD = "ministerio", "contraseña: ñ"
CLIENT = ("sacbé node", "s3cret/+")


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    """A sender that may go to loopback."""
    transport = HttpTransport([ip_network("127.0.0.0/8")])
    sender = Sender(transport)
    yield sender
    await sender.close()
    await transport.close()


async def ask(
    sender: Sender,
    address: str,
    *credentials: AnyCredential,
    headers: dict[str, str] | None = None,
    seconds: float = 5.0,
    method: str = "POST",
) -> HttpReply:
    """Send one request to a path of the endpoint at the address's root."""
    root = address[: address.index("/", len("https://")) + 1]
    return await sender.send(
        method,
        address,
        headers=headers or {},
        body=b"x",
        deadline=time.monotonic() + seconds,
        reply_bytes_max=10_000,
        name=NAME,
        endpoint=Endpoint(address=root, credentials=credentials),
    )


def says_nothing(error: SacbeError, *secrets: str) -> None:
    """The error names the operation, and neither an address nor a secret."""
    told = f"{error} {error.what} {error.hint} {error.where} {error!r}"
    assert NAME in told
    for secret in ("127.0.0.1", PASSWORD, *CLIENT, *secrets):
        assert secret not in told


async def let_in(heard: Heard) -> bytes:
    """Let everybody in."""
    return LET_IN


async def refuse(heard: Heard) -> bytes:
    """Let nobody in."""
    return REFUSED


async def test_basic_is_utf8(sender: Sender) -> None:
    """User and password travel in UTF-8, with the colon that a password may hold."""
    expected = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    async with keeping(only(f"Basic {expected}")) as door:
        assert (await ask(sender, door.address(), Basic(user=USER, password=PASSWORD))).status == 200


async def test_bearer(sender: Sender) -> None:
    """A given token is shown as it is, and no header of a caller takes its place."""
    async with keeping(only("Bearer abc.def")) as door:
        reply = await ask(sender, door.address(), Bearer(token="abc.def"), headers={"authorization": "Bearer mine"})
        assert reply.status == 200


@pytest.mark.parametrize(
    ("place", "seen"),
    [
        ("header", lambda heard: heard.headers["x-clave"]),
        ("query", lambda heard: heard.target),
        ("cookie", lambda heard: heard.headers["cookie"]),
    ],
)
async def test_a_key_stands_where_the_system_looks(sender: Sender, place: str, seen: object) -> None:
    """In a header, a query parameter or a cookie, encoded for its place; what a caller sends there does not win."""
    key = ApiKey(place=place, name="X-Clave", value="k1&=2")
    async with keeping(let_in) as door:
        address = door.address("/a?b=1&X%2DClave=mine&c=")
        await ask(sender, address, key, headers={"x-clave": "mine", "Cookie": "a=1; X-Clave=mine"})
    expected = {
        "header": "k1&=2",
        "query": "/a?b=1&c=&X-Clave=k1%26%3D2",
        "cookie": "a=1; X-Clave=k1&=2",
    }[place]
    assert callable(seen)
    assert seen(door.heard[0]) == expected


async def test_several_are_shown_together(sender: Sender) -> None:
    """A key and a password in one request."""
    async with keeping(let_in) as door:
        key = ApiKey(place="header", name="X-Key", value="k")
        await ask(sender, door.address(), key, Basic(user="u", password="p"))
    assert (door.heard[0].headers["x-key"], door.heard[0].authorization) == ("k", "Basic dTpw")


async def test_what_is_refused_is_told_without_it(sender: Sender) -> None:
    """A system that does not take what is shown is a typed error that holds no secret and no address."""
    async with keeping(refuse) as door:
        for credential in (Basic(user=USER, password=PASSWORD), Digest(user=USER, password=PASSWORD)):
            with pytest.raises(CredentialsRefused, match="does not accept") as caught:
                await ask(sender, door.address(), credential)
            says_nothing(caught.value)
        assert (await ask(sender, door.address())).status == 401, "without credentials it is the system's own answer"
    assert len(door.heard) == 3, "the same is never shown twice"


async def test_a_locked_credential_calls_nobody(sender: Sender) -> None:
    """What this node cannot decrypt is refused before anything is sent, never left out."""
    async with keeping(let_in) as door:
        with pytest.raises(CredentialsRefused, match="cannot decrypt"):
            await ask(sender, door.address(), Locked(), ApiKey(place="header", name="a", value="b"))
    assert door.heard == []


# digest ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_answers_as_the_standard_says(algorithm: str, response: str) -> None:
    """The example of RFC 7616, section 3.9.1."""
    challenge = Challenge(
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        opaque="FQhe/qaU925kfnzjev0ciny7QMkPqMAFRtzCUYo5tdS",
        algorithm=algorithm,
        has_qop=True,
        is_stale=False,
    )
    written = answer(
        challenge,
        Digest(user="Mufasa", password="Circle of Life"),
        method="GET",
        target="/dir/index.html",
        uses=1,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{response}"' in written
    assert "qop=auth, nc=00000001" in written


@pytest.mark.parametrize(
    ("header", "nonce"),
    [
        ('Basic realm="a, b", Digest realm="r", nonce="n1", qop="auth,auth-int"', "n1"),
        ('Digest nonce="md5", algorithm=MD5, qop="auth", Digest nonce="sha", algorithm=SHA-256, qop="auth"', "sha"),
        ('Negotiate, digest  nonce = "n\\"2", qop=auth', 'n"2'),
        ('Digest nonce="old"', "old"),
        ('Digest nonce="n", qop="auth-int"', None),
        ('Digest nonce="n", algorithm=SHA-1024', None),
        ('Digest realm="no nonce"', None),
        ('Basic realm="Digest nonce=x"', None),
        ("Digest " + "a" * 9000 + ' nonce="n"', None),
        ("", None),
    ],
)
def test_the_strongest_challenge_is_found(header: str, nonce: str | None) -> None:
    """Several challenges in one header are told apart; one that cannot be answered is none."""
    found = challenge_in(header)
    assert (found.nonce if found else None) == nonce


class DigestSystem:
    """A system that checks digests by the formula of RFC 7616 and gives each nonce a number of uses."""

    def __init__(self, algorithm: str = "SHA-256", *, uses_max: int = 1000, extra: str = ', qop="auth"') -> None:
        self.algorithm, self.uses_max, self.extra = algorithm, uses_max, extra
        self.hash = hashlib.sha256 if "256" in algorithm else hashlib.md5
        self.nonces: dict[str, int] = {}

    async def decide(self, heard: Heard) -> bytes:
        """Let in, or challenge; an honest answer to a spent nonce is called stale."""
        shown = dict(re.findall(r'(\w+\*?)="?([^",]*)"?', heard.authorization.partition(" ")[2]))
        is_right = bool(shown) and shown["response"] == self.response(heard.method, shown)
        uses = self.nonces.get(shown.get("nonce", ""), self.uses_max)
        if is_right and uses < self.uses_max and int(shown.get("nc", "0"), 16) in (0, uses + 1):
            self.nonces[shown["nonce"]] += 1
            return LET_IN
        nonce = f"nonce{len(self.nonces)}"
        self.nonces[nonce] = 0
        stale = ", stale=true" if is_right else ""
        challenge = f'Digest realm="R", nonce="{nonce}", algorithm={self.algorithm}{self.extra}{stale}'
        return http(b"", status="401 No", more=f"WWW-Authenticate: {challenge}\r\n")

    def response(self, method: str, shown: dict[str, str]) -> str:
        """Work out what the answer must be."""
        secret = self._hash(f"{USER}:R:{PASSWORD}")
        if self.algorithm.endswith("sess"):
            secret = self._hash(f"{secret}:{shown['nonce']}:{shown['cnonce']}")
        between = f"{shown['nc']}:{shown['cnonce']}:auth:" if "qop" in shown else ""
        return self._hash(f"{secret}:{shown['nonce']}:{between}{self._hash(method + ':' + shown['uri'])}")

    def _hash(self, text: str) -> str:
        return self.hash(text.encode()).hexdigest()


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5", "SHA-256-sess", "MD5-sess"])
@pytest.mark.parametrize("extra", [', qop="auth", opaque="o"', ""])
async def test_digest_keeps_its_nonce(sender: Sender, algorithm: str, extra: str) -> None:
    """The first call is challenged; those after it are let in at once with the same nonce, counted."""
    system = DigestSystem(algorithm, extra=extra)
    async with keeping(system.decide) as door:
        for path in ("/a?b=1", "/c", "/d"):
            assert (await ask(sender, door.address(path), Digest(user=USER, password=PASSWORD))).status == 200
    assert [heard.target for heard in door.heard] == ["/a?b=1", "/a?b=1", "/c", "/d"]
    assert all(heard.body == b"x" for heard in door.heard)


async def test_digest_counts_and_renews(sender: Sender) -> None:
    """A nonce is used again with the next count; one that the system calls stale is replaced in the same call."""
    system = DigestSystem(uses_max=2)
    async with keeping(system.decide) as door:
        for _ in range(5):
            assert (await ask(sender, door.address("/s"), Digest(user=USER, password=PASSWORD))).status == 200
    counts = re.findall(r"nc=(\w+)", " ".join(heard.authorization for heard in door.heard))
    assert counts == ["00000001", "00000002", "00000003", "00000001", "00000002", "00000003", "00000001"]
    with pytest.raises(CredentialsRefused):
        async with keeping(system.decide) as door:
            await ask(sender, door.address("/s"), Digest(user=USER, password="wrong"))
    assert len(door.heard) == 2, "a wrong password is tried once"


async def test_a_stale_nonce_without_end_ends(sender: Sender) -> None:
    """A system that calls every nonce stale is refused after a few attempts."""
    async with keeping(DigestSystem(uses_max=0).decide) as door:
        with pytest.raises(CredentialsRefused):
            await ask(sender, door.address(), Digest(user=USER, password=PASSWORD))
    assert len(door.heard) == 3


async def test_digest_stays_inside_the_deadline(sender: Sender) -> None:
    """Challenge and answer share the call's one deadline."""

    async def slowly(heard: Heard) -> bytes:
        await asyncio.sleep(0.2 if not heard.authorization else 30)
        return await DigestSystem().decide(heard)

    async with keeping(slowly) as door:
        with pytest.raises(LegacySystemSilent):
            await ask(sender, door.address(), Digest(user=USER, password=PASSWORD), seconds=0.6)
    assert len(door.heard) == 2


# OAuth ----------------------------------------------------------------------------------


class TokenSystem:
    """A token address of ours and the system behind it: tokens are numbered, and can be called back."""

    def __init__(self, *, life: str = '"expires_in": 3600, ') -> None:
        self.life = life
        self.given = 0
        self.called_back: set[str] = set()
        self.answer: bytes | None = None
        self.seconds = 0.0

    async def decide(self, heard: Heard) -> bytes:
        """Give tokens at /token, and let in who shows one."""
        if heard.target == "/token":
            await asyncio.sleep(self.seconds)
            return self.answer or self._token(heard)
        token = heard.authorization.removeprefix("Bearer ")
        known = token in {f"t{number}" for number in range(1, self.given + 1)} - self.called_back
        return LET_IN if known else REFUSED

    def _token(self, heard: Heard) -> bytes:
        form = {key: values[0] for key, values in parse_qs(heard.body.decode()).items()}
        assert form["grant_type"] == "client_credentials"
        assert form.get("scope") == "leer escribir"
        assert self._client(heard, form) == CLIENT
        self.given += 1
        return http(
            f'{{"access_token": "t{self.given}", {self.life}"token_type": "Bearer"}}'.encode(), kind="application/json"
        )

    def _client(self, heard: Heard, form: dict[str, str]) -> tuple[str, str]:
        if heard.authorization:
            user, _, secret = b64decode(heard.authorization[6:]).decode().partition(":")
            return unquote_plus(user), unquote_plus(secret)
        return form["client_id"], form["client_secret"]


def client(door: Doorkeeper, *, in_body: bool = False) -> OAuthClient:
    """Give the node's client at this door."""
    return OAuthClient(
        token_address=door.address("/token"),
        client_id=CLIENT[0],
        client_secret=CLIENT[1],
        scope="leer escribir",
        sends_secret_in_body=in_body,
    )


@pytest.mark.parametrize("in_body", [False, True])
async def test_one_token_serves_many_calls(sender: Sender, in_body: bool) -> None:
    """Calls that wait at the same time wait for one fetch, and later calls use what it gave."""
    system = TokenSystem()
    async with keeping(system.decide) as door:
        credential = client(door, in_body=in_body)
        replies = await asyncio.gather(*(ask(sender, door.address(f"/{n}"), credential) for n in range(20)))
        await ask(sender, door.address("/later"), credential)
    assert {reply.status for reply in replies} == {200}
    assert system.given == 1


async def test_a_token_is_renewed(sender: Sender) -> None:
    """Before its end by itself, and when a system no longer takes it, once, within the same call."""
    system = TokenSystem()
    async with keeping(system.decide) as door:
        await ask(sender, door.address(), client(door))
        system.called_back.add("t1")
        replies = await asyncio.gather(*(ask(sender, door.address(), client(door)) for _ in range(5)))
        assert {reply.status for reply in replies} == {200}
        assert system.given == 2
        system.life = '"expires_in": "0", '
        system.called_back.add("t2")
        await ask(sender, door.address(), client(door))
        await ask(sender, door.address(), client(door))
        assert system.given == 4, "a token without life is used once"
        system.called_back.update({"t5", "t6", "t7"})
        with pytest.raises(CredentialsRefused, match="does not accept"):
            await ask(sender, door.address(), client(door))
        assert system.given == 6


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http(b'{"error": "invalid_client", "secret": "s3cret/+"}', status="401 No"), "status 401"),
        (http(b"<html>s3cret/+</html>"), "that is none"),
        (http(b'{"access_token": "a\\r\\nb"}'), "another kind"),
        (http(b'{"access_token": "a", "token_type": "mac"}'), "another kind"),
        (http(b'{"access_token": "a", "expires_in": "soon"}'), "that is none"),
        (http(b'{"access_token": ""}'), "another kind"),
        (http(b" " * 70_000), "cannot be asked"),
        (http(b"", status="302 Found", more="Location: /token2\r\n"), "status 302"),
    ],
)
async def test_a_token_that_is_not_given_is_told(sender: Sender, answer: bytes, reason: str) -> None:
    """Whatever a token address answers, the error says nothing of it, and the system hears nothing."""
    system = TokenSystem()
    system.answer = answer
    async with keeping(system.decide) as door:
        with pytest.raises(CredentialsRefused, match=reason) as caught:
            await ask(sender, door.address("/system"), client(door))
        says_nothing(caught.value, "html", "invalid_client", "token2")
    assert [heard.target for heard in door.heard] == ["/token"]


async def test_an_ill_token_address_is_told_as_what_it_is(sender: Sender) -> None:
    """Silent within the call's deadline, or not there at all; who waits longer still gets the token."""
    system = TokenSystem()
    system.seconds = 0.5
    async with keeping(system.decide) as door:
        hasty, patient = await asyncio.gather(
            ask(sender, door.address("/a"), client(door), seconds=0.1),
            ask(sender, door.address("/b"), client(door)),
            return_exceptions=True,
        )
        gone = client(door)
    assert isinstance(hasty, LegacySystemSilent)
    assert isinstance(patient, HttpReply)
    async with keeping(let_in) as elsewhere:
        address = gone.token_address.replace("/token", "/other")
        with pytest.raises(LegacySystemUnreachable) as caught:
            await ask(sender, elsewhere.address(), OAuthClient(token_address=address, client_id="a", client_secret="b"))
    says_nothing(caught.value)


async def test_a_token_is_not_fetched_from_inside(sender: Sender) -> None:
    """The token address passes the same guard as every other."""
    outside = Sender(HttpTransport(()))
    async with keeping(TokenSystem().decide) as door:
        with pytest.raises(CredentialsRefused, match="cannot be asked"):
            await ask(outside, "https://8.8.8.8/", client(door))
    assert door.heard == []


# client certificates --------------------------------------------------------------------


@pytest.fixture
def asking_for_certificates(tmp_path: Path) -> ssl.SSLContext:
    """The server's side of mutual TLS: it takes `one` and `two`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own = pair("server")
    (tmp_path / "own.pem").write_text(own.private_key + own.certificate)
    context.load_cert_chain(tmp_path / "own.pem")
    for name in ("one", "two"):
        context.load_verify_locations(cadata=pair(name).certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def certificate(name: str) -> ClientCertificate:
    """Give a client certificate of this name."""
    made = pair(name)
    return ClientCertificate(certificate=made.certificate, private_key=made.private_key)


async def test_each_identity_has_its_own_connections(asking_for_certificates: ssl.SSLContext) -> None:
    """A connection that showed one certificate never carries another's call, nor one without any."""
    trust = ssl.create_default_context(cadata=pair("server").certificate)
    sender = Sender(HttpTransport([ip_network("127.0.0.0/8")], trust=trust))
    async with keeping(let_in, tls=asking_for_certificates) as door:
        for name in ("one", "two", "one", "two"):
            assert (await ask(sender, door.address(f"/{name}"), certificate(name))).status == 200
        for unwanted in ((), (certificate("three"),)):
            with pytest.raises(LegacySystemUnreachable):
                await ask(sender, door.address("/nobody"), *unwanted)
    assert [(heard.target, heard.peer) for heard in door.heard] == [
        ("/one", "one"),
        ("/two", "two"),
        ("/one", "one"),
        ("/two", "two"),
    ]
    assert [heard.connection for heard in door.heard] == [1, 2, 1, 2]


async def test_a_broken_certificate_reaches_nobody(asking_for_certificates: ssl.SSLContext) -> None:
    """A key that is none, or of another certificate, is a typed error without a word of it."""
    trust = ssl.create_default_context(cadata=pair("server").certificate)
    sender = Sender(HttpTransport([ip_network("127.0.0.0/8")], trust=trust))
    mixed = ClientCertificate(certificate=pair("one").certificate, private_key=pair("two").private_key)
    broken = ClientCertificate(certificate="no", private_key=PASSWORD)
    async with keeping(let_in, tls=asking_for_certificates) as door:
        for credential in (mixed, broken):
            with pytest.raises(LegacySystemUnreachable) as caught:
                await ask(sender, door.address(), credential)
            says_nothing(caught.value)
    assert door.heard == []
