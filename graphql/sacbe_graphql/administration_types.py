"""What stewards see and get back: members, keys, users, agreements, data services with drafts, the trail of acts."""

from enum import Enum
from typing import Annotated

import strawberry
from strawberry import field

from sacbe_graphql.connections import Connection
from sacbe_graphql.scalars import Date, DateTime

NumberId = Annotated[strawberry.ID, strawberry.argument(description="Its number.")]


@strawberry.enum(description="What a person is at an institution.")
class UserRole(Enum):
    """An `actor.Role`, under the same names."""

    STEWARD = strawberry.enum_value("steward", description="Registers, publishes, decides on access.")
    EDITOR = strawberry.enum_value("editor", description="Keeps the institution's records in the catalogue.")
    AUDITOR = strawberry.enum_value("auditor", description="Reads.")
    AUTHORITY = strawberry.enum_value("authority", description="Says who takes part in the instance.")


@strawberry.enum(description="What came of an act.")
class ActOutcome(Enum):
    """A `trail.Outcome`, under the same names."""

    DONE = strawberry.enum_value("done", description="It is done now.")
    STANDS = strawberry.enum_value("stands", description="It stood so already; nothing was changed.")
    REFUSED = strawberry.enum_value("refused", description="Whoever tried it may not; only in the trail.")
    FAILED = strawberry.enum_value("failed", description="Something else did not hold; only in the trail.")


@strawberry.enum(description="Where an agreement is in its life.")
class AgreementState(Enum):
    """An `agreement.State`, under the same names."""

    WAITING = strawberry.enum_value("waiting", description="Asked for, and not yet decided.")
    REFUSED = strawberry.enum_value("refused", description="The provider said no.")
    IN_FORCE = strawberry.enum_value("in force", description="It gives a right.")
    OVER = strawberry.enum_value("over", description="Its last day is past.")
    REVOKED = strawberry.enum_value("revoked", description="The provider took it back.")


@strawberry.enum(description="How a client must connect to the members' listener, as X-Road names it.")
class ClientConnection(Enum):
    """A `connection_types.ConnectionType`, by its values."""

    NOSSL = strawberry.enum_value("NOSSL", description="Anything goes.")
    SSLNOAUTH = strawberry.enum_value("SSLNOAUTH", description="TLS.")
    SSLAUTH = strawberry.enum_value("SSLAUTH", description="TLS with a registered certificate.")


@strawberry.enum(description="Where a data service is in its life.")
class DataServiceState(Enum):
    """A `data_services.State`, under the same names."""

    DRAFT = strawberry.enum_value("draft", description="Never published.")
    PUBLISHED = strawberry.enum_value("published", description="In force.")
    SUSPENDED = strawberry.enum_value("suspended", description="Taken out of force.")


@strawberry.type(description="A role, and the institution where it is held.")
class HeldRole:
    """An `actor.HeldRole`."""

    role: UserRole = field(description="The role.")
    institution: strawberry.ID = field(description="The member; the authority's role reaches its whole instance.")


@strawberry.type(description="Whoever asks: a person with roles, or a client of the bus.")
class Me:
    """An `actor.Actor`."""

    email: str | None = field(description="The person's e-mail address.")
    client: strawberry.ID | None = field(description="The subsystem, where a client's token was sent.")
    roles: list[HeldRole] = field(description="What she is, and where.")


@strawberry.type(description="A person of an institution.")
class User:
    """A `users.User`."""

    email: str = field(description="By which she is known.")
    roles: list[HeldRole] = field(description="What she is, and where.")
    keys: list[str] = field(description="Thumbprints of her keys (RFC 7638).")


@strawberry.type(description="A key by which a client is known.")
class ClientKey:
    """A `client_key.ClientKey`."""

    number: strawberry.ID = field(description="By which it is removed.")
    client: strawberry.ID = field(description="The subsystem.")
    name: str = field(description="Its thumbprint (RFC 7638).")
    has_certificate: bool = field(description="Whether it came in a certificate.")
    ends: DateTime | None = field(description="When the certificate ends.")


@strawberry.type(description="What a consumer asked of a provider, and what that decided.")
class Agreement:
    """An `agreement.Agreement`."""

    number: strawberry.ID = field(description="What `Sacbe-Purpose` names.")
    consumer: strawberry.ID = field(description="The subsystem that asks, or a group of them.")
    service: strawberry.ID = field(description="The data service, or one operation of it.")
    purpose: str = field(description="Why, in words that a citizen may read.")
    legal_basis: str | None = field(description="The norm that allows it.")
    until: Date | None = field(description="Its last day (that day included, UTC).")
    review_on: Date | None = field(description="When both sides look at it again.")
    per_day: int | None = field(description="Most calls in a day.")
    fields: list[str] = field(description="What may be asked of the result; none stands for all.")
    routes: list[str] = field(description="Methods and paths that may be called; none stands for all.")
    state: AgreementState = field(description="Where it is in its life.")
    reason: str | None = field(description="Why it was refused.")
    requested_at: DateTime = field(description="When it was asked for.")
    requested_by: str | None = field(description="Who asked.")
    decided_at: DateTime | None = field(description="When it was decided.")
    decided_by: str | None = field(description="Who decided.")


