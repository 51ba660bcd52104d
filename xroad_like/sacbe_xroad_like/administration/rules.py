"""Which role each administrative act needs, for the very member that it concerns. Pure; default deny.

An act that stands in no rule is refused to everybody but the operator.
"""

from collections.abc import Mapping
from enum import StrEnum

from sacbe_terms.errors import AccessError, NotAuthenticated, RoleMissing
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like.administration.actor import Actor, Role


class Act(StrEnum):
    """What can be done: the mutation's name, and the name in the trail."""

    ADD_MEMBER = "addMember"
    ADD_SUBSYSTEM = "addSubsystem"
    ADD_CLIENT_KEY = "addClientKey"
    REMOVE_CLIENT_KEY = "removeClientKey"
    SET_CONNECTION = "setConnection"
    REVOKE_CLIENT_TOKENS = "revokeClientTokens"
    INVITE_USER = "inviteUser"
    ACCEPT_INVITATION = "acceptInvitation"
    REVOKE_USER = "revokeUser"
    REQUEST_ACCESS = "requestAccess"
    GRANT_ACCESS = "grantAccess"
    APPROVE_ACCESS = "approveAccess"
    REFUSE_ACCESS = "refuseAccess"
    REVOKE_ACCESS = "revokeAccess"
    SET_LOCAL_GROUP = "setLocalGroup"
    SET_GLOBAL_GROUP = "setGlobalGroup"
    ADD_APPROVAL_RULE = "addApprovalRule"
    END_APPROVAL_RULE = "endApprovalRule"
    REGISTER_DATA_SERVICE = "registerDataService"
    SET_DATA_SERVICE = "setDataService"
    MARK_OPERATION = "markOperation"
    CHECK_DATA_SERVICE = "checkDataService"
    PUBLISH_DATA_SERVICE = "publishDataService"
    SUSPEND_DATA_SERVICE = "suspendDataService"
    ADD_LINK = "addLink"
    REMOVE_LINK = "removeLink"
    ADD_SUPPLY = "addSupply"
    REMOVE_SUPPLY = "removeSupply"
    RECORD_SAMPLE = "recordSample"
    REMOVE_SAMPLE = "removeSample"
    MAKE_TOKEN = "makeToken"  # noqa: S105 - the name of an act; only the operator's commands do it
    READ = "read"
    """Of what is not published; written down for nobody."""


_STEWARD = frozenset({Role.STEWARD})
_EITHER = frozenset({Role.STEWARD, Role.AUTHORITY})

NEEDED: Mapping[Act, frozenset[Role]] = {
    Act.ADD_MEMBER: frozenset({Role.AUTHORITY}),
    Act.ADD_SUBSYSTEM: _EITHER,
    Act.ADD_CLIENT_KEY: _STEWARD,
    Act.REMOVE_CLIENT_KEY: _EITHER,
    Act.SET_CONNECTION: _STEWARD,
    Act.REVOKE_CLIENT_TOKENS: _EITHER,
    Act.INVITE_USER: _EITHER,
    Act.REVOKE_USER: _EITHER,
    Act.REQUEST_ACCESS: _STEWARD,
    Act.GRANT_ACCESS: _STEWARD,
    Act.APPROVE_ACCESS: _STEWARD,
    Act.REFUSE_ACCESS: _STEWARD,
    Act.REVOKE_ACCESS: _STEWARD,
    Act.SET_LOCAL_GROUP: _STEWARD,
    Act.SET_GLOBAL_GROUP: frozenset({Role.AUTHORITY}),
    Act.ADD_APPROVAL_RULE: _STEWARD,
    Act.END_APPROVAL_RULE: _STEWARD,
    Act.REGISTER_DATA_SERVICE: _STEWARD,
    Act.SET_DATA_SERVICE: _STEWARD,
    Act.MARK_OPERATION: _STEWARD,
    Act.CHECK_DATA_SERVICE: _STEWARD,
    Act.PUBLISH_DATA_SERVICE: _STEWARD,
    Act.SUSPEND_DATA_SERVICE: _STEWARD,
    Act.ADD_LINK: _EITHER,
    Act.REMOVE_LINK: _EITHER,
    Act.ADD_SUPPLY: _EITHER,
    Act.REMOVE_SUPPLY: _EITHER,
    Act.RECORD_SAMPLE: _STEWARD,
    Act.REMOVE_SAMPLE: _STEWARD,
    Act.READ: frozenset({Role.STEWARD, Role.AUDITOR, Role.AUTHORITY}),
}
"""Any one of an act's roles is enough. Access is the provider's to decide: the authority decides no agreement."""


def refuse_unless_may(actor: Actor, act: Act, member: MemberId) -> None:
    """Raise unless the actor has a role that the act needs for this member: NotAuthenticated, RoleMissing."""
    needed = NEEDED.get(act, frozenset())
    if not actor.has(needed, member):
        raise role_missing(actor, act, needed, member)


def refuse_to_give(actor: Actor, role: Role, member: MemberId) -> None:
    """Raise RoleMissing unless the actor may give, or take, this role: the authority's comes from the authority."""
    if role is Role.AUTHORITY and not actor.has((Role.AUTHORITY,), member):
        raise role_missing(actor, Act.INVITE_USER, frozenset({Role.AUTHORITY}), member)


def may_invite(actor: Actor, role: Role, member: MemberId) -> bool:
    """Say whether an actor may write an invitation to this role."""
    try:
        refuse_unless_may(actor, Act.INVITE_USER, member)
        refuse_to_give(actor, role, member)
    except AccessError:
        return False
    return True


def refuse_unless_reads(actor: Actor) -> None:
    """Raise unless the actor has a role by which she reads of some member: NotAuthenticated, RoleMissing."""
    if not actor.name:
        raise _nobody(Act.READ)
    if not any(held.role in NEEDED[Act.READ] for held in actor.roles):
        raise RoleMissing(
            what="Reading this needs a role that you do not have: steward or auditor of an institution, or authority.",
            where=actor.name,
            hint="A steward of the institution, an authority or the operator can give it with `inviteUser`.",
        )


def role_missing(actor: Actor, act: Act, needed: frozenset[Role], member: MemberId) -> AccessError:
    """Make the refusal: which role is missing, and who can give it."""
    if not actor.name:
        return _nobody(act)
    if actor.client is not None:
        return RoleMissing(
            what=f"{act} is for people with a role; a client's token may only ask for access of that client itself.",
            where=str(member),
            hint="Ask with the token of a person.",
        )
    roles = " or ".join(_said(role, member) for role in sorted(needed)) or "operator of the node"
    return RoleMissing(
        what=f"{act} needs a role that you do not have: {roles}.", where=str(member), hint=_given_by(needed, member)
    )


def _nobody(act: Act) -> NotAuthenticated:
    return NotAuthenticated(
        what=f"It is not known who asks, and {act} is for people with a role.",
        where="Authorization",
        hint="Send the token of a person with a role; `sacbe user invite` invites one.",
    )


def _said(role: Role, member: MemberId) -> str:
    return f"{role} of {member.instance if role is Role.AUTHORITY else member}"


def _given_by(needed: frozenset[Role], member: MemberId) -> str:
    if not needed - {Role.AUTHORITY}:
        return f"An authority of {member.instance}, or the operator of the node, can give it with `inviteUser`."
    return f"A steward of {member}, an authority of {member.instance} or the operator can give it with `inviteUser`."
