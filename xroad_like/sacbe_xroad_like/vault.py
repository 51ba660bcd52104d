"""The vault: how a credential lies in the database, so that the database alone is worth nothing.

AES-256-GCM with a key that HKDF-SHA256 (RFC 5869) derives from a secret of the node's settings.
The place (data service and name) is authenticated with it: a row that is moved to another data
service does not open there. Several secrets may be listed: the first one locks, all of them open,
so that a secret is replaced without a pause.

Form: one byte of version, eight bytes that name the key, twelve of nonce, then the sealed text.
"""

import secrets
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sacbe_terms.credentials import AnyCredential, Locked
from sacbe_terms.errors import SettingUnsafe

KEY_BYTES = 32
"""AES-256."""

NAME_BYTES = 8
"""What tells one key from another in a locked text."""

NONCE_BYTES = 12
"""Random for each locking (NIST SP 800-38D, section 8.2.2)."""

_VERSION = b"\x01"
_HEAD_BYTES = len(_VERSION) + NAME_BYTES
_PURPOSE = b"sacbe credentials 1"


class Vault:
    """Locks and opens credentials; without any secret it locks nothing and opens nothing."""

    def __init__(self, secrets_listed: Sequence[str] = ()) -> None:
        keys = [_derived(text) for text in secrets_listed]
        self._ciphers = {name: AESGCM(key) for name, key in keys}
        self._first = keys[0][0] if keys else b""

    def lock(self, credential: AnyCredential, place: str) -> bytes:
        """Give the locked form of a credential for this place; raises SettingUnsafe where no secret is set."""
        if not self._first:
            raise SettingUnsafe(
                what="This node has no secret under which credentials are kept.",
                where="SACBE_SECRETS_KEY",
                hint="Set it to 32 random characters or more, and keep a copy where your backups are not.",
            )
        head, nonce = _VERSION + self._first, secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[self._first].encrypt(nonce, msgspec.json.encode(credential), head + place.encode())
        return head + nonce + sealed

    def open(self, locked: bytes, place: str) -> AnyCredential:
        """Give a credential back; `Locked` where it was changed, moved, or locked under a secret that is not listed."""
        head, nonce, sealed = locked[:_HEAD_BYTES], locked[_HEAD_BYTES:][:NONCE_BYTES], locked[_HEAD_BYTES:]
        cipher = self._ciphers.get(head[len(_VERSION) :])
        if cipher is None or not head.startswith(_VERSION):
            return Locked()
        try:
            text = cipher.decrypt(nonce, sealed[NONCE_BYTES:], head + place.encode())
            opened: AnyCredential = msgspec.json.decode(text, type=AnyCredential)
            return opened
        except (InvalidTag, ValueError):
            return Locked()

    def is_newest(self, locked: bytes) -> bool:
        """Say whether it was locked under the secret that locks now."""
        return bool(self._first) and locked.startswith(_VERSION + self._first)


def _derived(text: str) -> tuple[bytes, bytes]:
    """Give a key's name and the key."""
    derived = HKDF(SHA256(), NAME_BYTES + KEY_BYTES, salt=None, info=_PURPOSE).derive(text.encode())
    return derived[:NAME_BYTES], derived[NAME_BYTES:]
