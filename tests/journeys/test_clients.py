"""A consumer's system from its first key to its first answer: certificate, token, query, and the way out again."""

import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sacbe_xroad_like.oauth import client_assertion
from tests.journeys.node import Node, running
from tests.signing.signed import by_ec
from tests.xroad_like.assertions import assertion, proof

CONSUMER = "GT/GOV/1001/ventanilla"
REVOKED_SECONDS_MAX = 60
"""Within which a revocation must hold."""
REFUSED = "Server.ClientProxy.SslAuthenticationFailed"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for the whole path."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


@pytest.fixture(scope="module")
def certificate(node: Node) -> Path:
    """A key and a certificate that the consumer made by herself with openssl, in one file."""
    key, shown = node.home.parent / "ventanilla.key", node.home.parent / "ventanilla.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 365 -subj /CN=ventanilla"
    subprocess.run([*made.split(), "-keyout", key, "-out", shown], check=True, capture_output=True)
    both = node.home.parent / "both.pem"
    both.write_bytes(key.read_bytes() + shown.read_bytes())
    return both


def done(node: Node, *arguments: str) -> str:
    """Run a command that must succeed, and give what it said."""
    ran = node.sacbe(*arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def member(node: Node, certificate: Path | None) -> httpx.Client:
    """Give a caller of the members' TLS listener that shows this certificate, or none."""
    context = ssl.create_default_context(cafile=str(node.home / "keys" / "authorities" / "development.pem"))
    if certificate is not None:
        context.load_cert_chain(certificate)
    return httpx.Client(verify=context, base_url=node.demo["members_tls_url"])


def listed(caller: httpx.Client) -> str:
    """Ask what the civil registry offers; give the error that X-Road tells, or nothing."""
    path = "/r1/GT/GOV/2001/registro-civil/listMethods"
    return str(caller.get(path, headers={"x-road-client": CONSUMER}).headers.get("x-road-error", ""))


def becomes(caller: httpx.Client, error: str, *, seconds: float = 10) -> bool:
    """Ask until the running node, which hears of a change within a second, answers so; False if it never does."""
    end = time.monotonic() + seconds
    while listed(caller) != error:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def token_of(caller: httpx.Client, address: str, key: ec.EllipticCurvePrivateKey) -> httpx.Response:
    """Ask for a token at this address of the node."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": client_assertion.TYPE,
        "client_assertion": assertion(sign=by_ec(key), aud=f"{address}/oauth/token"),
    }
    shown = {"dpop": proof(key=key, htu=f"{address}/oauth/token")}
    return caller.post(f"{address}/oauth/token", data=form, headers=shown)


def test_a_certificate_opens_the_members_listener(node: Node, certificate: Path) -> None:
    """Once the client must show it: registered it opens, without it or after its removal nothing does."""
    with member(node, None) as bare:
        assert becomes(bare, "")
        done(node, "client", "set", CONSUMER, "--connection", "SSLAUTH")
        assert becomes(bare, REFUSED)
    added = done(node, "client", "add", CONSUMER, "--key", str(certificate.with_name("ventanilla.pem")))
    (key,) = msgspec.json.decode(done(node, "client", "list", CONSUMER, "--json"))
    assert key["key"] in added
    with member(node, certificate) as shown:
        assert becomes(shown, "")
        done(node, "client", "remove", str(key["number"]))
        assert becomes(shown, REFUSED)


def test_a_private_key_is_not_taken(node: Node, certificate: Path) -> None:
    """Who gives her private key by mistake is told so, and it is not kept."""
    ran = node.sacbe("client", "add", CONSUMER, "--key", str(certificate))
    assert ran.returncode == 1
    assert "SACBE-308" in ran.stderr
    assert "private key" in ran.stderr


def purposes(node: Node) -> str:
    """Name every agreement of the consumer, as a query of several personal operations must."""
    held = msgspec.json.decode(done(node, "access", "list", "--consumer", CONSUMER, "--json"))
    return ", ".join(str(agreement["id"]) for agreement in held)


@pytest.mark.parametrize("listener", ["portal_url", "members_url", "members_tls_url"])
def test_a_key_opens_the_query_point(node: Node, certificate: Path, listener: str) -> None:
    """At each listener that has it, a token for a signed assertion answers the joined query, its purpose stated."""
    done(node, "client", "add", CONSUMER, "--key", str(certificate.with_name("ventanilla.pem")))
    key = load_pem_private_key(certificate.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    address, joined = node.demo[listener], node.demo["queries"]["joined"]
    with member(node, None) as caller:
        given = token_of(caller, address, key)
        assert given.status_code == 200, given.text
        token = given.json()["access_token"]
        shown = {"authorization": f"DPoP {token}", "dpop": proof(key=key, token=token, htu=f"{address}/graphql")}
        unstated = caller.post(f"{address}/graphql", json=joined, headers=shown).json()
        assert {error["extensions"]["code"] for error in unstated["errors"]} == {"SACBE-108"}
        shown["dpop"] = proof(key=key, token=token, htu=f"{address}/graphql")
        shown |= {"x-road-userid": "GT1", "x-road-issue": "exp-7", "sacbe-purpose": purposes(node)}
        answer = caller.post(f"{address}/graphql", json=joined, headers=shown).json()
    assert "errors" not in answer
    assert answer["data"]["exchange"]["renap"]["consultarPersona"]["nombres"]


def test_a_revoked_certificate_is_out_within_a_minute(node: Node) -> None:
    """Issued by the development authority on request, judged by OpenSSL, revoked, and refused by the running node."""
    folder = node.home.parent
    key, request, shown = (folder / name for name in ("archivo.key", "archivo.csr", "archivo.pem"))
    asked = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=archivo"
    subprocess.run([*asked.split(), "-keyout", key, "-out", request], check=True, capture_output=True)
    done(node, "authority", "certify", str(request), "--out", str(shown))
    both = folder / "archivo-both.pem"
    both.write_bytes(key.read_bytes() + shown.read_bytes())
    done(node, "client", "add", CONSUMER, "--key", str(shown))
    done(node, "client", "set", CONSUMER, "--connection", "SSLAUTH")
    (believed,) = msgspec.json.decode(done(node, "authority", "list", "--json"))
    assert (believed["name"], believed["ocsp"][:17]) == ("development", "http://127.0.0.1:")
    with member(node, both) as caller:
        assert becomes(caller, "")
        assert judged(node, shown) == "good"
        assert statuses(node) == [True]
        done(node, "authority", "revoke", str(shown), "--reason", "keyCompromise")
        assert judged(node, shown) == "revoked"
        assert statuses(node) == [False]
        assert becomes(caller, REFUSED, seconds=REVOKED_SECONDS_MAX)


def judged(node: Node, certificate: Path) -> str:
    """Give what `openssl ocsp` makes of the answer of the responder that a certificate names."""
    anchor = str(node.home / "keys" / "authorities" / "development.pem")
    named = ["openssl", "x509", "-in", str(certificate), "-noout", "-ocsp_uri"]
    address = subprocess.run(named, check=True, capture_output=True, text=True).stdout.strip()
    asked = ["openssl", "ocsp", "-issuer", anchor, "-CAfile", anchor, "-cert", str(certificate), "-url", address]
    ran = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=20)
    assert "Response verify OK" in ran.stderr
    return ran.stdout.partition(f"{certificate}: ")[2].partition("\n")[0]


def statuses(node: Node) -> list[bool]:
    """Say which of the certificates that an authority is asked about is believed."""
    told = msgspec.json.decode(done(node, "client", "status", "--json"))
    return [each["isBelieved"] for each in told if each["isAskedAbout"]]
