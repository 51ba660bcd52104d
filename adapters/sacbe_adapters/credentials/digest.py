"""Digest access authentication (RFC 7616): reads challenges, writes answers. Nothing is sent here.

Taken are SHA-256 and MD5, each also as `-sess`, with `qop=auth` or with none (RFC 2069, which old
systems still speak). User and password are UTF-8 throughout.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sacbe_terms.credentials import Digest

CHALLENGE_CHARACTERS_MAX = 8192
"""A longer WWW-Authenticate header is not read."""

CNONCE_BYTES = 16
"""Randomness of a client nonce."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a token of RFC 9110, no secret
_PARAMETER = re.compile(
    rf"""(?<![!#$%&'*+.^_`|~0-9A-Za-z-])(?:(?P<scheme>{_TOKEN})\s+)?"""
    rf"""(?P<name>{_TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))"""
)
_ESCAPED = re.compile(r"\\(.)")


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_ALGORITHMS: Mapping[str, Callable[[bytes], str]] = {
    "SHA-256": _sha256,
    "SHA-256-SESS": _sha256,
    "MD5": _md5,
    "MD5-SESS": _md5,
}
"""Strongest first."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a system asks to be answered; `algorithm` is empty where it names none, which means MD5."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str
    has_qop: bool
    is_stale: bool

    @property
    def digest(self) -> Callable[[bytes], str]:
        """Give the hash function, which gives hexadecimal digits."""
        return _ALGORITHMS[self.algorithm.upper() or "MD5"]


def challenge_in(header: str) -> Challenge | None:
    """Give the strongest Digest challenge of a WWW-Authenticate header that can be answered, if any."""
    if len(header) > CHALLENGE_CHARACTERS_MAX:
        return None
    found = [_challenge(parameters) for scheme, parameters in _challenges(header) if scheme == "digest"]
    order = list(_ALGORITHMS)
    return min(
        (challenge for challenge in found if challenge is not None),
        key=lambda challenge: order.index(challenge.algorithm.upper() or "MD5"),
        default=None,
    )


def _challenges(header: str) -> list[tuple[str, dict[str, str]]]:
    """Take apart several challenges in one header (RFC 9110, section 11.6.1)."""
    found: list[tuple[str, dict[str, str]]] = []
    for match in _PARAMETER.finditer(header):
        if match["scheme"]:
            found.append((match["scheme"].lower(), {}))
        if found:
            quoted = match["quoted"]
            value = match["plain"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
            found[-1][1].setdefault(match["name"].lower(), value)
    return found


def _challenge(parameters: Mapping[str, str]) -> Challenge | None:
    algorithm = parameters.get("algorithm", "")
    offered = [word.strip().lower() for word in parameters.get("qop", "").split(",") if word.strip()]
    if "nonce" not in parameters or (algorithm.upper() or "MD5") not in _ALGORITHMS:
        return None
    if offered and "auth" not in offered:
        return None
    return Challenge(
        realm=parameters.get("realm", ""),
        nonce=parameters["nonce"],
        opaque=parameters.get("opaque"),
        algorithm=algorithm,
        has_qop=bool(offered),
        is_stale=parameters.get("stale", "").lower() == "true",
    )


class Answerer:
    """Keeps the challenge heard last and answers it, counting each use of its nonce."""

    def __init__(self, credential: Digest) -> None:
        self._credential = credential
        self._challenge: Challenge | None = None
        self._uses = 0

    def hear(self, header: str) -> Challenge | None:
        """Take in a WWW-Authenticate header, and give the challenge in it that can be answered."""
        challenge = challenge_in(header)
        if challenge is not None:
            self._challenge, self._uses = challenge, 0
        return challenge

    def answer(self, method: str, target: str) -> str:
        """Give the Authorization header for a request; empty before the first challenge."""
        if self._challenge is None:
            return ""
        self._uses += 1
        return answer(
            self._challenge,
            self._credential,
            method=method,
            target=target,
            uses=self._uses,
            cnonce=secrets.token_hex(CNONCE_BYTES),
        )


def answer(challenge: Challenge, credential: Digest, *, method: str, target: str, uses: int, cnonce: str) -> str:
    """Write the Authorization header (RFC 7616, section 3.4); `uses` is the nonce's count, beginning at 1."""
    digest, count = challenge.digest, f"{uses:08x}"
    secret = digest(f"{credential.user}:{challenge.realm}:{credential.password}".encode())
    if challenge.algorithm.upper().endswith("-SESS"):
        secret = digest(f"{secret}:{challenge.nonce}:{cnonce}".encode())
    asked = digest(f"{method}:{target}".encode())
    between = f"{challenge.nonce}:{count}:{cnonce}:auth" if challenge.has_qop else challenge.nonce
    parts = [
        _user(credential.user),
        f"realm={_quoted(challenge.realm)}",
        f"nonce={_quoted(challenge.nonce)}",
        f"uri={_quoted(target)}",
        f'response="{digest(f"{secret}:{between}:{asked}".encode())}"',
    ]
    if challenge.algorithm:
        parts.append(f"algorithm={challenge.algorithm}")
    if challenge.opaque is not None:
        parts.append(f"opaque={_quoted(challenge.opaque)}")
    if challenge.has_qop:
        parts.append(f"qop=auth, nc={count}")
    if challenge.has_qop or challenge.algorithm.upper().endswith("-SESS"):
        parts.append(f'cnonce="{cnonce}"')
    return f"Digest {', '.join(parts)}"


def _user(user: str) -> str:
    """Write the user's name; one outside ASCII by RFC 8187."""
    return f"username={_quoted(user)}" if user.isascii() else f"username*=UTF-8''{quote(user, safe='')}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
