"""`sacbe adapter credential`: what calls show to a ministry's system.

A secret is never an argument: arguments stand in the shell's history and in the list of processes.
It is read from a file, from standard input, or asked for.
"""

import getpass
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from sacbe.cli.identifiers import DATA_SERVICE
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.credentials import (
    AnyCredential,
    ApiKey,
    Basic,
    Bearer,
    ClientCertificate,
    CredentialNeed,
    Digest,
    MessageSignature,
    OAuthClient,
    UsernameToken,
)
from sacbe_terms.errors import CredentialNotUsable
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like.credentials import KeptCredential

SECRET_BYTES_MAX = 64 * 1024
"""A larger file is no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says of a credential, the secret and the keys left out."""

    user: str
    place: str
    wire_name: str
    token_address: str
    client_id: str
    scope: str
    audience: str
    in_body: bool
    as_text: bool
    timestamp: bool
    certificate: Path | None
    private_key: Path | None
    peer_certificate: Path | None
    secret_file: Path | None

    def secret(self) -> str:
        """Read the secret; fails where there is none."""
        found = self._secret()
        if not found:
            raise click.UsageError(
                "The secret is empty: give it at the prompt, over standard input or by --secret-file."
            )
        return found

    def _secret(self) -> str:
        """Read it from the file, from standard input, or from the person at the terminal."""
        if self.secret_file is not None and str(self.secret_file) != "-":
            return _text(self.secret_file).rstrip("\r\n")
        if self.secret_file is None and sys.stdin.isatty():
            return str(click.prompt("Secret", hide_input=True, confirmation_prompt=True))
        return sys.stdin.read(SECRET_BYTES_MAX).rstrip("\r\n")


def _key(given: Given) -> AnyCredential:
    return ApiKey(place=given.place, name=given.wire_name, value=given.secret())


def _oauth(given: Given) -> AnyCredential:
    return OAuthClient(
        token_address=given.token_address,
        client_id=given.client_id,
        client_secret=given.secret(),
        scope=given.scope,
        audience=given.audience,
        sends_secret_in_body=given.in_body,
    )


def _username_token(given: Given) -> AnyCredential:
    return UsernameToken(
        user=given.user, password=given.secret(), is_digest=not given.as_text, has_timestamp=given.timestamp
    )


def _signature(given: Given) -> AnyCredential:
    peer = _text(given.peer_certificate) if given.peer_certificate else ""
    return MessageSignature(
        certificate=_file(given.certificate), private_key=_file(given.private_key), peer_certificate=peer
    )


KINDS: Mapping[str, Callable[[Given], AnyCredential]] = {
    "basic": lambda given: Basic(user=given.user, password=given.secret()),
    "digest": lambda given: Digest(user=given.user, password=given.secret()),
    "bearer": lambda given: Bearer(token=given.secret()),
    "oauth-client": _oauth,
    "api-key": _key,
    "client-certificate": lambda given: ClientCertificate(
        certificate=_file(given.certificate), private_key=_file(given.private_key)
    ),
    "username-token": _username_token,
    "message-signature": _signature,
}
"""How each kind is made of what the command line gives."""

file_option = click.Path(dir_okay=False, path_type=Path)


@click.group()
def credential() -> None:
    """Keep what calls show to a ministry's system: passwords, tokens, keys, certificates."""


