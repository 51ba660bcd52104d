"""From which address a request comes: the connection's, or what a proxy says that the operator trusts.

`X-Forwarded-For` is written by anybody. It is read from the right only as long as each address
before is that of a trusted proxy; without such proxies it is not read at all.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network


def address(scope: Mapping[str, Any], headers: Mapping[str, str], proxies: Iterable[Network]) -> str:
    """Give the address of whoever asks; empty where the connection has none."""
    peer, _port = scope.get("client") or ("", 0)
    networks = tuple(proxies)
    forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    while forwarded and _is_in(peer, networks):
        peer = forwarded.pop()
    return str(peer)


def _is_in(peer: str, networks: tuple[Network, ...]) -> bool:
    try:
        return any(ip_address(peer) in network for network in networks)
    except ValueError:
        return False
