"""Every error that a person or a program can meet, each with a code, a place and a way on.

    SacbeError
    ├── QueryError              1xx   the GraphQL request
    ├── CatalogueError          2xx   records, imports, exports
    ├── AccessError             3xx   who asks, and may she
    ├── AdapterError            4xx   descriptions and ministries' systems
    ├── EvidenceError           5xx   log and signatures
    └── InstallationError       9xx   starting and running this node

(6xx is kept for public-information requests.) An error says what happened, where,
and what to do next. Each code has a page, `docs/errors/<code>.md`; a test walks them.
Nothing of a ministry's address, headers, envelope or stack enters `what`, `where` or `hint`.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One located finding: where (file, row, line or pointer), in which field, and why."""

    where: str
    reason: str
    field: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: {self.field}" if self.field else self.where
        return f"{place}: {self.reason}" + (f" ({self.hint})" if self.hint else "")


class SacbeError(Exception):
    """What went wrong, where, and what to do; the root of all of ours."""

    code: ClassVar[str] = "SACBE-100"
    status: ClassVar[int] = 500
    """HTTP status where the error is the whole answer."""
    retryable: ClassVar[bool] = False
    retry_after_seconds: int | None = None
    """How long to wait before trying again, where that is known."""

    def __init__(self, *, what: str, where: str = "", hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.problems = tuple(problems)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.code}: {self.what}{place}"

    @property
    def docs(self) -> str:
        """Path of the page about this code, below the node's public address."""
        return f"/errores/{self.code}"


class RecordedError(SacbeError):
    """An error that was told before and is on record: its own code stands, whatever class it was of."""

    def __init__(self, code: str, *, what: str, where: str) -> None:
        super().__init__(what=what, where=where, hint="This is the recorded answer to the same request.")
        self.code = code  # type: ignore[misc]  # one class for every code that a record may hold


class UnexpectedFailure(SacbeError):
    """Something failed that nobody foresaw; the node's log has it under the shown reference."""

    code = "SACBE-100"
    retryable = True

    def __init__(self, *, reference: str) -> None:
        super().__init__(
            what="Something failed on our side that we did not foresee.",
            where=reference,
            hint="Try again; if it stays, give the operator this reference.",
        )


# 1xx ------------------------------------------------------------------------------------


class QueryError(SacbeError):
    """The GraphQL request cannot be carried out as it stands."""

    status = 400


class DocumentNotReadable(QueryError):
    """The GraphQL document has a syntax error."""

    code = "SACBE-101"


class DocumentNotValid(QueryError):
    """The GraphQL document does not fit the schema."""

    code = "SACBE-102"


class VariablesNotValid(QueryError):
    """The variables do not fit the operation."""

    code = "SACBE-103"


class LimitExceeded(QueryError):
    """The request is larger than a limit allows; names the limit and the value."""

    code = "SACBE-104"

    def __init__(self, limit: str, *, value: int, allowed: int) -> None:
        super().__init__(
            what=f"The request's {limit} is {value}; at most {allowed} is allowed.",
            where=limit,
            hint="Ask for less at once, or in several requests.",
        )
        self.limit = limit


class RequestNotReadable(QueryError):
    """The HTTP request is not a GraphQL request: wrong content type, malformed JSON, no query."""

    code = "SACBE-105"


class OperationNotChosen(QueryError):
    """The document has several operations, or none of the asked name."""

    code = "SACBE-106"


class MethodNotAllowed(QueryError):
    """The HTTP method cannot do this: GET runs queries only."""

    code = "SACBE-107"
    status = 405


class HeaderMissing(QueryError):
    """A header that this operation requires is missing; it is refused by name before any call."""

    code = "SACBE-108"

    def __init__(self, header: str, *, needed_by: str) -> None:
        super().__init__(
            what=f"{needed_by} requires the header {header}.",
            where=header,
            hint=f"Send {header} with the request.",
        )


class IdentifierNotValid(QueryError):
    """A text is not the printed form of an identifier."""

    code = "SACBE-109"

    def __init__(self, text: str, *, kind: str) -> None:
        super().__init__(
            what=f"'{text}' does not name {kind}.",
            where=text,
            hint="The form is INSTANCE/CLASS/MEMBER[/SUBSYSTEM[/SERVICE[/OPERATION]]], such as GT/GOV/1001.",
        )


# 2xx ------------------------------------------------------------------------------------


class CatalogueError(SacbeError):
    """A record of the catalogue, or a file of records, is not as it must be."""

    status = 400


class RecordNotFound(CatalogueError):
    """No record has this identifier."""

    code = "SACBE-201"
    status = 404

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(
            what=f"No {kind} has the identifier '{identifier}'.",
            where=identifier,
            hint="Search the catalogue for it.",
        )


class ImportRefused(CatalogueError):
    """A file was not imported; `problems` locates every finding, and nothing was stored."""

    code = "SACBE-202"

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        super().__init__(
            what=f"Nothing was imported from {file}: {len(problems)} problem{'s' if len(problems) != 1 else ''} found.",
            where=file,
            hint="Mend the places named and import again; it is all or nothing.",
            problems=problems,
        )


class FormatUnknown(CatalogueError):
    """The file's format is not one that the catalogue reads or writes."""

    code = "SACBE-203"


class CursorNotValid(CatalogueError):
    """The paging cursor was not made by this list."""

    code = "SACBE-204"


# 3xx ------------------------------------------------------------------------------------


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


# 4xx ------------------------------------------------------------------------------------


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


# 5xx ------------------------------------------------------------------------------------


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


# 9xx ------------------------------------------------------------------------------------


class InstallationError(SacbeError):
    """The node cannot start or go on as it is set up."""


class PortTaken(InstallationError):
    """Another program listens on a port that the node needs."""

    code = "SACBE-901"


class DatabaseWillNotStart(InstallationError):
    """PostgreSQL does not start; its own last words are given."""

    code = "SACBE-902"


class DataFolderOfOtherVersion(InstallationError):
    """The data folder was made by another major version of PostgreSQL."""

    code = "SACBE-903"


class AlreadyRunning(InstallationError):
    """Another Sacbé already runs on this data folder."""

    code = "SACBE-904"


class NoDiskSpace(InstallationError):
    """There is not enough room on the disk."""

    code = "SACBE-905"


class PlatformUnsupported(InstallationError):
    """No PostgreSQL can be brought along for this platform."""

    code = "SACBE-906"


class SettingUnsafe(InstallationError):
    """A setting is missing, malformed or unsafe for production; says which and why."""

    code = "SACBE-907"


class DatabaseUnreachable(InstallationError):
    """The database named by the settings cannot be reached, or is not migrated."""

    code = "SACBE-908"
    status = 503
    retryable = True


class DataFolderNotUsable(InstallationError):
    """The data folder cannot be used: not writable, not a database, or left damaged."""

    code = "SACBE-909"


class MinistryNotStarted(InstallationError):
    """A demonstration ministry did not come up; says which and what it wrote last."""

    code = "SACBE-910"

    def __init__(self, name: str, *, reason: str) -> None:
        super().__init__(
            what=f"The demonstration ministry '{name}' did not start: {reason}",
            where=name,
            hint="Install the demonstration's packages (`make up` does), or free the port that is named.",
        )
