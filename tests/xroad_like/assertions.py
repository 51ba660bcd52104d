"""What a client of OAuth signs, for the tests: good by default, and wrong where a test says so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sacbe_signing import public_keys
from sacbe_signing.public_keys import base64url
from tests.signing.signed import EC, by_ec, signed
from tests.xroad_like.town import CONSUMER

ORIGIN = "https://node.example"
TOKEN_ADDRESS = f"{ORIGIN}/oauth/token"


def now() -> int:
    """Give the time in seconds."""
    return int(datetime.now(UTC).timestamp())


def _kept(given: dict[str, object], claims: dict[str, object]) -> dict[str, object]:
    """Give claims with those of a test; a span of time is counted from now, and None leaves a claim out.

    A test's own moment is that of its collection, which may be many minutes before it runs.
    """
    return {
        name: now() + int(value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in (given | claims).items()
        if value is not None
    }


def assertion(
    *, sign: Callable[[bytes], bytes] | None = None, header: dict[str, Any] | None = None, **claims: object
) -> str:
    """Sign a client's assertion; a claim that is None is left out."""
    given: dict[str, object] = {"iss": str(CONSUMER), "sub": str(CONSUMER), "aud": TOKEN_ADDRESS, "jti": str(uuid4())}
    given["exp"] = now() + 120
    kept = _kept(given, claims)
    return signed({"alg": "ES256"} | (header or {}), kept, sign or by_ec(EC))


def proof(*, key: Any = EC, token: str | None = None, header: dict[str, Any] | None = None, **claims: object) -> str:
    """Sign a DPoP proof for a request for a token, or for another request; a claim that is None is left out."""
    given: dict[str, object] = {"htm": "POST", "htu": TOKEN_ADDRESS, "iat": now(), "jti": str(uuid4())}
    if token is not None:
        given |= {"htu": f"{ORIGIN}/graphql", "ath": base64url(sha256(token.encode()).digest())}
    kept = _kept(given, claims)
    own = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_keys.jwk_of(key.public_key())}
    return signed(own | (header or {}), kept, by_ec(key))
