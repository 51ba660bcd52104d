"""What a client of OAuth signs, for the tests: good by default, and wrong where a test says so."""

from collections.abc import Callable
from datetime import UTC, datetime
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


def assertion(
    *, sign: Callable[[bytes], bytes] | None = None, header: dict[str, Any] | None = None, **claims: object
) -> str:
    """Sign a client's assertion; a claim that is None is left out."""
    given = {"iss": str(CONSUMER), "sub": str(CONSUMER), "aud": TOKEN_ADDRESS, "exp": now() + 120, "jti": str(uuid4())}
    kept = {name: value for name, value in (given | claims).items() if value is not None}
    return signed({"alg": "ES256"} | (header or {}), kept, sign or by_ec(EC))


def proof(*, key: Any = EC, token: str | None = None, header: dict[str, Any] | None = None, **claims: object) -> str:
    """Sign a DPoP proof for a request for a token, or for another request; a claim that is None is left out."""
    given: dict[str, object] = {"htm": "POST", "htu": TOKEN_ADDRESS, "iat": now(), "jti": str(uuid4())}
    if token is not None:
        given |= {"htu": f"{ORIGIN}/graphql", "ath": base64url(sha256(token.encode()).digest())}
    kept = {name: value for name, value in (given | claims).items() if value is not None}
    own = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_keys.jwk_of(key.public_key())}
    return signed(own | (header or {}), kept, by_ec(key))
