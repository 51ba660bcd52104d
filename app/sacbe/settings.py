"""Every setting of a node: one environment variable each, listed by `sacbe settings`.

Values come from the environment, else from a file `.env` in the working folder, else from the
default below. A secret may also be given as a file: `SACBE_DATABASE_URL_FILE=/run/secrets/url`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from email.errors import HeaderParseError
from email.headerregistry import Address
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from sacbe_terms.errors import Problem, SettingUnsafe
from sacbe_xroad_like.status_policy import NO_RESPONDER

SECRET_CHARACTERS_MIN = 32
"""A shorter secret could be guessed by whoever has the database."""

ONLY_TRUSTED = "trusted"
"""Of `graphql_documents`: no other documents are run than those in the file."""

Network = IPv4Network | IPv6Network

LOOPBACK = ip_network("127.0.0.0/8")
"""Where the demonstration's ministries are, and a newcomer's own first system."""


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError("a port lies between 0 and 65535")
    return port


def _processes(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 64:
        raise ValueError("between 1 and 64 processes")
    return count


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _rate(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 1_000_000:
        raise ValueError("between 0 and 1,000,000 requests")
    return count


def _secrets(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


def _optional_iri(text: str) -> str:
    if text and (urlsplit(text).scheme not in ("http", "https") or any(sign in text for sign in ' <>"{}|^`\\')):
        raise ValueError("an http or https IRI, or nothing")
    return text


def _iri(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or not text.endswith("/"):
        raise ValueError("an http or https address that ends in '/'")
    return text


def _addresses(text: str) -> tuple[str, ...]:
    given = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    for parts in map(urlsplit, given):
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise ValueError("addresses such as https://sacbe.example:8443, without a path")
    return given


def _files(text: str) -> tuple[Path, ...]:
    return tuple(Path(part.strip()) for part in text.split(",") if part.strip())


def _responders(text: str) -> tuple[str, ...]:
    given = tuple(part.strip() for part in text.split(",") if part.strip())
    for _, address in map(_responder, given):
        parts = urlsplit(address)
        if address != NO_RESPONDER and (parts.scheme not in ("http", "https") or not parts.netloc):
            raise ValueError("an address, or AUTHORITY=ADDRESS, or AUTHORITY=none, where AUTHORITY is a file's name")
    return given


def _responder(text: str) -> tuple[str, str]:
    """Take apart what may be an address alone, in which there may be signs of equality too."""
    name, _, address = text.partition("=")
    return (name.strip(), address.strip()) if address and "/" not in name else ("", text)


def _seconds(least: int, most: int) -> Any:
    def read(text: str) -> int:
        seconds = int(text)
        if not least <= seconds <= most:
            raise ValueError(f"between {least} and {most} seconds")
        return seconds

    return read


def _mailbox(text: str) -> str:
    try:
        if text.isascii():
            return Address(addr_spec=text).addr_spec
        raise ValueError("a character beyond ASCII")
    except (HeaderParseError, IndexError, ValueError) as error:
        raise ValueError("an e-mail address such as avisos@sacbe.example") from error


def _hour(text: str) -> int:
    hour = int(text)
    if not 0 <= hour <= 23:
        raise ValueError("an hour lies between 0 and 23")
    return hour


def _choice(*allowed: str) -> Any:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return text

    return read


def _setting(default: Any, read: Any, about: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"read": read, "about": about, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one node, read once at start and handed down as arguments."""

    home: Path = _setting(Path(".sacbe"), Path, "folder of keys, checkpoints and the embedded database")
    database_url: str = _setting("", str, "PostgreSQL of the owner's role; empty: embedded", secret=True)
    key_password: str = _setting("", str, "encrypts the signing keys in SACBE_HOME", secret=True)
    pkcs11_module: str = _setting(
        "", str, "the maker's PKCS#11 library of the device with the signing keys; empty: files"
    )
    pkcs11_token: str = _setting("", str, "label of the token in that device")
    pkcs11_pin: str = _setting("", str, "the user's PIN of that token", secret=True)
    secrets_key: tuple[str, ...] = _setting(
        (), _secrets, "encrypts credentials to ministries' systems; the first of a list locks, all open", secret=True
    )
    instance: str = _setting("GT", str, "the X-Road instance that this node belongs to")
    xroad_codes: str = _setting("7.7", _choice("7.7", "7.8"), "style of X-Road's error codes on the members' listeners")
    base_iri: str = _setting("https://sacbe.example/id/", _iri, "under which identifiers of records are minted")
    license_iri: str = _setting("", _optional_iri, "IRI of the licence of the open data; empty: none is stated")
    addresses: tuple[str, ...] = _setting(
        (),
        _addresses,
        "addresses by which clients reach this node, such as https://sacbe.example, the portal's first; empty: this"
        " machine",
    )
    host: str = _setting("127.0.0.1", str, "address on which the public and members' listeners listen")
    public_port: int = _setting(8080, _port, "portal, /graphql and open data; 0 takes a free one")
    members_port: int = _setting(8081, _port, "members' listener without TLS; 0 takes a free one")
    members_tls_port: int = _setting(8443, _port, "members' listener with TLS; 0 takes a free one")
    tls_certificate: str = _setting("", str, "file of the members' TLS certificate and its chain (PEM); empty: no TLS")
    tls_key: str = _setting("", str, "file of that certificate's key (PEM); empty: it is in the same file")
    authorities: tuple[Path, ...] = _setting(
        (), _files, "files of believed authorities (PEM), beside those in SACBE_HOME/keys/authorities"
    )
    ocsp_addresses: tuple[str, ...] = _setting(
        (),
        _responders,
        "where authorities say what is revoked, as [AUTHORITY=]ADDRESS or [AUTHORITY=]none; empty: as certificates say",
    )
    ocsp_seconds_max: int = _setting(
        3600, _seconds(60, 7 * 86400), "how old what an authority said of a client's certificate may be"
    )
    operations_host: str = _setting("127.0.0.1", str, "address of the operations listener")
    operations_port: int = _setting(9090, _port, "/healthz, /readyz, /metrics; 0 takes a free one")
    processes: int = _setting(1, _processes, "server processes that share the listeners")
    cache_seconds: int = _setting(
        60, _seconds(0, 86400), "how long catalogue answers may be kept by others without asking; 0: they ask each time"
    )
    allowed_networks: tuple[Network, ...] = _setting(
        (), _networks, "CIDR list where http and private addresses may be called"
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        (), _networks, "CIDR list of proxies whose X-Forwarded-For is believed; empty: the connection's address counts"
    )
    graphql_rate_clients: int = _setting(
        500, _rate, "requests a second that one client or user may ask of /graphql in the long run; 0: no limit"
    )
    graphql_rate_clients_burst: int = _setting(5_000, _rate, "how many of them at once after a rest")
    graphql_rate_anonymous: int = _setting(
        50, _rate, "the same for one address from which callers without a token ask; 0: no limit"
    )
    graphql_rate_anonymous_burst: int = _setting(1_000, _rate, "how many of them at once after a rest")
    graphql_trusted_documents: str = _setting(
        "", str, "file of trusted documents: a JSON object of identifiers and GraphQL documents; empty: none"
    )
    graphql_documents: str = _setting(
        "any", _choice("any", ONLY_TRUSTED), "which documents /graphql runs: any, or only those in that file"
    )
    smtp_host: str = _setting("", str, "mail server that takes notices; empty: none is sent")
    smtp_port: int = _setting(0, _port, "its port; 0: 587, 465 or 25, by SACBE_SMTP_SECURITY")
    smtp_security: str = _setting(
        "starttls", _choice("starttls", "tls", "none"), "how the connection to it becomes private"
    )
    smtp_user: str = _setting("", str, "signs in to it; empty: nobody does")
    smtp_password: str = _setting("", str, "of that user", secret=True)
    smtp_from: str = _setting("avisos@sacbe.example", _mailbox, "address that notices come from")
    smtp_ca: str = _setting("", str, "file of the authorities (PEM) of its certificate; empty: this machine's")
    digest_hour: int = _setting(12, _hour, "hour (UTC) at which daily digests of notices are sent")
    log_level: str = _setting("info", _choice("debug", "info", "warning", "error"), "what is written to the log")
    log_format: str = _setting("text", _choice("text", "json"), "how the log is written")

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Self:
        """Read all settings; raises SettingUnsafe that names every malformed one at once."""
        given = {**_dotenv((folder or Path()) / ".env"), **(os.environ if environment is None else environment)}
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for setting in fields(cls):
            try:
                text = _given(setting.metadata, variable(setting.name), given)
                if text:
                    values[setting.name] = setting.metadata["read"](text)
            except (ValueError, OSError) as error:
                problems.append(Problem(where=variable(setting.name), reason=str(error)))
        if problems:
            raise SettingUnsafe(
                what="Some settings cannot be used.",
                hint="`sacbe settings` lists every setting with its meaning.",
                problems=problems,
            )
        return cls(**values)


