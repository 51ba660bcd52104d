"""Errors as GraphQL shows them, and the request that ends with nothing but errors.

Each error carries `extensions {code hint docs retryable messageId}`. Only what nobody foresaw is
masked: it is logged under a reference, and the caller gets the reference.
"""

import errno
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from traceback import walk_tb
from typing import Self

import structlog
from graphql import GraphQLError
from msgspec import to_builtins

from sacbe_terms.errors import LegacySystemFault, Problem, SacbeError, UnexpectedFailure

log = structlog.get_logger(__name__)

LOGGED_FRAMES_MAX = 8
"""How many of the innermost places of an unforeseen error are logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEntry:
    """One entry of `errors`."""

    error: SacbeError
    message: str
    hint: str
    locations: tuple[tuple[int, int], ...] = ()
    path: tuple[str | int, ...] = ()
    message_id: str = ""
    problems: tuple[Problem, ...] = ()
    """Single findings of the error, where they have no entries of their own."""

    @classmethod
    def of(cls, error: SacbeError, *, at: GraphQLError | None = None, message_id: str = "") -> Self:
        """Make an entry of an error, at the place in document and answer that `at` knows."""
        return cls(
            error=error,
            message=error.what,
            hint=error.hint,
            locations=tuple((place.line, place.column) for place in (at.locations if at else None) or ()),
            path=tuple((at.path if at else None) or ()),
            message_id=message_id,
            problems=error.problems,
        )

    @classmethod
    def of_problem(cls, error: SacbeError, problem: Problem) -> Self:
        """Make an entry of one problem of a refused plan, whose place is a response path."""
        return cls(
            error=error, message=problem.reason, hint=problem.hint or error.hint, path=tuple(problem.where.split("."))
        )

    def as_json(self) -> dict[str, object]:
        """Give the entry as it stands in the answer."""
        entry: dict[str, object] = {"message": self.message}
        if self.locations:
            entry["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        if self.path:
            entry["path"] = list(self.path)
        entry["extensions"] = self._extensions()
        return entry

    def _extensions(self) -> dict[str, object]:
        extensions: dict[str, object] = {
            "code": self.error.code,
            "hint": self.hint or None,
            "docs": self.error.docs,
            "retryable": self.error.retryable,
            "messageId": self.message_id or None,
        }
        if self.error.retry_after_seconds is not None:
            extensions["retryAfterSeconds"] = self.error.retry_after_seconds
        if self.problems:
            extensions["problems"] = [to_builtins(problem) for problem in self.problems]
        if isinstance(self.error, LegacySystemFault):
            fault = self.error
            extensions["fault"] = {"code": fault.fault_code, "text": fault.fault_text, "detail": fault.detail}
        return extensions


class Refused(Exception):
    """The request ends here, before anything was executed: its answer has errors and no data."""

    def __init__(self, entries: Iterable[ErrorEntry]) -> None:
        self.entries = tuple(entries)
        super().__init__("; ".join(entry.message for entry in self.entries))

    @property
    def status(self) -> int:
        """HTTP status of the answer, that of its first error."""
        return self.entries[0].error.status

    @classmethod
    def by(cls, error: SacbeError) -> Self:
        """Refuse for one error, or for each of the problems that it names."""
        if error.problems:
            return cls(ErrorEntry.of_problem(error, problem) for problem in error.problems)
        return cls([ErrorEntry.of(error)])

    @classmethod
    def at(cls, *errors: GraphQLError, kind: type[SacbeError], hint: str) -> Self:
        """Refuse for errors that graphql-core found in a document or its variables."""
        return cls(
            ErrorEntry.of(kind(what=error.message, where=_place(error), hint=hint), at=error) for error in errors
        )


def _place(error: GraphQLError) -> str:
    return ", ".join(f"line {place.line}, column {place.column}" for place in error.locations or ())


def known(error: BaseException) -> SacbeError:
    """Give one of our own errors as it is, and mask any other after logging where it came from.

    Its text is not logged: it may repeat what was asked or answered.
    """
    if isinstance(error, SacbeError):
        return error
    reference = secrets.token_hex(8)
    frames = [f"{frame.f_code.co_qualname}:{line}" for frame, line in walk_tb(error.__traceback__)]
    log.error("unexpected failure", reference=reference, error=_name(error), frames=frames[-LOGGED_FRAMES_MAX:])
    return UnexpectedFailure(reference=reference)


def _name(error: BaseException) -> str:
    """Name an error for the operator: its class, and what the system refused, as `OSError ENOSPC`."""
    number = errno.errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    return f"{type(error).__name__} {number}".strip()
