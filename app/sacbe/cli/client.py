"""`sacbe client`: by which keys a member's information system is known, and how it must connect."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from sacbe.cli.identifiers import SUBSYSTEM
from sacbe.cli.telling import as_json, report, table
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import SubsystemId
from sacbe_xroad_like import clients
from sacbe_xroad_like.administration import taking_part
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.connection_types import ConnectionType


@click.group()
def client() -> None:
    """Say by which keys a subsystem is known when it calls, and how it must connect."""


@client.command()
@click.argument("subsystem", type=SUBSYSTEM)
@click.option(
    "--key",
    "file",
    required=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Its certificate (PEM), or its public key (PEM or JWK).",
)
def add(subsystem: SubsystemId, file: Path) -> None:
    """Register a key of SUBSYSTEM; it may have several, as when one is replaced."""

    content = file.read_bytes()

    async def work(house: House) -> ClientKey:
        return (await taking_part.add_key(house.desk, subsystem, content)).value

    key = in_house(work)
    click.echo(f"Registered key {key.id} of {subsystem}: {key.name}")


@client.command("set")
@click.argument("subsystem", type=SUBSYSTEM)
@click.option(
    "--connection",
    required=True,
    type=click.Choice([each.value for each in ConnectionType]),
    help="NOSSL: anything goes. SSLNOAUTH: TLS. SSLAUTH: TLS with a registered certificate.",
)
def set_(subsystem: SubsystemId, connection: str) -> None:
    """Say how SUBSYSTEM must connect to the members' listener, as X-Road names it."""

    async def work(house: House) -> None:
        await taking_part.set_connection(house.desk, subsystem, ConnectionType(connection))

    in_house(work)
    click.echo(f"{subsystem} connects by {connection}.")


@dataclass(frozen=True, slots=True)
class _Listed:
    """One line of the list: a client with a key, or with a connection chosen and no key."""

    client: SubsystemId
    connection: ConnectionType | None
    key: ClientKey | None


@client.command("list")
@click.argument("subsystem", type=SUBSYSTEM, required=False)
@as_json
def list_(subsystem: SubsystemId | None, as_json: bool) -> None:
    """List clients with their keys, and how they must connect."""

    async def work(house: House) -> list[_Listed]:
        chosen = await clients.connections(house.engine)
        keys = await clients.keys(house.engine)
        lines = [_Listed(key.client, chosen.get(key.client), key) for key in keys]
        lines += [_Listed(one, chosen[one], None) for one in chosen if one not in {key.client for key in keys}]
        return [line for line in lines if subsystem in (None, line.client)]

    found = in_house(work)
    report(
        [_value(line) for line in found],
        as_json=as_json,
        say=lambda: table(("number", "client", "connection", "key", "until"), [_row(line) for line in found]),
    )


@client.command()
@as_json
def status(as_json: bool) -> None:
    """Ask the authorities now whether clients' certificates hold; what is not believed is refused by the node."""

    async def work(house: House) -> list[_Stands]:
        keys = [key for key in await clients.keys(house.engine) if key.certificate is not None]
        statuses, at = house.bus.client_statuses, datetime.now(UTC)
        await statuses.follow(key.certificate for key in keys if key.certificate is not None)
        await statuses.first_answers()
        found = [_Stands.now(key, statuses, at) for key in keys]
        await statuses.stop()
        return found

    found = in_house(work)
    report(
        [each.value() for each in found],
        as_json=as_json,
        say=lambda: table(("number", "client", "until", "status"), [each.row() for each in found]),
    )


@dataclass(frozen=True, slots=True)
class _Stands:
    """How it stands with one certificate."""

    key: ClientKey
    is_asked_about: bool
    doubts: str

    @classmethod
    def now(cls, key: ClientKey, statuses: ClientStatuses, at: datetime) -> "_Stands":
        certificate = key.certificate or b""
        doubts = statuses.doubts(certificate, at) if key.holds(at) else "The TLS certificate is not valid at this time"
        return cls(key, statuses.is_asked_about(certificate), doubts)

    def value(self) -> dict[str, object]:
        return {
            "number": self.key.id,
            "client": str(self.key.client),
            "until": self.key.ends,
            "isAskedAbout": self.is_asked_about,
            "isBelieved": not self.doubts,
            "reason": self.doubts or None,
        }

    def row(self) -> tuple[str, str, str, str]:
        until = f"{self.key.ends:%Y-%m-%d}" if self.key.ends else ""
        status = self.doubts or ("good" if self.is_asked_about else "registered; nobody is asked")
        return str(self.key.id), str(self.key.client), until, status


@client.command()
@click.argument("number", type=int)
def remove(number: int) -> None:
    """Forget a key, by its number in `sacbe client list`, and the tokens given for it: within a second, everywhere."""

    async def work(house: House) -> ClientKey:
        return (await taking_part.remove_key(house.desk, number)).value

    key = in_house(work)
    click.echo(f"Removed key {number} of {key.client}.")


@client.command()
@click.argument("subsystem", type=SUBSYSTEM)
def revoke(subsystem: SubsystemId) -> None:
    """Take back every token of SUBSYSTEM, within a second, everywhere. It may ask for new ones if it has a key."""

    async def work(house: House) -> int:
        return (await taking_part.revoke_tokens(house.desk, subsystem)).value

    click.echo(f"Took back {in_house(work)} tokens of {subsystem}.")


def _value(line: _Listed) -> dict[str, object]:
    key = line.key
    return {
        "number": key.id if key else None,
        "client": str(line.client),
        "connection": line.connection,
        "key": key.name if key else None,
        "hasCertificate": bool(key and key.certificate),
        "until": key.ends if key else None,
        "addedAt": key.added_at if key else None,
    }


def _row(line: _Listed) -> tuple[str, str, str, str, str]:
    key = line.key
    until = f"{key.ends:%Y-%m-%d}" if key and key.ends else ""
    return str(key.id if key else ""), str(line.client), line.connection or "", key.name if key else "", until
