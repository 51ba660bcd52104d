"""5xx: log and signatures."""

from sacbe_terms.errors.root import SacbeError


class EvidenceError(SacbeError):
    """The log or a signature does not hold."""


class NotLogged(EvidenceError):
    """The exchange could not be logged, so its reply is not given."""

    code = "SACBE-501"
    status = 503
    retryable = True


class LogBroken(EvidenceError):
    """The message log was changed, cut or rewritten; `problems` says where."""

    code = "SACBE-502"


class SignatureNotValid(EvidenceError):
    """A signature does not fit its message, its certificate or its trust anchor."""

    code = "SACBE-503"


class MessageUnknown(EvidenceError):
    """The log holds no message of this id."""

    code = "SACBE-504"
    status = 404


class KeyNotUsable(EvidenceError):
    """A signing key or certificate is missing, unreadable or does not belong together."""

    code = "SACBE-505"


class MessageIdTaken(EvidenceError):
    """The id already names another request of this consumer."""

    code = "SACBE-506"
    status = 409


class OutcomeUnknown(EvidenceError):
    """A request is repeated whose outcome is not on record: it is not carried a second time."""

    code = "SACBE-507"
    status = 409
    retryable = True


class KeyDeviceNotUsable(KeyNotUsable):
    """The device that holds the signing keys does not sign: no token, a refused PIN, no such key, or it is gone."""

    code = "SACBE-509"
    status = 503
    retryable = True


class StatusAnswerRefused(EvidenceError):
    """What came as an authority's answer about a certificate is not believed; `where` says why."""

    code = "SACBE-508"
    status = 503
    retryable = True


class NoRoomForBody(EvidenceError):
    """A body finds no place on the node's disk, so it can be neither carried nor recorded."""

    code = "SACBE-510"
    status = 503
    retryable = True


class MessageTooLarge(EvidenceError):
    """A message is larger than the bus carries: nothing of it went on."""

    code = "SACBE-511"
    status = 413
