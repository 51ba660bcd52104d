"""A certificate authority for development: made at the first start, in a folder of its own.

It is a key ring that makes what it is asked for: the root and the node's certificate at first
use, a member's when its signature is first needed. It also certifies keys that clients made
themselves, and has a responder that says which of its certificates are revoked. Two processes may
start at once: a lock file lets one make and the other read. Nobody outside this installation has a
reason to believe it; in production the operator's own authority issues the files and
`keys.FolderKeyRing` reads them.
"""

import fcntl
import ipaddress
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from sacbe_signing import keys, public_keys
from sacbe_signing.keys import Signer
from sacbe_signing.ocsp.issued import Issued
from sacbe_signing.ocsp.responder import Responder
from sacbe_signing.private_files import write_private
from sacbe_signing.public_keys import PublicKey
from sacbe_signing.trust import MEMBER_URI, Trust
from sacbe_terms.identifiers import MemberId

DEVELOPMENT = "development"
"""The name of this authority's file among those of the believed."""

ROOT_DAYS = 3650
"""How long a development root holds."""

LEAF_DAYS = 825
"""How long a member's or the node's development certificate holds."""

CLIENT_DAYS = 365
"""How long a certificate holds that a client asked for."""

RESPONDER_DAYS = 90
"""How long the responder's certificate holds: nobody can ask whether it is revoked."""

RENEWAL_DAYS = 30
"""A certificate that ends sooner than this is made anew at the next start."""

CLOCK_SLACK = timedelta(days=1)
"""Certificates begin this much earlier, for machines whose clock is behind."""

NAME_BYTES_MAX = 64
"""X.520 allows no longer part of a name; the whole identifier stands in subjectAltName."""

PASSPHRASE_BYTES = 32
"""Randomness of a passphrase that this module makes."""


_ROOT_FILE = "authority.pem"


@dataclass(frozen=True, slots=True)
class _Issuer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class DevelopmentAuthority:
    """A key ring that issues what is missing. Raises KeyNotUsable where a file cannot be read."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._files = keys.FolderKeyRing(folder, keys.FileKeys(passphrase))
        self._known: set[MemberId] = set()
        self._issued = Issued(folder / "issued")
        for path in (folder, folder / "members", keys.authorities_folder(folder)):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_missing(keys.node_file(folder), _node_certificate)

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Say whether there is such an authority in a key folder."""
        return (folder / _ROOT_FILE).exists()

    def signer_for(self, member: MemberId) -> Signer:
        """Give the member's signer, issuing its key and certificate at first use."""
        if member not in self._known:
            self._make_missing(keys.member_file(self._folder, member), lambda key: _member_certificate(member, key))
            self._known.add(member)
        return self._files.signer_for(member)

    def node(self) -> Signer:
        """Give the signer of this node's checkpoints."""
        return self._files.node()

    def server_file(self) -> Path:
        """Give the file of a TLS server's key and certificate (`keys.key_file`), for names of this machine."""
        path = self._folder / "server.pem"
        self._make_missing(path, _server_certificate)
        return path

    def trust(self) -> Trust:
        """Give the root, and the node's certificate."""
        return self._files.trust()

    def certify(self, request: bytes) -> x509.Certificate:
        """Issue a certificate for the key and the name of a client's request (PKCS#10, PEM).

        Nothing else of the request is taken over. Raises ClientKeyNotUsable.
        """
        name, key = _asked_for(request)
        with _locked(self._folder):
            return self._sign(_client_certificate(name, key), self._issuer(), days=CLIENT_DAYS)

    def revoke(self, certificate: x509.Certificate, reason: x509.ReasonFlags) -> None:
        """Revoke a certificate of this authority; raises ClientKeyNotUsable for another's."""
        with _locked(self._folder):
            if not self._issued.revoke(certificate.serial_number, reason, datetime.now(UTC)):
                raise public_keys.not_usable("the development authority has not issued that certificate")

    def responder(self) -> Responder:
        """Give what answers questions about this authority's certificates, with a key of its own."""
        path = self._folder / "responder.pem"
        self._make_missing(path, _responder_certificate, days=RESPONDER_DAYS)
        key, certificate = keys.read_key_file(path, self._passphrase)
        return Responder(issuer=self._issuer().certificate, key=key, certificate=certificate, issued=self._issued)

    def answers_at(self, address: str) -> None:
        """Say where the responder listens: certificates that are issued from now on name it."""
        write_private(_address_file(self._folder), address.encode())

    @staticmethod
    def responder_address(folder: Path) -> str:
        """Give where the responder of a key folder listens, or did; empty if there was none."""
        file = _address_file(folder)
        return file.read_text(encoding="ascii") if file.exists() else ""

    def _make_missing(self, path: Path, draw: "_Draw", *, days: int = LEAF_DAYS) -> None:
        with _locked(self._folder):
            issuer = self._issuer()
            if not path.exists() or self._ends_soon(path):
                key = ec.generate_private_key(ec.SECP256R1())
                certificate = self._sign(draw(key.public_key()), issuer, days=days)
                write_private(path, keys.key_file(key, certificate, self._passphrase))

    def _sign(self, builder: x509.CertificateBuilder, issuer: _Issuer, *, days: int) -> x509.Certificate:
        address = self.responder_address(self._folder)
        if address:
            builder = builder.add_extension(_asked_at(address), critical=False)
        certificate = _sign(builder, issuer, days=days)
        self._issued.add(certificate)
        return certificate

    def _ends_soon(self, path: Path) -> bool:
        _, certificate = keys.read_key_file(path, self._passphrase)
        return certificate.not_valid_after_utc < datetime.now(UTC) + timedelta(days=RENEWAL_DAYS)

    def _issuer(self) -> _Issuer:
        path = self._folder / _ROOT_FILE
        if not path.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = _root_certificate(key)
            public = keys.authorities_folder(self._folder) / f"{DEVELOPMENT}.pem"
            write_private(public, certificate.public_bytes(Encoding.PEM))
            write_private(path, keys.key_file(key, certificate, self._passphrase))
        return _Issuer(*keys.read_key_file(path, self._passphrase))


