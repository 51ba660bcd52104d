"""WS-Security: our messages are proven by a foreign tool, and what foreign tools sign is proven by us."""

import subprocess
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from shutil import which

import pytest
from lxml import etree

from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.soap.security.names import DS, WSSE, WSU, wsse, wsu
from sacbe_adapters.soap.security.proving import proven
from sacbe_adapters.soap.security.writing import password_digest, secured
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.credentials import UsernameToken
from sacbe_terms.errors import ReplyNotProven, ReplyNotReadable
from sacbe_terms.exchange import Endpoint
from tests.adapters.certificates import pair
from tests.adapters.doorkeeper import Heard, keeping
from tests.adapters.reading import MUSEUM, call, read
from tests.adapters.signed_messages import (
    EVIL,
    GOOD,
    NAME,
    SOAP_11,
    SOAP_12,
    believing,
    envelope,
    ours,
    read_back,
    reply,
)
from tests.adapters.wire import http

KINDS = ("rsa", "ec")


def xmlsec(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the foreign tool, telling it which attribute is an Id."""
    if which("xmlsec1") is None:
        pytest.skip("needs xmlsec1")
    parts = (f"{SOAP_11}:Body", f"{SOAP_12}:Body", f"{WSU}:Timestamp", f"{WSSE}:UsernameToken")
    command = ["xmlsec1", arguments[0], *(word for part in parts for word in ("--id-attr:Id", part)), *arguments[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


# ours -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("soap", [SOAP_11, SOAP_12])
@pytest.mark.parametrize("header", ["", "<s:Header><a:b xmlns:a='urn:a'>1</a:b></s:Header>"])
def test_a_foreign_tool_proves_our_signature(tmp_path: Path, kind: str, soap: str, header: str) -> None:
    """Body, Timestamp and user are covered; one changed letter of any breaks it; other headers stay."""
    credential = ours(kind)
    token = UsernameToken(user="ñ & co", password="<secret>")
    message = secured(envelope("Ñ & más &lt;b&gt;".replace("&", "&amp;"), soap, header).encode(), (token, credential))
    (tmp_path / "certificate.pem").write_text(credential.certificate)
    for changed, expected in ((b"", 0), ("Ñ".encode(), 1), (b"Z</wsu:Expires>", 1), ("ñ ".encode(), 1)):
        (tmp_path / "message.xml").write_bytes(message.replace(changed, b"x") if changed else message)
        said = xmlsec("--verify", "--pubkey-cert-pem", "certificate.pem", "message.xml", folder=tmp_path)
        assert said.returncode == expected, said.stderr
    root = etree.fromstring(message)
    (security,) = root.iterfind(f".//{wsse('Security')}")
    assert security.get(f"{{{soap}}}mustUnderstand") == "1"
    assert len(root.findall(f"{{{soap}}}Header")) == 1
    assert (root.find(".//{urn:a}b") is not None) == bool(header)
    (carried,) = security.iterfind(wsse("BinarySecurityToken"))
    assert b64decode(carried.text or "") in [b64decode("".join(credential.certificate.split("\n")[1:-2]))]


def test_a_username_token_is_digested() -> None:
    """Nonce and time are fresh, the digest is the profile's, and the password is nowhere."""
    token = UsernameToken(user="sacbe", password="contraseña")
    messages = [secured(envelope().encode(), (token,)) for _ in range(2)]
    roots = [etree.fromstring(message) for message in messages]
    nonces = [root.findtext(f".//{wsse('Nonce')}", "") for root in roots]
    assert nonces[0] != nonces[1]
    created = roots[0].findtext(f".//{wsu('Created')}", "")
    expected = password_digest(b64decode(nonces[0]), created, "contraseña")
    assert roots[0].findtext(f".//{wsse('Password')}") == expected
    assert "contraseña".encode() not in messages[0]
    assert roots[0].find(f".//{wsu('Timestamp')}") is None


def test_the_digest_is_the_profiles() -> None:
    """Base64(SHA-1(nonce, created, password)), worked out by openssl and base64 alone."""
    nonce, created, password = b"\x01\x02\x03\x04", "2026-01-02T03:04:05Z", "p"
    made = subprocess.run(
        ["openssl", "dgst", "-sha1", "-binary"], input=nonce + created.encode() + b"p", capture_output=True, check=True
    )
    assert b64decode(password_digest(nonce, created, password)) == made.stdout


def test_text_and_timestamp_are_the_stewards_choice() -> None:
    """The password as it is, escaped, beside a Timestamp of five minutes."""
    token = UsernameToken(user="a", password="<&>", is_digest=False, has_timestamp=True)
    root = etree.fromstring(secured(envelope().encode(), (token,)))
    assert root.findtext(f".//{wsse('Password')}") == "<&>"
    created, expires = (root.findtext(f".//{wsu('Timestamp')}/{wsu(part)}", "") for part in ("Created", "Expires"))
    assert datetime.fromisoformat(expires) - datetime.fromisoformat(created) == timedelta(minutes=5)


def test_without_credentials_nothing_is_touched() -> None:
    """The envelope leaves as the codec wrote it."""
    message = envelope().encode()
    assert secured(message, ()) is message


# theirs ---------------------------------------------------------------------------------


TEMPLATE = """<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><wsu:Timestamp wsu:Id="T"><wsu:Created>{created}
</wsu:Created></wsu:Timestamp><ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{algorithm}"/>{references}
</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature></wsse:Security>"""

REFERENCE = """<ds:Reference URI="#{id}"><ds:Transforms><ds:Transform
 Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">{inclusive}</ds:Transform></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>"""

INCLUSIVE = '<e:InclusiveNamespaces xmlns:e="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xsd xsi"/>'


def by_xmlsec(folder: Path, kind: str, *, inclusive: str = INCLUSIVE, created: datetime | None = None) -> bytes:
    """Have the foreign tool sign a reply of the ministry."""
    references = "".join(REFERENCE.format(id=part, inclusive=inclusive) for part in ("B", "T"))
    header = TEMPLATE.format(
        WSSE=WSSE,
        WSU=WSU,
        DS=DS,
        created=(created or datetime.now(UTC)).isoformat(),
        algorithm={"rsa": "rsa-sha256", "ec": "ecdsa-sha256"}[kind],
        references=references,
    )
    text = envelope(header=f"<s:Header>{header}</s:Header>")
    (folder / "template.xml").write_text(text.replace("<s:Body>", f'<s:Body xmlns:w="{WSU}" w:Id="B">'))
    made = pair(f"ministry-{kind}", kind)
    (folder / "key.pem").write_text(made.private_key)
    (folder / "own.pem").write_text(made.certificate)
    said = xmlsec("--sign", "--privkey-pem", "key.pem,own.pem", "--output", "signed.xml", "template.xml", folder=folder)
    assert said.returncode == 0, said.stderr
    return (folder / "signed.xml").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inclusive", [INCLUSIVE, ""])
def test_what_a_foreign_tool_signed_is_proven(tmp_path: Path, kind: str, inclusive: str) -> None:
    """RSA and elliptic, with and without inclusive prefixes; with another certificate it is not."""
    signed = by_xmlsec(tmp_path, kind, inclusive=inclusive)
    assert read_back(signed, kind) == GOOD
    other = "ec" if kind == "rsa" else "rsa"
    with pytest.raises(ReplyNotProven):
        read_back(signed, other)
    with pytest.raises(ReplyNotProven):
        read_back(signed.replace(GOOD.encode(), EVIL.encode()), kind)


def test_prefixes_that_are_not_covered_are_not_read(tmp_path: Path) -> None:
    """A type that is named by a prefix outside the signature cannot be given another meaning."""
    rebound = (b'xmlns:xsd="http://www.w3.org/2001/XMLSchema"', b'xmlns:xsd="urn:evil"')
    with pytest.raises(ReplyNotProven):
        read_back(by_xmlsec(tmp_path, "ec").replace(*rebound), "ec")
    loose = by_xmlsec(tmp_path, "ec", inclusive="").replace(*rebound)
    assert b"urn:evil" not in proven(NAME, reply(loose), (believing("ec"),)).body


@pytest.mark.parametrize(
    ("minutes", "reason"), [(-5, None), (-7, "too old"), (0.5, None), (2, "ahead of ours"), (-60 * 24 * 365, "too old")]
)
def test_a_reply_is_fresh(tmp_path: Path, minutes: float, reason: str | None) -> None:
    """Five minutes of age and one of difference between clocks are taken."""
    signed = by_xmlsec(tmp_path, "ec", created=datetime.now(UTC) + timedelta(minutes=minutes))
    if reason is None:
        assert read_back(signed, "ec") == GOOD
    else:
        with pytest.raises(ReplyNotProven, match=reason):
            read_back(signed, "ec")


def test_what_is_no_envelope_is_not_readable() -> None:
    """A maintenance page, nothing, a DOCTYPE: the usual errors, before any signature is looked for."""
    for body in (b"", b"<html>", b"<!DOCTYPE a><a/>"):
        with pytest.raises(ReplyNotReadable):
            read_back(body, "ec")


def test_a_reply_is_left_alone_where_no_certificate_is_registered() -> None:
    """Systems that take signatures and give none are read as they are."""
    plain = reply(envelope().encode())
    assert proven(NAME, plain, (ours("ec"),)) is plain


# both -----------------------------------------------------------------------------------


@pytest.fixture
async def soap() -> AsyncIterator[SoapAdapter]:
    """An adapter that may go to loopback."""
    adapter = SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))
    yield adapter
    await adapter.transport.close()


