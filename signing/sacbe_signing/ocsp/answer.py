"""An issuer's answer about one certificate, believed or refused (RFC 6960, sections 3.2 and 4.2).

Believed is what the issuer has signed itself, or a responder to whom it gave a certificate for that and
nothing else. An answer to another question, of another time, or with another's nonce is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponse, OCSPResponseStatus, OCSPSingleResponse
from cryptography.x509.oid import ExtendedKeyUsageOID

from sacbe_signing.ocsp.question import CERTIFICATE_ID_HASH, Question, certificate_id
from sacbe_terms.errors import StatusAnswerRefused

ANSWER_BYTES_MAX = 64 * 1024
"""Larger than any answer about one certificate."""

CERTIFICATES_MAX = 8
"""How many of an answer's certificates are looked at for its signer."""

CLOCK_SLACK = timedelta(minutes=2)
"""How far the responder's clock may be ahead of ours."""

RSA_BITS_MIN = 2048
"""A weaker signer proves nothing."""

_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNREADABLE = (
    ValueError,
    TypeError,
    NotImplementedError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for bytes that are no answer, or one of a kind that it does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStatus:
    """What an issuer says of a certificate: what was so at `said_at`, and when there will be news."""

    state: OCSPCertStatus
    said_at: datetime
    next_at: datetime | None
    revoked_at: datetime | None


def read(content: bytes, question: Question, at: datetime) -> CertificateStatus:
    """Read the answer to a question, at a time; raises StatusAnswerRefused with the first reason found."""
    if len(content) > ANSWER_BYTES_MAX:
        raise refused("it is too large")
    try:
        return _read(ocsp.load_der_ocsp_response(content), question, at)
    except _UNREADABLE as error:
        raise refused("it is no answer that can be read") from error


def refused(reason: str) -> StatusAnswerRefused:
    """Make the error that says why an answer is not believed."""
    return StatusAnswerRefused(
        what=f"The authority's answer about a certificate is not believed: {reason}.",
        where=reason,
        hint="See to the authority's OCSP responder, and to the node's clock; it is asked again by itself.",
    )


def _read(response: OCSPResponse, question: Question, at: datetime) -> CertificateStatus:
    if response.response_status is not OCSPResponseStatus.SUCCESSFUL:
        raise refused(f"the responder says {response.response_status.name}")
    _check_signature(response, question.issuer, at)
    _check_extensions(response, question.nonce)
    status = _status(_single(response, question))
    _check_times(status, response.produced_at_utc, at)
    return status


def _check_extensions(response: OCSPResponse, nonce: bytes) -> None:
    """Check the nonce where there is one: a responder that prepares its answers has none (RFC 9654, section 2.1)."""
    for extensions in (response.extensions, response.single_extensions):
        if any(each.critical and isinstance(each.value, x509.UnrecognizedExtension) for each in extensions):
            raise refused("it has a critical extension that is not known here")
    found = [each.value.nonce for each in response.extensions if isinstance(each.value, x509.OCSPNonce)]
    if found and found != [nonce]:
        raise refused("its nonce is not the question's")


def _single(response: OCSPResponse, question: Question) -> OCSPSingleResponse:
    for single in response.responses:
        named = certificate_id(question.certificate, question.issuer, single.hash_algorithm)
        if (
            single.serial_number == named.serial_number
            and single.issuer_name_hash == named.issuer_name_hash
            and single.issuer_key_hash == named.issuer_key_hash
        ):
            return single
    raise refused("it is about another certificate")


def _status(single: OCSPSingleResponse) -> CertificateStatus:
    return CertificateStatus(
        state=single.certificate_status,
        said_at=single.this_update_utc,
        next_at=single.next_update_utc,
        revoked_at=single.revocation_time_utc,
    )


def _check_times(status: CertificateStatus, produced_at: datetime, at: datetime) -> None:
    if max(status.said_at, produced_at) > at + CLOCK_SLACK:
        raise refused("it is of a time that has not come yet; compare the clocks")
    if status.next_at is not None and status.next_at <= at:
        raise refused(f"it was good until {status.next_at:%Y-%m-%dT%H:%M:%SZ} only")


def _check_signature(response: OCSPResponse, issuer: x509.Certificate, at: datetime) -> None:
    signer = _signer(response, issuer)
    if signer != issuer:
        _check_delegate(signer, issuer, at)
    try:
        _verify(response, signer)
    except InvalidSignature as error:
        raise refused("its signature does not hold") from error


def _signer(response: OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    for candidate in _candidates(response, issuer):
        key_hash = certificate_id(candidate, candidate, CERTIFICATE_ID_HASH).issuer_key_hash
        if candidate.subject == response.responder_name or key_hash == response.responder_key_hash:
            return candidate
    raise refused("it does not show who has signed it")


def _candidates(response: OCSPResponse, issuer: x509.Certificate) -> Iterator[x509.Certificate]:
    yield from response.certificates[:CERTIFICATES_MAX]
    yield issuer


def _check_delegate(signer: x509.Certificate, issuer: x509.Certificate, at: datetime) -> None:
    """Check that the issuer itself lets this responder speak for it (RFC 6960, section 4.2.2.2)."""
    try:
        signer.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise refused("its signer is not the certificate's issuer, nor has a certificate of it") from error
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        raise refused("its signer's certificate does not hold now")
    if ExtendedKeyUsageOID.OCSP_SIGNING not in _usages(signer):
        raise refused("its signer's certificate is not for signing such answers")
    if not any(isinstance(each.value, x509.OCSPNoCheck) for each in signer.extensions):
        raise refused("its signer's certificate would have to be asked about in its turn (no id-pkix-ocsp-nocheck)")


def _usages(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return []


def _verify(response: OCSPResponse, signer: x509.Certificate) -> None:
    """Verify the signature by a signer's key; raises InvalidSignature, StatusAnswerRefused for a weak kind."""
    key, digest = signer.public_key(), response.signature_hash_algorithm
    signature, signed = response.signature, response.tbs_response_bytes
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, signed)
    elif not isinstance(digest, _DIGESTS):
        raise refused("it is signed with a digest that is not taken")
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS_MIN:
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    else:
        raise refused("its signer's key is of a kind or size that is not taken")
