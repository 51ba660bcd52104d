"""Who asks for a token: a client that signs so with its registered key (RFC 7523, `private_key_jwt`).

iss = sub   the client's printed identifier, or the name of its key
aud         the address of the token endpoint
exp         at most five minutes ahead
jti         used once
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from cryptography.hazmat.primitives.serialization import load_der_public_key

from sacbe_signing import jws
from sacbe_signing.jws import Jws
from sacbe_signing.public_keys import PublicKey
from sacbe_signing.trust import not_valid
from sacbe_terms.errors import IdentifierNotValid, SignatureNotValid
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.oauth import addresses, signed_claims

AHEAD_MAX = timedelta(minutes=5)
"""How far ahead an assertion may expire."""

CLOCK_SLACK = timedelta(seconds=30)
"""How far a client's clock may be ahead of the node's."""

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""`client_assertion_type` of RFC 7523, section 2.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """An assertion that holds: by which key, under which `jti`, until when it must not be taken again."""

    issuer: str
    key: ClientKey
    jti: str
    until: datetime


def check(
    text: str, keys: Mapping[SubsystemId, tuple[ClientKey, ...]], origins: Collection[str], at: datetime
) -> Asserted:
    """Check an assertion against the registered keys; raises SignatureNotValid.

    Whether its `jti` is new is for the caller to see to.
    """
    read = jws.read(text)
    issuer = signed_claims.name(read.claims, "iss")
    if signed_claims.name(read.claims, "sub") != issuer:
        raise not_valid("its claims 'iss' and 'sub' differ")
    key = _signing_key(read, _of_issuer(keys, issuer, read.header.get("kid")), at)
    audience = read.claims.get("aud")
    if not any(addresses.is_ours(each, origins, addresses.TOKEN_PATH) for each in _each(audience)):
        raise not_valid("its claim 'aud' is not the address of this token endpoint")
    return Asserted(issuer=issuer, key=key, jti=signed_claims.name(read.claims, "jti"), until=_expiry(read.claims, at))


def _of_issuer(keys: Mapping[SubsystemId, tuple[ClientKey, ...]], issuer: str, kid: object) -> list[ClientKey]:
    """Give the keys that an issuer may have signed with: a client's, or those of this name if one client has them."""
    try:
        held = list(keys.get(SubsystemId.parse(issuer), ()))
    except IdentifierNotValid:
        held = [key for of_client in keys.values() for key in of_client if key.name == issuer]
    if len({key.client for key in held}) > 1:
        raise not_valid("several clients have its key; name the client in 'iss' and 'sub'")
    return held if kid is None else [key for key in held if key.name == kid]


def _signing_key(read: Jws, held: Collection[ClientKey], at: datetime) -> ClientKey:
    for key in held:
        if key.holds(at) and _is_by(read, key):
            return key
    raise not_valid("no key that is registered for its issuer and holds now has made it")


def _is_by(read: Jws, key: ClientKey) -> bool:
    try:
        jws.verify(read, cast(PublicKey, load_der_public_key(key.public_key)))  # registered: one of these kinds
    except SignatureNotValid:
        return False
    return True


def _each(audience: Any) -> list[Any]:
    return audience if isinstance(audience, list) else [audience]


def _expiry(given: Mapping[str, Any], at: datetime) -> datetime:
    expires = signed_claims.time(given, "exp")
    if expires <= at:
        raise not_valid("it has expired; compare the clocks")
    if expires > at + AHEAD_MAX + CLOCK_SLACK:
        raise not_valid("it expires more than five minutes ahead; compare the clocks")
    for claim in ("nbf", "iat"):
        if claim in given and signed_claims.time(given, claim) > at + CLOCK_SLACK:
            raise not_valid(f"its claim '{claim}' lies ahead; compare the clocks")
    return expires
