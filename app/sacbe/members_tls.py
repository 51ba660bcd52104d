"""TLS of the members' listener: what the node shows, and which certificates it lets a client show.

A client may come without a certificate: whether it may stay is decided at each request, by the client
that the request names (`sacbe_xroad_like.connection_types`). For the same reason the handshake does not
look at dates: an expired certificate gets an answer that says so, instead of a cut connection.
"""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sacbe.home import development_key_password
from sacbe.house import keys_folder
from sacbe.settings import Settings
from sacbe_signing import keys
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.errors import Problem, SettingUnsafe
from sacbe_xroad_like.registry import Registry

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption alone (RFC 9325, section 4.2). TLS 1.3 has no others."""

NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python gives no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Where the certificate chain and the key lie (PEM; may be one file), and the certificates of the believed."""

    certificate: Path
    key: Path
    password: str
    authorities: tuple[Path, ...]


def is_served(settings: Settings, *, is_development: bool) -> bool:
    """Say whether there is a certificate to listen with: in production only one that the operator has set."""
    return is_development or bool(settings.tls_certificate)


def files(settings: Settings, *, is_development: bool) -> TlsFiles:
    """Give the operator's files; in development, where none are set, those that its authority makes."""
    folder, password = keys_folder(settings), settings.key_password
    certificate = Path(settings.tls_certificate)
    if is_development and not settings.tls_certificate:
        password = development_key_password(settings.home)
        certificate = DevelopmentAuthority(folder, password.encode()).server_file()
    return TlsFiles(
        certificate=certificate,
        key=Path(settings.tls_key) if settings.tls_key else certificate,
        password=password,
        authorities=keys.authority_files(folder, settings.authorities),
    )


def context(given: TlsFiles) -> ssl.SSLContext:
    """Make the listener's context: TLS 1.2 and 1.3, a client's certificate optional; raises SettingUnsafe."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(CIPHERS)
    made.set_alpn_protocols(["http/1.1"])
    made.options |= ssl.OP_NO_RENEGOTIATION
    made.verify_mode = ssl.CERT_OPTIONAL
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
    try:
        made.load_cert_chain(given.certificate, given.key, lambda: given.password)
    except (OSError, ValueError) as error:
        raise _not_usable(
            "SACBE_TLS_CERTIFICATE", "the certificate or its key cannot be read, or do not fit"
        ) from error
    for path in given.authorities:
        _believe(made, path)
    return made


def registered_in(made: ssl.SSLContext) -> Callable[[Registry], Awaitable[None]]:
    """Give what lets the handshake take each certificate that is registered for a client, from the next one on.

    One that is no longer registered is still taken by the handshake, and refused at the request.
    """
    taken: set[bytes] = set()

    async def take(registry: Registry) -> None:
        for key in chain.from_iterable(registry.client_keys.values()):
            if key.certificate is not None and key.certificate not in taken:
                taken.add(key.certificate)
                made.load_verify_locations(cadata=key.certificate)

    return take


def _believe(made: ssl.SSLContext, path: Path) -> None:
    try:
        made.load_verify_locations(cafile=path)
    except OSError as error:
        raise _not_usable("SACBE_HOME", f"the certificate {path.name} of an authority cannot be read") from error


def _not_usable(setting: str, reason: str) -> SettingUnsafe:
    return SettingUnsafe(
        what="The members' TLS listener cannot be opened.",
        hint="Give PEM files that this user may read; an encrypted key is opened with SACBE_KEY_PASSWORD.",
        problems=[Problem(where=setting, reason=reason)],
    )
