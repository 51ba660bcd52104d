"""4xx: descriptions and ministries' systems."""

from collections.abc import Mapping

from sacbe_terms.errors.root import SacbeError


class AdapterError(SacbeError):
    """A description cannot be used, or a ministry's system did not answer as it promised."""

    status = 502


class DescriptionNotReadable(AdapterError):
    """The WSDL or OpenAPI document cannot be read; says where and what was expected."""

    code = "SACBE-401"
    status = 400


class LegacySystemSilent(AdapterError):
    """The ministry's system did not answer in time."""

    code = "SACBE-402"
    status = 504
    retryable = True

    def __init__(self, operation: str, *, waited_seconds: float) -> None:
        super().__init__(
            what=f"{operation} did not answer within {waited_seconds:g} s.",
            where=operation,
            hint="Try again later, or ask the provider's steward.",
        )


class LegacySystemUnreachable(AdapterError):
    """No connection to the ministry's system could be made, or it was cut."""

    code = "SACBE-403"
    retryable = True

    def __init__(self, operation: str) -> None:
        super().__init__(
            what=f"The system behind {operation} cannot be reached.",
            where=operation,
            hint="Try again later, or ask the provider's steward.",
        )


class LegacySystemFault(AdapterError):
    """The ministry's system answered with a fault of its own, given with its own code and text."""

    code = "SACBE-404"
    status = 502

    def __init__(
        self, operation: str, *, fault_code: str, fault_text: str, detail: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(
            what=f"{operation} answered with the fault {fault_code}: {fault_text}",
            where=operation,
            hint="The fault is the provider's own; its documentation tells what it means.",
        )
        self.fault_code = fault_code
        self.fault_text = fault_text
        self.detail = dict(detail or {})


class ReplyNotReadable(AdapterError):
    """The ministry's system answered with something that is not the promised format."""

    code = "SACBE-405"

    def __init__(self, operation: str, *, reason: str) -> None:
        super().__init__(
            what=f"The answer of {operation} cannot be read: {reason}.",
            where=operation,
            hint="The provider's steward can see this under the data service's health.",
        )


class ReplyTooLarge(AdapterError):
    """The answer is larger than the limit and was not taken in."""

    code = "SACBE-406"

    def __init__(self, operation: str, *, limit_bytes: int) -> None:
        super().__init__(
            what=f"The answer of {operation} is larger than {limit_bytes} bytes.",
            where=operation,
            hint="Ask for less at once.",
        )


class AddressRefused(AdapterError):
    """An outgoing address is not allowed: not https, not global, or found inside a document."""

    code = "SACBE-407"
    status = 400


class ReplyBreaksContract(AdapterError):
    """The answer is readable and does not fit the description; names the place."""

    code = "SACBE-408"

    def __init__(self, operation: str, *, place: str, reason: str) -> None:
        super().__init__(
            what=f"The answer of {operation} breaks its description at {place}: {reason}.",
            where=place,
            hint="The provider's steward must mend the system or register its new description.",
        )


class ArgumentsNotValid(AdapterError):
    """The arguments do not fit the operation's description."""

    code = "SACBE-409"
    status = 400


class NothingUsable(AdapterError):
    """The description is readable, and none of its operations can be published."""

    code = "SACBE-410"
    status = 400


class NameClash(AdapterError):
    """Two things would carry one name in the schema; one must be renamed before publication."""

    code = "SACBE-411"
    status = 409


class AdapterUnknown(AdapterError):
    """No adapter of this kind is installed."""

    code = "SACBE-412"
    status = 400


class DataServiceUnknown(AdapterError):
    """No data service of this name is registered, or it is not published."""

    code = "SACBE-413"
    status = 404


class SystemResting(AdapterError):
    """The ministry's system failed again and again, and is let rest; nothing was sent to it."""

    code = "SACBE-414"
    status = 503
    retryable = True

    def __init__(self, operation: str, *, seconds: int) -> None:
        super().__init__(
            what=f"The system behind {operation} failed several times in a row and is not asked for now.",
            where=operation,
            hint=f"Try again in {seconds} s.",
        )
        self.retry_after_seconds = seconds


class SystemBusy(AdapterError):
    """So many calls of the ministry's system are under way that this one found no place; nothing was sent."""

    code = "SACBE-415"
    status = 503
    retryable = True
    retry_after_seconds = 1

    def __init__(self, operation: str) -> None:
        super().__init__(
            what=f"Too many calls of {operation}, or of its provider, are under way.",
            where=operation,
            hint="Try again in some seconds, and ask for less at once.",
        )


class CredentialsRefused(AdapterError):
    """The ministry's system, or the one that gives tokens for it, does not take what this node shows."""

    code = "SACBE-420"

    def __init__(self, operation: str, *, reason: str) -> None:
        super().__init__(
            what=f"{operation} gave no answer: {reason}.",
            where=operation,
            hint="The provider's steward must renew the credentials: `sacbe adapter credential set`.",
        )


class CredentialNotUsable(AdapterError):
    """A credential that a steward gives cannot be used as it is; it was not kept."""

    code = "SACBE-421"
    status = 400


class ReplyNotProven(AdapterError):
    """The answer must carry the system's signature, and carries none that holds."""

    code = "SACBE-422"

    def __init__(self, operation: str, *, reason: str) -> None:
        super().__init__(
            what=f"The answer of {operation} is not proven: {reason}.",
            where=operation,
            hint="The provider's steward must compare the system's certificate and clock with what is registered.",
        )


class ChangeBreaksConsumers(AdapterError):
    """Publication would break programs of consumers; `problems` has each place."""

    code = "SACBE-416"
    status = 409


class PersonNumberUnmarked(AdapterError):
    """A personal operation cannot be published before it is said where the person's number stands."""

    code = "SACBE-417"
    status = 409


class MarkNotValid(AdapterError):
    """A steward's mark names a place that the operation has not, or contradicts another."""

    code = "SACBE-418"
    status = 400
