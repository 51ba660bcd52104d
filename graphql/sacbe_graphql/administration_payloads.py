"""What the stewards' mutations give back: what came of it, and the thing as it is now."""

import strawberry
from strawberry import field

from sacbe_graphql.administration_types import (
    ActOutcome,
    Agreement,
    ApprovalRule,
    ClientConnection,
    ClientGroup,
    ClientKey,
    DescriptionChange,
    HeldRole,
    PersonNumberProposal,
    User,
    UserRole,
)
from sacbe_graphql.exchange_types import DataServiceOperation
from sacbe_graphql.scalars import DateTime, Json

OUTCOME = "Done now, or standing so already."


@strawberry.type(description="What came of `addMember`.")
class MemberPayload:
    """A registered member."""

    outcome: ActOutcome = field(description=OUTCOME)
    identifier: strawberry.ID = field(description="The member.")


@strawberry.type(description="What came of `addSubsystem`.")
class SubsystemPayload:
    """A registered subsystem."""

    outcome: ActOutcome = field(description=OUTCOME)
    identifier: strawberry.ID = field(description="The subsystem.")
    title: str = field(description="Its name, for people.")
    alias: str | None = field(description="Its field below `exchange`.")


@strawberry.type(description="What came of an act on a client's key.")
class ClientKeyPayload:
    """A key, there or removed."""

    outcome: ActOutcome = field(description=OUTCOME)
    client_key: ClientKey = field(description="The key.")


@strawberry.type(description="What came of `setLocalGroup` or `setGlobalGroup`.")
class GroupPayload:
    """A group as it stands."""

    outcome: ActOutcome = field(description=OUTCOME)
    group: ClientGroup = field(description="The group.")


@strawberry.type(description="What came of `addApprovalRule` or `endApprovalRule`.")
class ApprovalRulePayload:
    """A rule as it stands."""

    outcome: ActOutcome = field(description=OUTCOME)
    rule: ApprovalRule = field(description="The rule.")


@strawberry.type(description="What came of `setConnection`.")
class ConnectionPayload:
    """How a client must connect."""

    outcome: ActOutcome = field(description=OUTCOME)
    connection: ClientConnection = field(description="How the client must connect now.")


@strawberry.type(description="What came of `revokeClientTokens`.")
class TokensPayload:
    """Tokens that are gone."""

    outcome: ActOutcome = field(description=OUTCOME)
    count: int = field(description="How many there were.")


@strawberry.type(description="An invitation. Its text is told this once, and kept nowhere.")
class InvitationPayload:
    """A `users.Invitation`."""

    outcome: ActOutcome = field(description=OUTCOME)
    email: str = field(description="For whom it is.")
    role: UserRole = field(description="What she shall be.")
    institution: strawberry.ID = field(description="At which member.")
    invitation: str = field(description="The text, for her alone.")
    expires_at: DateTime = field(description="Until when she may accept it.")


@strawberry.type(description="What came of `acceptInvitation`.")
class UserPayload:
    """A user who came."""

    outcome: ActOutcome = field(description=OUTCOME)
    user: User = field(description="The user, with her new role.")


@strawberry.type(description="What came of `revokeUser`.")
class RevokedUserPayload:
    """Roles that are gone."""

    outcome: ActOutcome = field(description=OUTCOME)
    roles: list[HeldRole] = field(description="The roles that she had, and has no more.")


@strawberry.type(description="What came of an act on an agreement.")
class AgreementPayload:
    """An agreement as it is now."""

    outcome: ActOutcome = field(description=OUTCOME)
    agreement: Agreement = field(description="The agreement as it is now.")


@strawberry.type(description="What a document offers, kept as a draft.")
class RegisteredPayload:
    """A `registration.Registered`."""

    outcome: ActOutcome = field(description=OUTCOME)
    identifier: strawberry.ID = field(description="The data service.")
    version: int = field(description="The draft's version.")
    endpoint: str = field(description="Where it is called.")
    operations: list[DataServiceOperation] = field(description="What can be asked of it.")
    changes: list[DescriptionChange] = field(description="What publishing it would change.")
    proposals: list[PersonNumberProposal] = field(description="Places to look at before it is published.")


@strawberry.type(description="A new draft of a data service; publish it to make it live.")
class DraftPayload:
    """A draft."""

    outcome: ActOutcome = field(description=OUTCOME)
    identifier: strawberry.ID = field(description="The data service.")
    version: int = field(description="The draft's version.")


@strawberry.type(description="What a check found.")
class CheckPayload:
    """A `Health` and a `Drift`."""

    outcome: ActOutcome = field(description=OUTCOME)
    is_healthy: bool = field(description="Whether the system answers as it is set up.")
    reason: str | None = field(description="Why not.")
    drifted_documents: list[str] = field(description="Documents that are no longer what they were.")
    drift_reason: str | None = field(description="Why the documents could not be read.")
    changes: list[DescriptionChange] = field(description="What registering them anew would change.")


@strawberry.type(description="What is in force now, its fields live within a second.")
class PublishedPayload:
    """A data service in force."""

    outcome: ActOutcome = field(description=OUTCOME)
    identifier: strawberry.ID = field(description="The data service.")
    operations: list[DataServiceOperation] = field(description="What can be asked of it.")


@strawberry.type(description="What is no longer in force.")
class SuspendedPayload:
    """A suspended data service."""

    outcome: ActOutcome = field(description=OUTCOME)
    identifier: strawberry.ID = field(description="The data service.")


@strawberry.type(description="A sample, as the sandbox gives it; nothing in it is anybody's.")
class SamplePayload:
    """A sample."""

    outcome: ActOutcome = field(description=OUTCOME)
    operation: strawberry.ID = field(description="The operation.")
    sample: Json | None = field(description="The answer that is made up.")
    recorded_at: DateTime = field(description="When it was made.")


@strawberry.type(description="What the sandbox answers no more.")
class RemovedSamplePayload:
    """A sample that is gone."""

    outcome: ActOutcome = field(description=OUTCOME)
    operation: strawberry.ID = field(description="The operation.")
