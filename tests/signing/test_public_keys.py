"""Public keys of others: the forms in which they come, their name, and what is not taken."""

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from sacbe_signing import public_keys
from sacbe_signing.public_keys import PublicKey
from sacbe_terms.errors import ClientKeyNotUsable
from tests.app.tls import self_signed

EC, ED = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)

RFC_7638 = """{"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n":
 "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr\
n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"""
"""The key of RFC 7638, section 3.1."""


def pem(key: PublicKey) -> bytes:
    """Print a public key."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_the_name_is_the_standards() -> None:
    """The example of RFC 7638 has the name that is printed there."""
    key = public_keys.read(RFC_7638.encode()).key
    assert public_keys.thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize("key", [EC.public_key(), ED.public_key(), RSA.public_key()], ids=["P-256", "Ed25519", "RSA"])
def test_a_key_has_one_name_in_every_form(key: PublicKey) -> None:
    """PEM and JWK of one key are the same key."""
    forms = (pem(key), msgspec.json.encode(public_keys.jwk_of(key)))
    assert [public_keys.read(form).key for form in forms] == [key, key]
    assert {public_keys.thumbprint(public_keys.read(form).key) for form in forms} == {public_keys.thumbprint(key)}


def test_a_certificate_brings_its_key(tmp_path: Path) -> None:
    """The certificate is kept, and named by its key."""
    shown = self_signed(tmp_path, "client")
    read = public_keys.read(shown.certificate.public_bytes(Encoding.PEM))
    assert (read.certificate, read.key) == (shown.certificate, shown.certificate.public_key())


PRIVATE = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
SMALL = rsa.generate_private_key(65537, 1024).public_key()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no certificate"),
        (b"{", "no certificate"),
        (b"x" * 70_000, "too large"),
        (PRIVATE, "private key"),
        (PRIVATE + pem(EC.public_key()), "private key"),
        (b'{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}', "private key"),
        (b'{"kty": "oct", "k": "c2VjcmV0"}', "private key"),
        (b'{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}', "no JWK"),
        (b'{"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}', "no JWK"),
        (b'{"kty": "EC", "crv": ["P-256"], "x": 1}', "no JWK"),
        (b'{"kty": "RSA", "n": "AQAB", "e": "AQAB"}', "no JWK"),
        (b'{"kty": "OKP", "crv": "X25519", "x": "AA"}', "no JWK"),
        (b'{"kty": "OKP", "crv": "Ed25519", "x": "AA=="}', "no JWK"),
        (pem(SMALL), "kind or size"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no certificate"),
    ],
)  # fmt: skip
def test_what_is_not_taken(content: bytes, reason: str) -> None:
    """Each file is refused with its reason."""
    with pytest.raises(ClientKeyNotUsable, match=reason):
        public_keys.read(content)


@given(st.binary(max_size=64))
def test_base64url_reads_back(content: bytes) -> None:
    """What is printed is read back, and with padding it is refused."""
    text = public_keys.base64url(content)
    assert public_keys.of_base64url(text) == content
    with pytest.raises(ValueError):
        public_keys.of_base64url(text + "=")


@pytest.mark.parametrize("text", ["AB", "AQ\n", "A+/A", "A", "Ñ"])
def test_base64url_has_one_print(text: str) -> None:
    """A text that no printing gives is refused, even where a lax reader finds bytes in it."""
    with pytest.raises(ValueError):
        public_keys.of_base64url(text)
