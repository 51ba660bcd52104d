"""Assertions of clients and DPoP proofs: each claim is held to its rule, and no other key will do."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sacbe_signing import public_keys
from sacbe_terms.errors import SignatureNotValid
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.oauth import client_assertion, dpop
from tests.signing.signed import EC, OTHER, RSA, SIGNERS, by_ec
from tests.xroad_like.assertions import ORIGIN, TOKEN_ADDRESS, assertion, proof
from tests.xroad_like.town import CONSUMER, STRANGER

NAME = public_keys.thumbprint(EC.public_key())
NOW = datetime.now(UTC)


def registered(key: Any, client: SubsystemId = CONSUMER, *, ends: datetime | None = None) -> ClientKey:
    """Give a registered key."""
    public = key.public_key()
    return ClientKey(
        id=1,
        client=client,
        name=public_keys.thumbprint(public),
        public_key=public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        certificate=None,
        begins=None,
        ends=ends,
        added_at=NOW,
    )


KEYS = {CONSUMER: (registered(OTHER), registered(EC)), STRANGER: (registered(RSA, STRANGER),)}


def check(text: str, keys: Mapping[SubsystemId, tuple[ClientKey, ...]] = KEYS) -> client_assertion.Asserted:
    """Check an assertion now."""
    return client_assertion.check(text, keys, (ORIGIN,), datetime.now(UTC))


@pytest.mark.parametrize("name", [str(CONSUMER), NAME], ids=["client", "key"])
@pytest.mark.parametrize("audience", [TOKEN_ADDRESS, [TOKEN_ADDRESS], "https://NODE.example:443/oauth/token"])
def test_a_good_assertion_holds(name: str, audience: object) -> None:
    """A client is named by its identifier or by its key's name, and the address may be one of a list."""
    asserted = check(assertion(iss=name, sub=name, aud=audience, jti="a"))
    assert (asserted.key.owner, asserted.key.name, asserted.jti) == (str(CONSUMER), NAME, "a")


@pytest.mark.parametrize("algorithm", sorted(SIGNERS))
def test_each_algorithm_may_assert(algorithm: str) -> None:
    """ES256, RS256, PS256 and EdDSA."""
    key, sign = SIGNERS[algorithm]
    asserted = check(assertion(sign=sign, header={"alg": algorithm}), {CONSUMER: (registered(key),)})
    assert asserted.key.owner == str(CONSUMER)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"iss": None}, "'iss'"),
        ({"iss": 7}, "'iss'"),
        ({"sub": str(STRANGER)}, "differ"),
        ({"iss": str(STRANGER), "sub": str(STRANGER)}, "no key"),
        ({"iss": "nobody", "sub": "nobody"}, "no key"),
        ({"aud": None}, "'aud'"),
        ({"aud": "https://other.example/oauth/token"}, "'aud'"),
        ({"aud": "http://node.example/oauth/token"}, "'aud'"),
        ({"aud": "https://node.example.other.example/oauth/token"}, "'aud'"),
        ({"aud": f"{ORIGIN}/oauth/token/"}, "'aud'"),
        ({"aud": {"a": TOKEN_ADDRESS}}, "'aud'"),
        ({"aud": "https://[::/oauth/token"}, "'aud'"),
        ({"jti": None}, "'jti'"),
        ({"jti": ""}, "'jti'"),
        ({"jti": "a" * 300}, "'jti'"),
        ({"exp": None}, "'exp'"),
        ({"exp": "soon"}, "'exp'"),
        ({"exp": True}, "'exp'"),
        ({"exp": 1e300}, "'exp'"),
        ({"exp": -1}, "'exp'"),
        ({"exp": timedelta(seconds=-120)}, "expired"),
        ({"exp": timedelta(seconds=700)}, "five minutes"),
        ({"nbf": timedelta(seconds=120)}, "'nbf'"),
        ({"iat": timedelta(seconds=120)}, "'iat'"),
        ({"sign": by_ec(ec.generate_private_key(ec.SECP256R1()))}, "no key"),
        ({"sign": SIGNERS["RS256"][1], "header": {"alg": "RS256"}}, "no key"),
        ({"header": {"kid": public_keys.thumbprint(OTHER.public_key())}}, "no key"),
        ({"header": {"alg": "none"}}, "algorithm"),
    ],
)
def test_what_does_not_hold(wrong: dict[str, Any], reason: str) -> None:
    """Each wrong claim is refused with its reason."""
    with pytest.raises(SignatureNotValid, match=reason):
        check(assertion(**wrong))


def test_an_expired_certificates_key_signs_nothing() -> None:
    """A key that came in a certificate holds as long as that does."""
    old = {CONSUMER: (registered(EC, ends=NOW - timedelta(seconds=1)),)}
    with pytest.raises(SignatureNotValid, match="no key"):
        check(assertion(), old)


def test_a_key_of_two_clients_names_neither() -> None:
    """Whose key it is must be clear; by the client's identifier it is."""
    both = {CONSUMER: (registered(EC),), STRANGER: (registered(EC, STRANGER),)}
    with pytest.raises(SignatureNotValid, match="several"):
        check(assertion(iss=NAME, sub=NAME), both)
    assert check(assertion(), both).key.owner == str(CONSUMER)


RFC_9449 = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo"
    "RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJq"
    "dGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0Ijox"
    "NTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
"""The proof of RFC 9449, figure 2."""


def test_the_standards_proof_holds() -> None:
    """At its own time and address, and under the thumbprint that the standard prints."""
    at = datetime.fromtimestamp(1562262616, UTC)
    read = dpop.check(RFC_9449, method="POST", path="/token", origins=("https://server.example.com",), at=at)
    assert read.key == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"header": {"typ": "JWT"}}, "'typ'"),
        ({"header": {"jwk": None}}, "no key"),
        ({"header": {"jwk": {"kty": "oct", "k": "AA"}}}, "not taken"),
        ({"header": {"jwk": public_keys.jwk_of(OTHER.public_key())}}, "with this key"),
        ({"htm": "GET"}, "'htm'"),
        ({"htu": f"{ORIGIN}/graphql"}, "'htu'"),
        ({"htu": "https://other.example/oauth/token"}, "'htu'"),
        ({"htu": None}, "'htu'"),
        ({"iat": timedelta(seconds=-300)}, "'iat'"),
        ({"iat": timedelta(seconds=300)}, "'iat'"),
        ({"iat": None}, "'iat'"),
        ({"jti": None}, "'jti'"),
    ],
)
def test_a_proof_that_does_not_hold(wrong: dict[str, Any], reason: str) -> None:
    """Each is refused with its reason."""
    with pytest.raises(SignatureNotValid, match=reason):
        dpop.check(proof(**wrong), method="POST", path="/oauth/token", origins=(ORIGIN,), at=datetime.now(UTC))


def test_a_proof_is_for_one_token() -> None:
    """`ath` binds it to the token beside it; without one, or with another's, it proves nothing."""
    for text in (proof(token="b"), proof(token="a", ath=None)):
        with pytest.raises(SignatureNotValid, match="'ath'"):
            dpop.check(text, method="POST", path="/graphql", origins=(ORIGIN,), at=datetime.now(UTC), token="a")
    dpop.check(proof(token="a"), method="POST", path="/graphql", origins=(ORIGIN,), at=datetime.now(UTC), token="a")
