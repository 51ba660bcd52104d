"""Who asks for a token: a client, or a user, that signs so with its registered key (RFC 7523, `private_key_jwt`).

iss = sub   the client's printed identifier, or the name of its key; a user's e-mail address
aud         the address of the token endpoint
exp         at most five minutes ahead
jti         used once
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from cryptography.hazmat.primitives.serialization import load_der_public_key

from sacbe_signing import jws
from sacbe_signing.jws import Jws
from sacbe_signing.public_keys import PublicKey
from sacbe_signing.trust import not_valid
from sacbe_terms.errors import IdentifierNotValid, SignatureNotValid
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like.administration.users import UserKey
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.oauth import addresses, signed_claims

KeyT = TypeVar("KeyT", ClientKey, UserKey)

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
    key: ClientKey | UserKey
    jti: str
    until: datetime


def issuer(text: str) -> str:
    """Say who an assertion says it is of, before anything of it is checked; raises SignatureNotValid."""
    return signed_claims.name(jws.read(text).claims, "iss")


def check(
    text: str,
    keys: Mapping[SubsystemId, tuple[ClientKey, ...]],
    origins: Collection[str],
    at: datetime,
    *,
    user_keys: Sequence[UserKey] = (),
) -> Asserted:
    """Check an assertion against the clients' keys, or those of the user who is its issuer; raises SignatureNotValid.

    Whether its `jti` is new is for the caller to see to.
    """
    read = jws.read(text)
    issuer = signed_claims.name(read.claims, "iss")
    if signed_claims.name(read.claims, "sub") != issuer:
        raise not_valid("its claims 'iss' and 'sub' differ")
    kid = read.header.get("kid")
    held = _named(user_keys, kid) if user_keys else _of_issuer(keys, issuer, kid)
    key = _signing_key(read, held, at)
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
    return _named(held, kid)


def _named(held: Sequence[KeyT], kid: object) -> list[KeyT]:
    return list(held) if kid is None else [key for key in held if key.name == kid]


def _signing_key(read: Jws, held: Collection[ClientKey | UserKey], at: datetime) -> ClientKey | UserKey:
    for key in held:
        if key.holds(at) and _is_by(read, key):
            return key
    raise not_valid("no key that is registered for its issuer and holds now has made it")


def _is_by(read: Jws, key: ClientKey | UserKey) -> bool:
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
