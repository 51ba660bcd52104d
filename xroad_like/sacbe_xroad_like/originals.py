"""What a provider's system answered before it was projected, as a seal that stands in the signed reply.

The consumer gets the seal, and must not learn from it what was not given: a plain digest of a record
whose other fields she has would tell her the missing birth date by trial. So it is an HMAC-SHA-256
(RFC 2104) of the original's JSON, under a key of that one exchange, which is derived from a secret of the
node's settings (HKDF-SHA256, RFC 5869) and the exchange's request id. Who doubts is shown that one key.
"""

import hmac
from collections.abc import Sequence
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
"""As long as the hash is (RFC 2104, section 3)."""

_PURPOSE = b"sacbe originals 1"


class Originals:
    """Seals originals; several secrets may be listed, of which the first one seals."""

    def __init__(self, secrets_listed: Sequence[str] = ()) -> None:
        self._keys = [HKDF(SHA256(), KEY_BYTES, salt=None, info=_PURPOSE).derive(s.encode()) for s in secrets_listed]

    def seal(self, request_id: UUID, original: bytes) -> str:
        """Give the seal of an original, in hexadecimal digits; empty on a node without a secret."""
        keys = self.keys_of(request_id)
        return sealed(keys[0], original) if keys else ""

    def keys_of(self, request_id: UUID) -> list[bytes]:
        """Give the keys under which the original of one exchange, and of no other, may be sealed."""
        return [hmac.digest(key, request_id.bytes, "sha256") for key in self._keys]


def sealed(key: bytes, original: bytes) -> str:
    """Give the seal of an original under the key of its exchange; who was shown both can compare."""
    return hmac.digest(key, original, "sha256").hex()
