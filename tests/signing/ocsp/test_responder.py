"""The development authority's responder, judged by OpenSSL."""

import shutil
import subprocess
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from cryptography.x509.oid import NameOID

from sacbe_signing.authority import DevelopmentAuthority
from sacbe_signing.keys import authorities_folder
from sacbe_signing.ocsp import answer, question, responder
from sacbe_signing.ocsp.answer import CertificateStatus
from sacbe_signing.ocsp.issued import Entry, Issued
from sacbe_signing.ocsp.question import Question
from sacbe_terms.errors import ClientKeyNotUsable
from tests.signing.ocsp.answers import MINUTE, NOW, issued

OPENSSL = shutil.which("openssl")


@pytest.fixture
def authority(tmp_path: Path) -> DevelopmentAuthority:
    """An authority that has issued nothing but its own."""
    return DevelopmentAuthority(tmp_path / "keys", b"a passphrase for tests")


def requested(name: str = "ventanilla") -> bytes:
    """Give a client's request for a certificate."""
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(called)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)


def read(content: bytes, asked: Question) -> CertificateStatus:
    """Read an answer that came just now."""
    return answer.read(content, asked, datetime.now(UTC))


def root(tmp_path: Path) -> x509.Certificate:
    """Give the authority's own certificate."""
    return x509.load_pem_x509_certificate((authorities_folder(tmp_path / "keys") / "development.pem").read_bytes())


def test_what_is_issued_is_good_until_it_is_revoked(authority: DevelopmentAuthority, tmp_path: Path) -> None:
    """From the next question on, for ever."""
    client = authority.certify(requested())
    asked = Question.about(client, root(tmp_path))
    speaks = authority.responder()
    assert read(speaks.answer(asked.der()), asked).state is OCSPCertStatus.GOOD
    authority.revoke(client, x509.ReasonFlags.key_compromise)
    assert read(speaks.answer(asked.der()), asked).state is OCSPCertStatus.REVOKED


@pytest.mark.parametrize("reason", [each for each in x509.ReasonFlags if each.value != "removeFromCRL"])
def test_every_reason_can_be_told(authority: DevelopmentAuthority, tmp_path: Path, reason: x509.ReasonFlags) -> None:
    """None of them keeps the responder from saying that the certificate is revoked."""
    client = authority.certify(requested())
    authority.revoke(client, reason)
    asked = Question.about(client, root(tmp_path))
    assert read(authority.responder().answer(asked.der()), asked).state is OCSPCertStatus.REVOKED


def test_the_first_revocation_stands(tmp_path: Path) -> None:
    """A later one changes neither its time nor its reason."""
    listed, certificate = Issued(tmp_path / "issued"), issued("client").certificate
    listed.add(certificate)
    assert listed.revoke(certificate.serial_number, x509.ReasonFlags.key_compromise, NOW)
    assert listed.revoke(certificate.serial_number, x509.ReasonFlags.superseded, NOW + MINUTE)
    assert listed.entry(certificate.serial_number) == Entry(NOW, x509.ReasonFlags.key_compromise)


def test_what_was_never_issued_is_unknown(authority: DevelopmentAuthority, tmp_path: Path) -> None:
    """Even under the authority's name, and it cannot be revoked."""
    stranger = issued("stranger", replace(issued("forger"), certificate=root(tmp_path))).certificate
    asked = Question.about(stranger, root(tmp_path))
    assert read(authority.responder().answer(asked.der()), asked).state is OCSPCertStatus.UNKNOWN
    with pytest.raises(ClientKeyNotUsable, match="not issued"):
        authority.revoke(stranger, x509.ReasonFlags.unspecified)


def said(content: bytes) -> OCSPResponseStatus:
    """Give the status of an answer."""
    return ocsp.load_der_ocsp_response(content).response_status


