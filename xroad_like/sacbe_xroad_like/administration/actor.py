"""Who administers: a person with her roles, a client of the bus, or the operator of the node. Pure values."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sacbe_terms.identifiers import MemberId, SubsystemId


class Role(StrEnum):
    """What a person is at an institution."""

    STEWARD = "steward"
    """Registers, publishes, decides on access, keeps keys and people."""
    EDITOR = "editor"
    """Keeps the institution's records in the catalogue."""
    AUDITOR = "auditor"
    """Reads."""
    AUTHORITY = "authority"
    """Answers for the instance of her institution: who takes part, and who may speak for whom."""


@dataclass(frozen=True, slots=True, order=True)
class HeldRole:
    """A role, and the institution where it is held."""

    role: Role
    institution: MemberId

    def reaches(self, member: MemberId) -> bool:
        """Say whether it is a role for this member: the authority's is for the whole instance."""
        if self.role is Role.AUTHORITY:
            return self.institution.instance == member.instance
        return self.institution == member


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. `name` is what the trail calls her: an e-mail address, a subsystem, or `operator`."""

    name: str
    roles: tuple[HeldRole, ...] = ()
    client: SubsystemId | None = None
    is_operator: bool = False

    def has(self, roles: Collection[Role], member: MemberId) -> bool:
        """Say whether she has one of these roles for a member; the operator has every one."""
        return self.is_operator or any(held.role in roles and held.reaches(member) for held in self.roles)


OPERATOR = Actor(name="operator", is_operator=True)
"""Whoever owns the machine, and gives commands there."""

NOBODY = Actor(name="")
"""A request that does not say who asks."""


def of_client(client: SubsystemId) -> Actor:
    """Give the actor that a client's token stands for."""
    return Actor(name=str(client), client=client)
