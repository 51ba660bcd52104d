"""What is asked about a certificate, and of whom (RFC 6960, sections 4.1 and 4.4; nonces: RFC 9654)."""

import secrets
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

NONCE_BYTES = 16
"""Randomness of a question's nonce: what older responders take, too."""

CERTIFICATE_ID_HASH = hashes.SHA1()  # noqa: S303 - it only names the issuer, and older responders know no other
"""How a question names the issuer (RFC 5019, section 2.1.1). Nothing is proven by it: the answer is signed."""


@dataclass(frozen=True, slots=True)
class CertificateId:
    """How OCSP names a certificate: its issuer's name and key, each as a digest, and its number there."""

    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int


@dataclass(frozen=True, slots=True)
class Question:
    """One certificate that an issuer is asked about, under a nonce that no other question has."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    nonce: bytes

    @classmethod
    def about(cls, certificate: x509.Certificate, issuer: x509.Certificate) -> "Question":
        """Ask anew."""
        return cls(certificate, issuer, secrets.token_bytes(NONCE_BYTES))

    def der(self) -> bytes:
        """Print the question as it is sent."""
        builder = ocsp.OCSPRequestBuilder().add_certificate(self.certificate, self.issuer, CERTIFICATE_ID_HASH)
        return builder.add_extension(x509.OCSPNonce(self.nonce), critical=False).build().public_bytes(Encoding.DER)


def certificate_id(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: hashes.HashAlgorithm
) -> CertificateId:
    """Name a certificate under a digest; raises ValueError or TypeError for a digest that OCSP has not."""
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm).build()
    return CertificateId(request.issuer_name_hash, request.issuer_key_hash, request.serial_number)


def address_in(certificate: x509.Certificate) -> str:
    """Give the responder that a certificate names itself (RFC 5280, section 4.2.2.1); empty where it names none."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ""
    for each in access:
        location = each.access_location
        if each.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            location, x509.UniformResourceIdentifier
        ):
            return location.value
    return ""
