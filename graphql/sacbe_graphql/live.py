"""The schema in force with all that was derived from it, as one object that is swapped by one reference.

A request reads the reference once and keeps to that schema until its answer is out. What was
ready under an old schema leaves with it.
"""

import asyncio
from collections.abc import Sequence

from graphql import GraphQLSchema
from graphql.execution import VariableValues

from sacbe_graphql import collection, documents, introspection, merge, retirement, skimming, visibility
from sacbe_graphql.documents import ReadyDocument, ReadyOperation
from sacbe_graphql.introspection import Introspection, Question
from sacbe_graphql.kept import Kept
from sacbe_graphql.limits import Limits
from sacbe_graphql.provider_part import LeftOut, ProviderPart
from sacbe_graphql.rates import Allowance
from sacbe_graphql.refusal import ErrorEntry, Refused
from sacbe_graphql.visibility import Usable
from sacbe_terms.errors import RateExceeded, SacbeError
from sacbe_xroad_like.registry import Provider

KEPT_TOKENS_MAX = 50_000
"""How many documents are kept, by their tokens: one takes 500 bytes with its tree, so 25 MB at most."""

KEPT_REFUSALS_BYTES_MAX = 4_000_000
"""What was said of documents that are not valid: a program that asks wrongly asks the same again and again."""

REFUSAL_BYTES = 1_000
"""What one error of a refusal takes beside its message."""

KEPT_ANSWERS_BYTES_MAX = 32 * 1024 * 1024
"""Answers about the schema: tools send the same few questions, and the answers are large."""


class LiveSchema:
    """One schema, the providers that it was built from, and what is kept for it.

    Who uses the schema holds this object as long: with it go the parts that no other schema has (`retirement`).
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        providers: Sequence[Provider],
        left_out: Sequence[LeftOut] = (),
        parts: Sequence[ProviderPart] = (),
        told: Introspection | None = None,
    ) -> None:
        self.schema = schema
        self.parts = tuple(parts)
        self.providers = tuple(providers)
        self.left_out = tuple(left_out)
        self._documents = Kept[ReadyDocument](KEPT_TOKENS_MAX)
        self._refusals = Kept[tuple[ErrorEntry, ...]](KEPT_REFUSALS_BYTES_MAX)
        self._answers = Kept[bytes](KEPT_ANSWERS_BYTES_MAX)
        self._told = told or Introspection()

    def ready(
        self, text: str, limits: Limits, *, hide_suggestions: bool, allowance: Allowance | None = None
    ) -> ReadyDocument:
        """Give a document ready to run; raises as `documents.ready`. Refusals are kept as well."""
        skimming.check_bytes(text, limits)
        digest = documents.digest(text)
        document = self._documents.find(digest)
        if document is None:
            document = self._read(digest, text, limits, hide_suggestions=hide_suggestions, allowance=allowance)
            self._documents.keep(digest, document, weight=document.tokens)
        return document

    def _read(
        self, digest: bytes, text: str, limits: Limits, *, hide_suggestions: bool, allowance: Allowance | None
    ) -> ReadyDocument:
        """Read a document that is not kept, unless it is known that it will be refused."""
        key = digest + bytes([hide_suggestions])
        refused = self._refusals.find(key)
        if refused is not None:
            raise Refused(refused)
        try:
            return documents.ready(text, self.schema, limits, hide_suggestions=hide_suggestions, allowance=allowance)
        except RateExceeded:
            raise
        except (Refused, SacbeError) as error:
            entries = error.entries if isinstance(error, Refused) else Refused.by(error).entries
            weight = sum(len(entry.message) + REFUSAL_BYTES for entry in entries)
            self._refusals.keep(key, entries, weight=weight)
            error.__traceback__ = None  # it is kept, and would keep every frame with the document in it
            raise Refused(entries) from None

    async def introspection(
        self, text: str, operation: ReadyOperation, variables: VariableValues, held: Usable = visibility.NOTHING
    ) -> bytes:
        """Give the JSON of `data` for an operation that asks about the schema, as this caller is shown it."""
        asked = introspection.question(text, operation, variables, held)
        answer = self._answers.find(asked.answer_key)
        if answer is None:
            answer = await self._told.answered(self.schema, self.parts, asked)
            self._keep(asked, answer)
        return answer

    async def prepare(self) -> None:
        """Answer what was asked about the schema before this one, before it is asked again."""
        for asked in self._told.asked_last():
            self._keep(asked, await self._told.prepared(self.schema, self.parts, asked))

    def _keep(self, asked: Question, answer: bytes) -> None:
        self._answers.keep(asked.answer_key, answer, weight=len(answer))


async def built(static: GraphQLSchema, providers: Sequence[Provider], before: LiveSchema | None = None) -> LiveSchema:
    """Build the schema for these providers in a thread, while requests go on.

    What did not change since the schema before is used again: parts, and what was told of them.
    """
    parts, told = ((), None) if before is None else (before.parts, before._told)
    merged = await asyncio.to_thread(_merged, static, providers, parts)
    retirement.prepare(merged.schema, (part for part in merged.parts if part not in parts))
    return LiveSchema(merged.schema, providers, merged.left_out, merged.parts, told)


def _merged(static: GraphQLSchema, providers: Sequence[Provider], before: Sequence[ProviderPart]) -> merge.Merged:
    with collection.paused():
        return merge.merged(static, providers, before)