def test_other_questions_get_the_standards_errors(authority: DevelopmentAuthority, tmp_path: Path) -> None:
    """Another issuer's certificate, garbage, what is too large, a nonce that is too long or empty."""
    speaks, client = authority.responder(), authority.certify(requested())
    foreign = issued("foreign")
    assert said(speaks.answer(Question.about(client, foreign.certificate).der())) is OCSPResponseStatus.UNAUTHORIZED
    for content in (b"", b"garbage", b"0" * (responder.REQUEST_BYTES_MAX + 1)):
        assert said(speaks.answer(content)) is OCSPResponseStatus.MALFORMED_REQUEST
    for nonce in (b"", b"n" * (responder.NONCE_BYTES_MAX + 1)):
        asked = Question(client, root(tmp_path), nonce)
        assert said(speaks.answer(asked.der())) is OCSPResponseStatus.MALFORMED_REQUEST


def test_a_certificate_is_for_the_requests_key_alone(authority: DevelopmentAuthority) -> None:
    """Whoever asks becomes no authority, no member and no responder, and is told where to ask."""
    authority.answers_at("http://127.0.0.1:9090/ocsp")
    own = ec.generate_private_key(ec.SECP256R1())
    greedy = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(own, hashes.SHA256())
    )
    certificate = authority.certify(greedy.public_bytes(Encoding.PEM))
    assert certificate.public_key() == own.public_key()
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert question.address_in(certificate) == "http://127.0.0.1:9090/ocsp"


def test_a_request_that_is_none_is_refused(authority: DevelopmentAuthority) -> None:
    """Garbage, a request with another's signature, and a key of a kind that is not taken."""
    edwards = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    assert authority.certify(edwards.sign(ed25519.Ed25519PrivateKey.generate(), None).public_bytes(Encoding.PEM))
    weak = edwards.sign(ec.generate_private_key(ec.SECP224R1()), hashes.SHA256()).public_bytes(Encoding.PEM)
    der = bytearray(x509.load_pem_x509_csr(requested()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    for request in (b"garbage", weak, _pem(bytes(der))):
        with pytest.raises(ClientKeyNotUsable):
            authority.certify(request)


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE REQUEST-----\n" + encodebytes(der) + b"-----END CERTIFICATE REQUEST-----\n"


@pytest.fixture
def address(authority: DevelopmentAuthority) -> Iterator[str]:
    """The responder over HTTP, as bare as can be."""
    speaks = authority.responder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = speaks.answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-type", "application/ocsp-response")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
def test_openssl_believes_it(authority: DevelopmentAuthority, tmp_path: Path, address: str, digest: str) -> None:
    """`openssl ocsp` verifies signer, nonce and times, and reads good, revoked with its reason, and unknown."""
    anchor = authorities_folder(tmp_path / "keys") / "development.pem"
    client = authority.certify(requested())
    file = tmp_path / "client.pem"
    file.write_bytes(client.public_bytes(Encoding.PEM))

    def judged(*about: str) -> str:
        command = f"openssl ocsp {digest} -issuer {anchor} -CAfile {anchor} -url {address}"
        ran = subprocess.run([*command.split(), *about], capture_output=True, text=True, check=True, timeout=20)
        assert "Response verify OK" in ran.stderr
        assert "Nonce" not in ran.stderr
        return ran.stdout

    assert f"{file}: good" in judged("-cert", str(file))
    authority.revoke(client, x509.ReasonFlags.key_compromise)
    revoked = judged("-cert", str(file))
    assert f"{file}: revoked" in revoked
    assert "Reason: keyCompromise" in revoked
    assert "0x77: unknown" in judged("-serial", "0x77")


@pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
def test_openssls_own_responder_is_believed(authority: DevelopmentAuthority, tmp_path: Path) -> None:
    """What `openssl ocsp` answers from its own index reads as it says, under a delegate of the authority."""
    client = authority.certify(requested())
    asked = Question.about(client, root(tmp_path))
    speaks = authority.responder()
    files = {
        "issuer": root(tmp_path).public_bytes(Encoding.PEM),
        "signer": speaks.certificate.public_bytes(Encoding.PEM),
        "key": _private(speaks.key),
        "request": asked.der(),
        "index": f"V\t{client.not_valid_after_utc:%y%m%d%H%M%SZ}\t\t{client.serial_number:040X}\tunknown\t/\n".encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = "openssl ocsp -index index -CA issuer -rsigner signer -rkey key -reqin request -respout answer -ndays 1"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True, timeout=20)
    assert read((tmp_path / "answer").read_bytes(), asked).state is OCSPCertStatus.GOOD


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
