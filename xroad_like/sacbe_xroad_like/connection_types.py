"""How a client must connect to the members' listener, per client, as X-Road has it (UG-SS, section 9).

    NOSSL      anything goes: what the message says of its client is believed
    SSLNOAUTH  TLS, with or without a certificate
    SSLAUTH    TLS, with a certificate that is registered for the client, byte for byte

A client for which none was chosen has the node's own: SSLAUTH, and NOSSL in development.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sacbe_xroad_like.client_key import ClientKey

StatusDoubts = Callable[[bytes, datetime], str]
"""Says why a registered certificate does not hold though its dates do: as its authority has it."""


class ConnectionType(StrEnum):
    """X-Road's stored names."""

    PLAIN = "NOSSL"
    TLS = "SSLNOAUTH"
    MUTUAL_TLS = "SSLAUTH"


@dataclass(frozen=True, slots=True)
class Connection:
    """What is known of the connection that a request came on; `certificate` is its client's (DER)."""

    is_tls: bool = False
    certificate: bytes | None = None

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> "Connection":
        """Read it from a request's ASGI scope, where the server has put it."""
        tls = scope.get("extensions", {}).get("tls")
        return cls() if tls is None else cls(is_tls=True, certificate=tls["client_certificate"])


def doubts(
    needed: ConnectionType,
    connection: Connection,
    keys: Iterable[ClientKey],
    at: datetime,
    status_doubts: StatusDoubts,
) -> str:
    """Say why a client of these keys may not come on this connection; empty where it may."""
    if needed is ConnectionType.PLAIN:
        return ""
    if not connection.is_tls:
        return "Client specifies HTTPS but did not supply TLS"
    if needed is ConnectionType.TLS:
        return ""
    return _certificate_doubts(connection.certificate, keys, at, status_doubts)


def _certificate_doubts(
    certificate: bytes | None, keys: Iterable[ClientKey], at: datetime, status_doubts: StatusDoubts
) -> str:
    if certificate is None:
        return "Client specifies HTTPS but did not supply a TLS certificate"
    registered = [key for key in keys if key.certificate == certificate]
    if not registered:
        return "The TLS certificate is not registered for this client"
    if not registered[0].holds(at):
        return "The TLS certificate is not valid at this time"
    return status_doubts(certificate, at)
