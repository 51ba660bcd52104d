"""JSON Web Signatures that others made: read strictly, and verified with a key that is known (RFC 7515, compact form).

The signature's algorithm must be one of a short list and fit the key: none of the tricks that a token's own
header could play (`none`, a shared secret that is a public key, a key that the token brings along) can begin.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sacbe_signing.keys import COORDINATE_BYTES
from sacbe_signing.public_keys import PublicKey, of_base64url
from sacbe_signing.trust import not_valid

CHARACTERS_MAX = 8192
"""A longer text is not read."""

_SHA256 = hashes.SHA256()
_PSS = padding.PSS(padding.MGF1(_SHA256), salt_length=32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jws:
    """A signature that was read and not yet verified: its header, its claims, and what was signed."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def read(text: str) -> Jws:
    """Read a compact JWS whose payload is a JSON object (RFC 7519, section 7.2); raises SignatureNotValid."""
    parts = text.split(".")
    if len(text) > CHARACTERS_MAX or len(parts) != 3:
        raise not_valid("it is not a compact JWS")
    try:
        header, claims = (msgspec.json.decode(of_base64url(part), type=dict[str, Any]) for part in parts[:2])
        signature = of_base64url(parts[2])
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise not_valid("it is not a compact JWS") from error
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise not_valid(f"its algorithm is none of {', '.join(ALGORITHMS)}")
    if "crit" in header:
        raise not_valid("it demands an extension that is not known")
    return Jws(header=header, claims=claims, signed=".".join(parts[:2]).encode(), signature=signature)


def verify(jws: Jws, key: PublicKey) -> None:
    """Verify a signature with a key that its algorithm fits; raises SignatureNotValid."""
    try:
        ALGORITHMS[jws.header["alg"]](key, jws.signature, jws.signed)
    except InvalidSignature as error:
        raise not_valid("it was not made with this key") from error


def _es256(key: PublicKey, signature: bytes, signed: bytes) -> None:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidSignature
    if len(signature) != 2 * COORDINATE_BYTES:
        raise InvalidSignature
    r, s = (int.from_bytes(half, "big") for half in (signature[:COORDINATE_BYTES], signature[COORDINATE_BYTES:]))
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(_SHA256))


def _rs256(key: PublicKey, signature: bytes, signed: bytes) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(signature, signed, padding.PKCS1v15(), _SHA256)


def _ps256(key: PublicKey, signature: bytes, signed: bytes) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(signature, signed, _PSS, _SHA256)


def _eddsa(key: PublicKey, signature: bytes, signed: bytes) -> None:
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise InvalidSignature
    key.verify(signature, signed)


ALGORITHMS: Mapping[str, Callable[[PublicKey, bytes, bytes], None]] = {
    "ES256": _es256,
    "EdDSA": _eddsa,
    "PS256": _ps256,
    "RS256": _rs256,
}
"""What is taken (RFC 7518, section 3; RFC 8037), and how it is verified."""
