"""What PostgreSQL refuses, as errors of the contract: told by its SQLSTATE (appendix A), never by its text.

The text may quote a value, which may be a person's.
"""

import asyncpg

from sacbe_terms.errors import (
    AdapterError,
    ArgumentsNotValid,
    CredentialsRefused,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyBreaksContract,
    ReplyNotReadable,
)

_NOT_A_VALUE = frozenset({"22003", "22007", "22008", "22021", "22P02", "22P05"})
"""Out of range, not a date, no such date, not a character, not of the type."""
_NOT_THERE = frozenset({"42703", "42P01", "3F000", "42883"})
"""No such column, view or schema, or a column that cannot be compared as the document says."""
_CANCELED = "57014"


def told(error: asyncpg.PostgresError, name: str, *, waited_seconds: float) -> AdapterError:
    """Give the error that a refusal stands for."""
    state = str(error.sqlstate or "")
    if state == _CANCELED:
        return LegacySystemSilent(name, waited_seconds=round(waited_seconds, 1))
    if state in _NOT_A_VALUE:
        return ArgumentsNotValid(
            what=f"The database takes an argument of {name} for no value of its type.",
            where=name,
            hint="Look at dates that no calendar has, and at numbers that are too large.",
        )
    if state in _NOT_THERE:
        return ReplyBreaksContract(name, place="the view", reason="it or one of its columns is not as described")
    match state[:2]:
        case "28":
            return CredentialsRefused(name, reason="its database does not take the user and password that are set")
        case "08" | "53" | "57" | "3D":
            return LegacySystemUnreachable(name)
        case _:
            return ReplyNotReadable(name, reason=f"the database refuses the query with SQLSTATE {state or 'unknown'}")
