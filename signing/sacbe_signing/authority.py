"""A certificate authority for development: made at the first start, in a folder of its own.

It is a key ring that makes what it is asked for: the root and the node's certificate at first
use, a member's when its signature is first needed. Two processes may start at once: a lock file
lets one make and the other read. Nobody outside this installation has a reason to believe it; in
production the operator's own authority issues the files and `keys.FileKeyRing` reads them.
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
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sacbe_signing import keys
from sacbe_signing.keys import Signer
from sacbe_signing.trust import MEMBER_URI, Trust
from sacbe_terms.identifiers import MemberId

ROOT_DAYS = 3650
"""How long a development root holds."""

LEAF_DAYS = 825
"""How long a member's or the node's development certificate holds."""

RENEWAL_DAYS = 30
"""A certificate that ends sooner than this is made anew at the next start."""

CLOCK_SLACK = timedelta(days=1)
"""Certificates begin this much earlier, for machines whose clock is behind."""

NAME_BYTES_MAX = 64
"""X.520 allows no longer part of a name; the whole identifier stands in subjectAltName."""

PASSPHRASE_BYTES = 32
"""Randomness of a passphrase that this module makes."""


@dataclass(frozen=True, slots=True)
class _Issuer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class DevelopmentAuthority:
    """A key ring that issues what is missing. Raises KeyNotUsable where a file cannot be read."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._files = keys.FileKeyRing(folder, passphrase)
        self._issued: set[MemberId] = set()
        for path in (folder, folder / "members", keys.authorities_folder(folder)):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_missing(keys.node_file(folder), _node_certificate)

    def signer_for(self, member: MemberId) -> Signer:
        """Give the member's signer, issuing its key and certificate at first use."""
        if member not in self._issued:
            self._make_missing(keys.member_file(self._folder, member), lambda key: _member_certificate(member, key))
            self._issued.add(member)
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

    def _make_missing(self, path: Path, draw: "_Draw") -> None:
        with _locked(self._folder):
            issuer = self._issuer()
            if not path.exists() or self._ends_soon(path):
                key = ec.generate_private_key(ec.SECP256R1())
                certificate = _sign(draw(key.public_key()), issuer, days=LEAF_DAYS)
                write_private(path, keys.key_file(key, certificate, self._passphrase))

    def _ends_soon(self, path: Path) -> bool:
        _, certificate = keys.read_key_file(path, self._passphrase)
        return certificate.not_valid_after_utc < datetime.now(UTC) + timedelta(days=RENEWAL_DAYS)

    def _issuer(self) -> _Issuer:
        path = self._folder / "authority.pem"
        if not path.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = _root_certificate(key)
            public = keys.authorities_folder(self._folder) / "development.pem"
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


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place as a whole or not at all, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


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


def _begun(name: x509.Name, key: ec.EllipticCurvePublicKey, *, is_authority: bool) -> x509.CertificateBuilder:
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
