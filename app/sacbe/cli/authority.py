"""`sacbe authority`: whose certificates are believed; and, in development, the node's own authority."""

from datetime import datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import own_settings
from sacbe.home import development_key_password
from sacbe.house import keys_folder, status_policy
from sacbe.settings import Settings
from sacbe_signing import public_keys
from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.errors import KeyNotUsable

REASONS = tuple(each.value for each in x509.ReasonFlags if each is not x509.ReasonFlags.remove_from_crl)

_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)


@click.group()
def authority() -> None:
    """Say whose certificates are believed; in development, issue and revoke them."""


@authority.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the believed authorities: until when they hold, and where they say what of them is revoked."""
    settings = own_settings()
    policy = status_policy(settings, is_development=not settings.database_url)
    found = [
        (each.name, each.certificate, policy.addresses.get(each.name, policy.addresses.get("", "")))
        for each in policy.authorities
    ]
    report(
        [
            {"name": name, "subject": _subject(it), "until": it.not_valid_after_utc, "ocsp": address or None}
            for name, it, address in found
        ],
        as_json=as_json,
        say=lambda: table(
            ("name", "subject", "until", "OCSP"),
            [
                (name, _subject(it), _day(it.not_valid_after_utc), address or "as certificates say")
                for name, it, address in found
            ],
        ),
    )


@authority.command()
@click.argument("request", type=_FILE)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to write it (PEM).")
def certify(request: Path, out: Path) -> None:
    """Issue a certificate of the development authority for a REQUEST (PKCS#10, PEM), which holds no private key."""
    certificate = _development(own_settings()).certify(request.read_bytes())
    out.write_bytes(certificate.public_bytes(Encoding.PEM))
    click.echo(f"Issued {certificate.serial_number:x}, which holds until {_day(certificate.not_valid_after_utc)}.")


@authority.command()
@click.argument("certificate", type=_FILE)
@click.option("--reason", type=click.Choice(REASONS), default="unspecified", show_default=True)
def revoke(certificate: Path, reason: str) -> None:
    """Revoke a CERTIFICATE (PEM) of the development authority, for ever: within a minute it opens nothing."""
    read = public_keys.read(certificate.read_bytes()).certificate
    if read is None:
        raise public_keys.not_usable("it is no certificate")
    _development(own_settings()).revoke(read, x509.ReasonFlags(reason))
    click.echo(f"Revoked {read.serial_number:x}.")


def _development(settings: Settings) -> DevelopmentAuthority:
    folder = keys_folder(settings)
    if not DevelopmentAuthority.is_in(folder):
        raise KeyNotUsable(
            what="This node has no development authority.",
            where=str(folder),
            hint="`sacbe up` makes one; in production ask the authority that issued the certificate.",
        )
    return DevelopmentAuthority(folder, development_key_password(settings.home).encode())


def _subject(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
