"""Documents that need not be sent: trusted ones from the operator's file, and those that clients sent before.

A request names a document by `documentId` (GraphQL over HTTP, appendix "Persisted Documents") or by
its SHA-256 in `extensions.persistedQuery` (Apollo's automatic persisted queries): unknown, it is
answered with `PersistedQueryNotFound`, and the client sends hash and text together once. What is kept
for clients is valid, lies in one process, and goes when there is too much of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

import msgspec
from msgspec import structs

from sacbe_graphql import documents, skimming
from sacbe_graphql.kept import Kept
from sacbe_graphql.limits import Limits
from sacbe_graphql.request import GraphQLRequest, is_hash
from sacbe_terms.errors import DocumentNotTrusted, PersistedDocumentNotFound, Problem, RequestNotReadable, SettingUnsafe

KEPT_BYTES_MAX = 4_000_000
"""Of documents that clients sent: at least 250, and thousands of usual ones."""

KEPT_BYTES_BESIDE = 500
"""What keeping a document takes beside its text, so that many short ones are not too many."""

FILE_BYTES_MAX = 10_000_000
"""Of the file of trusted documents."""

HASHED = "sha256:"
"""How an identifier begins that is the hash of its document."""


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Texts by identifier, as the operator's file has them."""

    by_id: Mapping[str, str] = field(default_factory=dict)
    by_digest: Mapping[bytes, str] = field(default_factory=dict)

    @classmethod
    def of(cls, by_id: Mapping[str, str]) -> Self:
        """Take documents by identifier."""
        return cls(by_id, {documents.digest(text): text for text in by_id.values()})

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a JSON object of identifiers and documents; raises SettingUnsafe."""
        try:
            content = file.read_bytes()
            if len(content) > FILE_BYTES_MAX:
                raise _unusable(file, f"it has {len(content)} bytes; at most {FILE_BYTES_MAX} are read")
            by_id = msgspec.json.decode(content, type=dict[str, str])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _unusable(file, str(error)) from error
        for identifier, text in by_id.items():
            if identifier.startswith(HASHED) and identifier != hashed(text):
                raise _unusable(file, f"the document of {identifier} has another hash: {hashed(text)}")
        return cls.of(by_id)


class PersistedDocuments:
    """What one process can run without being sent it."""

    def __init__(self, trusted: TrustedDocuments | None = None, *, only_trusted: bool = False) -> None:
        self._trusted = trusted or TrustedDocuments()
        self._only_trusted = only_trusted
        self._sent = Kept[str](KEPT_BYTES_MAX)

    def resolved(self, request: GraphQLRequest, limits: Limits) -> GraphQLRequest:
        """Give a request with its document's text.

        Raises PersistedDocumentNotFound, DocumentNotTrusted, RequestNotReadable for a hash of another text, and
        LimitExceeded for a text too long to be hashed.
        """
        text = request.query or self._named(request)
        if request.query and (request.persisted_hash or self._only_trusted):
            skimming.check_bytes(text, limits)
            self._check(text, request.persisted_hash)
        return request if text is request.query else structs.replace(request, query=text)

    def keep(self, request: GraphQLRequest) -> None:
        """Keep a document that was sent with its hash; call it when it is known to be valid."""
        if request.persisted_hash and not self._only_trusted:
            weight = len(request.query) + KEPT_BYTES_BESIDE
            self._sent.keep(bytes.fromhex(request.persisted_hash), request.query, weight=weight)

    def _named(self, request: GraphQLRequest) -> str:
        identifier = request.document_id or HASHED + request.persisted_hash
        text = self._trusted.by_id.get(identifier) or self._hashed(identifier)
        if text is None:
            raise PersistedDocumentNotFound(identifier)
        return text

    def _hashed(self, identifier: str) -> str | None:
        """Give the document whose hash an identifier is."""
        digits = identifier.removeprefix(HASHED)
        if digits == identifier or not is_hash(digits):
            return None
        digest = bytes.fromhex(digits)
        return self._trusted.by_digest.get(digest) or self._sent.find(digest)

    def _check(self, text: str, persisted_hash: str) -> None:
        digest = documents.digest(text)
        if persisted_hash and digest.hex() != persisted_hash:
            raise RequestNotReadable(
                what="The hash in extensions.persistedQuery is not that of the document beside it.",
                where="extensions.persistedQuery.sha256Hash",
                hint="Hash the document's UTF-8 with SHA-256, exactly as it is sent.",
            )
        if self._only_trusted and digest not in self._trusted.by_digest:
            raise DocumentNotTrusted


def hashed(text: str) -> str:
    """Give the identifier of a document that is its hash."""
    return HASHED + sha256(text.encode()).hexdigest()


def _unusable(file: Path, reason: str) -> SettingUnsafe:
    return SettingUnsafe(
        what="The file of trusted documents cannot be used.",
        hint="Give a JSON object that has a document for each identifier.",
        problems=[Problem(where=str(file), reason=reason)],
    )