@strawberry.type(description="Which requests are approved by themselves, at most.")
class ApprovalRule:
    """An `approval_rule.ApprovalRule`."""

    number: strawberry.ID = field(description="An agreement that it approved says it was decided by `rule NUMBER`.")
    service: strawberry.ID = field(description="The data service, or one operation of it.")
    who: str = field(description="A beginning of clients' identifiers, or a group.")
    days_max: int = field(description="Days from the day of asking to the last day.")
    fields: list[str] = field(description="At most these of the result; none stands for all.")
    routes: list[str] = field(description="At most these methods and paths; none stands for all.")
    per_day_max: int | None = field(description="At most so many calls in a day.")
    allows_personal: bool = field(description="Whether personal operations are approved, too.")
    made_at: DateTime = field(description="When it was made.")
    made_by: str | None = field(description="Who made it.")
    ended_at: DateTime | None = field(description="When it was ended.")


@strawberry.type(description="Clients that may hold access together.")
class ClientGroup:
    """A `groups.Group`."""

    identifier: strawberry.ID = field(description="Such as `GLOBALGROUP:GT/municipalidades`.")
    title: str = field(description="Its name, for people.")
    members: list[strawberry.ID] = field(description="The clients in it.")


@strawberry.type(description="A data service as those see it who keep it, its draft included.")
class OwnDataService:
    """A `standing.Standing`."""

    identifier: strawberry.ID = field(description="Such as `GT/GOV/2001/registro-civil/personas`.")
    state: DataServiceState = field(description="Where it is in its life.")
    newest_version: int = field(description="Its newest version.")
    published_version: int | None = field(description="The version in force, or the last that was.")
    has_draft: bool = field(description="Whether the newest version waits to be published.")
    endpoint: str = field(description="Where its newest version is called.")


@strawberry.type(description="What publishing the newest draft would change at one place.")
class DescriptionChange:
    """A `comparison.Change`."""

    operation: str = field(description="Code of the operation.")
    place: str | None = field(description="Pointer from the operation; null for the operation itself.")
    kind: str = field(description="`added`, `changed` or `removed`.")
    effect: str = field(description="`safe`, `dangerous` or `breaking` for a consumer.")
    reason: str = field(description="What changes.")


@strawberry.type(description="Places of an operation that sound like a person's number, where nobody has spoken yet.")
class PersonNumberProposal:
    """One entry of `Registered.proposals`."""

    operation: str = field(description="Code of the operation.")
    places: list[str] = field(description="Such as `arguments/cui`.")


@strawberry.type(description="One act of administration: who did what to what, when, and how it ended.")
class AdministrativeAct:
    """A `trail.Recorded`."""

    at: DateTime = field(description="When.")
    actor: str = field(description="An e-mail address, a subsystem, or `operator`.")
    act: str = field(description="The mutation's name.")
    subject: str = field(description="To what.")
    members: list[strawberry.ID] = field(description="The members that it concerns.")
    outcome: ActOutcome = field(description="How it ended.")
    code: str | None = field(description="The error's code, where it came to one.")


@strawberry.type(description="A page of agreements, the newest first.")
class AgreementConnection(Connection[Agreement]):
    """A page of agreements."""


@strawberry.type(description="A page of data services as their keepers see them.")
class OwnDataServiceConnection(Connection[OwnDataService]):
    """A page of data services."""


@strawberry.type(description="A page of users, by e-mail address.")
class UserConnection(Connection[User]):
    """A page of users."""


@strawberry.type(description="A page of approval rules, the newest first.")
class ApprovalRuleConnection(Connection[ApprovalRule]):
    """A page of rules."""


@strawberry.type(description="A page of groups, by identifier.")
class ClientGroupConnection(Connection[ClientGroup]):
    """A page of groups."""


@strawberry.type(description="A page of clients' keys, the newest first.")
class ClientKeyConnection(Connection[ClientKey]):
    """A page of keys."""


@strawberry.type(description="A page of acts, the newest first.")
class AdministrativeActConnection(Connection[AdministrativeAct]):
    """A page of the trail."""
