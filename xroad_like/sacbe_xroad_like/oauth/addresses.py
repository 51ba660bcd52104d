"""The node's own addresses, as clients write them into what they sign.

They are known beforehand, and never taken from a request: what was signed for another server is refused here.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address, no secret
"""Where tokens are given."""

_PORTS = {"http": 80, "https": 443}


def is_ours(address: object, origins: Collection[str], path: str) -> bool:
    """Say whether an address is this path at one of the node's origins; its query and fragment do not count.

    Scheme, host and default port are compared as RFC 9449, section 4.3 (RFC 3986, section 6.2) has it.
    """
    if not isinstance(address, str):
        return False
    try:
        given = urlsplit(address)
        return given.path == path and _origin(address) in {_origin(origin) for origin in origins}
    except ValueError:
        return False


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)
