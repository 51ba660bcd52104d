"""1xx: the GraphQL request cannot be carried out as it stands."""

from sacbe_terms.errors.root import SacbeError


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


class RateExceeded(QueryError):
    """The caller asks more in a time than its rate allows; nothing was done."""

    code = "SACBE-110"
    status = 429
    retryable = True

    def __init__(self, limit: str, *, per_second: float, burst: float, seconds: int) -> None:
        super().__init__(
            what=f"The {limit} is used up: {per_second:g} requests a second, {burst:g} at once.",
            where=limit,
            hint=f"Wait {seconds} s. A request that costs much counts as several: `Sacbe-Cost: 1` tells as how many.",
        )
        self.retry_after_seconds = seconds


class PersistedDocumentNotFound(QueryError):
    """The request names a document that is not known here; send it in full.

    Clients of automatic persisted queries know this answer by its message alone.
    """

    code = "SACBE-111"

    def __init__(self, identifier: str) -> None:
        super().__init__(
            what="PersistedQueryNotFound",
            where=identifier,
            hint="Send the document itself; with its hash beside it in extensions.persistedQuery it is kept.",
        )


class DocumentNotTrusted(QueryError):
    """This node runs the documents in its operator's file, and no others."""

    code = "SACBE-112"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            what="Only trusted documents are run here, and this is none of them.",
            where="query",
            hint="Name a trusted document by `documentId`, or have the operator add this one to her file.",
        )


class LinkNotValid(QueryError):
    """A link between institutions cannot be declared, or no longer holds: unknown field, argument or type."""

    code = "SACBE-113"

    def __init__(self, link: str, *, reason: str, hint: str) -> None:
        super().__init__(what=f"The link {link} cannot be: {reason}.", where=link, hint=hint)
        self.reason = reason


class SubscriptionNotKept(QueryError):
    """A subscription, or a connection for them, is refused or ended: too many at once, or read too slowly."""

    code = "SACBE-114"
    status = 429
    retryable = True


class SchemaNotReadable(QueryError):
    """A file that is to be compared with the schema in force holds no GraphQL schema."""

    code = "SACBE-115"
