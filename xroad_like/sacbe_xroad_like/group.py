"""A group of clients, by its identifier: of one provider, or of the whole instance. Pure.

X-Road's local and global groups (DM-SS, LOCALGROUP; DM-CS, GLOBALGROUP), printed as it prints them:

    LOCALGROUP:GT/GOV/2001/registro-civil/ventanillas    for the services of that subsystem
    GLOBALGROUP:GT/municipalidades                       for every service of the instance

A client is in a group or is not; a member's being in one says nothing of its subsystems.
"""

from dataclasses import dataclass
from typing import Self

from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId, is_registrable

LOCAL, GLOBAL = "LOCALGROUP:", "GLOBALGROUP:"


@dataclass(frozen=True, slots=True)
class GroupId:
    """Names a group; `owner` is the subsystem of a local one, and the instance of a global one."""

    owner: SubsystemId | str
    code: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the printed form; raises IdentifierNotValid."""
        kind, colon, rest = text.partition(":")
        owner, _, code = rest.rpartition("/")
        if kind + colon == LOCAL and _is_code(code):
            return cls(SubsystemId.parse(owner), code)
        if kind + colon == GLOBAL and _is_code(code) and _is_code(owner):
            return cls(owner, code)
        raise IdentifierNotValid(text, kind="a group, such as GLOBALGROUP:GT/municipalidades")

    def __str__(self) -> str:
        """Print it as X-Road does, with its owner."""
        return f"{LOCAL if isinstance(self.owner, SubsystemId) else GLOBAL}{self.owner}/{self.code}"

    @property
    def keeper(self) -> MemberId:
        """The member whose stewards keep it; for a global one, the instance as if it were one, for its authority."""
        return self.owner.member if isinstance(self.owner, SubsystemId) else MemberId(self.owner, "", "")

    @property
    def is_global(self) -> bool:
        """Whether it is the instance's."""
        return not isinstance(self.owner, SubsystemId)

    def may_use(self, service: DataServiceId) -> bool:
        """Say whether a right to this data service may be given to it."""
        if isinstance(self.owner, SubsystemId):
            return self.owner == service.subsystem
        return self.owner == service.subsystem.member.instance


def _is_code(text: str) -> bool:
    return bool(text) and is_registrable(text)


Holder = SubsystemId | GroupId
"""Who holds a right: a client, or every client in a group."""


def concerned(holder: Holder) -> tuple[MemberId, ...]:
    """Give the members whose stewards a right of this holder concerns, but for the provider's own."""
    return (holder.member,) if isinstance(holder, SubsystemId) else ()


def holder(text: str) -> Holder:
    """Read a client's or a group's printed form; raises IdentifierNotValid."""
    return GroupId.parse(text) if text.startswith((LOCAL, GLOBAL)) else SubsystemId.parse(text)
