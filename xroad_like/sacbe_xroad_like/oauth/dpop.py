"""Proof that whoever shows a token holds the key that it was given for (RFC 9449, DPoP).

Each request carries a proof of its own, signed with that key: for this method and address, a moment ago,
never before seen, and, where a token comes with it, for that token.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sacbe_signing import jws, public_keys
from sacbe_signing.public_keys import PublicKey, base64url
from sacbe_signing.trust import not_valid
from sacbe_terms.errors import ClientKeyNotUsable
from sacbe_xroad_like.oauth import addresses, signed_claims

AGE_MAX = timedelta(seconds=60)
"""How old a proof may be, and how far its clock may be ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that holds: of which key (RFC 7638), under which `jti`, until when it must not be taken again."""

    key: str
    jti: str
    until: datetime


def proof_in(scope: Mapping[str, Any]) -> str:
    """Give the proof in a request's headers (ASGI), empty without one; two together are none that holds."""
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"dpop")


def check(
    text: str, *, method: str, path: str, origins: Collection[str], at: datetime, token: str | None = None
) -> Proof:
    """Check a proof for a request, and for the token in it; raises SignatureNotValid.

    Whether its `jti` is new is for the caller to see to.
    """
    read = jws.read(text)
    if read.header.get("typ") != "dpop+jwt":
        raise not_valid("its header 'typ' is not dpop+jwt")
    key = _key(read.header)
    jws.verify(read, key)
    if read.claims.get("htm") != method:
        raise not_valid("its claim 'htm' is of another method")
    if not addresses.is_ours(read.claims.get("htu"), origins, path):
        raise not_valid("its claim 'htu' is not the address that was called")
    if token is not None and read.claims.get("ath") != base64url(sha256(token.encode()).digest()):
        raise not_valid("its claim 'ath' is of another token")
    made = signed_claims.time(read.claims, "iat")
    if abs(at - made) > AGE_MAX:
        raise not_valid("its claim 'iat' is not of this minute; compare the clocks")
    return Proof(key=public_keys.thumbprint(key), jti=signed_claims.name(read.claims, "jti"), until=made + 2 * AGE_MAX)


def _key(header: Mapping[str, Any]) -> PublicKey:
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise not_valid("its header has no key")
    try:
        return public_keys.of_jwk(jwk)
    except ClientKeyNotUsable as error:
        raise not_valid("the key in its header is not taken") from error
