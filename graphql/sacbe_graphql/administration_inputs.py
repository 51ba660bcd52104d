"""What the stewards' mutations take, and the check that every text of it must pass."""

import dataclasses
from collections.abc import Iterator

import strawberry
from strawberry import field

from sacbe_graphql.administration_types import ClientConnection, UserRole
from sacbe_graphql.scalars import Date, Json
from sacbe_terms.errors import VariablesNotValid

TEXT_CHARACTERS_MAX = 2_000
"""Of one text in an input."""

TEXTS_MAX = 200
"""Of one list of texts."""

UNBOUNDED = frozenset({"document", "key"})
"""Texts with a limit of their own, which is known where they are read."""

CALL_SECONDS_MAX = 300.0
REPLY_BYTES_MAX = 64 * 1024 * 1024
"""What a steward may choose at most for one call of her system, and for its reply."""

DAYS_MAX = 36_500
PER_DAY_MAX = 2**31 - 1


@strawberry.input(description="A member to register, or to give another title.")
class AddMemberInput:
    """For `addMember`."""

    identifier: strawberry.ID = field(description="Such as `GT/GOV/3001`.")
    title: str = field(description="Its name, for people.")


@strawberry.input(description="A subsystem to register, or to change.")
class AddSubsystemInput:
    """For `addSubsystem`."""

    identifier: strawberry.ID = field(description="Such as `GT/GOV/3001/expedientes`.")
    title: str = field(description="Its name, for people.")
    alias: str | None = field(default=None, description="Its field below `exchange`, if it provides data services.")


@strawberry.input(description="A key by which a client shall be known.")
class AddClientKeyInput:
    """For `addClientKey`."""

    client: strawberry.ID = field(description="The subsystem.")
    key: str = field(description="Its certificate (PEM), or its public key (PEM or JWK). Never a private key.")


@strawberry.input(description="Something that has a number.")
class NumberInput:
    """For acts on one numbered thing."""

    number: strawberry.ID = field(description="Its number.")


@strawberry.input(description="How a client must connect.")
class SetConnectionInput:
    """For `setConnection`."""

    client: strawberry.ID = field(description="The subsystem.")
    connection: ClientConnection = field(description="From now on.")


@strawberry.input(description="A client of the bus.")
class ClientInput:
    """For acts on one client."""

    client: strawberry.ID = field(description="The subsystem.")


@strawberry.input(description="Whom to invite, and to what.")
class InviteUserInput:
    """For `inviteUser`."""

    email: str = field(description="The person's own e-mail address.")
    role: UserRole = field(description="What she shall be.")
    institution: strawberry.ID = field(description="At which member.")


@strawberry.input(description="An invitation, and the key of whoever accepts it.")
class AcceptInvitationInput:
    """For `acceptInvitation`."""

    invitation: str = field(description="The whole text.")
    key: str = field(description="The person's public key (PEM or JWK). Never a private key.")


@strawberry.input(description="Whose roles to take back, and where.")
class RevokeUserInput:
    """For `revokeUser`."""

    email: str = field(description="The person's e-mail address.")
    institution: strawberry.ID | None = field(default=None, description="At this member alone; else everywhere.")


@strawberry.input(description="Who shall have access to what, why, and on which terms.")
class AccessInput:
    """For `requestAccess` and `grantAccess`."""

    consumer: strawberry.ID = field(description="The subsystem that will ask; `grantAccess` takes a group as well.")
    service: strawberry.ID = field(description="The data service, or one operation of it.")
    purpose: str = field(description="Why, in words that a citizen may read.")
    legal_basis: str | None = field(default=None, description="The norm that allows it.")
    until: Date | None = field(default=None, description="Its last day (that day included, UTC).")
    review_on: Date | None = field(default=None, description="When both sides look at it again.")
    per_day: int | None = field(default=None, description="Most calls in a day (UTC).")
    fields: list[str] | None = field(default=None, description="Paths of the result, such as `municipio/nombre`.")
    routes: list[str] | None = field(default=None, description="Of a REST service, such as `GET /licencias/*`.")


@strawberry.input(description="A group of clients, which may hold access; what is left out stays.")
class GroupInput:
    """For `setLocalGroup` and `setGlobalGroup`."""

    identifier: strawberry.ID = field(description="Such as `LOCALGROUP:GT/GOV/2001/registro-civil/ventanillas`.")
    title: str | None = field(default=None, description="Its name, for people.")
    include: list[strawberry.ID] | None = field(default=None, description="Clients to take in.")
    exclude: list[strawberry.ID] | None = field(default=None, description="Clients to put out.")


