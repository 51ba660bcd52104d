"""Answers about certificates, good and bad ones, and the certificates of whoever signs them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponderEncoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OCSP_SIGNING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    key: PrivateKey
    certificate: x509.Certificate


def issued(
    name: str,
    by: Holder | None = None,
    *extensions: x509.ExtensionType,
    key: PrivateKey | None = None,
    begins: datetime = NOW - DAY,
    ends: datetime = NOW + DAY,
) -> Holder:
    """Issue a certificate, an authority's own where nobody issues it."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(by.certificate.subject if by else called)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Holder(own, builder.sign((by.key if by else own), hashes.SHA256()))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, drawn as a test wants it; `der` prints it."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    signer: Holder
    state: OCSPCertStatus = OCSPCertStatus.GOOD
    said_at: datetime = NOW
    next_at: datetime | None = NOW + 5 * MINUTE
    nonce: bytes | None = None
    shows_signer: bool = True
    shows_instead: x509.Certificate | None = None
    digest: type[hashes.HashAlgorithm] = hashes.SHA256
    critical: x509.UnrecognizedExtension | None = None
    named_by: type[hashes.HashAlgorithm] = hashes.SHA1

    def but(self, **changes: Any) -> "Answer":
        """Draw it otherwise."""
        return replace(self, **changes)

    def as_of(self, at: datetime) -> "Answer":
        """Draw it as if it were another time than `NOW`."""
        later = at.replace(microsecond=0) - NOW
        return self.but(said_at=self.said_at + later, next_at=self.next_at + later if self.next_at else None)

    def der(self) -> bytes:
        """Print it."""
        is_revoked = self.state is OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            self.certificate,
            self.issuer,
            self.named_by(),
            self.state,
            self.said_at,
            self.next_at,
            self.said_at if is_revoked else None,
            x509.ReasonFlags.key_compromise if is_revoked else None,
        )
        builder = builder.responder_id(OCSPResponderEncoding.NAME, self.signer.certificate)
        if self.nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(self.nonce), critical=False)
        if self.critical is not None:
            builder = builder.add_extension(self.critical, critical=True)
        if self.shows_signer:
            builder = builder.certificates([self.shows_instead or self.signer.certificate])
        return builder.sign(self.signer.key, self.digest()).public_bytes(Encoding.DER)
