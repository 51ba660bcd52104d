"""Public keys of others: read from a certificate, a PEM file or a JWK, and named by what they are.

A key's name is the thumbprint of its JWK (RFC 7638, SHA-256, base64url): the same for the key alone and
for every certificate of it.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from sacbe_terms.errors import ClientKeyNotUsable

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

FILE_BYTES_MAX = 64 * 1024
"""A larger file is no key."""

RSA_BITS_MIN, RSA_BITS_MAX = 2048, 8192
"""Weaker keys prove nothing; larger ones cost more to check than a stranger may ask for."""

_CURVES: Mapping[str, tuple[str, ec.EllipticCurve]] = {
    "secp256r1": ("P-256", ec.SECP256R1()),
    "secp384r1": ("P-384", ec.SECP384R1()),
}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""Members of a JWK that only whoever holds the key may know (RFC 7518, section 6)."""


@dataclass(frozen=True, slots=True)
class Read:
    """A public key, and the certificate that it came in."""

    key: PublicKey
    certificate: x509.Certificate | None = None


def read(content: bytes) -> Read:
    """Read a certificate or public key (PEM), or a JWK; raises ClientKeyNotUsable that says why not."""
    if len(content) > FILE_BYTES_MAX:
        raise not_usable("it is too large")
    if b"PRIVATE KEY-----" in content:
        raise not_usable("it holds a private key, which never leaves its owner")
    try:
        if content.lstrip().startswith(b"{"):
            return Read(of_jwk(msgspec.json.decode(content, type=dict[str, Any])))
        if b"-----BEGIN CERTIFICATE-----" in content:
            certificate = x509.load_pem_x509_certificate(content)
            return Read(usable(certificate.public_key()), certificate)
        return Read(usable(load_pem_public_key(content)))
    except (ValueError, UnsupportedAlgorithm, msgspec.MsgspecError) as error:
        raise not_usable("it is no certificate, public key or JWK") from error


def of_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Give the key of a public JWK (RFC 7517); raises ClientKeyNotUsable."""
    if any(name in jwk for name in _PRIVATE):
        raise not_usable("it holds a private key, which never leaves its owner")
    try:
        return usable(_of_kind(jwk))
    except (KeyError, TypeError, ValueError) as error:
        raise not_usable("it is no JWK of a key that is taken here") from error


def thumbprint(key: PublicKey) -> str:
    """Give a key's name (RFC 7638)."""
    return base64url(sha256(msgspec.json.encode(jwk_of(key), order="sorted")).digest())


def jwk_of(key: PublicKey) -> dict[str, str]:
    """Print a key as a JWK with the required members alone."""
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}
    if isinstance(key, ec.EllipticCurvePublicKey):
        size, point = (key.curve.key_size + 7) // 8, key.public_numbers()
        x, y = (base64url(coordinate.to_bytes(size, "big")) for coordinate in (point.x, point.y))
        return {"kty": "EC", "crv": _CURVES[key.curve.name][0], "x": x, "y": y}
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}


def base64url(content: bytes) -> str:
    """Print bytes as base64url without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def of_base64url(text: str) -> bytes:
    """Read base64url without padding, the one print of these bytes and no other; raises ValueError."""
    if _BASE64URL.fullmatch(text) is None:
        raise ValueError("not base64url")
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(content) != text:
        raise ValueError("not the only print of these bytes")
    return content


def not_usable(reason: str) -> ClientKeyNotUsable:
    """Make the error that says why a client's key is not taken."""
    return ClientKeyNotUsable(
        what=f"The client's key cannot be used: {reason}.",
        where="key",
        hint="Give a certificate or public key as PEM, or a JWK: RSA of 2048 bits or more, P-256, P-384 or Ed25519.",
    )


def _of_kind(jwk: Mapping[str, Any]) -> object:
    kind = jwk["kty"]
    if kind == "RSA":
        n, e = (int.from_bytes(of_base64url(jwk[name]), "big") for name in ("n", "e"))
        if n.bit_length() > RSA_BITS_MAX:
            raise ValueError("larger than is taken")
        return rsa.RSAPublicNumbers(e, n).public_key()
    if kind == "EC":
        curve = dict(_CURVES.values())[jwk["crv"]]
        x, y = (int.from_bytes(of_base64url(jwk[name]), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    if kind == "OKP" and jwk["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(of_base64url(jwk["x"]))
    raise ValueError("another kind of key")


def usable(key: object) -> PublicKey:
    """Give a key back if its kind and size are taken; raises ClientKeyNotUsable."""
    if isinstance(key, rsa.RSAPublicKey) and RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise not_usable("it is of a kind or size that is not taken")


def _integer(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