@credential.command("set")
@click.argument("data_service", type=DATA_SERVICE)
@click.option(
    "--kind", type=click.Choice(list(KINDS)), help="Taken from the document if --name is one that it asks for."
)
@click.option("--name", help="Its name, unique in the data service; the kind if left out.")
@click.option("--user", default="", help="basic, digest, username-token: who signs in.")
@click.option("--place", default="", help="api-key: header, query or cookie.")
@click.option("--wire-name", default="", help="api-key: the header, parameter or cookie.")
@click.option("--token-address", default="", help="oauth-client: where tokens are given.")
@click.option("--client-id", default="", help="oauth-client: who we are there.")
@click.option("--scope", default="", help="oauth-client: what is asked for, words apart by spaces.")
@click.option("--audience", default="", help="oauth-client: for which system, where the address wants to know.")
@click.option("--in-body", is_flag=True, help="oauth-client: send the secret in the form, not in a header.")
@click.option("--as-text", is_flag=True, help="username-token: send the password itself, not a digest.")
@click.option("--timestamp", is_flag=True, help="username-token: send a Timestamp beside it.")
@click.option("--certificate", type=file_option, help="client-certificate, message-signature: ours (PEM).")
@click.option("--private-key", type=file_option, help="client-certificate, message-signature: its key (PEM).")
@click.option("--peer-certificate", type=file_option, help="message-signature: who must have signed the answers (PEM).")
@click.option("--secret-file", type=file_option, help="The password, token or key; '-' reads standard input.")
@click.option("--by", default=getpass.getuser, show_default="who is logged in", help="Who sets it, for the list.")
def set_(data_service: DataServiceId, kind: str | None, name: str | None, by: str, **options: Any) -> None:
    """Keep a credential of a data service, in place of any other of its name. Calls show it within a second.

    The secret is read from --secret-file, from standard input, or asked for; it is never an argument, and
    never shown again.
    """
    given = Given(**options)

    async def work(house: House) -> tuple[str, str]:
        needs = (await house.data_services.newest(data_service)).description.credentials
        need = next((one for one in needs if one.name == name), None)
        made = _made(kind or (need.kind if need else ""), given, need)
        known_as = name or made.kind
        await house.bus.credentials.keep(data_service, known_as, made, by=by)
        return known_as, made.kind

    known_as, of_kind = in_house(work)
    click.echo(f"Kept '{known_as}' ({of_kind}) for {data_service}. Try it with: sacbe adapter check {data_service}")


@credential.command("list")
@click.argument("data_service", type=DATA_SERVICE)
@as_json
def list_(data_service: DataServiceId, as_json: bool) -> None:
    """List a data service's credentials: name, kind, who set it and when; and what its document asks for beside."""

    async def work(house: House) -> tuple[tuple[KeptCredential, ...], tuple[CredentialNeed, ...]]:
        needs = (await house.data_services.newest(data_service)).description.credentials
        kept = await house.bus.credentials.listed(data_service)
        return kept, tuple(need for need in needs if need.name not in {one.name for one in kept})

    kept, missing = in_house(work)
    value = {"kept": kept, "asked_for": missing}
    rows = [(one.name, one.kind, one.set_by, f"{one.set_at:%Y-%m-%d %H:%M}") for one in kept]
    rows += [(need.name, need.kind, "", f"not given {need.place} {need.wire_name}".strip()) for need in missing]
    report(value, as_json=as_json, say=lambda: table(("name", "kind", "set by", "set at"), rows))


@credential.command()
@click.argument("data_service", type=DATA_SERVICE)
@click.argument("name")
def remove(data_service: DataServiceId, name: str) -> None:
    """Forget a credential; calls stop showing it within a second."""

    async def work(house: House) -> None:
        await house.bus.credentials.remove(data_service, name)

    in_house(work)
    click.echo(f"Removed '{name}' of {data_service}.")


@credential.command("lock-anew")
def lock_anew() -> None:
    """Encrypt every credential under the first secret of SACBE_SECRETS_KEY, after a new one was put before the old."""

    async def work(house: House) -> int:
        return await house.bus.credentials.lock_anew()

    count = in_house(work)
    click.echo(f"Locked {count} anew.")


def _made(kind: str, given: Given, need: CredentialNeed | None) -> AnyCredential:
    if kind not in KINDS:
        raise click.UsageError("Say which --kind it is.")
    return KINDS[kind](_completed(given, need))


def _completed(given: Given, need: CredentialNeed | None) -> Given:
    """Fill in what the document says of a credential that it asks for, but not where to send the secret."""
    if need is None:
        return given
    if need.token_address and not given.token_address:
        raise click.UsageError(
            f"The document says that tokens come from {need.token_address}. "
            "If that is where your secret belongs, give it with --token-address."
        )
    return replace(
        given,
        place=given.place or need.place,
        wire_name=given.wire_name or need.wire_name,
        scope=given.scope or need.scope,
    )


def _file(path: Path | None) -> str:
    if path is None:
        raise click.UsageError("This kind needs --certificate and --private-key.")
    return _text(path)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if len(content) > SECRET_BYTES_MAX:
            raise _not_read(path, "it is too large")
        return content.decode()
    except OSError as error:
        raise _not_read(path, "it cannot be opened") from error
    except UnicodeDecodeError as error:
        raise _not_read(path, "it is not a text") from error


def _not_read(path: Path, reason: str) -> CredentialNotUsable:
    return CredentialNotUsable(
        what=f"The file {path} was not read: {reason}.", where=str(path), hint="Give a text file that you may read."
    )
