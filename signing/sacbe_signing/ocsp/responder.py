"""The development authority's responder: says whether a certificate of its own still holds (RFC 6960).

It signs with a key that the authority gave it for this alone. It answers for what it has issued: good or
revoked; for another number under its name: unknown; for another issuer it is not the one to ask.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPRequest, OCSPResponderEncoding, OCSPResponseStatus

from sacbe_signing.ocsp.issued import Issued
from sacbe_signing.ocsp.question import certificate_id

REQUEST_BYTES_MAX = 4096
"""Larger than any question about one certificate."""

NONCE_BYTES_MAX = 128
"""Longer nonces are refused (RFC 9654, section 2.1)."""

ANSWER_LIFE = timedelta(minutes=5)
"""How long after an answer there is news at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """Answers questions about what an authority has issued."""

    issuer: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    issued: Issued

    def answer(self, request: bytes) -> bytes:
        """Answer a question (DER); one that cannot be answered gets the standard's error, unsigned."""
        if len(request) > REQUEST_BYTES_MAX:
            return _unsuccessful(OCSPResponseStatus.MALFORMED_REQUEST)
        try:
            return self._answer(ocsp.load_der_ocsp_request(request))
        except (ValueError, NotImplementedError, UnsupportedAlgorithm, x509.DuplicateExtension):
            return _unsuccessful(OCSPResponseStatus.MALFORMED_REQUEST)

    def _answer(self, asked: OCSPRequest) -> bytes:
        nonces = [each.value for each in asked.extensions if isinstance(each.value, x509.OCSPNonce)]
        if any(not 0 < len(nonce.nonce) <= NONCE_BYTES_MAX for nonce in nonces):
            return _unsuccessful(OCSPResponseStatus.MALFORMED_REQUEST)
        ours = certificate_id(self.issuer, self.issuer, asked.hash_algorithm)
        if (asked.issuer_name_hash, asked.issuer_key_hash) != (ours.issuer_name_hash, ours.issuer_key_hash):
            return _unsuccessful(OCSPResponseStatus.UNAUTHORIZED)
        builder = self._about(asked).responder_id(OCSPResponderEncoding.HASH, self.certificate)
        for nonce in nonces:
            builder = builder.add_extension(nonce, critical=False)
        signed = builder.certificates([self.certificate]).sign(self.key, hashes.SHA256())
        return signed.public_bytes(Encoding.DER)

    def _about(self, asked: OCSPRequest) -> ocsp.OCSPResponseBuilder:
        at = datetime.now(UTC).replace(microsecond=0)
        entry = self.issued.entry(asked.serial_number)
        if entry is None:
            state = OCSPCertStatus.UNKNOWN
        else:
            state = OCSPCertStatus.GOOD if entry.revoked_at is None else OCSPCertStatus.REVOKED
        return ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash,
            asked.issuer_key_hash,
            asked.serial_number,
            asked.hash_algorithm,
            state,
            at,
            at + ANSWER_LIFE,
            entry.revoked_at if entry else None,
            entry.reason if entry else None,
        )


def _unsuccessful(status: OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
