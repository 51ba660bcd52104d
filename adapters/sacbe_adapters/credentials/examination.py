"""Whether credentials hold together, asked before they are kept: a steward learns it while she is there.

No message quotes a value that was given, but a header's or parameter's name.
"""

import re
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sacbe_adapters import guard
from sacbe_terms.credentials import (
    AnyCredential,
    ApiKey,
    Basic,
    Bearer,
    ClientCertificate,
    Digest,
    Locked,
    MessageSignature,
    OAuthClient,
    UsernameToken,
)
from sacbe_terms.errors import CredentialNotUsable

VALUE_CHARACTERS_MAX = 16 * 1024
"""A longer password, token or key is refused; no system takes a header like that."""

NAME_CHARACTERS_MAX = 64
"""Longest name of a credential."""

RSA_BITS_MIN = 2048
"""A shorter RSA key signs nothing that is worth a signature (NIST SP 800-131A)."""

PLACES = ("header", "query", "cookie")
"""Where a key may stand."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VISIBLE = re.compile(r"[!-~]+")
_VISIBLE_OR_SPACE = re.compile(r"[!-~]([ -~]*[!-~])?")
_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_OF_THE_TRANSPORT = {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"}


def refuse_unusable(given: AnyCredential, *, name: str, system: str) -> None:
    """Raise CredentialNotUsable unless a credential can be shown to a system of this kind (`soap`, `rest`, …).

    Raises AddressRefused for an address of tokens that no call could reach.
    """
    _require(bool(_NAME.fullmatch(name)) and len(name) <= NAME_CHARACTERS_MAX, name, "its name is not one word")
    match given:
        case Basic() | Digest() | UsernameToken():
            _examine_password(given, name, system)
        case Bearer():
            _require(_is_sent(_VISIBLE, given.token), name, "the token holds something else than visible letters")
        case OAuthClient():
            _require(bool(given.client_id and given.client_secret), name, "client and secret are both needed")
            guard.examine(given.token_address)
        case ApiKey():
            _examine_key(given, name)
        case ClientCertificate():
            _examine_pair(given.certificate, given.private_key, name)
        case MessageSignature():
            _require(system == "soap", name, "only messages of SOAP are signed")
            _examine_pair(given.certificate, given.private_key, name)
            if given.peer_certificate:
                _certificate(given.peer_certificate, name)
        case Locked():
            raise _not_usable(name, "it is none")


def refuse_together(held: Mapping[str, AnyCredential]) -> None:
    """Raise CredentialNotUsable where two credentials of one data service would write the same place."""
    taken: dict[str, str] = {}
    for name, credential in held.items():
        place = _place(credential)
        if place and taken.setdefault(place, name) != name:
            raise _not_usable(name, f"'{taken[place]}' already stands in the same place ({place})")


def _place(credential: AnyCredential) -> str:
    match credential:
        case Basic() | Digest() | Bearer() | OAuthClient():
            return "header authorization"
        case ApiKey():
            wire = credential.name.lower() if credential.place == "header" else credential.name
            return f"{credential.place} {wire}"
        case ClientCertificate():
            return "client certificate"
        case UsernameToken():
            return "username token"
        case MessageSignature():
            return "signature"
        case Locked():
            return ""


def _examine_password(given: Basic | Digest | UsernameToken, name: str, system: str) -> None:
    is_written = all(text.isprintable() and len(text) <= VALUE_CHARACTERS_MAX for text in (given.user, given.password))
    _require(bool(given.user) and is_written, name, "user or password holds control characters, or there is no user")
    _require(not isinstance(given, Basic) or ":" not in given.user, name, "a user of Basic holds no colon")
    _require(not isinstance(given, UsernameToken) or system == "soap", name, "a username token is for SOAP")


def _examine_key(given: ApiKey, name: str) -> None:
    _require(given.place in PLACES, name, f"a key stands in one of {', '.join(PLACES)}")
    _require(bool(given.name) and len(given.value) <= VALUE_CHARACTERS_MAX, name, "its name on the wire is missing")
    if given.place == "query":
        _require(bool(given.value) and given.name.isprintable(), name, "the key is empty")
        return
    _require(_is_sent(_TOKEN, given.name), name, f"'{given.name}' cannot name a header or cookie")
    _require(given.name.lower() not in _OF_THE_TRANSPORT, name, f"the header '{given.name}' is the transport's own")
    form = _COOKIE if given.place == "cookie" else _VISIBLE_OR_SPACE
    _require(_is_sent(form, given.value), name, f"the key holds characters that no {given.place} carries")


def _examine_pair(certificate: str, private_key: str, name: str) -> None:
    found = _certificate(certificate, name)
    try:
        key = serialization.load_pem_private_key(private_key.encode(), None)
    except (ValueError, TypeError) as error:
        raise _not_usable(name, "the private key cannot be read: PEM without a passphrase is taken") from error
    _require(found.public_key() == key.public_key(), name, "certificate and private key do not belong together")


def _certificate(pem: str, name: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise _not_usable(name, "a certificate cannot be read: PEM is taken") from error
    key = found.public_key()
    is_strong = isinstance(key, ec.EllipticCurvePublicKey) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS_MIN
    )
    _require(is_strong, name, f"a key is RSA of {RSA_BITS_MIN} bits or more, or elliptic")
    return found


def _is_sent(form: re.Pattern[str], text: str) -> bool:
    return len(text) <= VALUE_CHARACTERS_MAX and form.fullmatch(text) is not None


def _require(holds: bool, name: str, reason: str) -> None:
    if not holds:
        raise _not_usable(name, reason)


def _not_usable(name: str, reason: str) -> CredentialNotUsable:
    return CredentialNotUsable(
        what=f"The credential '{name}' cannot be used: {reason}.",
        where=name,
        hint="Mend it and give it again; nothing was kept.",
    )
