"""Which outgoing addresses are allowed: decided here, before any connection is made.

An address is taken apart by a strict reading of RFC 3986 (whatever two programs could read
in two ways is refused), its name is resolved, and every answer must be a global address or
lie in a network that the operator allowed. The transport then connects to the very address
that was judged, never to the name.

https everywhere; http only where all answers lie in the allowed networks. An address found
inside a document never leads into a private network, allowed or not.
"""

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from sacbe_terms.errors import AddressRefused

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

ADDRESS_CHARACTERS_MAX = 2048
"""Longer addresses are refused unread."""

EXAMINED_ADDRESSES_MAX = 1024
"""Addresses whose parts are remembered, since a ministry's is the same in every call."""

_ADDRESS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?"
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_PORTS = {"http": 80, "https": 443}

_SPECIAL = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    2001::/23 2001:db8::/32 2002::/16 3fff::/20
"""

_NOT_GLOBAL = tuple(ip_network(text) for text in _SPECIAL.split())
"""Special ranges (IANA registries, RFC 6890) that lead inside or nowhere, whatever Python's version thinks of them."""

_IPV6_GLOBAL = IPv6Network("2000::/3")
"""The only global IPv6 space: mapped, translated, local and multicast addresses all lie outside it."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: what to connect to, and what to say there."""

    scheme: str
    host: str
    port: int
    path: str
    """Path and query, as sent."""
    host_header: str
    """The value of the Host header (RFC 9110, section 7.2)."""


@lru_cache(maxsize=EXAMINED_ADDRESSES_MAX)
def examine(address: str) -> Target:
    """Take an address apart; raises AddressRefused for every form that could be read in two ways."""
    if len(address) > ADDRESS_CHARACTERS_MAX:
        raise _refused("it is longer than any address should be")
    if not address.isascii() or not address.isprintable() or any(sign in address for sign in ' \\"<>^`{|}'):
        raise _refused(
            "it holds characters that an address never holds", "Percent-encode them, or write the name as xn--."
        )
    found = _ADDRESS.match(address)
    if found is None or found["scheme"].lower() not in _PORTS:
        raise _refused("it does not begin with https:// or http://")
    scheme = found["scheme"].lower()
    host, port = _authority(found["authority"], _PORTS[scheme])
    return Target(scheme, host, port, (found["path"] or "/") + (found["query"] or ""), _host_header(scheme, host, port))


def _host_header(scheme: str, host: str, port: int) -> str:
    written = f"[{host}]" if ":" in host else host
    return written if port == _PORTS[scheme] else f"{written}:{port}"


def _authority(text: str, port: int) -> tuple[str, int]:
    if "@" in text:
        raise _refused("it holds user information")
    found = _AUTHORITY.fullmatch(text)
    if found is None or not found["host"]:
        raise _refused("its host cannot be read")
    if found["port"] is not None:
        port = int(found["port"])
    if not 0 < port < 65536:
        raise _refused("its port is not between 1 and 65535")
    return _host(found["host"]), port


def _host(text: str) -> str:
    """Give the host in one form: a lower-case name, or an address as `ipaddress` prints it."""
    if text.startswith("["):
        return _ipv6(text[1:-1])
    name = text.removesuffix(".").lower()
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(text)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("its host is not a host name")
    return name


def _ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError as error:
        raise _refused("its host is a number in an unusual form", "Write it as four decimal numbers.") from error


def _ipv6(text: str) -> str:
    if "%" in text:
        raise _refused("its host names a network interface")
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise _refused("its host is not an IPv6 address") from error


def is_global(address: IPAddress) -> bool:
    """Say whether an address lies in the public network and in none of the special ranges."""
    if isinstance(address, IPv6Address) and address not in _IPV6_GLOBAL:
        return False
    return not any(address in network for network in _NOT_GLOBAL if network.version == address.version)


def judge(target: Target, answers: Sequence[IPAddress], allowed: Sequence[IPNetwork]) -> None:
    """Raise AddressRefused unless every answer may be connected to.

    `allowed` is empty for an address that was found inside a document.
    """
    if not answers:
        raise _refused("its name has no address")
    inside = [_lies_in(answer, allowed) for answer in answers]
    if not all(near or is_global(answer) for near, answer in zip(inside, answers, strict=True)):
        raise _refused(
            "it leads into a private or special network",
            "An operator can allow a network with SACBE_ALLOWED_NETWORKS, for addresses given by hand.",
        )
    if target.scheme == "http" and not all(inside):
        raise _refused("it is not https", "Plain http is only for networks named in SACBE_ALLOWED_NETWORKS.")


def _lies_in(address: IPAddress, networks: Sequence[IPNetwork]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


async def resolve(target: Target) -> tuple[IPAddress, ...]:
    """Give every address of the target's host, in the resolver's order; raises OSError."""
    try:
        return (ip_address(target.host),)
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def _refused(reason: str, hint: str = "Give an https address of a public host.") -> AddressRefused:
    return AddressRefused(what=f"The address is not allowed: {reason}.", where="address", hint=hint)