async def test_a_signed_call_and_its_signed_answer(soap: SoapAdapter, tmp_path: Path) -> None:
    """The system proves the request with a foreign tool and signs its answer; a forged answer is refused."""
    node = believing("ec")
    (tmp_path / "node.pem").write_text(node.certificate)
    answer = (
        f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body><r:buscarPredioResponse xmlns:r="{{namespace}}">'
        "<predio><finca>0012</finca><area>10.50</area></predio></r:buscarPredioResponse></s:Body></s:Envelope>"
    )
    forged = False

    async def decide(heard: Heard) -> bytes:
        (tmp_path / "request.xml").write_bytes(heard.body)
        said = xmlsec("--verify", "--pubkey-cert-pem", "node.pem", "request.xml", folder=tmp_path)
        assert said.returncode == 0, said.stderr
        request = etree.fromstring(heard.body)[-1][0]
        written = answer.format(namespace=etree.QName(request).namespace).encode()
        signed = secured(written, (ours("ec"),))
        return http(signed.replace(b"10.50", b"99.50") if forged else signed)

    description = read(MUSEUM / "rpc-literal.wsdl")
    arguments = {"folio": "007", "libro": 3}
    async with keeping(decide) as door:
        endpoint = Endpoint(address=door.address(), credentials=(node, UsernameToken(user="u", password="p")))
        given = await call(soap, description, "buscarPredio", arguments, endpoint)
        assert given.value == {"finca": "0012", "area": "10.50"}
        forged = True
        with pytest.raises(ReplyNotProven, match="changed after it was signed"):
            await call(soap, description, "buscarPredio", arguments, endpoint)
