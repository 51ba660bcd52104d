"""JSON Web Signatures for the tests, as a client makes them."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from sacbe_signing.keys import raw_signature
from sacbe_signing.public_keys import base64url

SHA256 = hashes.SHA256()
EC = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
ED = ed25519.Ed25519PrivateKey.generate()

SIGNERS: Mapping[str, tuple[Any, Callable[[bytes], bytes]]] = {
    "ES256": (EC, lambda data: raw_signature(EC.sign(data, ec.ECDSA(SHA256)))),
    "RS256": (RSA, lambda data: RSA.sign(data, padding.PKCS1v15(), SHA256)),
    "PS256": (RSA, lambda data: RSA.sign(data, padding.PSS(padding.MGF1(SHA256), 32), SHA256)),
    "EdDSA": (ED, ED.sign),
}
"""A key for each algorithm, and how it signs."""


def by_ec(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    """Give what signs with a P-256 key."""
    return lambda data: raw_signature(key.sign(data, ec.ECDSA(SHA256)))


def signed(header: Mapping[str, Any], claims: object, sign: Callable[[bytes], bytes]) -> str:
    """Write a compact JWS."""
    head = ".".join(base64url(msgspec.json.encode(part)) for part in (header, claims))
    return f"{head}.{base64url(sign(head.encode()))}"