@strawberry.input(description="Which requests are approved by themselves, at most.")
class ApprovalRuleInput:
    """For `addApprovalRule`."""

    service: strawberry.ID = field(description="The data service, or one operation of it.")
    who: str = field(description="A beginning of clients' identifiers, such as `GT/GOV`, or a group.")
    days_max: int = field(description="Days from the day of asking to the last day.")
    fields: list[str] | None = field(default=None, description="At most these of the result.")
    routes: list[str] | None = field(default=None, description="At most these of a REST service.")
    per_day_max: int | None = field(default=None, description="At most so many calls in a day.")
    allows_personal: bool = field(default=False, description="Personal operations, too.")


@strawberry.input(description="A request to refuse.")
class RefuseAccessInput:
    """For `refuseAccess`."""

    number: strawberry.ID = field(description="The request's number.")
    reason: str = field(description="Why not, in words that the consumer reads.")


@strawberry.input(description="A system to register, by its WSDL or OpenAPI document.")
class RegisterDataServiceInput:
    """For `registerDataService`."""

    provider: strawberry.ID = field(description="The subsystem that provides it.")
    name: str = field(description="Code of the data service, unique in the provider.")
    source: str | None = field(default=None, description="Where the document is: an https address of a public host.")
    document: str | None = field(default=None, description="The document itself, up to 512 KiB, in place of a source.")
    endpoint: str | None = field(default=None, description="Where the system is called; else the document's own.")
    kind: str | None = field(default=None, description="Such as `soap` or `rest`; guessed if left out.")


@strawberry.input(description="How a system is called; what is left out stays.")
class SetDataServiceInput:
    """For `setDataService`."""

    identifier: strawberry.ID = field(description="The data service.")
    endpoint: str | None = field(default=None, description="Where it is called.")
    call_seconds_max: float | None = field(default=None, description="How long a call may take.")
    reply_bytes_max: int | None = field(default=None, description="How large a reply may be.")
    is_lenient: bool | None = field(default=None, description="Whether a wrong field of a reply costs only itself.")


@strawberry.input(description="What an operation is; what is left out stays.")
class MarkOperationInput:
    """For `markOperation`."""

    identifier: strawberry.ID = field(description="The data service.")
    operation: str = field(description="Code of the operation.")
    alias: str | None = field(default=None, description="Its field below the provider.")
    reads: bool | None = field(default=None, description="True: below `Query`; false: it changes something.")
    is_personal: bool | None = field(default=None, description="Whether it gives data of a person.")
    person_numbers: list[str] | None = field(
        default=None, description="Where a person's number stands, such as `arguments/cui`; makes it personal."
    )


@strawberry.input(description="A data service.")
class DataServiceInput:
    """For acts on one data service."""

    identifier: strawberry.ID = field(description="The data service.")


@strawberry.input(description="A data service to put in force.")
class PublishDataServiceInput:
    """For `publishDataService`."""

    identifier: strawberry.ID = field(description="The data service.")
    accept_breaking: bool = field(default=False, description="Publish although consumers break.")


@strawberry.input(description="Of which operation to make a sample, and of what: an answer, or the system's own.")
class RecordSampleInput:
    """For `recordSample`."""

    operation: strawberry.ID = field(description="Such as `GT/GOV/2001/registro-civil/personas/consultarPersona`.")
    arguments: Json | None = field(default=None, description="An object: what the system is asked.")
    answer: Json | None = field(default=None, description="An answer, in place of the system's; it is not asked then.")
    keep: list[str] | None = field(default=None, description="Places of that answer that stay: `municipio/nombre`.")


@strawberry.input(description="An operation.")
class OperationInput:
    """For acts on one operation."""

    operation: strawberry.ID = field(description="Such as `GT/GOV/2001/registro-civil/personas/consultarPersona`.")


def check(given: object) -> None:
    """Raise VariablesNotValid for a text or number in an input that could be kept nowhere."""
    for name, value in _values(given):
        if isinstance(value, str):
            _check_text(name, value)
        elif isinstance(value, list) and len(value) > TEXTS_MAX:
            raise _not_valid(name, f"it holds more than {TEXTS_MAX} texts")


def check_range(name: str, value: float | None, greatest: float) -> None:
    """Raise VariablesNotValid unless a number is left out, or above zero and not above the greatest."""
    if value is not None and not 0 < value <= greatest:
        raise _not_valid(name, f"it must be above 0 and at most {greatest:g}")


def _values(given: object) -> Iterator[tuple[str, object]]:
    assert dataclasses.is_dataclass(given)
    for each in dataclasses.fields(given):
        value = getattr(given, each.name)
        yield each.name, value
        for part in value if isinstance(value, list) else ():
            yield each.name, part


def _check_text(name: str, text: str) -> None:
    if len(text) > TEXT_CHARACTERS_MAX and name not in UNBOUNDED:
        raise _not_valid(name, f"it is longer than {TEXT_CHARACTERS_MAX} characters")
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _not_valid(name, "it holds a character that no text has")


def _not_valid(name: str, reason: str) -> VariablesNotValid:
    return VariablesNotValid(
        what=f"The input '{name}' does not hold: {reason}.", where=name, hint="Correct it and send it again."
    )
