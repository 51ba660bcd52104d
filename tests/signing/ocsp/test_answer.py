"""Answers about a certificate: which are believed, and why each other one is not."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_signing.ocsp import answer
from sacbe_signing.ocsp.answer import CertificateStatus
from sacbe_signing.ocsp.question import Question, address_in
from sacbe_terms.errors import StatusAnswerRefused
from tests.signing.ocsp.answers import DAY, MINUTE, NOW, OCSP_SIGNING, Answer, Holder, issued

ISSUER = issued("authority")
DELEGATE = issued("responder", ISSUER, OCSP_SIGNING, x509.OCSPNoCheck())
CLIENT = issued("client", ISSUER)
OTHER = issued("other", ISSUER)
QUESTION = Question.about(CLIENT.certificate, ISSUER.certificate)
GOOD = Answer(certificate=CLIENT.certificate, issuer=ISSUER.certificate, signer=DELEGATE, nonce=QUESTION.nonce)


def read(drawn: Answer) -> CertificateStatus:
    """Read an answer, drawn as if `NOW` were this moment: the library writes that one into it."""
    at = datetime.now(UTC)
    return answer.read(drawn.as_of(at).der(), QUESTION, at)


def signed_by(signer: Holder) -> Answer:
    """Draw a good answer of another signer."""
    return GOOD.but(signer=signer)


@pytest.mark.parametrize("state", list(OCSPCertStatus))
def test_what_the_issuer_says_is_taken(state: OCSPCertStatus) -> None:
    """Good, revoked and unknown are told apart, with their times."""
    said = read(GOOD.but(state=state))
    assert (said.state, said.next_at) == (state, said.said_at + 5 * MINUTE)
    assert (said.revoked_at == said.said_at) is (state is OCSPCertStatus.REVOKED)


BELIEVED = {
    "the issuer itself": signed_by(ISSUER),
    "the issuer, not shown": signed_by(ISSUER).but(shows_signer=False),
    "an RSA key": signed_by(
        issued("rsa", ISSUER, OCSP_SIGNING, x509.OCSPNoCheck(), key=rsa.generate_private_key(65537, 2048))
    ),
    "P-384 and SHA-384": signed_by(
        issued("p384", ISSUER, OCSP_SIGNING, x509.OCSPNoCheck(), key=ec.generate_private_key(ec.SECP384R1()))
    ).but(digest=hashes.SHA384),
    "no nonce": GOOD.but(nonce=None),
    "no next update": GOOD.but(next_at=None),
    "a clock a little ahead": GOOD.but(said_at=NOW + MINUTE),
    "named by SHA-256": GOOD.but(named_by=hashes.SHA256),
}


@pytest.mark.parametrize("drawn", BELIEVED.values(), ids=BELIEVED)
def test_answers_that_the_standard_allows_are_believed(drawn: Answer) -> None:
    """Whoever the issuer lets speak, with or without what is optional."""
    assert read(drawn).state is OCSPCertStatus.GOOD


STRANGER = issued("authority")
REFUSED = {
    "another authority of the same name": (signed_by(STRANGER), "nor has a certificate of it"),
    "a delegate of another authority": (
        signed_by(issued("responder", STRANGER, OCSP_SIGNING, x509.OCSPNoCheck())),
        "nor has a certificate of it",
    ),
    "another client": (signed_by(OTHER), "not for signing such answers"),
    "the client itself": (signed_by(CLIENT), "not for signing such answers"),
    "a signer for another purpose": (
        signed_by(issued("tls", ISSUER, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), x509.OCSPNoCheck())),
        "not for signing such answers",
    ),
    "a signer to be asked about": (signed_by(issued("responder", ISSUER, OCSP_SIGNING)), "no id-pkix-ocsp-nocheck"),
    "an expired signer": (
        signed_by(issued("responder", ISSUER, OCSP_SIGNING, x509.OCSPNoCheck(), ends=NOW - MINUTE)),
        "does not hold now",
    ),
    "a signer of tomorrow": (
        signed_by(issued("responder", ISSUER, OCSP_SIGNING, x509.OCSPNoCheck(), begins=NOW + DAY / 2)),
        "does not hold now",
    ),
    "a signer that is not shown": (GOOD.but(shows_signer=False), "does not show who has signed it"),
    "a delegate's certificate beside another's signature": (
        signed_by(issued("responder")).but(shows_instead=DELEGATE.certificate),
        "its signature does not hold",
    ),
    "signed over a short digest": (GOOD.but(digest=hashes.SHA224), "digest that is not taken"),
    "a short RSA key": (
        signed_by(issued("rsa", ISSUER, OCSP_SIGNING, x509.OCSPNoCheck(), key=rsa.generate_private_key(65537, 1024))),
        "of a kind or size that is not taken",
    ),
    "more than is understood": (
        GOOD.but(critical=x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")),
        "critical extension",
    ),
    "another certificate": (GOOD.but(certificate=OTHER.certificate), "about another certificate"),
    "another issuer's certificate of that number": (GOOD.but(issuer=STRANGER.certificate), "another certificate"),
    "another question's nonce": (GOOD.but(nonce=b"another nonce"), "nonce is not the question's"),
    "old": (GOOD.but(said_at=NOW - 9 * MINUTE, next_at=NOW - MINUTE), "was good until"),
    "ends now": (GOOD.but(next_at=NOW, said_at=NOW - MINUTE), "was good until"),
    "of tomorrow": (GOOD.but(said_at=NOW + 9 * MINUTE, next_at=NOW + 20 * MINUTE), "compare the clocks"),
}


@pytest.mark.parametrize(("drawn", "reason"), REFUSED.values(), ids=REFUSED)
def test_other_answers_are_refused_with_the_reason(drawn: Answer, reason: str) -> None:
    """Whoever stands between us and the responder can say nothing that is believed."""
    with pytest.raises(StatusAnswerRefused, match="SACBE-508") as refused:
        read(drawn)
    assert reason in refused.value.where


@pytest.mark.parametrize("status", [each for each in OCSPResponseStatus if each is not OCSPResponseStatus.SUCCESSFUL])
def test_a_responders_refusal_is_named(status: OCSPResponseStatus) -> None:
    """Such an answer is not signed, and says nothing of the certificate."""
    content = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
    with pytest.raises(StatusAnswerRefused, match=status.name):
        answer.read(content, QUESTION, NOW)


@pytest.mark.parametrize("content", [b"", b"<html>", b"0" * (answer.ANSWER_BYTES_MAX + 1), GOOD.der()[:-1]])
def test_what_is_no_answer_is_refused(content: bytes) -> None:
    """Garbage, what is cut, and what is too large to be one."""
    with pytest.raises(StatusAnswerRefused):
        answer.read(content, QUESTION, NOW)


DER = GOOD.der()


@settings(max_examples=300)
@given(place=st.integers(0, len(DER) - 1), bit=st.integers(0, 7))
def test_no_changed_byte_is_believed(place: int, bit: int) -> None:
    """An answer with one bit changed is refused as ours, or says the same of the same certificate."""
    changed = bytearray(DER)
    changed[place] ^= 1 << bit
    try:
        said = answer.read(bytes(changed), QUESTION, NOW)
    except StatusAnswerRefused:
        return
    assert said == answer.read(DER, QUESTION, NOW)


def test_a_certificate_names_its_responder() -> None:
    """The address in its authority information access, if there is one."""
    places = [
        (AuthorityInformationAccessOID.CA_ISSUERS, "http://ca.example/ca.cer"),
        (AuthorityInformationAccessOID.OCSP, "https://ocsp.example/"),
    ]
    access = x509.AuthorityInformationAccess(
        [x509.AccessDescription(method, x509.UniformResourceIdentifier(place)) for method, place in places]
    )
    assert address_in(issued("named", ISSUER, access).certificate) == "https://ocsp.example/"
    assert address_in(CLIENT.certificate) == ""


def test_questions_differ() -> None:
    """No two carry the same nonce, so that no answer fits twice."""
    again = Question.about(CLIENT.certificate, ISSUER.certificate)
    assert again.nonce != QUESTION.nonce
    with pytest.raises(StatusAnswerRefused, match="nonce"):
        answer.read(GOOD.der(), again, NOW + timedelta(seconds=1))
