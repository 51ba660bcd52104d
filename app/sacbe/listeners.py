"""The sockets that a node listens on, bound before anything else starts.

They are bound and listened on by the parent, without SO_REUSEPORT, so that a taken port is an
error at once and not a silent sharing; server processes inherit them.
"""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from sacbe.settings import Settings, variable
from sacbe_terms.errors import PortTaken

BACKLOG_CONNECTIONS = 2048
"""Connections that may wait to be accepted."""

PUBLIC, MEMBERS, MEMBERS_TLS, OPERATIONS = "public", "members", "members_tls", "operations"


@dataclass(frozen=True, slots=True)
class Listener:
    """One named listening socket; requests carry the name, and applications go by it."""

    name: str
    socket: socket.socket

    @property
    def port(self) -> int:
        """The port that was really taken."""
        return int(self.socket.getsockname()[1])


def bind_all(settings: Settings, *, has_tls: bool = False) -> tuple[Listener, ...]:
    """Bind every listener of the node; raises PortTaken, and then none stays bound."""
    wanted = (
        (PUBLIC, settings.host, "public_port"),
        (MEMBERS, settings.host, "members_port"),
        *([(MEMBERS_TLS, settings.host, "members_tls_port")] if has_tls else []),
        (OPERATIONS, settings.operations_host, "operations_port"),
    )
    bound: list[Listener] = []
    try:
        for name, host, setting in wanted:
            bound.append(Listener(name, _bound(host, getattr(settings, setting), variable(setting))))
    except BaseException:
        for listener in bound:
            listener.socket.close()
        raise
    return tuple(bound)


def origins(settings: Settings, listeners: Iterable[Listener]) -> tuple[str, ...]:
    """Give the addresses under which clients reach the node: those that are set, else those of this machine."""
    if settings.addresses:
        return settings.addresses
    schemes = {PUBLIC: "http", MEMBERS: "http", MEMBERS_TLS: "https"}
    return tuple(
        f"{schemes[listener.name]}://{host}:{listener.port}"
        for listener in listeners
        if listener.name in schemes
        for host in ("127.0.0.1", "localhost", "[::1]")
    )


def _bound(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG_CONNECTIONS)
    except OSError as error:
        sock.close()
        raise _not_bound(error, host, port, setting) from error
    sock.set_inheritable(True)
    return sock


def _not_bound(error: OSError, host: str, port: int, setting: str) -> PortTaken:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            what=f"Port {port} on {host} is taken by another program.",
            where=f"{host}:{port}",
            hint=f"End that program, or choose another port with {setting}"
            + (" or --port." if setting == "SACBE_PUBLIC_PORT" else "."),
        )
    if error.errno == errno.EACCES:
        return PortTaken(
            what=f"Port {port} may not be opened by this user.",
            where=f"{host}:{port}",
            hint=f"Choose a port above 1023 with {setting}.",
        )
    return PortTaken(
        what=f"{host}:{port} cannot be listened on: {error.strerror}.",
        where=f"{host}:{port}",
        hint=f"Check SACBE_HOST and {setting}.",
    )
