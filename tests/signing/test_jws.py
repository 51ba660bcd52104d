"""JSON Web Signatures of others: what holds, and every trick that must not."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from sacbe_signing import jws, public_keys
from sacbe_signing.public_keys import base64url
from sacbe_terms.errors import SignatureNotValid
from tests.signing.signed import EC, OTHER, RSA, SIGNERS, signed

RFC_7515 = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
    "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
"""The example of RFC 7515, appendix A.3, and its key."""
RFC_7515_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


def test_the_standards_example_holds() -> None:
    """What the standard has signed is read and verified."""
    read = jws.read(RFC_7515)
    jws.verify(read, public_keys.of_jwk(RFC_7515_KEY))
    assert read.claims["iss"] == "joe"


@pytest.mark.parametrize("algorithm", sorted(SIGNERS))
def test_each_algorithm_holds_with_its_key_alone(algorithm: str) -> None:
    """A signature holds with the key that made it; every other key, of another kind too, refuses it."""
    key, sign = SIGNERS[algorithm]
    read = jws.read(signed({"alg": algorithm}, {"iss": "a"}, sign))
    jws.verify(read, key.public_key())
    for other in (OTHER, *(each for each, _ in SIGNERS.values() if each is not key)):
        with pytest.raises(SignatureNotValid):
            jws.verify(read, other.public_key())


@given(place=st.integers(0, len(RFC_7515) - 1), sign=st.sampled_from("AZaz09-_."))
def test_a_changed_sign_breaks_it(place: int, sign: str) -> None:
    """No text but the one that was signed holds."""
    changed = RFC_7515[:place] + sign + RFC_7515[place + 1 :]
    if changed == RFC_7515:
        return
    with pytest.raises(SignatureNotValid):
        jws.verify(jws.read(changed), public_keys.of_jwk(RFC_7515_KEY))


def padded(text: str) -> str:
    """Write the parts with the padding that base64 has elsewhere."""
    return ".".join(part + "=" * (-len(part) % 4) for part in text.split("."))


GOOD = signed({"alg": "ES256"}, {"iss": "a"}, SIGNERS["ES256"][1])
NO_OBJECT = f"{base64url(b'{}')}.{base64url(b'[]')}.AA"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "compact"),
        ("a.b", "compact"),
        (f"{GOOD}.", "compact"),
        (f" {GOOD}", "compact"),
        (padded(GOOD), "compact"),
        (NO_OBJECT, "compact"),
        (f"{base64url(b'{')}.{base64url(b'{}')}.AA", "compact"),
        (f"{base64url(b'[' * 3000)}.AA.AA", "compact"),
        ("A" * 9000, "compact"),
        (signed({}, {}, bytes), "algorithm"),
        (signed({"alg": "none"}, {}, lambda _: b""), "algorithm"),
        (signed({"alg": "HS256"}, {}, bytes), "algorithm"),
        (signed({"alg": "es256"}, {}, bytes), "algorithm"),
        (signed({"alg": ["ES256"]}, {}, bytes), "algorithm"),
        (signed({"alg": "ES256", "crit": ["b64"], "b64": False}, {}, bytes), "extension"),
    ],
)
def test_what_is_not_read(text: str, reason: str) -> None:
    """Each is refused before any key is asked."""
    with pytest.raises(SignatureNotValid, match=reason):
        jws.read(text)


def der_form() -> str:
    """Sign in DER, as most libraries do by themselves; a JWS wants the two numbers alone."""
    return signed({"alg": "ES256"}, {}, lambda data: EC.sign(data, ec.ECDSA(jws._SHA256)))


def zeros() -> str:
    """Sign with two zeros, which a careless verifier takes for any message."""
    return signed({"alg": "ES256"}, {}, lambda _: bytes(64))


@pytest.mark.parametrize("text", [der_form(), zeros(), signed({"alg": "ES256"}, {}, lambda _: b"")])
def test_malformed_signatures_do_not_hold(text: str) -> None:
    """A signature of another form, or of nothing, is refused like a wrong one."""
    with pytest.raises(SignatureNotValid):
        jws.verify(jws.read(text), EC.public_key())


def test_a_key_that_the_token_brings_is_not_looked_at() -> None:
    """A JWK in the header changes nothing: the key is the caller's to choose."""
    header: dict[str, Any] = {"alg": "ES256", "jwk": public_keys.jwk_of(EC.public_key())}
    read = jws.read(signed(header, {}, SIGNERS["ES256"][1]))
    with pytest.raises(SignatureNotValid):
        jws.verify(read, OTHER.public_key())
    with pytest.raises(SignatureNotValid):
        jws.verify(read, RSA.public_key())
