"""Which certificates of clients must have a status, who is asked for it, and where: settled before anything is sent.

An authority that is believed is asked about what it has issued. A certificate that none of them issued is
believed for being registered, byte for byte: there is nobody to ask, and its removal is its revocation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from sacbe_signing.ocsp import question
from sacbe_signing.ocsp.question import Question

ANSWER_AGE_MAX = timedelta(hours=1)
"""How old what an authority said may be, where the operator says nothing else."""

NO_RESPONDER = "none"
"""In place of an address: this authority answers no such questions."""


@dataclass(frozen=True, slots=True)
class Authority:
    """One believed authority, and the name by which settings speak of it."""

    name: str
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Asked:
    """A certificate whose issuer is asked, and at which address; `is_given` if the operator gave that."""

    certificate: x509.Certificate
    authority: Authority
    address: str
    is_given: bool

    def question(self) -> Question:
        """Ask anew."""
        return Question.about(self.certificate, self.authority.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPolicy:
    """The operator's choice. `addresses` are by an authority's name; the one of no name is for all others."""

    authorities: tuple[Authority, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    answer_age_max: timedelta = ANSWER_AGE_MAX

    def asked_about(self, certificate: bytes) -> Asked | None:
        """Say who is asked about a certificate (DER), None where nobody can be or need be.

        An empty address means that nobody knows where to ask, and so that the certificate is refused.
        """
        read = x509.load_der_x509_certificate(certificate)
        authority = next((each for each in self.authorities if _has_issued(each.certificate, read)), None)
        if authority is None:
            return None
        given = self.addresses.get(authority.name, self.addresses.get("", ""))
        if given == NO_RESPONDER:
            return None
        return Asked(read, authority, given or question.address_in(read), is_given=bool(given))


def _has_issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    if certificate.issuer != authority.subject:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True
