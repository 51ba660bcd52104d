"""3xx: who asks, and may she."""

from sacbe_terms.errors.root import SacbeError


class AccessError(SacbeError):
    """Who asks is not known, or may not do this."""

    status = 403


class AccessRefused(AccessError):
    """The consumer has no right to the operation; the provider heard nothing."""

    code = "SACBE-301"


class NotAuthenticated(AccessError):
    """The request needs to say who asks, or says it with a token that does not hold."""

    code = "SACBE-302"
    status = 401


class PurposeMissing(AccessError):
    """A right was asked for without a purpose, or the purpose given covers nothing here."""

    code = "SACBE-303"


class MemberUnknown(AccessError):
    """No member or subsystem of this name is registered."""

    code = "SACBE-304"
    status = 404


class RoleMissing(AccessError):
    """The person is known and has not the role that this needs."""

    code = "SACBE-305"


class QuotaUsedUp(AccessError):
    """The agreement's calls of this day are used up; names the quota, what is used, and when it starts anew."""

    code = "SACBE-306"
    status = 429
    retryable = True


class ClientKeyNotUsable(AccessError):
    """A key by which a client shall be known is not taken, or there is none of this number."""

    code = "SACBE-308"
    status = 400


class RouteNotValid(AccessError):
    """A text that shall narrow a right is no method and path, or the system has none."""

    code = "SACBE-309"
    status = 400


class GroupUnknown(AccessError):
    """No group of this name is there, or it is not the provider's."""

    code = "SACBE-310"
    status = 404


class CertificateNotInForce(AccessError):
    """The client's certificate is revoked, or whether it is cannot be known at the moment."""

    code = "SACBE-311"
    status = 401
    retryable = True


class NoticeLinkNotValid(AccessError):
    """The link by which a recipient of notices chooses how she gets them is nobody's."""

    code = "SACBE-312"
    status = 404


class InvitationNotValid(AccessError):
    """An invitation is not known, was used, is over, or is for another person or key."""

    code = "SACBE-313"


class UserUnknown(AccessError):
    """Nobody of this e-mail address has a role here."""

    code = "SACBE-314"
    status = 404


class EmailNotValid(AccessError):
    """A text that shall name a person is no e-mail address in its plain form."""

    code = "SACBE-315"
    status = 400


class NoSample(AccessError):
    """The sandbox was asked for an operation of which there is no sample, or none of its present description."""

    code = "SACBE-316"
    status = 404