def responders(settings: Settings) -> dict[str, str]:
    """Give the addresses of OCSP responders by their authority's name; that of no name is for all others."""
    return dict(map(_responder, settings.ocsp_addresses))


def with_loopback(settings: Settings) -> Settings:
    """Allow systems on this machine, for a demonstration and the commands beside it; a network that is named stays."""
    return replace(settings, allowed_networks=settings.allowed_networks or (LOOPBACK,))


def variable(name: str) -> str:
    """Give the environment variable of a setting's field."""
    return f"SACBE_{name.upper()}"


def _given(metadata: Mapping[str, Any], name: str, given: Mapping[str, str]) -> str:
    """Give the text of a setting, or of the file that holds a secret; empty where neither is set."""
    path = given.get(f"{name}_FILE", "") if metadata["secret"] else ""
    return given.get(name) or (Path(path).read_text(encoding="utf-8").strip() if path else "")


def _dotenv(path: Path) -> dict[str, str]:
    """Read `NAME=value` lines; quotes around a value and comment lines are left away."""
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs if name.strip().startswith("SACBE_")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of `sacbe settings`; a secret shows only whether it is set."""

    variable: str
    value: str
    default: str
    about: str


def listed(settings: Settings) -> tuple[Listed, ...]:
    """Give every setting with its value in force, its default and its meaning."""
    return tuple(
        Listed(
            variable=variable(setting.name),
            value=_shown(getattr(settings, setting.name), secret=setting.metadata["secret"]),
            default=_shown(setting.default, secret=False),
            about=setting.metadata["about"],
        )
        for setting in fields(settings)
    )


def _shown(value: object, *, secret: bool) -> str:
    if secret:
        return "(set)" if value else ""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def unsafe(settings: Settings) -> tuple[Problem, ...]:
    """Say which settings must not go into production, and why; empty when all may."""
    findings = (
        (not settings.database_url, "database_url", "production needs a PostgreSQL of its own with backups"),
        (
            len(settings.key_password) < 16 and not settings.pkcs11_module,
            "key_password",
            "signing keys need a password of 16 characters or more, or a device",
        ),
        (
            bool(settings.pkcs11_module and not settings.pkcs11_token),
            "pkcs11_token",
            "name the token that holds the keys",
        ),
        (
            bool(settings.pkcs11_module and not settings.pkcs11_pin),
            "pkcs11_pin",
            "the token gives no key without its PIN",
        ),
        (
            not settings.secrets_key or any(len(secret) < SECRET_CHARACTERS_MIN for secret in settings.secrets_key),
            "secrets_key",
            f"credentials to ministries' systems need a secret of {SECRET_CHARACTERS_MIN} random characters or more",
        ),
        (
            urlsplit(settings.base_iri).hostname in ("sacbe.example", "example.org", "localhost"),
            "base_iri",
            "identifiers are for ever: set the address that they shall have",
        ),
        (
            any(network.prefixlen < 8 for network in settings.allowed_networks),
            "allowed_networks",
            "a network this wide switches the address guard off",
        ),
        (
            settings.graphql_documents == ONLY_TRUSTED and not settings.graphql_trusted_documents,
            "graphql_documents",
            "without a file of trusted documents every query is refused",
        ),
        (
            bool(settings.smtp_host) and _is_for_examples(settings.smtp_from),
            "smtp_from",
            "notices need an address of yours to come from",
        ),
        (
            bool(settings.smtp_password) and settings.smtp_security == "none",
            "smtp_security",
            "the password of the mail server would go over the network readable",
        ),
        (
            bool(settings.smtp_host) and not settings.addresses,
            "addresses",
            "notices hold links, which need the address of the portal",
        ),
    )
    return tuple(Problem(where=variable(name), reason=reason) for is_unsafe, name, reason in findings if is_unsafe)


def _is_for_examples(email: str) -> bool:
    """Say whether an address lies under the top-level domain that is kept for examples (RFC 2606)."""
    return email.endswith((".example", "@example"))