_Draw = Callable[[ec.EllipticCurvePublicKey], x509.CertificateBuilder]


def passphrase_from(path: Path) -> bytes:
    """Give the passphrase in a file, made at random (mode 0600) if there is no such file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(path.parent):
        if not path.exists():
            write_private(path, secrets.token_urlsafe(PASSPHRASE_BYTES).encode())
        return path.read_bytes().strip()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _root_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sacbé development, not for production"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Sacbé development root {secrets.token_hex(4)}"),
        ]
    )
    builder = _begun(name, key.public_key(), is_authority=True).issuer_name(name)
    return _completed(builder, key, days=ROOT_DAYS)


def _member_certificate(member: MemberId, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _shortened(member.instance)),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _shortened(member.member_class)),
            x509.NameAttribute(NameOID.COMMON_NAME, _shortened(member.member_code)),
        ]
    )
    uri = x509.UniformResourceIdentifier(f"{MEMBER_URI}{member}")
    return _begun(name, key, is_authority=False).add_extension(x509.SubjectAlternativeName([uri]), critical=False)


def _shortened(text: str) -> str:
    return text.encode()[:NAME_BYTES_MAX].decode(errors="ignore")


def _node_certificate(key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return _begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sacbé node")]), key, is_authority=False)


def _server_certificate(key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    addresses = (x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1"))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    return (
        _begun(name, key, is_authority=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _client_certificate(name: x509.Name, key: PublicKey) -> x509.CertificateBuilder:
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return _begun(name, key, is_authority=False).add_extension(usage, critical=False)


def _asked_for(request: bytes) -> tuple[x509.Name, PublicKey]:
    """Read a request (RFC 2986) that is signed by the key that it is for; raises ClientKeyNotUsable."""
    try:
        read = x509.load_pem_x509_csr(request)
        is_signed, key = read.is_signature_valid, public_keys.usable(read.public_key())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise public_keys.not_usable("it is no certificate request (PKCS#10, PEM)") from error
    if not is_signed:
        raise public_keys.not_usable("the request is not signed by its own key")
    return read.subject, key


def _responder_certificate(key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    """Draw it as RFC 6960 wants it of a delegate (section 4.2.2.2)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sacbé development OCSP responder")])
    return (
        _begun(name, key, is_authority=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
    )


def _address_file(folder: Path) -> Path:
    return folder / "responder-address"


def _asked_at(address: str) -> x509.AuthorityInformationAccess:
    location = x509.UniformResourceIdentifier(address)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)])


def _begun(name: x509.Name, key: PublicKey, *, is_authority: bool) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _sign(builder: x509.CertificateBuilder, issuer: _Issuer, *, days: int) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.issuer_name(issuer.certificate.subject).add_extension(identifier, critical=False)
    return _completed(builder, issuer.key, days=days)


def _completed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, *, days: int) -> x509.Certificate:
    begins = datetime.now(UTC) - CLOCK_SLACK
    builder = builder.not_valid_before(begins).not_valid_after(begins + timedelta(days=days))
    return builder.sign(key, hashes.SHA256())
