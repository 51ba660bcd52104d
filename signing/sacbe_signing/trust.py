"""Whom a verifier believes: authorities that issue members' certificates, and the keys of nodes.

An authority here is the one that signed the member's certificate itself; a longer chain is
anchored by naming its lowest authority. Nothing is fetched. What is checked of a certificate
follows RFC 5280: signature, validity of both at the time asked, CA flag, key usage.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from sacbe_terms.errors import SignatureNotValid
from sacbe_terms.identifiers import MemberId

MEMBER_URI = "urn:sacbe:member:"
"""A member's certificate names it in subjectAltName, by this prefix and its printed form."""


@dataclass(frozen=True, slots=True)
class Period:
    """When a certificate chain holds, both ends included."""

    begins: datetime
    ends: datetime

    def check(self, at: datetime) -> None:
        """Check that the chain held at a time (with zone); raises SignatureNotValid."""
        if at < self.begins:
            raise not_valid(f"its certificate chain began to hold only at {self.begins:%Y-%m-%d}")
        if at > self.ends:
            raise not_valid(f"its certificate chain held only until {self.ends:%Y-%m-%d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Certificates of the issuing authorities, and of the nodes whose checkpoints are believed."""

    authorities: tuple[x509.Certificate, ...]
    nodes: tuple[x509.Certificate, ...] = ()

    def period(self, certificate: x509.Certificate) -> "Period":
        """Give when a certificate and its believed issuer both hold; the certificate must be for signing.

        Raises SignatureNotValid with the first reason found.
        """
        check_usage(certificate)
        chain = (certificate, self._issuer_of(certificate))
        return Period(max(each.not_valid_before_utc for each in chain), min(each.not_valid_after_utc for each in chain))

    def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate:
        for authority in self.authorities:
            if authority.subject == certificate.issuer and _is_issued_by(certificate, authority):
                return authority
        raise not_valid("its certificate was issued by nobody who is believed")


def member_of(certificate: x509.Certificate) -> MemberId:
    """Give the member that a certificate names; raises SignatureNotValid if it names none."""
    for uri in _alternative_uris(certificate):
        if uri.startswith(MEMBER_URI):
            return MemberId.parse(uri.removeprefix(MEMBER_URI))
    raise not_valid("its certificate names no member")


def check_usage(certificate: x509.Certificate) -> None:
    """Check that a certificate is for signing with P-256; raises SignatureNotValid."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise not_valid("its certificate does not say what its key is for") from error
    if not (usage.digital_signature or usage.content_commitment):
        raise not_valid("its certificate is not for signing")
    public_key_of(certificate)


def public_key_of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """Give a certificate's P-256 key; raises SignatureNotValid for any other kind."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise not_valid("its certificate's key is not on P-256")
    return key


def not_valid(reason: str) -> SignatureNotValid:
    """Make the error that says why a signature does not hold."""
    return SignatureNotValid(
        what=f"The signature does not hold: {reason}.",
        where=reason,
        hint="Do not rely on this message; ask its sender for it again.",
    )


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return constraints.ca and usage.key_cert_sign and not _is_authority(certificate)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _alternative_uris(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)
