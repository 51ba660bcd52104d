"""From which address a request comes: the connection's, or what a proxy says that the operator trusts.

`X-Forwarded-For` is written by anybody. It is read from the right only as long as each address
before is that of a trusted proxy; without such proxies it is not read at all.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network


def address(scope: Mapping[str, Any], headers: Mapping[str, str], proxies: Sequence[Network]) -> str:
    """Give the address of whoever asks; empty where the connection has none."""
    peer = str((scope.get("client") or ("", 0))[0])
    if not proxies or "x-forwarded-for" not in headers:
        return peer
    forwarded = [part.strip() for part in headers["x-forwarded-for"].split(",") if part.strip()]
    while forwarded and _is_in(peer, proxies):
        peer = forwarded.pop()
    return peer


def _is_in(peer: str, networks: Sequence[Network]) -> bool:
    try:
        return any(ip_address(peer) in network for network in networks)
    except ValueError:
        return False
